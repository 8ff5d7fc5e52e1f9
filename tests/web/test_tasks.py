"""Review tasks in the browser without script: queues, a task and its outcomes, departments, out of the office."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
from flask import Flask
from sqlalchemy import select

from kb.actor import OPERATOR, Role
from kb.db import Database
from kb.models import Article, ReviewTask, SignalRow
from kb.people import people
from kb.upkeep.reviews.daily import tend_tasks
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.conftest import later
from tests.web.site import Visitor, check_harmless, words

PASSWORD = "a long pass phrase 7"
LATER = NOW + timedelta(hours=1)
SOURCE = "# 沉香补助\n\n沉香补助每人每月九十元。\n\n## 材料\n\n- 身份证\n"
_names = count()


@pytest.fixture(scope="module")
def site(make_app: Callable[..., Flask]) -> Flask:
    """An application an hour later, with people of two departments of its own."""
    app = make_app(clock=later(hours=1))
    with database_of(app).transaction() as session:
        for login, role, department in (("tk-editor", Role.EDITOR, "veterans"),
                                        ("tk-approver", Role.APPROVER, "veterans"),
                                        ("tk-other", Role.EDITOR, "marine")):
            people.create_user(session, OPERATOR, login=login, name=f"{login}先生", password=PASSWORD, is_once=False,
                               now=NOW, origin="test", grants=((role, department),))
    return app


def database_of(app: Flask) -> Database:
    database: Database = app.extensions["kb"].database
    return database


def signed_in(site: Flask, login: str) -> Visitor:
    visitor = Visitor(site)
    assert visitor.sign_in(login, PASSWORD).status_code == 303
    return visitor


@pytest.fixture
def editor(site: Flask) -> Visitor:
    return signed_in(site, "tk-editor")


def asked_for(site: Flask, *, severity: str = "warning", quote: str = "九十元") -> tuple[str, str]:
    """An article of veterans that a signal asks to be looked at: the task's id, the article's slug."""
    slug, database = f"tk-{next(_names)}", database_of(site)
    published_article(database, slug, SOURCE, title=f"沉香补助{slug}", now=NOW, owner="veterans")
    at = SOURCE.index(quote)
    with database.transaction() as session:
        article = session.scalars(select(Article).where(Article.slug == slug)).one()
        session.add(SignalRow(
            id=str(uuid.uuid4()), article_id=article.id, kind="other", key="", severity=severity, audience="public",
            facts={}, raised_at=NOW, cleared_why="", evidence=[
                {"quote": quote, "revision_id": None, "start": at, "end": at + len(quote), "source": "register:1"}]))
    tend_tasks(database, now=LATER)
    with database.transaction() as session:
        task = session.scalars(select(ReviewTask).where(ReviewTask.article_id == article.id)).one()
        task.person, task.way = "tk-editor", "delegate"
        return task.id, slug


def stored(site: Flask, task_id: str) -> ReviewTask:
    with database_of(site).reading() as session:
        return session.get_one(ReviewTask, task_id)


def shown_hash(page: str) -> str:
    found = re.search(r'name="sha256" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_the_queue_shows_what_waits_and_counts_it_in_the_navigation(site: Flask, editor: Visitor) -> None:
    task_id, slug = asked_for(site)
    page = editor.get("/tasks")
    check_harmless(page.get_data(as_text=True))
    assert f"沉香补助{slug}" in words(page) and f"/tasks/{task_id}" in page.get_data(as_text=True)
    assert re.search(r"复核任务 +\d", words(editor.get("/")))
    assert f"/tasks/{task_id}" not in editor.get("/tasks?standing=done").get_data(as_text=True)
    assert "这里没有复核任务" in words(editor.get("/tasks?standing=snoozed&severity=serious"))
    assert f"/tasks/{task_id}" not in signed_in(site, "tk-other").get("/tasks?whose=departments").get_data(as_text=True)


def test_a_task_shows_its_evidence_and_is_confirmed_with_what_was_checked(site: Flask, editor: Visitor) -> None:
    task_id, _ = asked_for(site)
    page = editor.get(f"/tasks/{task_id}").get_data(as_text=True)
    check_harmless(page)
    assert "九十元" in page and "register:1" in page
    sent = {"sha256": shown_hash(page), "note": "", "source": ""}
    refused = editor.post(f"/tasks/{task_id}/confirm", sent)
    assert refused.status_code == 400 and stored(site, task_id).outcome is None
    other = editor.post(f"/tasks/{task_id}/confirm", {**sent, "sha256": "0" * 64, "note": "核对<b>"})
    assert other.status_code == 409 and "核对&lt;b&gt;" in other.get_data(as_text=True)  # what was typed is there still
    listed = editor.get("/tasks?whose=departments").get_data(as_text=True)
    address = re.search(rf'href="(/tasks/{task_id}[^"]*)"', listed)
    assert address
    form = re.search(r'action="([^"]+/confirm[^"]*)"', editor.get(address[1]).get_data(as_text=True))
    assert form
    done = editor.post(form[1], {**sent, "note": "与文件核对", "source": "滨退〔2026〕1号"})
    assert done.status_code == 303 and done.location == "/tasks?whose=departments&done=confirmed"  # where it was opened
    found = stored(site, task_id)
    assert (found.outcome, found.evidence) == ("confirmed", "与文件核对\n滨退〔2026〕1号")
    assert "与文件核对" in words(editor.get(f"/tasks/{task_id}"))


def test_evidence_is_quoted_as_a_page_shows_it(site: Flask, editor: Visitor) -> None:
    task_id, _ = asked_for(site)
    with database_of(site).transaction() as session:
        row = session.scalars(select(SignalRow).join(ReviewTask, ReviewTask.article_id == SignalRow.article_id).where(
            ReviewTask.id == task_id)).one()
        row.evidence = [{**row.evidence[0], "quote": "按**九十元**发放，见[补助](article:card)"}]
    page = words(editor.get(f"/tasks/{task_id}"))
    assert "按九十元发放，见补助" in page and "**" not in page and "article:card" not in page


def test_a_text_is_revised_from_its_task_and_the_draft_opens(site: Flask, editor: Visitor) -> None:
    task_id, _ = asked_for(site)
    reply = editor.post(f"/tasks/{task_id}/revise")
    assert reply.status_code == 303 and "/drafts/" in reply.headers["Location"]
    assert editor.get(reply.headers["Location"]).status_code == 200
    assert "修订中" in words(editor.get(f"/tasks/{task_id}"))


def test_only_who_signs_for_the_department_retires_from_a_task(site: Flask, editor: Visitor) -> None:
    task_id, _ = asked_for(site)
    assert editor.post(f"/tasks/{task_id}/retire", {"reason": "停办"}).status_code == 403
    approver = signed_in(site, "tk-approver")
    assert approver.post(f"/tasks/{task_id}/retire", {"reason": "", "sure": "1"}).status_code == 400
    assert approver.post(f"/tasks/{task_id}/retire", {"successor": "no-such", "sure": "1"}).status_code == 404
    assert approver.post(f"/tasks/{task_id}/retire", {"reason": "停办"}).status_code == 400  # it is for good
    assert approver.post(f"/tasks/{task_id}/retire", {"reason": "停办", "sure": "1"}).status_code == 303
    assert stored(site, task_id).outcome == "retired"


def test_a_task_is_put_off_taken_up_and_handed_on(site: Flask, editor: Visitor) -> None:
    task_id, _ = asked_for(site)
    for until, status in (("", 400), ("2026-13-01", 400), ("2031-01-01", 400), ("2026-11-27", 303)):
        assert editor.post(f"/tasks/{task_id}/snooze", {"until": until, "reason": "等文件"}).status_code == status
    page = editor.get(f"/tasks/{task_id}")
    assert words(page).count("延后至2026年11月27日") == 3 and "有效至" not in words(page)
    assert '<span class="badge">延后至2026年11月27日</span>' in page.get_data(as_text=True)  # in its head
    woken = editor.post(f"/tasks/{task_id}/wake")
    assert woken.status_code == 303 and "已恢复办理。" in words(editor.get(woken.location))
    assert "转交给" in words(editor.get(f"/tasks/{task_id}"))
    assert editor.post(f"/tasks/{task_id}/delegate", {"to": "tk-other"}).status_code == 400
    assert editor.post(f"/tasks/{task_id}/delegate", {"to": "tk-approver", "reason": "请核"}).status_code == 303
    assert stored(site, task_id).person == "tk-approver"
    assert "请核" in words(signed_in(site, "tk-approver").get(f"/tasks/{task_id}"))


def test_several_are_confirmed_at_once_each_with_its_own_evidence(site: Flask, editor: Visitor) -> None:
    (first, first_slug), (second, second_slug) = asked_for(site), asked_for(site)
    third, _ = asked_for(site, severity="serious")
    page = editor.get("/tasks").get_data(as_text=True)
    chosen = [value for value in re.findall(r'name="chosen" value="([^"]+)"', page) if value[:36] in (first, second)]
    assert len(chosen) == 2 and third not in str(re.findall(r'name="chosen" value="([^"]+)"', page))
    reply = editor.post("/tasks/confirm", {"chosen": chosen, f"note-{first}": "核对"})
    assert reply.status_code == 200 and "怎样核对" in words(reply)
    assert (stored(site, first).outcome, stored(site, second).outcome) == ("confirmed", None)
    assert f"沉香补助{first_slug} — 已确认" in words(reply) and f"沉香补助{second_slug} — " in words(reply)
    assert "tk-editor先生于" in words(editor.get(f"/tasks/{first}"))


def test_others_do_not_learn_of_a_task(site: Flask, agent: Visitor, citizen: Visitor) -> None:
    task_id, _ = asked_for(site)
    assert signed_in(site, "tk-other").get(f"/tasks/{task_id}").status_code == 404
    assert signed_in(site, "tk-other").post(f"/tasks/{task_id}/wake").status_code == 404
    assert Visitor(site).get(f"/tasks/{task_id}").status_code in (303, 401)
    assert agent.get("/tasks").status_code == 200 and citizen.get("/tasks").status_code in (303, 401)


def test_departments_stand_side_by_side_for_who_may_confirm(site: Flask, editor: Visitor) -> None:
    asked_for(site)
    page = words(editor.get("/tasks/departments"))
    assert "市退役军人事务局" in page and "市公安局" not in page


def test_out_of_the_office_moves_tasks_and_back_brings_them_back(site: Flask, editor: Visitor) -> None:
    task_id, _ = asked_for(site, severity="serious")
    assert stored(site, task_id).person == "tk-editor"
    days = {"first_day": "2026-11-24", "last_day": "2026-12-24", "substitute": "tk-approver"}
    for given, why in (({"last_day": "2026-11-01"}, "截止日期 不能早于开始日期"),
                       ({"first_day": "2026-11-01", "last_day": "2026-11-02"}, "截止日期 已过；请填今天或以后"),
                       ({"last_day": "2028-01-01"}, "截止日期 超过开始日期之后一年")):
        refused = editor.post("/tasks/absence", {**days, **given})
        assert refused.status_code == 400 and why in words(refused), words(refused)
    assert editor.post("/tasks/absence", days).status_code == 303
    again = words(editor.post("/tasks/absence", days))
    assert "tk-editor先生" in again and "开始日期 与已登记的外出重叠" in again
    assert "代理人：tk-approver先生" in words(editor.get("/tasks/absence"))
    assert (stored(site, task_id).person, stored(site, task_id).in_place_of) == ("tk-approver", "tk-editor")
    page = editor.get("/tasks/absence").get_data(as_text=True)
    check_harmless(page)
    found = re.search(r"/tasks/absence/(\d+)/end", page)
    assert found and editor.post(f"/tasks/absence/{found[1]}/end").status_code == 303
    assert stored(site, task_id).person == "tk-editor"
    assert signed_in(site, "tk-other").get("/tasks/absence?person=tk-editor").status_code == 403

"""What flows back, in the browser without script: verdicts and their queue, gaps, and calls to be made again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from kb.actor import OPERATOR, Role
from kb.db import Database
from kb.models import AnswerRow
from kb.people import people
from retriever.callbacks import find_callbacks
from retriever.gaps import find_gaps
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.conftest import later
from tests.web.site import Visitor, check_harmless, words
from tests.web.test_addresses import address_of, form_of

PASSWORD = "a long pass phrase 8"
SOURCE = "## 费用\n\n驼铃卡补办收费18元。\n\n## 时限\n\n驼铃卡补办四个工作日办结。\n"
ASKED = "驼铃卡补办收费多少"


@pytest.fixture(scope="module")
def site(make_app: Callable[..., Flask]) -> Flask:
    """An application an hour later, with people of every kind and an article of hrss."""
    app = make_app(clock=later(hours=1))
    with database_of(app).transaction() as session:
        for login, role, department in (("fb-agent", Role.AGENT, None), ("fb-second", Role.AGENT, None),
                                        ("fb-hrss", Role.EDITOR, "hrss"), ("fb-water", Role.EDITOR, "water"),
                                        ("fb-boss", Role.SUPERVISOR, None), ("fb-km", Role.KNOWLEDGE_MANAGER, None)):
            people.create_user(session, OPERATOR, login=login, name=login, password=PASSWORD, is_once=False,
                               now=NOW, origin="test", grants=((role, department),))
    published_article(database_of(app), "amber-card", SOURCE, title="驼铃卡补办", now=NOW)
    app.extensions["kb"].retriever.catch_up()
    return app


def database_of(app: Flask) -> Database:
    database: Database = app.extensions["kb"].database
    return database


@pytest.fixture
def enter(site: Flask) -> Callable[[str], Visitor]:
    """Sign somebody in."""
    def signed_in(login: str) -> Visitor:
        visitor = Visitor(site)
        assert visitor.sign_in(login, PASSWORD).status_code == 303
        return visitor

    return signed_in


@pytest.fixture
def answer(enter: Callable[[str], Visitor]) -> Iterator[str]:
    """The address of an answer from the article, which the agent got."""
    page = enter("fb-agent").ask(ASKED)
    yield page.headers["HX-Push-Url"]


def test_an_answer_is_judged_with_one_button_and_the_department_sees_it(
        answer: str, enter: Callable[[str], Visitor]) -> None:
    agent = enter("fb-agent")
    page = agent.get(answer).get_data(as_text=True)
    for key in "ywoi":
        assert page.count(f'data-key="{key}"') == 1
    done = agent.post(f"{answer}/feedback", {"verdict": "outdated", "note": ""})
    assert (done.status_code, done.headers["Location"]) == (303, f"{answer}#judge")
    page = agent.get(answer).get_data(as_text=True)
    assert re.search(r'class="chip is-chosen"[^>]*value="outdated"[^>]*aria-pressed="true"', page)
    agent.post(f"{answer}/feedback", {"verdict": "outdated", "note": "窗口说已经涨价"})
    shown = words(enter("fb-hrss").get("/feedback/queue"))
    assert "已过期" in shown and "窗口说已经涨价" in shown and "驼铃卡补办收费18元。" in shown and ASKED in shown
    assert "窗口说已经涨价" not in words(enter("fb-water").get("/feedback/queue"))
    agent.post(f"{answer}/feedback", {"verdict": "none"})
    assert "窗口说已经涨价" not in words(enter("fb-hrss").get("/feedback/queue"))


def test_below_a_refusal_the_buttons_say_what_should_have_been_done(enter: Callable[[str], Visitor]) -> None:
    agent = enter("fb-second")
    refusal = agent.ask("qvxzw kjwqz").headers["HX-Push-Url"]
    page = agent.get(refusal).get_data(as_text=True)
    assert "这个问题本该回答吗？" in page and "这条回答对吗？" not in page
    for key, said in (("y", "不该答，未答无误"), ("w", "该答，条目里有"), ("i", "该答，缺少条目")):
        assert re.search(f'data-key="{key}"[^>]*>{said}', page), key
    assert 'data-key="o"' not in page
    part = agent.post(f"{refusal}/feedback", {"verdict": "incomplete"}, headers={"HX-Request": "true"})
    assert "该答，缺少条目" in words(part) and "不完整" not in words(part)
    assert "该答，缺少条目" in words(enter("fb-km").get("/feedback/queue"))
    agent.post(f"{refusal}/feedback", {"verdict": "none"})


def test_with_script_the_buttons_come_back_as_they_then_stand(answer: str, enter: Callable[[str], Visitor]) -> None:
    agent = enter("fb-second")
    part = agent.post(f"{answer}/feedback", {"verdict": "wrong"}, headers={"HX-Request": "true"})
    html = part.get_data(as_text=True)
    assert part.status_code == 200 and "<html" not in html and html.count('aria-pressed="true"') == 1
    check_harmless(html)
    again = agent.post(f"{answer}/feedback", {"verdict": "none"}, headers={"HX-Request": "true"})
    assert 'aria-pressed="true"' not in again.get_data(as_text=True)
    assert agent.post(f"{answer}/feedback", {"verdict": "none"}).status_code == 303  # twice is once


def test_a_citation_is_judged_by_itself(answer: str, enter: Callable[[str], Visitor]) -> None:
    agent = enter("fb-second")
    part = agent.post(f"{answer}/feedback", {"verdict": "incomplete", "citation": "1"}, headers={"HX-Request": "true"})
    assert part.status_code == 200 and "data-key" not in part.get_data(as_text=True)
    assert "依据" in words(enter("fb-hrss").get("/feedback/queue"))
    agent.post(f"{answer}/feedback", {"verdict": "none", "citation": "1"})


def test_the_agent_is_told_once_what_became_of_it(answer: str, enter: Callable[[str], Visitor]) -> None:
    agent, editor = enter("fb-agent"), enter("fb-hrss")
    agent.post(f"{answer}/feedback", {"verdict": "wrong", "note": "和公告不一样"})
    queue = editor.get("/feedback/queue").get_data(as_text=True)
    address = re.search(r'action="(/feedback/[0-9a-f-]{36})', queue)
    assert address
    refused = editor.post(address[1], {"state": "declined", "reply": ""})
    assert refused.status_code == 400 and "请说明原文无误的理由" in words(refused)
    assert editor.post(address[1], {"state": "accepted", "reply": "下周一起改"}).status_code == 303
    assert re.search(r"反馈 <span class=\"count\">1", agent.get("/").get_data(as_text=True))
    shown = words(agent.get("/feedback/mine"))
    assert "新" in shown and "下周一起改" in shown and "和公告不一样" in shown
    assert not re.search(r"反馈 <span class=\"count\">", agent.get("/").get_data(as_text=True))
    again = enter("fb-km").post(address[1], {"state": "declined", "seen": "open", "reply": "不用改的"})
    assert again.status_code == 409
    assert re.search("已由fb-hrss于20[0-9]{2}年.+处理：已采纳；您的操作没有改动它。", words(again))
    kept = editor.get("/feedback/queue?state=accepted").get_data(as_text=True)
    assert "下周一起改" in kept and 'name="seen" value="accepted"' in kept and "不用改的" not in kept
    agent.post(f"{answer}/feedback", {"verdict": "right"})


def test_a_search_result_is_judged(enter: Callable[[str], Visitor]) -> None:
    agent = enter("fb-agent")
    page = agent.get("/search?q=驼铃卡").get_data(as_text=True)
    fields = dict(re.findall(r'<input type="hidden" name="(slug|revision|place|q|next)" value="([^"]*)">', page))
    assert fields["slug"] == "amber-card"
    done = agent.post("/search/feedback", {**fields, "verdict": "wrong"})
    assert done.status_code == 303 and "/search" in done.headers["Location"]
    assert 'aria-pressed="true"' in agent.get("/search?q=驼铃卡").get_data(as_text=True)
    assert "检索结果" in words(enter("fb-hrss").get("/feedback/queue"))
    agent.post("/search/feedback", {**fields, "verdict": "none"})
    away = agent.post("/search/feedback", {**fields, "verdict": "right", "next": "//evil.example/"})
    assert away.headers["Location"] == "/"
    agent.post("/search/feedback", {**fields, "verdict": "none"})


def test_fault_24_a_verdict_needs_the_form_of_this_site(answer: str, enter: Callable[[str], Visitor]) -> None:
    agent = enter("fb-agent")
    for path, fields in ((f"{answer}/feedback", {"verdict": "wrong"}), ("/search/feedback", {"verdict": "wrong"})):
        assert agent.post(path, {**fields, "form_token": "x"}).status_code == 403


@pytest.mark.parametrize("fields", [{}, {"verdict": "odd"}, {"verdict": "wrong", "citation": "x"},
                                    {"verdict": "wrong", "citation": "999"}, {"verdict": "wrong", "note": "x" * 501}])
def test_what_no_page_sends_is_refused(answer: str, enter: Callable[[str], Visitor], fields: dict[str, str]) -> None:
    assert enter("fb-agent").post(f"{answer}/feedback", fields).status_code in (400, 404)


def test_citizens_are_asked_nothing_and_may_say_nothing(site: Flask) -> None:
    visitor = Visitor(site)
    page = visitor.ask(ASKED)
    assert "judge" not in page.get_data(as_text=True)
    assert visitor.post(f"{page.headers['HX-Push-Url']}/feedback", {"verdict": "wrong"}).status_code == 401
    for path in ("/feedback", "/feedback/queue", "/feedback/mine", "/gaps", "/callbacks", "/callbacks.csv"):
        assert visitor.get(path).status_code == 401, path


@pytest.mark.parametrize("after", ["-1", "x", "9999999", "１", "1e3"])
def test_fault_43_how_much_a_list_skips_is_bounded(enter: Callable[[str], Visitor], after: str) -> None:
    for path in ("/feedback/queue", "/feedback/mine", "/gaps", "/callbacks"):
        assert enter("fb-km").get(f"{path}?after={after}").status_code == 400


def test_a_gap_is_named_drafted_and_dismissed(site: Flask, enter: Callable[[str], Visitor]) -> None:
    agent, editor, manager = enter("fb-agent"), enter("fb-hrss"), enter("fb-km")
    for question in ("驼铃雕像能带上地铁吗", "驼铃雕像能不能带上地铁"):
        page = agent.ask(question).headers["HX-Push-Url"]
        agent.post(f"{page}/feedback", {"verdict": "incomplete"})
    find_gaps(database_of(site), site.extensions["kb"].retriever.analyser, None, days=180,
              now=NOW + timedelta(hours=1, minutes=1))
    listed = manager.get("/gaps").get_data(as_text=True)
    check_harmless(listed)
    assert "驼铃雕像" in listed
    gap = re.search(r"/gaps/([0-9a-f-]{36})", listed[listed.index("驼铃雕像"):])
    assert gap
    form = manager.get(f"/edit/new?gap={gap[1]}").get_data(as_text=True)
    assert "驼铃雕像" in form and f'name="gap" value="{gap[1]}"' in form
    made = manager.post("/edit/new", {"gap": gap[1], "title": "驼铃雕像", "department": "hrss", "slug": "amber-statue",
                                      "kind": "blank", "lang": "zh"})
    assert made.status_code == 303
    assert "驼铃雕像" in words(manager.get("/gaps?state=drafting"))
    assert manager.post(f"/gaps/{gap[1]}", {"state": "dismissed", "note": ""}).status_code == 400
    assert manager.post(f"/gaps/{gap[1]}", {"state": "dismissed", "note": "不归热线管"}).status_code == 303
    assert "不归热线管" in words(enter("fb-boss").get("/gaps?state=dismissed"))
    assert "驼铃雕像" not in words(agent.get("/gaps?state=dismissed"))
    assert enter("fb-boss").post(f"/gaps/{gap[1]}", {"state": "open"}).status_code == 403
    assert "驼铃雕像" not in words(editor.get("/gaps"))


def test_a_call_that_was_told_the_old_fee_is_listed_called_and_exported(
        site: Flask, enter: Callable[[str], Visitor]) -> None:
    agent, boss = enter("fb-agent"), enter("fb-boss")
    asked = agent.ask("驼铃卡补办几个工作日办结", call_ref="  来电-20261130-07 ").get_data(as_text=True)
    assert dict(form_of(asked))["call_ref"] == "来电-20261130-07"  # the next question is of the same call
    reopened = agent.get(address_of(asked)).get_data(as_text=True)
    assert dict(form_of(reopened))["call_ref"] == "来电-20261130-07"
    published_article(database_of(site), "amber-card", SOURCE.replace("四个工作日", "六个工作日"), title="驼铃卡补办",
                      now=NOW + timedelta(hours=1, minutes=5))
    find_callbacks(database_of(site), site.extensions["kb"].retriever.analyser, days=90,
                   now=NOW + timedelta(hours=1, minutes=10), origin="test")
    assert re.search(r'href="/callbacks"[^>]*>[^<]*<span class="count">1<', agent.get("/help").get_data(as_text=True))
    page = boss.get("/callbacks?article=amber-card").get_data(as_text=True)
    check_harmless(page)
    assert "驼铃卡补办四个工作日办结。" in page and "驼铃卡补办六个工作日办结。" in page
    call = re.search(r"/callbacks/([0-9a-f-]{36})", page)
    assert call
    assert boss.post(f"/callbacks/{call[1]}", {"state": "not_needed", "note": ""}).status_code == 400
    assert boss.post(f"/callbacks/{call[1]}", {"state": "called", "note": "已告知"}).status_code == 303
    table = boss.get("/callbacks.csv?state=called&article=amber-card")
    rows = list(csv.reader(io.StringIO(table.get_data(as_text=True).removeprefix("\ufeff"))))
    assert table.mimetype == "text/csv" and rows[1][5] == "驼铃卡补办四个工作日办结。" and rows[1][8] == "已回电"
    assert rows[1][0] == "来电-20261130-07" and "来电-20261130-07" in page
    assert "驼铃卡补办四个工作日办结。" in words(agent.get("/callbacks?state=called"))  # it was this agent's call
    assert "驼铃卡补办四个工作日办结。" not in words(enter("fb-second").get("/callbacks?state=called"))
    assert enter("fb-hrss").post(f"/callbacks/{call[1]}", {"state": "open"}).status_code == 403


def test_a_citizen_gives_no_call_and_a_number_that_is_none_holds_up_nothing(
        site: Flask, enter: Callable[[str], Visitor]) -> None:
    question = "驼铃卡补办要带什么"
    assert "call_ref" not in dict(form_of(Visitor(site).ask(question, call_ref="C-9").get_data(as_text=True)))
    page = enter("fb-agent").ask(question, call_ref="C\x00" + "9" * 90)
    assert page.status_code == 200 and dict(form_of(page.get_data(as_text=True)))["call_ref"] == ""
    with database_of(site).reading() as session:
        refs = session.scalars(select(AnswerRow.call_ref).where(AnswerRow.question == question)).all()
    assert refs and not any(refs)


def test_one_way_leads_to_all_of_it_and_each_sees_their_own_tabs(enter: Callable[[str], Visitor]) -> None:
    assert enter("fb-agent").get("/feedback").headers["Location"] == "/feedback/mine"
    assert enter("fb-hrss").get("/feedback").headers["Location"] == "/feedback/queue"
    assert 'href="/gaps"' not in enter("fb-agent").get("/feedback/mine").get_data(as_text=True)
    assert 'href="/gaps"' in enter("fb-hrss").get("/feedback/queue").get_data(as_text=True)

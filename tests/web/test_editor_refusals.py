"""What is refused while somebody writes or acts: every word comes back, and the page says what may be done with it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from kb.actor import OPERATOR, Role
from kb.articles import comments, publication
from kb.articles.acts import hiding, signatures
from kb.articles.owners import article_by_slug, revision_by_number
from kb.articles.writing import drafts, submission
from kb.db import Database
from kb.people import people, sessions
from tests.conftest import NOW
from tests.kb.factories import revision_text
from tests.retriever.factories import published_article
from tests.web.site import Visitor, check_harmless, words
from tests.web.test_editor import begun, page_of, saved

PASSWORD = "a long password"


@pytest.fixture(scope="module")
def staff(app: Flask) -> dict[str, str]:
    """Two who write, one who signs, one who manages; by what they do."""
    found = {}
    with database_of(app).transaction() as session:
        for does, grants in (("writes", [(Role.EDITOR, "hrss")]), ("too", [(Role.EDITOR, "hrss")]),
                             ("signs", [(Role.APPROVER, "hrss")]), ("manages", [(Role.KNOWLEDGE_MANAGER, None)])):
            found[does] = f"refused-{does}-{uuid.uuid4().hex[:6]}"
            people.create_user(session, OPERATOR, login=found[does], name="", grants=grants, password=PASSWORD,
                               is_once=False, now=NOW)
    return found


@pytest.fixture
def sign_in(app: Flask, staff: dict[str, str]) -> Callable[[str], Visitor]:
    def start(does: str) -> Visitor:
        visitor = Visitor(app)
        assert visitor.sign_in(staff[does], PASSWORD).status_code == 303
        return visitor

    return start


@pytest.fixture
def writer(sign_in: Callable[[str], Visitor]) -> Visitor:
    return sign_in("writes")


def database_of(app: Flask) -> Database:
    database: Database = app.extensions["kb"].database
    return database


def live(app: Flask, title: str, *, source: str = "石榴事项免费。") -> str:
    """A live article of the department hrss; its slug."""
    slug = f"refused-{uuid.uuid4().hex[:8]}"
    published_article(database_of(app), slug, source, title=title, now=NOW)
    return slug


def submitted(app: Flask, login: str, slug: str, title: str) -> int:
    """A text that waits for signatures, on top of what is live or of nothing; its number."""
    with database_of(app).transaction() as session:
        me = people.actor_of(session, login, now=NOW)
        draft = drafts.start(session, me, slug, revision_text(f"{title}的正文。", title=title), now=NOW, origin="test")
        return submission.submit(session, me, draft.id, seen=draft.version, now=NOW, origin="test").number


def test_fault_70_a_choice_for_a_draft_that_was_taken_over_gives_the_words_back(
        writer: Visitor, sign_in: Callable[[str], Visitor]) -> None:
    path = begun(writer)
    _, old = page_of(writer, path)
    saved(writer, path, old, source="二。\n")
    _, now = page_of(writer, path)
    other = sign_in("too")
    assert other.post(f"{path}/take-over", {"seen": now["seen"]}).status_code == 303
    _, theirs = page_of(other, path)
    reply = writer.post(f"{path}/merge", {**old, "source": "石榴这一句不能丢。\n", "onto": theirs["seen"],
                                          "place-0": "ours"})
    assert reply.status_code == 403 and "石榴这一句不能丢。" in reply.get_data(as_text=True)
    assert "place-0" not in reply.get_data(as_text=True)


def test_fault_70_a_choice_that_is_more_than_is_taken_goes_on_in_the_form(writer: Visitor) -> None:
    path = begun(writer)
    _, old = page_of(writer, path)
    lines = [char * 40_000 + "\n" for char in "甲乙丙丁"]  # each side is taken, both are too many bytes
    assert saved(writer, path, old, source=lines[0] + lines[1]).status_code == 303
    _, now = page_of(writer, path)
    reply = writer.post(f"{path}/merge", {**old, "source": lines[2] + lines[3], "onto": now["seen"],
                                          "place-0": "both"})
    html = reply.get_data(as_text=True)
    assert reply.status_code == 400 and all(line in html for line in lines)
    assert f'name="seen" value="{now["seen"]}"' in html and "data-refused" in html


def test_fault_70_words_of_an_article_that_went_with_its_last_draft_begin_it_anew(writer: Visitor) -> None:
    slug = f"gone-{uuid.uuid4().hex[:8]}"
    path = begun(writer, slug=slug, title="石榴新条目")
    html, here = page_of(writer, path)
    department = re.search(r'name="department" value="(\w+)"', html)
    assert department and department[1] == "hrss"
    assert writer.post(f"{path}/discard", {"seen": here["seen"]}).status_code == 303
    sent = {**here, "department": "hrss", "title": "石榴新条目", "source": "石榴迟到的一句。\n", "lang": "zh",
            "audience": "public"}
    rescue = saved(writer, path, sent)
    assert rescue.status_code == 404 and "石榴迟到的一句。" in rescue.get_data(as_text=True)
    done = writer.post(f"/edit/articles/{slug}/drafts", sent)
    assert done.status_code == 303
    assert "石榴迟到的一句。" in page_of(writer, done.headers["Location"])[0]


def test_fault_70_words_that_cannot_begin_a_draft_are_all_on_the_page(writer: Visitor, app: Flask) -> None:
    slug = live(app, "石榴改不成")
    for wrong in ({"title": ""}, {"effective_from": "2026-13-45"}):
        reply = writer.post(f"/edit/articles/{slug}/drafts", {"source": "石榴另起一句。\n", "slug": slug, **wrong})
        html = reply.get_data(as_text=True)
        assert reply.status_code == 400 and "石榴另起一句。" in html
        check_harmless(html)
    with database_of(app).transaction() as session:
        manager = people.actor_of(session, "manager", now=NOW)
        publication.retire(session, manager, article_by_slug(session, slug), reason="停办", successor=None, now=NOW,
                           origin="test")
    reply = writer.post(f"/edit/articles/{slug}/drafts", {"source": "石榴停用之后的一句。\n"})
    assert reply.status_code == 409 and "石榴停用之后的一句。" in reply.get_data(as_text=True)


def test_fault_69_taking_over_twice_leads_to_the_same_choice(writer: Visitor, sign_in: Callable[[str], Visitor]
                                                             ) -> None:
    path = begun(writer)
    _, here = page_of(writer, path)
    other = sign_in("too")
    sent = {**here, "source": "石榴两次接手。\n"}
    for _ in range(2):
        reply = other.post(f"{path}/take-over", sent)
        assert reply.status_code == 200 and "石榴两次接手。" in reply.get_data(as_text=True)
    assert other.post(f"{path}/take-over", {"seen": here["seen"]}).status_code == 409


def test_fault_70_a_draft_that_was_saved_meanwhile_is_not_thrown_away_unseen(writer: Visitor) -> None:
    path = begun(writer)
    _, here = page_of(writer, path)
    saved(writer, path, here, source="石榴后来保存的。\n")
    reply = writer.post(f"{path}/discard", {"seen": here["seen"]})
    html = reply.get_data(as_text=True)
    assert reply.status_code == 409 and "石榴后来保存的。" in html and "data-refused" not in html
    _, again = page_of(writer, path)
    assert f'name="seen" value="{again["seen"]}"' in html  # it can be thrown away from here


def test_words_that_only_one_side_has_are_marked_where_one_chooses(writer: Visitor) -> None:
    path = begun(writer)
    _, first = page_of(writer, path)
    line = "补领收费{}，当天取卡，可以由他人代办，须带双方身份证原件。\n"
    saved(writer, path, first, source=line.format("二十元"))
    _, here = page_of(writer, path)
    saved(writer, path, here, source=line.format("三十元"))
    reply = saved(writer, path, here, source=line.format("<b>十</b>元"))
    html = reply.get_data(as_text=True)
    assert reply.status_code == 409 and re.search("<mark>三十(元)?</mark>", html) and "&lt;b&gt;" in html
    assert "<b>十" not in html
    check_harmless(html)


def test_fault_11_a_text_that_no_draft_may_hold_is_not_previewed(writer: Visitor) -> None:
    assert writer.post("/edit/preview", {"source": "a" * 500_000}).status_code == 400
    assert writer.post("/edit/preview", {"source": "> " * 1_000 + "深"}).status_code == 400
    assert writer.post("/edit/preview", {"source": " \n"}).status_code == 200


def test_an_address_that_cannot_be_taken_leaves_the_title_in_the_form(writer: Visitor, app: Flask) -> None:
    slug = live(app, "石榴已停用")
    with database_of(app).transaction() as session:
        manager = people.actor_of(session, "manager", now=NOW)
        publication.retire(session, manager, article_by_slug(session, slug), reason="停办", successor=None, now=NOW,
                           origin="test")
    reply = writer.post("/edit/new", {"title": "石榴重新开始", "department": "hrss", "kind": "blank", "slug": slug})
    assert reply.status_code == 409 and 'value="石榴重新开始"' in reply.get_data(as_text=True)


@pytest.mark.parametrize("held", ["published", "waiting", "draft"])
def test_a_new_article_does_not_take_the_address_of_one_of_the_department(
        app: Flask, writer: Visitor, sign_in: Callable[[str], Visitor], staff: dict[str, str], held: str) -> None:
    slug = live(app, "石榴占用") if held == "published" else f"refused-{uuid.uuid4().hex[:8]}"
    if held == "waiting":
        submitted(app, staff["too"], slug, "石榴占用")
    elif held == "draft":
        begun(sign_in("too"), slug=slug)
    reply = writer.post("/edit/new", {"title": "石榴另起", "department": "hrss", "kind": "blank", "slug": slug})
    assert reply.status_code == 409 and "该网址标识已被占用" in words(reply)
    assert 'href="#field-slug"' in reply.get_data(as_text=True) and "石榴另起" not in words(
        writer.get("/edit/drafts?whose=all"))
    if held == "published":
        assert writer.post(f"/edit/articles/{slug}/drafts", {}).status_code == 303


def test_a_refused_act_stands_open_with_its_words_and_no_other_form_has_them(
        app: Flask, sign_in: Callable[[str], Visitor]) -> None:
    signer, slug = sign_in("signs"), live(app, "石榴不能停用")
    reply = signer.post(f"/edit/articles/{slug}/retire", {"reason": "石榴停用的原因", "successor": "no-such-article",
                                                                "sure": "1"})
    html = reply.get_data(as_text=True)
    assert reply.status_code == 400 and html.count('value="石榴停用的原因"') == 1
    assert "no-such-article" in words(reply) and 'href="#field-successor"' in html
    retire = html[html.index(f"/edit/articles/{slug}/retire") - 400:]
    assert "<details open>" in retire[:400]
    assert html.count("<details open>") == 1


def test_an_article_is_found_at_its_desk_by_its_title_in_whatever_state(
        app: Flask, writer: Visitor, staff: dict[str, str], sign_in: Callable[[str], Visitor]) -> None:
    hidden, fresh = live(app, "石榴隐藏条目"), f"refused-{uuid.uuid4().hex[:8]}"
    with database_of(app).transaction() as session:
        hiding.hide(session, people.actor_of(session, staff["signs"], now=NOW), hidden, reason="有误", now=NOW,
                    origin="test")
    submitted(app, staff["writes"], fresh, "石榴审签条目")
    listed = words(writer.get("/edit?q=石榴隐藏")), words(writer.get("/edit?q=石榴审签"))
    assert "石榴隐藏条目" in listed[0] and "石榴审签条目" in listed[1]
    with database_of(app).transaction() as session:
        people.create_user(session, OPERATOR, login="refused-elsewhere", name="", grants=[(Role.EDITOR, "water")],
                           password=PASSWORD, is_once=False, now=NOW)
    other = Visitor(app)
    other.sign_in("refused-elsewhere", PASSWORD)
    for word in ("石榴隐藏", "石榴审签"):
        assert f"{word}条目" not in words(other.get(f"/edit?q={word}"))
    assert "石榴审签条目" in words(sign_in("manages").get("/edit?q=石榴审签"))


def test_what_came_back_is_listed_page_by_page(app: Flask) -> None:
    """In a department of its own, so that nothing else has come back to it."""
    with database_of(app).transaction() as session:
        for login, role in (("returned-writes", Role.EDITOR), ("returned-signs", Role.APPROVER)):
            people.create_user(session, OPERATOR, login=login, name="", grants=[(role, "veterans")], password=PASSWORD,
                               is_once=False, now=NOW)
        me, signer = (people.actor_of(session, f"returned-{does}", now=NOW) for does in ("writes", "signs"))
        for n in range(23):
            draft = drafts.start(session, me, f"returned-{n}", revision_text(
                "退回的正文。", title=f"退回的第{n:02}条", owner="veterans"), now=NOW, origin="test")
            revision = submission.submit(session, me, draft.id, seen=draft.version, now=NOW, origin="test")
            signatures.reject(session, signer, revision, shown=revision.sha256, reason=f"原因{n:02}", now=NOW,
                              origin="test")
    visitor = Visitor(app)
    visitor.sign_in("returned-writes", PASSWORD)
    first = visitor.get("/edit/drafts").get_data(as_text=True)
    more = re.search(r'href="([^"]*back=[^"]*)"', first)
    assert more and first.count('class="returned"') == 20
    second = visitor.get(more[1].replace("&amp;", "&")).get_data(as_text=True)
    assert second.count('class="returned"') == 3
    assert len({n for n in range(23) if f"原因{n:02}" in first + second}) == 23


def test_fault_28_what_was_said_of_a_text_stays_with_its_department_when_the_draft_moves_on(
        app: Flask, staff: dict[str, str]) -> None:
    slug = f"refused-{uuid.uuid4().hex[:8]}"
    number = submitted(app, staff["writes"], slug, "石榴转办")
    with database_of(app).transaction() as session:
        signer, me = (people.actor_of(session, staff[does], now=NOW) for does in ("signs", "writes"))
        comments.add_comment(session, signer, slug, number, "只给本部门的话", now=NOW, origin="test")
        revision = revision_by_number(session, signer, slug, number)
        signatures.reject(session, signer, revision, shown=revision.sha256, reason="改", now=NOW, origin="test")
        draft = drafts.edit(session, me, slug, number=number, now=NOW, origin="test")
        assert [c.body for c in comments.comments_in_draft(session, me, draft.id)] == ["只给本部门的话"]
        article_by_slug(session, slug).owner = "water"
        session.flush()
        other = replace(me, name="water-writer", grants=frozenset({(Role.EDITOR, "water")}))
        assert drafts.get(session, other, draft.id).department == "water"
        assert comments.comments_in_draft(session, other, draft.id) == []
        session.rollback()


def test_words_that_come_after_the_sign_in_has_ended_are_on_the_page_to_copy(
        app: Flask, writer: Visitor, staff: dict[str, str]) -> None:
    path = begun(writer)
    _, here = page_of(writer, path)
    with database_of(app).transaction() as session:
        sessions.end_sessions(session, OPERATOR, staff["writes"], now=NOW)
    sent = {**here, "form_token": "old", "source": "石榴没有保存的<b>一句</b>。"}
    reply = writer.client.post(path, data=sent)
    assert reply.status_code == 401 and "石榴没有保存的&lt;b&gt;一句" in reply.text
    check_harmless(reply.text)
    for stranger in (Visitor(app), writer):  # another site's form shows nothing of its own here
        if stranger is writer:
            stranger.client.delete_cookie("kb_session")
        reply = stranger.client.post(path, data=sent)
        assert reply.status_code == 401 and "石榴没有保存的" not in reply.text

"""Texts that are published ahead: all stand on the desk, who writes or signs a later one is told, one is called off."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from flask import Flask

from kb.actor import OPERATOR, Role
from kb.articles import publication
from kb.articles.acts import signatures
from kb.articles.live import Moment, live_by_slug
from kb.articles.owners import revision_by_number
from kb.articles.writing import drafts, submission
from kb.db import Database
from kb.people import people
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.site import Visitor, check_harmless, words
from tests.web.test_editor import page_of
from web.filters import day, last_day

PASSWORD = "a long password"
SOON, LATER = NOW + timedelta(days=30), NOW + timedelta(days=60)


@pytest.fixture(scope="module")
def staff(app: Flask) -> dict[str, str]:
    """Who writes and who signs, by what they do."""
    found = {}
    with database_of(app).transaction() as session:
        for does, role in (("writes", Role.EDITOR), ("signs", Role.APPROVER)):
            found[does] = f"coming-{does}-{uuid.uuid4().hex[:6]}"
            people.create_user(session, OPERATOR, login=found[does], name="", grants=[(role, "hrss")],
                               password=PASSWORD, is_once=False, now=NOW)
    return found


@pytest.fixture
def slug(app: Flask) -> str:
    """An article in force, whose second revision begins soon."""
    made = f"coming-{uuid.uuid4().hex[:8]}"
    published_article(database_of(app), made, "银杏事项免费。", title="银杏事项", now=NOW)
    published_article(database_of(app), made, "银杏事项收费五元。", title="银杏事项", effective_from=SOON, now=NOW)
    return made


def database_of(app: Flask) -> Database:
    database: Database = app.extensions["kb"].database
    return database


def visitor(app: Flask, login: str) -> Visitor:
    made = Visitor(app)
    assert made.sign_in(login, PASSWORD).status_code == 303
    return made


def shown(app: Flask) -> tuple[str, str]:
    """The two days as a page writes them."""
    with app.test_request_context("/"):
        return day(SOON), day(LATER)


def test_every_text_that_is_still_to_come_stands_on_the_desk(app: Flask, staff: dict[str, str], slug: str) -> None:
    published_article(database_of(app), slug, "银杏事项收费九元。", title="银杏事项", effective_from=LATER, now=NOW)
    page = visitor(app, staff["writes"]).get(f"/edit/articles/{slug}")
    told = words(page)
    check_harmless(page.get_data(as_text=True))
    for number in (1, 2, 3):
        assert told.count(f"第{number}版") >= 1
    assert told.count("尚未施行") == 2 and shown(app)[0] in told and shown(app)[1] in told


def test_who_puts_a_change_off_is_told_that_the_earlier_text_still_begins(
        app: Flask, staff: dict[str, str], slug: str) -> None:
    writer, signer = visitor(app, staff["writes"]), visitor(app, staff["signs"])
    path = writer.post(f"/edit/articles/{slug}/drafts", {}).headers["Location"]
    soon, _ = shown(app)
    assert f"第2版已发布，同样自{soon}起施行，由本版取代" in words(writer.get(f"{path}/hand-in"))
    _, seen = page_of(writer, path)
    assert writer.post(path, {**seen, "effective_from": LATER.date().isoformat(), "source": "银杏收费九元。",
                              "change_note": "推迟"}).status_code == 303
    told = f"第2版已发布，仍自{soon}起施行，至本版施行时为止"
    assert told in words(writer.get(f"{path}/hand-in"))
    _, seen = page_of(writer, f"{path}/hand-in")
    assert writer.post(f"{path}/hand-in", {
        **seen, "change_note": "推迟", "effective_from": LATER.date().isoformat()}).status_code == 303
    review = words(signer.get(f"/reviews/{slug}/3"))
    assert told in review and "取消施行" in review


def test_a_text_that_is_to_come_is_called_off_by_the_running_text_on_its_day(
        app: Flask, staff: dict[str, str], slug: str) -> None:
    published_article(database_of(app), slug, "银杏事项收费九元。", title="银杏事项", effective_from=LATER, now=NOW)
    writer = visitor(app, staff["writes"])
    assert "取消施行" in words(writer.get(f"/edit/articles/{slug}"))
    begun = writer.post(f"/edit/articles/{slug}/r/2/call-off", {})
    assert begun.status_code == 303
    with database_of(app).transaction() as session:
        me, other = (people.actor_of(session, staff[does], now=NOW) for does in ("writes", "signs"))
        draft = drafts.get(session, me, begun.headers["Location"].rpartition("/")[2])
        assert draft.text.source == "银杏事项免费。" and draft.text.effective_from == SOON
        number = submission.submit(session, me, draft.id, seen=draft.version, now=NOW, origin="test").number
        revision = revision_by_number(session, other, slug, number)
        signatures.sign(session, other, revision, shown=revision.sha256, now=NOW, origin="test")
        publication.publish(session, other, revision, now=NOW, origin="test")
        held = {when: live_by_slug(session, me, Moment(when, NOW), slug)
                for when in (NOW, SOON, LATER - timedelta(seconds=1), LATER)}
    assert [one.source if one else "" for one in held.values()] == [
        "银杏事项免费。", "银杏事项免费。", "银杏事项免费。", "银杏事项收费九元。"]


def test_a_text_is_not_called_off_that_applies_already_or_that_nothing_would_follow(
        app: Flask, staff: dict[str, str], slug: str) -> None:
    writer, alone = visitor(app, staff["writes"]), f"coming-{uuid.uuid4().hex[:8]}"
    published_article(database_of(app), alone, "银杏收费。", title="银杏", effective_to=SOON, now=NOW)
    published_article(database_of(app), alone, "银杏免费。", title="银杏", effective_from=SOON, now=NOW)
    for path, status in ((f"{slug}/r/1", 404), (f"{slug}/r/9", 404), (f"{alone}/r/2", 409)):
        assert writer.post(f"/edit/articles/{path}/call-off", {}).status_code == status
    assert "取消施行" not in words(writer.get(f"/edit/articles/{alone}"))
    other = f"coming-{uuid.uuid4().hex[:6]}"
    with database_of(app).transaction() as session:
        people.create_user(session, OPERATOR, login=other, name="", grants=[(Role.EDITOR, "water")],
                           password=PASSWORD, is_once=False, now=NOW)
    assert visitor(app, other).post(f"/edit/articles/{slug}/r/2/call-off", {}).status_code == 404


def test_the_page_of_a_text_in_force_says_when_the_next_one_takes_its_place(app: Flask, slug: str) -> None:
    with app.test_request_context("/"):
        last = last_day(SOON)
    assert f"至{last}" in words(Visitor(app).get(f"/articles/{slug}"))

"""The calendar of what is due: for whoever has the address, as long as it holds, and what its person may write for."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from kb.actor import Actor, Role
from kb.db import Database
from kb.errors import Denied, NotFound
from kb.models import Article, AuditEntry, ReviewTask
from kb.people import people
from kb.upkeep.due_feed import DueDate, as_icalendar, due_dates, end_feed, make_feed, viewer_of
from tests.conftest import NOW
from tests.kb.factories import ADMIN, add_department, published, revision_text

DONE: dict[str, Any] = {"now": NOW, "origin": "test"}
MADE: dict[str, Any] = {"name": "热线", "host": "kb.example.org",
                        "base_url": "https://kb.example.org/", "prefix": "复核：",
                        "task_prefix": "任务：", "now": NOW}


def editor(database: Database, login: str, department: str) -> Actor:
    with database.transaction() as session:
        people.create_user(session, ADMIN, login=login, name=login, grants=[(Role.EDITOR, department)], password=None,
                           now=NOW)
        return people.actor_of(session, login, now=NOW)


def test_the_address_shows_what_its_person_may_write_for_and_ends(database: Database) -> None:
    add_department(database, "fund")
    li, wu = editor(database, "li", "hrss"), editor(database, "wu", "fund")
    published(database, revision_text(title="补卡", review_by=NOW + timedelta(days=9)), slug="card")
    published(database, revision_text(title="旧规定", review_by=NOW + timedelta(days=2), effective_to=NOW), slug="gone")
    published(database, revision_text(title="没有期限", review_by=None), slug="free")
    with database.transaction() as session:
        first, other = make_feed(session, li, **DONE), make_feed(session, wu, **DONE)
        second = make_feed(session, li, **DONE)
    with database.reading() as session:
        assert [(one.day, one.title, one.link) for one in due_dates(session, viewer_of(session, second), now=NOW)] == [
            (date(2026, 12, 3), "补卡", "/articles/card")]
        assert due_dates(session, viewer_of(session, other), now=NOW) == []
        for nobodys in (first, "", "x" * 5_000):
            with pytest.raises(NotFound):
                viewer_of(session, nobodys)
        assert second not in str(session.execute(select(AuditEntry.after, AuditEntry.subject)).all())
    with database.transaction() as session:
        end_feed(session, wu, **DONE)
        people.disable_user(session, ADMIN, "li", **DONE)
    with database.reading() as session:
        for ended in (second, other):
            with pytest.raises(NotFound):
                viewer_of(session, ended)


def test_who_has_no_account_has_no_address(database: Database) -> None:
    with database.transaction() as session, pytest.raises(Denied):
        make_feed(session, Actor(None, "citizen", frozenset({Role.CITIZEN})), **DONE)


@settings(deadline=None)
@given(titles=st.lists(st.text(max_size=120) | st.sampled_from(["a\r\nEND:VCALENDAR", "补" * 60, "a;b,c\\d"]),
                       max_size=4))
def test_whatever_the_titles_it_is_a_calendar(titles: list[str]) -> None:
    dates = [DueDate(str(n), date(2026, 12, 3), title, "/a") for n, title in enumerate(titles)]
    made = as_icalendar(dates, **MADE)
    lines = made.decode().split("\r\n")
    assert made.endswith(b"END:VCALENDAR\r\n") and all(len(line.encode()) <= 75 for line in lines)
    whole = made.decode().replace("\r\n ", "").split("\r\n")
    assert whole.count("BEGIN:VEVENT") == whole.count("END:VEVENT") == len(titles)
    assert whole.count("END:VCALENDAR") == 1 and whole.count("DTSTART;VALUE=DATE:20261203") == len(titles)
    assert all(line == "" or line[0].isascii() for line in whole)


def a_task(database: Database, slug: str, person: str, due_on: date, **fields: Any) -> str:
    """An open task about an article, of a person."""
    task_id = str(uuid.uuid4())
    with database.transaction() as session:
        article_id = session.scalars(select(Article.id).where(Article.slug == slug)).one()
        session.add(ReviewTask(**{
            "id": task_id, "article_id": article_id, "department": "hrss", "person": person, "way": "head",
            "reasons": [], "severity": "info", "opened_at": NOW, "due_on": due_on, "state": "open", **fields}))
    return task_id


def test_tasks_are_in_the_calendar_of_whose_they_are_and_cancelled_when_they_are_done(database: Database) -> None:
    li, wu = editor(database, "li", "hrss"), editor(database, "wu", "hrss")
    published(database, revision_text(title="补卡", review_by=NOW + timedelta(days=9)), slug="card")
    task_id = a_task(database, "card", "li", date(2026, 11, 30))
    with database.reading() as session:
        (mine,) = due_dates(session, li, now=NOW)  # the task stands for the text's own date
        assert (mine.id, mine.day, mine.link, mine.is_task) == (task_id, date(2026, 11, 30), f"/tasks/{task_id}", True)
        (other,) = due_dates(session, wu, now=NOW)
        assert (other.is_task, other.day) == (False, date(2026, 12, 3))
    made = as_icalendar([mine, other], **MADE).decode()
    assert f"UID:task-{task_id}@kb.example.org" in made
    assert "SUMMARY:任务：补卡" in made and "SUMMARY:复核：补卡" in made
    assert "DTSTART;VALUE=DATE:20261130" in made and made.count("STATUS:CONFIRMED") == 2
    with database.transaction() as session:
        task = session.get_one(ReviewTask, task_id)
        task.state, task.outcome, task.outcome_at = "done", "confirmed", NOW
    with database.reading() as session:
        done, text_date = due_dates(session, li, now=NOW + timedelta(days=1))
        assert (done.id, done.is_cancelled, done.sequence > mine.sequence, text_date.is_task) == (task_id, True, True,
                                                                                                  False)
        later = due_dates(session, li, now=NOW + timedelta(days=40))
        assert [one.is_task for one in later] == [False]
    assert "STATUS:CANCELLED" in as_icalendar([done], **MADE).decode()


def test_a_task_that_was_put_off_is_due_later_and_one_that_was_handed_on_is_another_persons(database: Database) -> None:
    li, wu = editor(database, "li", "hrss"), editor(database, "wu", "hrss")
    published(database, revision_text(title="补卡", review_by=None), slug="card")
    task_id = a_task(database, "card", "li", date(2026, 11, 26), state="snoozed", snoozed_until=date(2026, 12, 8),
                     snoozes=1)
    with database.transaction() as session:
        (mine,) = due_dates(session, li, now=NOW)
        assert mine.day == date(2026, 12, 8)
        session.get_one(ReviewTask, task_id).person = "wu"
    with database.reading() as session:
        assert due_dates(session, li, now=NOW) == []
        assert [one.id for one in due_dates(session, wu, now=NOW)] == [task_id]


def test_a_task_about_what_one_may_write_for_no_longer_shows_no_title(database: Database) -> None:
    add_department(database, "fund")
    li = editor(database, "li", "fund")
    published(database, revision_text(title="补卡", review_by=None), slug="card")
    a_task(database, "card", "li", date(2026, 11, 26))
    with database.reading() as session:
        assert due_dates(session, li, now=NOW) == []


def test_titles_are_escaped_as_the_standard_says() -> None:
    made = as_icalendar([DueDate("1", date(2026, 12, 31), "费用；a;b,c\\d\n e", "/articles/card")], **MADE).decode()
    assert "SUMMARY:复核：费用；a\\;b\\,c\\\\d e\r\n" in made
    assert "DTEND;VALUE=DATE:20270101" in made and "URL:https://kb.example.org/articles/card\r\n" in made

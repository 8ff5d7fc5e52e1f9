"""Queues of review tasks: who sees which, in which order, page by page; one with its evidence; the standing."""

from __future__ import annotations

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.errors import Denied, Invalid, NotFound
from kb.reading.tasks.page import task_page
from kb.reading.tasks.queue import Standing, Wanted, Whose, count_waiting, counts, task_queue
from kb.reading.tasks.standings import standings
from kb.upkeep.reviews import resolving
from kb.upkeep.reviews.resolving import Checked
from tests.kb.factories import published, revision_text
from tests.kb.upkeep.reviews.office import after, article, open_office, person, raise_signal, task, tend, text_hash

SEVERITIES = ("info", "serious", "warning", "serious", "warning")


@pytest.fixture(autouse=True)
def office(database: Database) -> None:
    """Five tasks of hrss-editor's, one of them only by its date."""
    open_office(database)
    for n, severity in enumerate(SEVERITIES):
        id_ = article(database, f"card-{n}", review_on=10 if severity == "info" else None)
        if severity != "info":
            raise_signal(database, id_, severity=severity)
    tend(database)


def seen(database: Database, login: str, wanted: Wanted = Wanted(), *, limit: int = 2, days: float = 0) -> list[str]:
    """All that the person sees, page by page."""
    found, after_ = list[str](), ""
    with database.reading() as session:
        while True:
            page = task_queue(session, person(database, login), wanted, now=after(days), after=after_, limit=limit)
            found += [one.slug for one in page.items]
            after_ = page.next_after
            if not after_:
                assert len(found) == page.total
                return found


def test_the_gravest_come_first_and_pages_leave_nothing_out(database: Database) -> None:
    found = seen(database, "hrss-editor")
    assert [SEVERITIES[int(slug[-1])] for slug in found] == ["serious", "serious", "warning", "warning", "info"]
    assert sorted(found) == [f"card-{n}" for n in range(5)]


def test_each_sees_their_own_what_was_brought_before_them_and_their_departments(database: Database) -> None:
    of_departments = Wanted(Whose.DEPARTMENTS)
    found = {login: len(seen(database, login, of_departments))
             for login in ("hrss-approver", "km", "fund-editor", "clerk")}
    assert found == {"hrss-approver": 5, "km": 5, "fund-editor": 0, "clerk": 0}
    for day in (2, 3):
        tend(database, day)
    assert len(seen(database, "hrss-head", Wanted(Whose.RAISED))) == 2
    with database.reading() as session:
        head = person(database, "hrss-head")
        assert count_waiting(session, head, after(3)) == 2
        assert counts(session, head, now=after(3)) == {Whose.MINE: 0, Whose.RAISED: 2, Whose.DEPARTMENTS: 5}


def test_a_filter_narrows_and_a_wrong_one_is_refused(database: Database) -> None:
    assert len(seen(database, "hrss-editor", Wanted(severity="warning"))) == 2
    assert len(seen(database, "km", Wanted(Whose.DEPARTMENTS, person="hrss-editor", department="hrss"))) == 5
    assert seen(database, "km", Wanted(Whose.DEPARTMENTS, Standing.LATE), days=3) != []
    for wrong in (Wanted(severity="x"), Wanted(department="Ä"), Wanted(person="?")):
        with pytest.raises(Invalid), database.reading() as session:
            task_queue(session, person(database, "km"), wanted=wrong, now=after(0))


def test_a_page_shows_what_is_needed_to_decide_to_who_may_see_it(database: Database) -> None:
    with database.reading() as session:
        found = task_page(session, person(database, "hrss-editor"), task(database, "card-2").id, now=after(1))
        assert [one.login for one in found.colleagues][-1] == "km" and found.next_on is not None
        assert (found.allowed.confirm, found.allowed.retire) == (True, False)
        assert found.allowed.snooze_until is not None and found.names["hrss-editor"] == "hrss-editor"
        serious = task_page(session, person(database, "hrss-editor"), task(database, "card-1").id, now=after(1))
        assert serious.allowed.snooze_until is None
        for login in ("fund-editor", "clerk"):
            with pytest.raises(NotFound):
                task_page(session, person(database, login), task(database, "card-2").id, now=after(1))


def test_a_page_names_the_text_that_was_looked_at_last(database: Database) -> None:
    with database.transaction() as session:
        resolving.confirm_task(session, person(database, "hrss-editor"), Checked(
            task(database, "card-2").id, text_hash(database, "card-2"), "核对"), now=after(1), origin="test")
    published(database, revision_text("收费。"), slug="card-2", number=2, day=342)
    raise_signal(database, task(database, "card-2").article_id, kind="contact", days=3)
    tend(database, 3)
    with database.reading() as session:
        found = task_page(session, person(database, "hrss-editor"), task(database, "card-2").id, now=after(3))
    assert (found.changed_since, found.entry.number) == (1, 2)
    assert [(one.outcome, one.by, one.evidence) for one in found.former] == [("confirmed", "hrss-editor", "核对")]


def test_departments_stand_with_what_is_open_late_and_done_in_time(database: Database) -> None:
    with database.transaction() as session:
        resolving.confirm_task(session, person(database, "hrss-editor"), Checked(
            task(database, "card-2").id, text_hash(database, "card-2"), "核对"), now=after(1), origin="test")
    with database.reading() as session:
        found, = standings(session, person(database, "km"), now=after(4))
        assert (found.code, found.open, found.late, found.serious, found.done, found.on_time) == ("hrss", 4, 2, 2, 1, 1)
        assert standings(session, person(database, "fund-editor"), now=after(4)) == ()
        with pytest.raises(Denied):
            standings(session, CITIZEN, now=after(4))

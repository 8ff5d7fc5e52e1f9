"""The phone ledger: kept by knowledge managers, read by the staff, nothing of it lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kb.actor import CITIZEN
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, NotFound
from kb.models import LedgerPhone
from kb.registers import history, phones
from kb.registers.phones import PhoneText, Standing, standing_of, standing_sql
from tests.kb.factories import ADMIN, AGENT, MANAGER, add_department, approver, at, editor

TEXT = PhoneText("0599-5550142", "社保咨询电话", "Social insurance", "hrss", "工作日 9:00–17:00")
TODAY = at(0).date()


@pytest.fixture(autouse=True)
def departments(database: Database) -> None:
    for code in ("hrss", "tax"):
        add_department(database, code)


def put(database: Database, text: PhoneText = TEXT, *, seen: int | None = None, day: float = 0) -> phones.Outcome:
    with database.transaction() as session:
        return phones.put_phone(session, MANAGER, text, seen=seen, now=at(day), origin="test")


def test_a_number_is_entered_once_in_its_one_form_and_found_by_any(database: Database) -> None:
    done = put(database)
    assert (done.created, done.changed, done.row.text.number) == (True, False, "05995550142")
    assert put(database, replace(TEXT, number="（0599）5550142")) == phones.Outcome(done.row)
    with database.reading() as session:
        for words in ("0599-5550142", "5550142", "社保", "social 555", ""):
            assert [row.id for row in phones.find_phones(session, AGENT, words, now=at(0)).rows] == [done.row.id]
        assert phones.phone_by_number(session, AGENT, "+86 599 5550142", now=at(0)).id == done.row.id
        assert not phones.find_phones(session, AGENT, "公积金", now=at(0)).rows
        assert not phones.find_phones(session, AGENT, "%", now=at(0)).rows
        with pytest.raises(NotFound):
            phones.phone_by_number(session, AGENT, "电话", now=at(0))


def test_changes_rest_on_what_was_seen_and_stand_in_the_history(database: Database) -> None:
    row = put(database, seen=0).row
    changed = put(database, replace(TEXT, hours="全天", department="tax"), seen=1, day=3).row
    assert (changed.version, changed.former_department, changed.moved_on) == (2, "hrss", at(3).date())
    for seen in (0, 1, 3):
        with pytest.raises(Conflict):
            put(database, replace(TEXT, hours="周末"), seen=seen)
    with database.reading() as session:
        newest, first = history.changes_of(session, AGENT, f"phone:{row.id}")
    assert (newest.action, newest.actor, first.action) == ("edit_phone", "km", "add_phone")
    assert {(c.field, c.before, c.after) for c in newest.changes} == {
        ("hours", "工作日 9:00–17:00", "全天"), ("department", "hrss", "tax")}


def test_a_retired_number_keeps_its_row_and_may_be_listed_again(database: Database) -> None:
    row = put(database).row
    with database.transaction() as session:
        with pytest.raises(Conflict):
            phones.retire_phone(session, MANAGER, row.id, on=TODAY, seen=7, now=at(1), origin="test")
        gone = phones.retire_phone(session, MANAGER, row.id, on=at(1).date(), replaced_by="0599-5550188", note="合并",
                                   seen=row.version, now=at(1), origin="test")
    assert (gone.standing, gone.text.replaced_by, gone.text.note) == (Standing.RETIRED, "05995550188", "合并")
    with database.reading() as session:
        assert not phones.find_phones(session, AGENT, standing=Standing.LISTED, now=at(1)).rows
        assert phones.find_phones(session, AGENT, standing=Standing.LISTED, now=at(0)).total == 1
    again = put(database, TEXT, day=5)
    assert again.changed and again.row.standing is Standing.LISTED and again.row.text.replaced_by == ""


@pytest.mark.parametrize(("change", "field"), [
    ({"number": "电话"}, "number"), ({"number": ""}, "number"), ({"name_zh": " "}, "name_zh"),
    ({"name_zh": "长" * 201}, "name_zh"), ({"department": "nobody"}, "department"),
    ({"replaced_by": "x"}, "replaced_by"),
    ({"replaced_by": "05995550142"}, "replaced_by"), ({"note": "长" * 501}, "note"),
    ({"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)}, "valid_to"),
])
def test_what_is_no_entry_is_refused_by_field(database: Database, change: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        put(database, replace(TEXT, **change))  # type: ignore[arg-type]
    assert field in refused.value.facts["fields"]  # type: ignore[operator]
    with database.reading() as session:
        assert session.scalar(select(LedgerPhone)) is None


def test_managers_change_the_ledger_the_staff_reads_it_and_citizens_do_not(database: Database) -> None:
    row = put(database).row
    for actor in (AGENT, editor(), approver(), ADMIN, CITIZEN):
        with database.transaction() as session, pytest.raises(Denied):
            phones.put_phone(session, actor, TEXT, now=at(0), origin="test")
        with database.transaction() as session, pytest.raises(Denied):
            phones.retire_phone(session, actor, row.id, on=TODAY, seen=1, now=at(0), origin="test")
    with database.reading() as session, pytest.raises(Denied):
        phones.find_phones(session, CITIZEN, now=at(0))


def test_how_a_number_stands_is_the_same_as_a_predicate_and_as_sql(database: Database) -> None:
    days = [None, *(TODAY + timedelta(days=n) for n in (-1, 0, 1, 2))]
    pairs = [(start, end) for start in days for end in days if not (start and end and end < start)]
    for n, (start, end) in enumerate(pairs):
        put(database, PhoneText(f"0599{5550200 + n}", "电话", valid_from=start, valid_to=end))
    with database.reading() as session:
        rows = session.scalars(select(LedgerPhone)).all()
        for standing in Standing:
            found = set(session.scalars(select(LedgerPhone.id).where(standing_sql(standing, TODAY))))
            assert found == {r.id for r in rows if standing_of(r.valid_from, r.valid_to, TODAY) is standing}
            assert found


def test_pages_hold_fifty_and_one_that_is_not_there_is_the_last(database: Database) -> None:
    with database.transaction() as session:
        for n in range(51):
            phones.put_phone(session, MANAGER, PhoneText(f"0599{5550200 + n}", "电话"), now=at(0), origin="test")
    with database.reading() as session:
        first, last = (phones.find_phones(session, AGENT, page=n, now=at(0)) for n in (-3, 99))
        assert (len(first.rows), first.number, len(last.rows), last.number, last.total) == (50, 1, 1, 2, 51)
        after = phones.phones_after(session, AGENT, after=first.rows[-1].text.number, limit=5, now=at(0))
        assert [row.id for row in after] == [row.id for row in last.rows]

"""The audit chain finds every tampering, takes every instant, and no damage ends the walk before it is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from kb.actor import OPERATOR
from kb.content import verification
from kb.db import Database
from kb.errors import Invalid, KbError
from kb.record import audit
from kb.record.audit import GENESIS, Head
from tests.conftest import NOW


def appended(database: Database, count: int = 3, *, now: datetime = NOW, kind: str = "revision",
             **values: Any) -> Head:
    with database.transaction() as session:
        for number in range(count):
            audit.append(session, OPERATOR, "publish", f"{kind}:{number}", now=now, origin="test", **values)
        return audit.head(session)


def execute(database: Database, *statements: str) -> None:
    with database.transaction() as session:
        for statement in statements:
            session.execute(text(statement))


def verdict(database: Database, *heads: Head) -> audit.Verdict:
    with database.reading() as session:
        return audit.verify(session, heads)


@pytest.mark.parametrize("tampering", [
    "UPDATE audit_entry SET actor = 'other' WHERE id = 2",
    "DELETE FROM audit_entry WHERE id = 2",
    "UPDATE audit_entry SET id = 9 WHERE id = 2",
    "UPDATE audit_entry SET id = -1 WHERE id = 2",
])
def test_fault_37_an_edit_removal_or_reordering_is_found(database: Database, tampering: str) -> None:
    appended(database)
    assert verdict(database).broken_at is None
    execute(database, tampering)
    assert verdict(database).broken_at is not None


def test_fault_37_a_clock_that_was_set_back_is_told_of(database: Database) -> None:
    appended(database, 2, now=NOW, kind="job")
    appended(database, 1, now=NOW - timedelta(hours=3), kind="job")
    kept = appended(database, 1, now=NOW + timedelta(minutes=1), kind="job")

    found = verdict(database)
    assert found.broken_at is None and found.set_back is not None
    assert (found.set_back.number, found.set_back.at, found.set_back.latest) == (3, NOW - timedelta(hours=3), NOW)
    with database.reading() as session:
        told = verification.verify(session).set_back
    assert told is not None and told.entry == 3
    assert "clock was set back" in str(told.reason) and str(kept) in str(told.advice)

    with database.reading() as session:
        assert audit.verify(session, [kept]).set_back is not None  # a head that a job signed: nobody looked
        assert audit.verify(session, [kept], seen=kept.number).set_back is None
    appended(database, 1, now=NOW - timedelta(days=400))
    with database.reading() as session:
        again = audit.verify(session, [kept], seen=kept.number).set_back
    assert again is not None and again.number == 5


def test_an_act_that_took_long_is_no_clock_set_back(database: Database) -> None:
    appended(database, 1, now=NOW)
    appended(database, 1, now=NOW - timedelta(minutes=59))
    assert verdict(database).set_back is None


# --- what is appended


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(away=st.timedeltas(timedelta(days=-700_000), timedelta(days=2_900_000)),
       offset=st.integers(-24 * 3600 + 1, 24 * 3600 - 1))
def test_an_entry_of_any_instant_and_offset_keeps_the_chain(database: Database, away: timedelta, offset: int) -> None:
    now = (NOW + away).astimezone(timezone(timedelta(seconds=offset)))
    appended(database, 1, now=now)
    found = verdict(database)
    assert found.broken_at is None, str(found.reason)
    with database.reading() as session:
        newest = audit.tail(session, 1)[0]
    assert newest.at == now and newest.at.tzinfo == UTC


def test_k6_noon_in_beijing_is_four_in_utc(database: Database) -> None:
    appended(database, 1, now=datetime(2026, 11, 24, 12, tzinfo=timezone(timedelta(hours=8))))
    assert verdict(database).broken_at is None
    with database.reading() as session:
        assert audit.tail(session, 1)[0].at.isoformat() == "2026-11-24T04:00:00+00:00"


def test_an_instant_without_a_zone_is_refused_with_what_to_give(database: Database) -> None:
    with pytest.raises(ValueError, match="time zone"):
        appended(database, 1, now=NOW.replace(tzinfo=None))
    assert verdict(database).entries == 0


@pytest.mark.parametrize("after", [
    {1: "a", 10: "b", 2: "c"}, {"a": ("b", "c")}, {"a": 1.0, "b": 10**30, "c": None, "d": {}}, {}, {"名": "二〇\u2028"},
])
def test_values_that_json_gives_back_otherwise_keep_the_chain(database: Database, after: dict[Any, Any]) -> None:
    appended(database, 1, after=after)
    assert verdict(database).broken_at is None


def test_a_value_that_json_does_not_know_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="JSON"):
        appended(database, 1, after={"a": float("nan")})


# --- damaged rows


@pytest.mark.only_on("sqlite")  # the other keeps types: it takes no such value
@pytest.mark.parametrize("damage", [
    "at = 'no time'", "at = '2026-13-45 00:00:00.000000'", "at = 5", "at = x'ff'", "at = '20261124T040000'",
    "after = '{'", "after = 'NaN'", "after = x'7b7d'", "after = 5", "before = '[1'", "after = '\"\\ud800\"'",
    "actor = x'00ff'", "actor = CAST(x'ff80' AS TEXT)", "subject = CAST(x'c3' AS TEXT)", "hash = x'00'",
    "previous_hash = ''", "origin = ''",
])
def test_s9_a_damaged_entry_is_named_by_its_number(database: Database, damage: str) -> None:
    appended(database, 5, after={"a": 1})
    execute(database, f"UPDATE audit_entry SET {damage} WHERE id = 3")
    found = verdict(database)
    assert (found.broken_at, found.entries) == (3, 2)
    assert str(found.reason)


@pytest.mark.only_on("sqlite")
def test_values_nested_beyond_reading_are_damage(database: Database) -> None:
    appended(database)
    with database.transaction() as session:
        session.execute(text("UPDATE audit_entry SET after = :deep WHERE id = 2"), {"deep": "[" * 200_000})
    assert verdict(database).broken_at == 2


@pytest.mark.only_on("sqlite")
def test_the_end_of_a_log_with_a_damaged_entry_says_what_to_run(database: Database) -> None:
    appended(database)
    execute(database, "UPDATE audit_entry SET at = 'no time' WHERE id = 3")
    with database.reading() as session, pytest.raises(KbError, match="kb audit verify"):
        audit.tail(session)


def test_a_damaged_entry_is_found_beyond_the_first_page(database: Database) -> None:
    appended(database, 2_300)
    assert verdict(database).entries == 2_300
    execute(database, "UPDATE audit_entry SET actor = CAST(x'ff' AS TEXT) WHERE id = 2222")
    assert verdict(database).broken_at == 2222


# --- saved heads


def test_s9_a_tail_that_was_cut_is_found_by_a_saved_head_alone(database: Database) -> None:
    head = appended(database, 5)
    execute(database, "DELETE FROM audit_entry WHERE id > 3")
    assert verdict(database).broken_at is None
    found = verdict(database, head)
    assert found.broken_at == 4 and "5 entries" in str(found.reason)


def test_s9_an_emptied_log_is_found_by_a_saved_head(database: Database) -> None:
    head = appended(database)
    execute(database, "DELETE FROM audit_entry")
    assert verdict(database).broken_at is None
    found = verdict(database, head)
    assert found.broken_at == 1 and "emptied" in str(found.reason)


@pytest.mark.parametrize("saved_at", [2, 3, 5])
def test_s9_a_chain_that_was_hashed_anew_is_found_by_a_saved_head(database: Database, saved_at: int) -> None:
    appended(database, saved_at)
    with database.reading() as session:
        head = audit.head(session)
    appended(database, 5 - saved_at)
    rehash(database, "UPDATE audit_entry SET actor = 'other' WHERE id = 2")
    assert verdict(database).broken_at is None
    found = verdict(database, head)
    assert found.broken_at == saved_at and "written anew" in str(found.reason)


def rehash(database: Database, tampering: str) -> None:
    """Change an entry and make the chain hold again, as somebody would who knows how it is made."""
    execute(database, tampering)
    with database.transaction() as session:
        previous = GENESIS
        for entry in sorted(audit.tail(session, 100), key=lambda e: e.id):
            entry.previous_hash = previous
            entry.hash = previous = audit.entry_hash(entry)


def test_saved_heads_of_a_log_that_went_on_hold(database: Database) -> None:
    with database.reading() as session:
        heads = [audit.head(session)]
    for _ in range(3):
        heads.append(appended(database, 2))
    assert verdict(database, *heads).broken_at is None
    assert [h.number for h in heads] == [0, 2, 4, 6]


def test_a_head_is_read_as_it_was_printed(database: Database) -> None:
    head = appended(database)
    assert Head.parse(f" {head}\n") == head == Head.parse(str(head).upper())
    for wrong in ("", "3", head.hash, f"3:{head.hash}0", f"-1:{head.hash}", f"3:{head.hash[:-1]}x", f"x:{head.hash}"):
        with pytest.raises(Invalid, match="NUMBER:HASH"):
            Head.parse(wrong)


def test_two_heads_of_one_entry_with_different_hashes_are_refused(database: Database) -> None:
    head = appended(database)
    with pytest.raises(Invalid, match="different hashes"):
        verdict(database, head, Head(3, GENESIS))

"""The callback list: which answers are named when a text is replaced, what waits follows the text, and who sees it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.actor import Actor, Role
from kb.articles.acts.redaction import agree_redaction, ask_redaction
from kb.articles.owners import revision_by_number
from kb.db import Database
from kb.errors import Denied, Invalid, InvalidTransition, NotFound
from kb.models import CallbackEntry, User
from kb.reading.answers import take_choice
from kb.upkeep import callback_list
from kb.upkeep.callback_list import Callback
from kb.upkeep.callbacks import CallbackState, Changed, Replacing, Told, concerned, next_replacing, note_look, told_of
from tests.kb.factories import ADMIN, AGENT, MANAGER, add_department, at, editor, published, revision_text
from tests.kb.feedback.answers import answered, kept

OLD, FEE, TIME = "补领工本费25元。\n\n三个工作日办结。\n", "补领工本费25元。", "三个工作日办结。"
NEW = OLD.replace("25", "30")
SUPERVISOR = Actor("u-su", "su", frozenset({Role.SUPERVISOR}))
SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda s: (s[0], s[0] + s[1])), max_size=6)


def changed(source: str, *quotes: str, now: tuple[tuple[int, int], ...] = ((0, 10),)) -> tuple[Changed, ...]:
    return tuple(Changed("figure", source.index(quote), source.index(quote) + len(quote), now) for quote in quotes)


def look(database: Database, found: dict[str, tuple[Changed, ...]], *, day: float, since: float = -80) -> int | None:
    """One look at the next text that came into force; how many calls it names, None where there is none."""
    with database.transaction() as session:
        replacing = next_replacing(session, since=at(since), now=at(day))
        if replacing is None:
            return None
        told = told_of(session, replacing, since=at(since), now=at(day))
        return note_look(session, replacing, told, found, now=at(day), origin="test")


def listed(database: Database, viewer: Actor = MANAGER, state: CallbackState | None = CallbackState.OPEN,
           **more: str) -> list[Callback]:
    with database.reading() as session:
        return callback_list.list_callbacks(session, viewer, state=state, **more)  # type: ignore[arg-type]


def settle(database: Database, callback_id: str, state: CallbackState = CallbackState.CALLED, *,
           actor: Actor = SUPERVISOR, note: str = "", day: float = 20) -> None:
    with database.transaction() as session:
        callback_list.set_callback(session, actor, callback_id, state, note=note, now=at(day), origin="test")


@given(st.lists(SPANS, max_size=4), SPANS)
def test_an_answer_is_named_where_it_told_what_changed_and_only_there(told: list[list[tuple[int, int]]],
                                                                     gone: list[tuple[int, int]]) -> None:
    answers = [Told(f"a{n}", "r", tuple(spans)) for n, spans in enumerate(told)]
    found = concerned(answers, {"r": [Changed("figure", start, end) for start, end in gone]})
    for one in answers:
        touched = {(start, end) for start, end in gone
                   if set(range(start, end)) & {n for a, b in one.spans for n in range(a, b)}}
        assert {(c.start, c.end) for c in found.get((one.answer_id, "r"), ())} == touched
    assert not concerned(answers, {"another": [Changed("figure", 0, 100)]})


def test_a_call_that_was_told_the_old_text_is_named_with_the_difference(database: Database) -> None:
    old = published(database, revision_text(OLD))
    answered(database, old, OLD, FEE, call_ref="C-1", asked_at=at(5))
    answered(database, old, OLD, TIME, answer_id="a2", asked_at=at(5))
    published(database, revision_text(NEW), number=2, day=10)
    assert look(database, {old: changed(OLD, FEE)}, day=11) == 1
    (one,) = listed(database)
    assert (one.answer_id, one.call_ref, one.was_number, one.now_number) == ("a1", "C-1", 1, 2)
    assert [(d.kind, d.was, d.now) for d in one.differences] == [("figure", FEE, "补领工本费30元。")]
    assert look(database, {old: changed(OLD, FEE)}, day=12) is None  # once


def test_where_nothing_differs_in_substance_nobody_is_named(database: Database) -> None:
    old = published(database, revision_text(OLD))
    answered(database, old, OLD, FEE)
    published(database, revision_text(OLD.replace("补领", "补办")), number=2, day=10)
    assert (look(database, {old: ()}, day=11), listed(database)) == (0, [])


def test_a_text_is_looked_at_when_it_comes_into_force_and_not_before(database: Database) -> None:
    old = published(database, revision_text(OLD))
    answered(database, old, OLD, FEE, asked_at=at(5))
    published(database, revision_text(NEW, effective_from=at(30)), number=2, day=10)
    answered(database, old, OLD, FEE, answer_id="a2", asked_at=at(29))
    found = {old: changed(OLD, FEE)}
    assert look(database, found, day=29) is None
    assert look(database, found, day=31) == 2


def test_an_answer_about_days_that_the_new_text_does_not_rule_is_right_still(database: Database) -> None:
    old = published(database, revision_text(OLD))
    answered(database, old, OLD, FEE, asked_at=at(9), as_of=at(2))  # "what was it last week?"
    answered(database, old, OLD, FEE, answer_id="a2", asked_at=at(9), as_of=at(40))
    published(database, revision_text(NEW, effective_from=at(10)), number=2, day=10)
    assert look(database, {old: changed(OLD, FEE)}, day=11) == 1
    assert [one.answer_id for one in listed(database)] == ["a2"]


def test_a_correction_of_those_days_concerns_it_too(database: Database) -> None:
    old = published(database, revision_text(OLD))
    answered(database, old, OLD, FEE, asked_at=at(9), as_of=at(2))
    published(database, revision_text(NEW, effective_from=at(0)), number=2, day=10)
    assert look(database, {old: changed(OLD, FEE)}, day=11) == 1


def test_answers_from_before_the_window_are_left_out(database: Database) -> None:
    old = published(database, revision_text(OLD))
    answered(database, old, OLD, FEE, asked_at=at(1))
    answered(database, old, OLD, FEE, answer_id="a2", asked_at=at(60))
    published(database, revision_text(NEW), number=2, day=100)
    assert look(database, {old: changed(OLD, FEE)}, day=101, since=50) == 1


def test_a_section_that_was_taken_counts_as_told(database: Database) -> None:
    old = published(database, revision_text(OLD))
    for n in range(2):
        kept(database, f"c{n}", at(5), "多少钱", abstained=True, state="check", choices=(
            {"revision_id": old, "heading_path": [], "start": 0, "end": len(OLD), "marked": [[0, len(FEE)]]},))
    with database.transaction() as session:
        assert take_choice(session, AGENT, "c0", old, 0, len(OLD))
    published(database, revision_text(NEW), number=2, day=10)
    assert look(database, {old: changed(OLD, FEE)}, day=11) == 1
    assert [one.answer_id for one in listed(database)] == ["c0"]


def test_what_waits_follows_the_text_and_goes_when_the_old_words_are_back(database: Database) -> None:
    old = published(database, revision_text(OLD))
    answered(database, old, OLD, FEE, asked_at=at(5))
    published(database, revision_text(NEW), number=2, day=10)
    look(database, {old: changed(OLD, FEE)}, day=11)
    published(database, revision_text(OLD.replace("25", "35")), number=3, day=12)
    assert look(database, {old: changed(OLD, FEE)}, day=13) == 0
    (one,) = listed(database)
    assert (one.now_number, one.differences[0].now) == (3, "补领工本费35元。")
    published(database, revision_text(OLD), number=4, day=14)
    assert (look(database, {old: ()}, day=15), listed(database, state=None)) == (0, [])


def test_who_was_called_is_called_again_for_what_changed_after_that(database: Database) -> None:
    old = published(database, revision_text(OLD))
    answered(database, old, OLD, FEE, asked_at=at(5))
    second = published(database, revision_text(NEW), number=2, day=10)
    look(database, {old: changed(OLD, FEE)}, day=11)
    settle(database, listed(database)[0].id)
    published(database, revision_text(OLD.replace("25", "35")), number=3, day=21)
    again = {old: changed(OLD, FEE), second: changed(NEW, "补领工本费30元。")}
    assert look(database, again, day=22) == 1
    (one,) = listed(database)
    assert (one.was_number, one.now_number, one.differences[0].was) == (2, 3, "补领工本费30元。")


def test_a_state_is_noted_with_who_and_when_and_opened_again(database: Database) -> None:
    old = published(database, revision_text(OLD))
    answered(database, old, OLD, FEE)
    published(database, revision_text(NEW), number=2, day=10)
    look(database, {old: changed(OLD, FEE)}, day=11)
    callback_id = listed(database)[0].id
    with pytest.raises(Invalid):
        settle(database, callback_id, CallbackState.NOT_NEEDED)
    settle(database, callback_id, CallbackState.NOT_NEEDED, note="来电人 13812345678 已知")
    (one,) = listed(database, state=CallbackState.NOT_NEEDED)
    assert (one.done_by, one.done_at) == ("su", at(20)) and "13812345678" not in one.note
    with pytest.raises(InvalidTransition):
        settle(database, callback_id, CallbackState.NOT_NEEDED, note=one.note)
    settle(database, callback_id, CallbackState.OPEN)
    assert (listed(database)[0].done_by, listed(database)[0].note) == (None, "")


def test_fault_28_whose_calls_are_whose(database: Database) -> None:
    add_department(database, "fund")
    with database.transaction() as session:
        session.add(User(id=AGENT.user_id, login="agent", name="agent", created_at=at(0)))
    old = published(database, revision_text(OLD))
    answered(database, old, OLD, FEE, user_id=AGENT.user_id)
    answered(database, old, OLD, FEE, answer_id="a2")
    published(database, revision_text(NEW), number=2, day=10)
    look(database, {old: changed(OLD, FEE)}, day=11)
    assert len(listed(database, editor())) == len(listed(database, SUPERVISOR)) == len(listed(database)) == 2
    assert listed(database, editor("fund-editor", "fund")) == []
    (own,) = listed(database, AGENT)
    assert own.answer_id == "a1" and own.may_set
    others = next(one.id for one in listed(database) if one.answer_id == "a2")
    for actor in (AGENT, editor()):
        with pytest.raises((NotFound, Denied)):
            settle(database, others, actor=actor)
    settle(database, own.id, actor=AGENT)
    with database.reading() as session:
        assert (callback_list.count_open(session, AGENT, at(20)), callback_list.count_open(session, MANAGER, at(20)),
                callback_list.count_open(session, editor(), at(20))) == (0, 1, 0)


def test_an_erased_text_is_not_read_from_the_list(database: Database) -> None:
    old = published(database, revision_text(OLD))
    answered(database, old, OLD, FEE)
    published(database, revision_text(NEW), number=2, day=10)
    look(database, {old: changed(OLD, FEE)}, day=11)
    for act, actor in ((ask_redaction, ADMIN), (agree_redaction, MANAGER)):
        with database.transaction() as session:
            given = {"reason": "法院决定"} if act is ask_redaction else {}
            act(session, actor, revision_by_number(session, MANAGER, "card", 1), **given, now=at(12), origin="test")
    assert [one.differences for one in listed(database)] == [()]
    with database.reading() as session:
        row = session.query(CallbackEntry).one()
    assert "25元" not in repr(row.changes) + row.note


def test_the_table_has_a_line_a_call_and_no_formula_of_a_callers(database: Database) -> None:
    old = published(database, revision_text(OLD))
    answered(database, old, OLD, FEE, question='=HYPERLINK("http://evil.example")', call_ref="+C1")
    published(database, revision_text(NEW), number=2, day=10)
    look(database, {old: changed(OLD, FEE)}, day=11)
    table = callback_list.as_table(listed(database), ["列"] * 13, {"open": "待回电"},
                                   lambda value: (value + timedelta(hours=8)).isoformat())
    rows = list(csv.reader(io.StringIO(table.removeprefix("\ufeff"))))
    assert len(rows) == 2 and len(rows[1]) == 13
    assert (rows[1][0], rows[1][2][:2], rows[1][5], rows[1][7], rows[1][8]) == (
        "'+C1", "'=", FEE, "补领工本费30元。", "待回电")


def test_nothing_is_looked_for_where_nothing_was_replaced(database: Database) -> None:
    published(database, revision_text(OLD))
    assert look(database, {}, day=11) is None
    assert concerned([], {}) == {}
    replacing = Replacing("r", "a", "", at(0), ())
    with database.reading() as session:
        assert told_of(session, replacing, since=at(0), now=at(1)) == []

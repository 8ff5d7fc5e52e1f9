"""Verdicts: on what, by whom, changed and taken back; and into whose queue they come."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kb.actor import CITIZEN, Actor, Role
from kb.articles.acts.redaction import agree_redaction, ask_redaction
from kb.articles.owners import revision_by_number
from kb.db import Database
from kb.errors import Conflict, Denied, Invalid, InvalidTransition, NotFound
from kb.feedback import queue, subject, verdicts
from kb.feedback.queue import Item
from kb.feedback.subject import Subject, Target
from kb.feedback.verdicts import FeedbackState, Given, Verdict
from kb.models import AuditEntry, FeedbackRow
from tests.kb.factories import ADMIN, AGENT, MANAGER, add_department, at, editor, published, revision_text
from tests.kb.feedback.answers import answered, kept, refused

SOURCE = "## 费用\n\n补领工本费25元。\n\n## 时限\n\n三个工作日办结。\n"
QUOTE = "补领工本费25元。"
SUPERVISOR = Actor("u-su", "su", frozenset({Role.SUPERVISOR}))
pytestmark = pytest.mark.usefixtures("told")
STRANGER = editor("fund-editor", "fund")


def say(database: Database, verdict: Verdict, *, actor: Actor = AGENT, note: str | None = None, day: float = 2,
        answer_id: str = "a1", citation: int = 0) -> Given:
    with database.transaction() as session:
        about = (subject.of_citation(session, answer_id, citation) if citation
                 else subject.of_answer(session, answer_id))
        return verdicts.give(session, actor, about, verdict, note=note, now=at(day), origin="test")


def waiting(database: Database, viewer: Actor, **more: FeedbackState | str) -> list[Item]:
    with database.reading() as session:
        return queue.waiting(session, viewer, **more)  # type: ignore[arg-type]


def own(database: Database, viewer: Actor = AGENT) -> list[Item]:
    with database.reading() as session:
        return queue.given_by(session, viewer)


def resolve(database: Database, feedback_id: str, state: FeedbackState, *, actor: Actor | None = None,
            reply: str = "", seen: FeedbackState | None = None, day: float = 3) -> None:
    with database.transaction() as session:
        queue.resolve(session, actor or editor(), feedback_id, state, reply=reply, seen=seen, now=at(day),
                      origin="test")


def count(database: Database, viewer: Actor) -> int:
    with database.reading() as session:
        return queue.count_for(session, viewer, at(5))


@pytest.fixture
def told(database: Database) -> str:
    """An answer from the article of hrss; its revision."""
    add_department(database, "fund")
    revision_id = published(database, revision_text(SOURCE))
    answered(database, revision_id, SOURCE, QUOTE)
    return revision_id


def test_a_verdict_is_at_once_in_the_queue_of_the_articles_department(database: Database) -> None:
    given = say(database, Verdict.OUTDATED, note="窗口搬了")
    assert (given.target, given.state) == (Target.ANSWER, FeedbackState.OPEN)
    for viewer in (editor(), MANAGER, SUPERVISOR):
        (item,) = waiting(database, viewer)
        assert (item.quote, item.slug, item.number, item.question, item.note, item.department) == (
            QUOTE, "card", 1, "补卡多少钱", "窗口搬了", "hrss")
    assert waiting(database, STRANGER) == waiting(database, AGENT) == []
    assert (count(database, editor()), count(database, STRANGER), count(database, AGENT)) == (1, 0, 0)


def test_a_second_verdict_changes_the_first_and_opens_it_again(database: Database) -> None:
    first = say(database, Verdict.WRONG, note="不对")
    resolve(database, first.id, FeedbackState.DECLINED, reply="是对的")
    second = say(database, Verdict.OUTDATED, day=4)
    assert (second.id, second.note, second.state) == (first.id, "不对", FeedbackState.OPEN)
    (item,) = waiting(database, editor())
    assert (item.verdict, item.reply, item.resolved_by) == (Verdict.OUTDATED, "", None)
    say(database, Verdict.WRONG, actor=editor(), day=4)
    assert len(waiting(database, editor())) == 2  # another person's is another one


def test_the_same_verdict_again_changes_nothing_but_its_note(database: Database) -> None:
    given = say(database, Verdict.WRONG, note="不对")
    resolve(database, given.id, FeedbackState.ACCEPTED)
    assert say(database, Verdict.WRONG, day=4).state is FeedbackState.ACCEPTED
    again = say(database, Verdict.WRONG, note="金额不对", day=5)
    assert (again.note, again.state) == ("金额不对", FeedbackState.ACCEPTED)


def test_what_is_right_waits_for_nobody_and_is_no_news(database: Database) -> None:
    say(database, Verdict.RIGHT)
    assert waiting(database, MANAGER) == [] and count(database, AGENT) == 0
    assert [item.verdict for item in own(database)] == [Verdict.RIGHT]


def test_a_citation_and_its_answer_are_judged_each_by_itself(database: Database) -> None:
    say(database, Verdict.RIGHT)
    say(database, Verdict.WRONG, citation=1)
    with database.reading() as session:
        found = verdicts.own_verdicts(session, AGENT, answer_id="a1")
    assert {thing: given.verdict for thing, given in found.items()} == {
        "answer:a1": Verdict.RIGHT, "citation:a1:1": Verdict.WRONG}
    with pytest.raises(NotFound):
        say(database, Verdict.WRONG, citation=7)
    with pytest.raises(NotFound):
        say(database, Verdict.WRONG, answer_id="nowhere")


def test_a_refusal_is_the_named_departments_and_else_the_managers(database: Database) -> None:
    refused(database, "养狗要办证吗", answer_id="r1", department="fund")
    refused(database, "猫要办证吗", answer_id="r2")
    say(database, Verdict.INCOMPLETE, answer_id="r1")
    say(database, Verdict.WRONG, answer_id="r2")
    assert [(item.target, item.answer_id) for item in waiting(database, STRANGER)] == [(Target.REFUSAL, "r1")]
    assert {item.answer_id for item in waiting(database, MANAGER)} == {"r1", "r2"}
    assert waiting(database, editor()) == []


def test_a_section_that_was_taken_is_what_is_judged(database: Database, told: str) -> None:
    start = SOURCE.index("三个")
    kept(database, "c1", at(1), "多久", abstained=True, state="check", choices=(
        {"revision_id": told, "heading_path": ["时限"], "start": start, "end": len(SOURCE),
         "marked": [[start, start + 8]]},))
    with database.transaction() as session:
        assert subject.of_answer(session, "c1").target is Target.REFUSAL
    from kb.reading.answers import take_choice
    with database.transaction() as session:
        assert take_choice(session, AGENT, "c1", told, start, len(SOURCE))
    say(database, Verdict.WRONG, answer_id="c1")
    (item,) = waiting(database, editor())
    assert (item.target, item.quote) == (Target.ANSWER, SOURCE[start:start + 8])


def test_a_search_result_is_judged_with_the_words_of_the_search_masked(database: Database) -> None:
    def about() -> Subject:
        with database.reading() as session:
            return subject.of_result(session, "card", 1, 7, 17, "补卡  13812345678 多少钱")

    with database.transaction() as session:
        verdicts.give(session, AGENT, about(), Verdict.WRONG, now=at(2), origin="test")
        verdicts.give(session, AGENT, about(), Verdict.INCOMPLETE, now=at(3), origin="test")
    (item,) = waiting(database, editor())
    assert (item.target, item.verdict) == (Target.RESULT, Verdict.INCOMPLETE)
    assert "138" not in item.question and item.question.startswith("补卡 ")
    with database.reading() as session, pytest.raises(Invalid):
        subject.of_result(session, "card", 1, 7, 5_000, "x")
    with database.reading() as session, pytest.raises(NotFound):
        subject.of_result(session, "nowhere", 1, 7, 17, "x")


def test_a_verdict_is_taken_back_until_it_is_answered(database: Database) -> None:
    say(database, Verdict.WRONG)
    with database.transaction() as session:
        verdicts.withdraw(session, AGENT, "answer:a1", now=at(3), origin="test")
    assert waiting(database, MANAGER) == own(database) == []
    with database.transaction() as session, pytest.raises(NotFound):
        verdicts.withdraw(session, AGENT, "answer:a1", now=at(3), origin="test")
    given = say(database, Verdict.WRONG)
    resolve(database, given.id, FeedbackState.ACCEPTED)
    with database.transaction() as session, pytest.raises(InvalidTransition):
        verdicts.withdraw_by_id(session, AGENT, given.id, now=at(4), origin="test")
    with database.transaction() as session, pytest.raises(NotFound):
        verdicts.withdraw_by_id(session, editor(), given.id, now=at(4), origin="test")


def test_the_giver_hears_once_what_became_of_it(database: Database) -> None:
    given = say(database, Verdict.WRONG)
    assert count(database, AGENT) == 0
    resolve(database, given.id, FeedbackState.MENDED, reply="已改为30元")
    assert count(database, AGENT) == 1
    (item,) = own(database)
    assert (item.is_news, item.state, item.reply, item.resolved_by) == (
        True, FeedbackState.MENDED, "已改为30元", "hrss-editor")
    with database.transaction() as session:
        queue.note_seen(session, AGENT, [given.id], now=at(4))
    assert count(database, AGENT) == 0 and not own(database)[0].is_news


def test_fault_28_who_may_answer_what_was_said(database: Database) -> None:
    given = say(database, Verdict.WRONG)
    for actor in (STRANGER, AGENT):
        with pytest.raises(NotFound):
            resolve(database, given.id, FeedbackState.ACCEPTED, actor=actor)
    with pytest.raises(Denied):
        resolve(database, given.id, FeedbackState.ACCEPTED, actor=SUPERVISOR)
    with pytest.raises(NotFound):
        resolve(database, "nowhere", FeedbackState.ACCEPTED)
    with pytest.raises(Invalid):
        resolve(database, given.id, FeedbackState.DECLINED)
    resolve(database, given.id, FeedbackState.ACCEPTED, actor=MANAGER)
    with pytest.raises(Conflict):
        resolve(database, given.id, FeedbackState.ACCEPTED)
    resolve(database, given.id, FeedbackState.OPEN)
    assert [item.state for item in waiting(database, editor())] == [FeedbackState.OPEN]


@pytest.mark.parametrize("seen", [None, FeedbackState.OPEN])
def test_what_another_answered_meanwhile_is_not_overwritten(database: Database, seen: FeedbackState | None) -> None:
    given = say(database, Verdict.WRONG)
    resolve(database, given.id, FeedbackState.ACCEPTED, reply="周一改", seen=FeedbackState.OPEN)
    with pytest.raises(Conflict, match=r"hrss-editor dealt with it already, on 20.*: accepted"):
        resolve(database, given.id, FeedbackState.DECLINED, actor=MANAGER, reply="是对的", seen=seen)
    (item,) = waiting(database, editor(), state=FeedbackState.ACCEPTED)
    assert (item.reply, item.resolved_by) == ("周一改", "hrss-editor")
    resolve(database, given.id, FeedbackState.DECLINED, actor=MANAGER, reply="是对的", seen=FeedbackState.ACCEPTED)
    with pytest.raises(Conflict):
        resolve(database, given.id, FeedbackState.OPEN, seen=FeedbackState.ACCEPTED)
    resolve(database, given.id, FeedbackState.OPEN)
    with pytest.raises(Conflict, match="opened again meanwhile"):
        resolve(database, given.id, FeedbackState.MENDED, seen=FeedbackState.DECLINED)
    resolve(database, given.id, FeedbackState.ACCEPTED)
    resolve(database, given.id, FeedbackState.MENDED)  # what was to be mended is: nothing is turned round


@pytest.mark.parametrize("actor", [CITIZEN, ADMIN, Actor("u-c", "c", frozenset({Role.CITIZEN}))])
def test_fault_28_who_may_not_judge(database: Database, actor: Actor) -> None:
    with pytest.raises(Denied):
        say(database, Verdict.WRONG, actor=actor)


def test_the_worst_and_the_latest_stand_first(database: Database, told: str) -> None:
    for n, verdict in enumerate((Verdict.INCOMPLETE, Verdict.WRONG, Verdict.OUTDATED, Verdict.WRONG)):
        answered(database, told, SOURCE, QUOTE, answer_id=f"b{n}")
        say(database, verdict, answer_id=f"b{n}", day=2 + n)
    assert [item.answer_id for item in waiting(database, editor())] == ["b3", "b1", "b2", "b0"]
    with database.reading() as session:
        assert [item.answer_id for item in queue.waiting(session, editor(), after=2, limit=1)] == ["b2"]


@pytest.mark.parametrize("note", ["x" * 501, "a\x00b", "a\u202eb", "a\ud800b"])
def test_fault_10_a_note_that_cannot_be_read_is_refused(database: Database, note: str) -> None:
    with pytest.raises(Invalid):
        say(database, Verdict.WRONG, note=note)


def test_fault_46_numbers_in_notes_are_masked_and_never_in_the_log(database: Database) -> None:
    given = say(database, Verdict.WRONG, note="来电人 13812345678 说不对")
    resolve(database, given.id, FeedbackState.DECLINED, reply="已回电 13812345678")
    with database.reading() as session:
        row = session.scalars(select(FeedbackRow)).one()
        log = repr([(entry.before, entry.after) for entry in session.scalars(select(AuditEntry))])
    assert "13812345678" not in row.note + row.reply
    assert "来电人" not in log and "已回电" not in log


def test_what_was_said_of_an_erased_text_goes_with_it(database: Database) -> None:
    say(database, Verdict.WRONG, note="补领工本费25元不对")
    with database.transaction() as session:
        ask_redaction(session, ADMIN, revision_by_number(session, MANAGER, "card", 1), reason="法院决定", now=at(3),
                      origin="test")
    with database.transaction() as session:
        agree_redaction(session, MANAGER, revision_by_number(session, MANAGER, "card", 1), now=at(3), origin="test")
    (item,) = waiting(database, editor())
    assert (item.note, item.quote, item.verdict) == ("", "", Verdict.WRONG)


def test_a_dissolved_departments_feedback_is_its_successors(database: Database) -> None:
    say(database, Verdict.WRONG)
    heir = Actor("u-h", "heir", frozenset({Role.EDITOR}), frozenset({(Role.EDITOR, "fund")}),
                 frozenset({(Role.EDITOR, "hrss")}))
    assert [item.answer_id for item in waiting(database, heir)] == ["a1"]

"""Signals from what was asked and said: voted down, corrected by agents, not answered."""

from __future__ import annotations

import pytest

from kb.actor import Actor, Role
from kb.articles.writing.intake import article_id
from kb.db import Database
from kb.feedback import subject, verdicts
from kb.feedback.verdicts import Verdict
from kb.known import known
from kb.models import FeedbackRow
from kb.upkeep.gaps import Placed, missed_questions, place
from kb.upkeep.signals.signal import Finding, Severity
from tests.kb.factories import AGENT, at
from tests.kb.feedback.answers import answered, refused
from tests.kb.upkeep.signals.arranging import found, look, open_signals, told, write

SOURCE, FEE = "补领工本费25元。\n\n三个工作日办结。\n", "补领工本费25元。"
SECOND = Actor("u-2", "second", frozenset({Role.AGENT}))


def vote(database: Database, verdict: Verdict, *, actor: Actor = AGENT, answer_id: str = "a1", day: float = 2) -> None:
    with database.transaction() as session:
        verdicts.give(session, actor, subject.of_answer(session, answer_id), verdict, now=at(day), origin="test")


def gathered(database: Database, *, day: float = 30) -> None:
    """All missed questions in one gap."""
    with database.transaction() as session:
        missed = missed_questions(session, since=at(-100), now=at(day), most=100)
        place(session, [Placed(None, tuple(missed), b"", "", missed[0].answer_id)], now=at(day))


# votes


@pytest.mark.parametrize(("verdicts_given", "severity"), [
    ((Verdict.INCOMPLETE,), Severity.INFO), ((Verdict.OUTDATED,), Severity.WARNING),
    ((Verdict.WRONG, Verdict.OUTDATED), Severity.SERIOUS), ((Verdict.WRONG, Verdict.RIGHT), Severity.WARNING)])
def test_what_several_people_say_weighs_more(database: Database, verdicts_given: tuple[Verdict, ...],
                                             severity: Severity) -> None:
    answered(database, write(database, "card", SOURCE), SOURCE, FEE)
    for actor, verdict in zip((AGENT, SECOND), verdicts_given, strict=False):
        vote(database, verdict, actor=actor)
    one, = found(database, "votes", day=3)
    assert one.severity == severity
    assert [(e.quote, e.start, e.end) for e in one.evidence] == [(FEE, 0, len(FEE))]


def test_a_vote_holds_as_long_as_the_words_that_are_meant_stand(database: Database) -> None:
    answered(database, write(database, "card", SOURCE), SOURCE, FEE)
    vote(database, Verdict.WRONG)
    later = "新增一段。\n\n" + SOURCE
    write(database, "card", later, number=2, day=5)
    one, = found(database, "votes", day=6)
    assert (one.evidence[0].start, one.evidence[0].quote) == (later.index(FEE), FEE)
    write(database, "card", SOURCE.replace("25", "30"), number=3, day=7)
    assert found(database, "votes", day=8) == []


def test_a_vote_that_was_declined_or_a_good_one_is_no_signal(database: Database) -> None:
    answered(database, write(database, "card", SOURCE), SOURCE, FEE)
    vote(database, Verdict.RIGHT)
    assert found(database, "votes", day=3) == []
    vote(database, Verdict.WRONG)
    assert told(found(database, "votes", day=3)) == [
        "1 people said of answers from it: 1 times wrong, 0 times outdated, 0 times incomplete"]
    look(database, day=4)
    assert {(slug, kind) for slug, kind, _, _ in open_signals(database)} >= {("card", "votes")}
    with database.transaction() as session:
        session.query(FeedbackRow).one().state = "declined"
    look(database, day=5)
    assert not {kind for _, kind, _, _ in open_signals(database)} & {"votes"}


# corrected


def corrected(database: Database, *answer_ids: str) -> list[Finding]:
    for n, answer_id in enumerate(answer_ids):
        with database.transaction() as session:
            known.propose(session, AGENT, "other", "", f"补卡第{n}种问法多少钱", now=at(3), origin="test",
                          answer_id=answer_id)
    return found(database, "corrected", day=4)


def test_what_agents_passed_over_more_than_once_is_a_signal_of_what_was_shown(database: Database) -> None:
    revision_id = write(database, "card", SOURCE)
    write(database, "other", "补卡30元。")
    for answer_id in ("a1", "a2"):
        answered(database, revision_id, SOURCE, FEE, answer_id=answer_id)
    assert corrected(database, "a1") == []
    one, = corrected(database, "a1", "a2")
    assert (one.article_id, one.severity, one.facts["times"]) == (article_id("card"), Severity.INFO, 2)
    assert [e.quote for e in one.evidence] == ["", "", ""]  # no question is copied
    write(database, "card", SOURCE.replace("25", "30"), number=2, day=10)
    assert found(database, "corrected", day=11) == []  # a new text is given its chance


# unanswered


def test_a_gap_beside_an_article_is_its_signal_while_it_is_open(database: Database) -> None:
    write(database, "card", SOURCE)
    for n in range(2):
        refused(database, "补卡能代办吗", answer_id=f"q{n}", near=article_id("card"), asked_at=at(5))
    gathered(database)
    assert found(database, "unanswered", day=30) == []
    for n in range(3):
        refused(database, "补卡可以代办吗", answer_id=f"r{n}", near=article_id("card"), asked_at=at(6))
    gathered(database, day=31)
    one, = found(database, "unanswered", day=32)
    assert (one.article_id, one.facts["times"], one.severity) == (article_id("card"), 3, Severity.INFO)
    assert told([one]) == ["in 90 days it was nearest to a question that it does not answer, 3 times"]
    assert found(database, "unanswered", day=200) == []

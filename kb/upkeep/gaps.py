"""Gaps: questions that the knowledge base could not answer, those that mean the same together.

A question is missed when nothing was known for it, when sections were offered and none was taken, or when who asked
says that the answer was wrong, outdated or incomplete. Which questions mean the same is found elsewhere, for this
package knows no language (:mod:`retriever.gaps`); here they are chosen, kept in their gaps and counted.

No question is copied: a gap has the answers' ids, and its name is read where the question still stands. Its vector is
the mean of several questions', and goes with the last of them.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from kb.models import AnswerRow, Article, FeedbackRow, GapQuestion, GapRow, Revision

_WAITS = timedelta(minutes=30)  # as long somebody may still take one of the sections that were offered
_HALF_LIFE = timedelta(days=30)  # a question asked so much earlier counts half as much
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # weights are counted from here; only their ratios matter
_COUNTED = 500  # questions of a gap, the latest, that are counted for its department
_AGREE = 0.5  # of them that must lie nearest to one department, or one article
_IN = 500  # values of one IN list, below SQLite's limit
_DOWN = ("wrong", "outdated", "incomplete")


class GapState(StrEnum):
    """Where a gap stands."""

    OPEN = "open"
    DRAFTING = "drafting"  # somebody writes what is missing
    SOLVED = "solved"  # asked again, it was answered; or somebody says so
    DISMISSED = "dismissed"  # no matter of the hotline's


@dataclass(frozen=True, slots=True)
class Missed:
    """A question without an answer that is in no gap yet."""

    answer_id: str
    text: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A gap as new questions are compared with it: its vector, and the question that names it."""

    id: str
    center: bytes
    recipe: str
    asked: int
    central: str
    text: str


@dataclass(frozen=True, slots=True)
class Placed:
    """What becomes of a gap, or begins one where ``id`` is None: the questions that come to it, its new vector, and
    the answer whose question names it best."""

    id: str | None
    questions: tuple[Missed, ...]
    center: bytes
    recipe: str
    central: str


def missed_questions(session: Session, *, since: datetime, now: datetime, most: int) -> list[Missed]:
    """At most so many missed questions that are in no gap yet, the first asked first."""
    rows = session.execute(
        select(AnswerRow.id, AnswerRow.question, AnswerRow.asked_at)
        .where(AnswerRow.question != "", AnswerRow.asked_at >= since, AnswerRow.asked_at <= now,
               ~exists().where(GapQuestion.answer_id == AnswerRow.id), _is_missed(now))
        .order_by(AnswerRow.asked_at, AnswerRow.id).limit(most))
    return [Missed(*row) for row in rows]


def standing_gaps(session: Session, *, after: str = "", limit: int) -> list[Standing]:
    """The gaps, in the order of their ids, so many after this one; the text is empty where it is no longer kept."""
    rows = session.execute(
        select(GapRow.id, GapRow.center, GapRow.recipe, GapRow.asked, GapRow.central, AnswerRow.question)
        .outerjoin(AnswerRow, AnswerRow.id == GapRow.central).where(GapRow.id > after)
        .order_by(GapRow.id).limit(limit))
    return [Standing(*row[:5], row[5] or "") for row in rows]


def place(session: Session, placed: Sequence[Placed], *, now: datetime) -> tuple[int, int]:
    """Put questions into their gaps; how many of them, and how many gaps are new. A question that another process
    placed meanwhile stays where it is. A gap that was solved is open again: it was asked and not answered."""
    ids = [question.answer_id for one in placed for question in one.questions]
    there = {answer_id for part in _parts(ids) for answer_id in session.scalars(
        select(GapQuestion.answer_id).where(GapQuestion.answer_id.in_(part)))}
    put = new = 0
    for one in placed:
        questions = [question for question in one.questions if question.answer_id not in there]
        gap = session.get(GapRow, one.id, with_for_update=True) if one.id else None
        if not questions or (one.id and gap is None):  # pruned meanwhile: the next run places them
            continue
        if gap is None:
            gap = GapRow(id=str(uuid.uuid4()), state=GapState.OPEN, asked=0, weight=0.0, found_at=now,
                         first_asked_at=questions[0].asked_at, last_asked_at=questions[0].asked_at, note="")
            new += 1
        gap.center, gap.recipe, gap.central = one.center, one.recipe, one.central
        if gap.state == GapState.SOLVED and max(q.asked_at for q in questions) > (gap.decided_at or now):
            gap.state, gap.decided_by, gap.decided_at = GapState.OPEN, None, None
        session.add(gap)
        session.flush()
        session.add_all(GapQuestion(answer_id=q.answer_id, gap_id=gap.id, asked_at=q.asked_at) for q in questions)
        session.flush()
        count(session, gap)
        put += len(questions)
    return put, new


def count(session: Session, gap: GapRow) -> None:
    """Count a gap's questions again: how many, when, how much they weigh, and whose they seem to be."""
    asked = list(session.scalars(select(GapQuestion.asked_at).where(GapQuestion.gap_id == gap.id)))
    if asked:
        gap.asked, gap.weight = len(asked), weight_of(asked)
        gap.first_asked_at, gap.last_asked_at = min(asked), max(asked)
    if gap.state in (GapState.OPEN, GapState.SOLVED):  # else somebody has decided whose it is
        gap.article_id, gap.department = _whose(session, gap.id)
    session.flush()


def weight_of(asked: Iterable[datetime]) -> float:
    """What questions asked at these times weigh together: of two gaps the one that was asked oftener and later."""
    return float(sum(2.0 ** ((at - _EPOCH) / _HALF_LIFE) for at in asked))


def _is_missed(now: datetime) -> ColumnElement[bool]:
    judged = exists().where(FeedbackRow.answer_id == AnswerRow.id, FeedbackRow.state != "declined",
                            FeedbackRow.target.in_(("answer", "refusal")))
    is_rightly_refused = judged.where(FeedbackRow.target == "refusal", FeedbackRow.verdict == "right")
    refused = and_(or_(AnswerRow.state == "unknown", and_(AnswerRow.state == "", AnswerRow.abstained.is_(True))),
                   or_(AnswerRow.reason.is_(None), AnswerRow.reason != "no_question"), ~is_rightly_refused)
    left = and_(AnswerRow.state == "check", AnswerRow.taken.is_(None), AnswerRow.asked_at <= now - _WAITS,
                ~is_rightly_refused)
    return or_(refused, left, judged.where(FeedbackRow.verdict.in_(_DOWN)))


def _whose(session: Session, gap_id: str) -> tuple[str | None, str | None]:
    """The article that most of a gap's questions lie nearest to, and the department; None where they do not agree."""
    rows = session.execute(
        select(AnswerRow.id, AnswerRow.nearest, AnswerRow.choices).join(
            GapQuestion, GapQuestion.answer_id == AnswerRow.id)
        .where(GapQuestion.gap_id == gap_id).order_by(GapQuestion.asked_at.desc()).limit(_COUNTED)).all()
    voted = {row[0]: row[1] for part in _parts([row[0] for row in rows]) for row in session.execute(
        select(FeedbackRow.answer_id, FeedbackRow.article_id).where(
            FeedbackRow.answer_id.in_(part), FeedbackRow.article_id.is_not(None)))}
    offered = {choices[0]["revision_id"] for _, _, choices in rows if choices}
    owned = {row[0]: row[1] for part in _parts(sorted(offered)) for row in session.execute(
        select(Revision.id, Revision.article_id).where(Revision.id.in_(part)))}
    near = [voted.get(answer_id) or _nearest(nearest, choices, owned) for answer_id, nearest, choices in rows]
    articles = Counter(article_id for article_id in near if article_id)
    owners = {row[0]: row[1] for part in _parts(sorted(articles)) for row in session.execute(
        select(Article.id, Article.owner).where(Article.id.in_(part), Article.retired_at.is_(None)))}
    departments = Counter(dict.fromkeys(owners.values(), 0))
    for article_id, times in articles.items():
        if article_id in owners:
            departments[owners[article_id]] += times
    article = _agreed({a: n for a, n in articles.items() if a in owners}, len(rows))
    return article, owners[article] if article else _agreed(departments, len(rows))


def _nearest(nearest: Sequence[Mapping[str, Any]], choices: Sequence[Mapping[str, Any]], owned: Mapping[str, str]
             ) -> str | None:
    if choices:
        return owned.get(choices[0]["revision_id"])
    return nearest[0]["article_id"] if nearest else None


def _agreed(votes: Mapping[str, int], of: int) -> str | None:
    """What more than half of them say; of equals the first by name."""
    best = min(votes, key=lambda name: (-votes[name], name), default=None)
    return best if best is not None and votes[best] > _AGREE * of else None


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    for start in range(0, len(ids), _IN):
        yield ids[start:start + _IN]

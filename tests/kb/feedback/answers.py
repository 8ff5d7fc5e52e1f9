"""Answers as the log holds them, one call each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kb.actor import Actor
from kb.db import Database
from kb.models import User
from kb.record import answers
from kb.record.answers import CitedSpan
from tests.kb.factories import AGENT, at


def add_user(database: Database, actor: Actor = AGENT) -> None:
    """Whose answers are to be somebody's."""
    with database.transaction() as session:
        session.merge(User(id=actor.user_id, login=actor.name, name=actor.name, created_at=at(0)))


def answered(database: Database, revision_id: str, source: str, quote: str, *, answer_id: str = "a1",
             asked_at: datetime = at(1), as_of: datetime | None = None, question: str = "补卡多少钱", **more: Any,
             ) -> str:
    """An answer that quotes this stretch of a revision; its id."""
    start = source.index(quote)
    kept(database, answer_id, asked_at, question, as_of=as_of, state="answered",
         sentences=({"text": quote, "citations": [1]},),
         citations=(CitedSpan(1, revision_id, start, start + len(quote), quote),), **more)
    return answer_id


def refused(database: Database, question: str, *, answer_id: str, asked_at: datetime = at(1),
            department: str | None = None, near: str | None = None, **more: Any) -> str:
    """A refusal that names the department, with an article that lies near; its id."""
    kept(database, answer_id, asked_at, question, abstained=True, reason="not_sure", state="unknown",
         nearest=({"article_id": near, "slug": "card", "title": "补卡", "department": "hrss", "score": 0.4},)
         if near else (), shown={"ask_department": {"code": department} if department else None}, **more)
    return answer_id


def kept(database: Database, answer_id: str, asked_at: datetime, question: str, *, as_of: datetime | None = None,
         **more: Any) -> None:
    """An answer with whatever else is named."""
    given: dict[str, Any] = {"user_id": None, "audience": "agent", "lang": "zh", "abstained": False, "reason": None,
                             "confidence": 0.9, **more}
    with database.transaction() as session:
        answers.record(session, answers.AnswerRecord(
            id=answer_id, asked_at=asked_at, question=question, as_of=as_of or asked_at, known_at=asked_at, **given),
            keep_question=True)

"""What flows back from answers: verdicts of those who used them, gaps, and the calls that were told an older text.

None of these tables keeps words of a text or of a question: places in revisions are kept, and answers by their ids, so
that what is erased there, or no longer kept, is gone here too. Notes are people's own words.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base, Instant


class FeedbackRow(Base):
    """One person's verdict on one thing; ``thing`` names it, so that a second verdict on it is a change of the first.

    ``revision_id`` with ``start`` and ``end`` is the stretch that the verdict is about, both 0 where it is about no
    stretch in particular. ``department`` is whom a refusal named; the department of what has an article is the
    article's. ``words`` are a search's, masked. ``seen_at`` is when its giver last saw what became of it.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("given_by", "thing", name="uq_feedback_given_by_thing"),
        CheckConstraint("target IN ('answer', 'citation', 'result', 'refusal')", name="target"),
        CheckConstraint("verdict IN ('right', 'wrong', 'outdated', 'incomplete')", name="verdict"),
        CheckConstraint("state IN ('open', 'accepted', 'declined', 'mended')", name="state"),
        CheckConstraint("(resolved_at IS NULL) = (resolved_by IS NULL)", name="resolved"),
        Index("ix_feedback_state_given_at", "state", "given_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    target: Mapped[str] = mapped_column(String(10))
    thing: Mapped[str] = mapped_column(String(120))
    answer_id: Mapped[str | None] = mapped_column(String(36), index=True)
    citation: Mapped[int | None]
    article_id: Mapped[str | None] = mapped_column(ForeignKey("article.id"), index=True)
    revision_id: Mapped[str | None] = mapped_column(ForeignKey("revision.id"), index=True)
    start: Mapped[int] = mapped_column(default=0)
    end: Mapped[int] = mapped_column(default=0)
    department: Mapped[str | None] = mapped_column(String(64))
    words: Mapped[str] = mapped_column(Text, default="")
    verdict: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Text, default="")
    given_by: Mapped[str] = mapped_column(String(64))  # login
    given_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10))
    resolved_by: Mapped[str | None] = mapped_column(String(64))
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    reply: Mapped[str] = mapped_column(Text, default="")
    seen_at: Mapped[datetime | None] = mapped_column(Instant)


class GapRow(Base):
    """Questions without an answer that mean the same; ``central`` is the answer whose question names them best.

    ``weight`` counts its questions, those of a month later twice (see gaps.py), so that it stays as it is while nobody
    asks. ``department`` None: nobody's in particular. ``center`` is the mean of their vectors in 16 bits, made as
    ``recipe`` names; both empty where no model was there.
    """

    __tablename__ = "gap"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'drafting', 'solved', 'dismissed')", name="state"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided"),
        Index("ix_gap_state_weight", "state", "weight"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    department: Mapped[str | None] = mapped_column(String(64), index=True)
    article_id: Mapped[str | None] = mapped_column(ForeignKey("article.id"))
    central: Mapped[str] = mapped_column(String(36))
    asked: Mapped[int]
    weight: Mapped[float]
    first_asked_at: Mapped[datetime] = mapped_column(Instant)
    last_asked_at: Mapped[datetime] = mapped_column(Instant)
    center: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    recipe: Mapped[str] = mapped_column(String(100), default="")
    found_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(Text, default="")


class GapQuestion(Base):
    """A question of a gap, by the answer that it got. A question belongs to one gap."""

    __tablename__ = "gap_question"

    answer_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    gap_id: Mapped[str] = mapped_column(ForeignKey("gap.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(Instant)


class CallbackEntry(Base):
    """An answer that told a text which has changed since.

    ``changes`` are the stretches that its caller was told and that no longer hold, each with those that stand for it in
    the new revision: {"kind", "start", "end", "now": [[start, end], …]}.
    """

    __tablename__ = "callback_entry"
    __table_args__ = (
        UniqueConstraint("answer_id", "old_revision_id", "new_revision_id", name="uq_callback_entry_told"),
        CheckConstraint("state IN ('open', 'called', 'not_needed')", name="state"),
        CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done"),
        Index("ix_callback_entry_state_found_at", "state", "found_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    answer_id: Mapped[str] = mapped_column(String(36))
    article_id: Mapped[str] = mapped_column(ForeignKey("article.id"), index=True)
    old_revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), index=True)
    new_revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), index=True)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(10))
    found_at: Mapped[datetime] = mapped_column(Instant)
    done_by: Mapped[str | None] = mapped_column(String(64))
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(Text, default="")


class CallbackLook(Base):
    """That the answers were looked through which a revision, come into force, replaced; and how many had to be named.
    """

    __tablename__ = "callback_look"

    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    looked_at: Mapped[datetime] = mapped_column(Instant)
    named: Mapped[int]

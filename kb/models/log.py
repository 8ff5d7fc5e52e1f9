"""What happened: the hash-chained audit log, the outbox that engines replay, and every answer given."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.db import Base, Instant


class AuditEntry(Base):
    """One act. ``hash`` chains over the previous entry's hash and this entry's canonical JSON (see audit.py)."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # gapless, assigned under the write lock
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200), index=True)
    origin: Mapped[str] = mapped_column(String(40))  # cli, web, api, import, scheduler
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    # The digests of the rows that it changed (see digests.py); None where a release before did not keep them.
    rows: Mapped[dict[str, str | None] | None] = mapped_column(JSON(none_as_null=True))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class OutboxEvent(Base):
    """Something changed that others must hear of; written in the transaction that changed it.

    ``topic`` says who listens: of the topic article, engines that answer from it. ``article_id`` is what changed; of
    the topic staff it is empty.
    """

    __tablename__ = "outbox_event"
    __table_args__ = ({"sqlite_autoincrement": True},)  # ids never reused: checkpoints rely on it

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    article_id: Mapped[str] = mapped_column(String(36))
    topic: Mapped[str] = mapped_column(String(20), default="article", server_default="article")
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Instant, index=True)


class OutboxConsumer(Base):
    """Who listens to a topic, how far it has heard, and when it last said so: what it has not heard is not pruned.

    The consumer ``pruned`` is the outbox itself: events up to its checkpoint are gone.
    """

    __tablename__ = "outbox_consumer"

    topic: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    checkpoint: Mapped[int]
    seen_at: Mapped[datetime] = mapped_column(Instant)


class AnswerRow(Base):
    """One ask and what was answered; replayable at its own time."""

    __tablename__ = "answer"
    __table_args__ = (CheckConstraint("confidence >= 0 AND confidence <= 1", name="confidence"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(Instant, index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    audience: Mapped[str] = mapped_column(String(10))
    lang: Mapped[str] = mapped_column(String(8))
    question: Mapped[str] = mapped_column(Text)  # personal numbers masked; empty when questions are not kept
    as_of: Mapped[datetime] = mapped_column(Instant)
    known_at: Mapped[datetime] = mapped_column(Instant)
    abstained: Mapped[bool]
    state: Mapped[str] = mapped_column(String(10), default="")  # empty where a release before did not keep it
    reason: Mapped[str | None] = mapped_column(String(40))
    confidence: Mapped[float]
    sentences: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    nearest: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    engine: Mapped[str] = mapped_column(String(40))
    composer: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(100), default="")
    degraded: Mapped[list[str]] = mapped_column(JSON, default=list)
    took_ms: Mapped[float]
    stages: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    choices: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # sections that were offered, no texts
    call_ref: Mapped[str | None] = mapped_column(String(64), index=True)  # of the call, as the hotline numbers it
    follows: Mapped[str | None] = mapped_column(String(36))  # the answer before it, as its asker says
    taken: Mapped[int | None]  # which of the choices was taken as the answer, from 0
    # What a page shows of it besides: where it stands, what was left out … None once its question is removed.
    shown: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    citations: Mapped[list[AnswerCitation]] = relationship(lazy="raise", order_by="AnswerCitation.n")


class AnswerCitation(Base):
    """A citation as it was given: the exact stretch of the exact revision."""

    __tablename__ = "answer_citation"

    answer_id: Mapped[str] = mapped_column(ForeignKey("answer.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), index=True)
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str] = mapped_column(Text)

"""Signals: evidence that an article may be stale, from the moment that it was found until it no longer holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base, Instant


class SignalRow(Base):
    """One piece of evidence. Of a kind and key an article has at most one open; what is cleared stays as history.

    ``evidence`` are :class:`kb.upkeep.signals.signal.Evidence` as JSON, the article's own text first; ``facts`` the
    values of the explanation. ``audience`` is that of the narrowest text in the evidence: who may not read all of it
    does not hear of the signal (DESIGN §3.11).
    """

    __tablename__ = "signal"
    __table_args__ = (
        CheckConstraint("severity IN ('info', 'warning', 'serious')", name="severity"),
        CheckConstraint("audience IN ('public', 'agent')", name="audience"),
        CheckConstraint("cleared_at IS NULL OR cleared_at >= raised_at", name="interval"),
        Index("uq_signal_open", "article_id", "kind", "key", unique=True, sqlite_where=text("cleared_at IS NULL"),
              postgresql_where=text("cleared_at IS NULL")),
        Index("ix_signal_kind_cleared_at", "kind", "cleared_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("article.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    key: Mapped[str] = mapped_column(String(100), default="")
    severity: Mapped[str] = mapped_column(String(10))
    audience: Mapped[str] = mapped_column(String(10))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    raised_at: Mapped[datetime] = mapped_column(Instant)
    cleared_at: Mapped[datetime | None] = mapped_column(Instant)
    cleared_why: Mapped[str] = mapped_column(String(200), default="")


class SignalEvidence(Base):
    """Which revisions a signal's evidence stands in: who may not read one of them does not hear of the signal, and what
    becomes of its words becomes of the evidence."""

    __tablename__ = "signal_evidence"

    signal_id: Mapped[str] = mapped_column(ForeignKey("signal.id"), primary_key=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), primary_key=True, index=True)

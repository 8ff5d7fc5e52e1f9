"""Contradictions between published texts, kept as they were found: an index that can be made anew."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base, Instant


class ConflictPair(Base):
    """A statement of one revision and one of another article's that contradict each other.

    ``start`` to ``end`` stands in ``revision_id``'s source, ``other_start`` to ``other_end`` in
    ``other_revision_id``'s. ``kind`` is that of the figures, or stance; ``score`` the chance that it is one.
    """

    __tablename__ = "conflict_pair"
    __table_args__ = (CheckConstraint("revision_id <> other_revision_id", name="two_texts"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), index=True)
    other_revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    score: Mapped[float]
    start: Mapped[int]
    end: Mapped[int]
    other_start: Mapped[int]
    other_end: Mapped[int]


class ConflictReading(Base):
    """That a revision was compared with those that lie near it, when, and by which method."""

    __tablename__ = "conflict_reading"

    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    method: Mapped[int]
    read_at: Mapped[datetime] = mapped_column(Instant)

"""What is said about a revision by those who review it, and who has looked at which."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.db import Base, Instant
from kb.models.content import Revision


class ReviewComment(Base):
    """A remark on a stretch of a revision's source, half-open; on the text as a whole where both ends are 0."""

    __tablename__ = "review_comment"
    __table_args__ = (
        CheckConstraint("first >= 0 AND (past > first OR (past = 0 AND first = 0))", name="stretch"),
        CheckConstraint("(resolved_at IS NULL) = (resolved_by IS NULL)", name="resolved"),
        Index("ix_review_comment_revision", "revision_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"))
    first: Mapped[int]
    past: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(64))  # login
    written_at: Mapped[datetime] = mapped_column(Instant)
    resolved_by: Mapped[str | None] = mapped_column(String(64))
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)

    revision: Mapped[Revision] = relationship(lazy="raise")


class RevisionLook(Base):
    """When a person last looked at a revision that is reviewed."""

    __tablename__ = "revision_look"

    person: Mapped[str] = mapped_column(String(64), primary_key=True)  # login
    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    looked_at: Mapped[datetime] = mapped_column(Instant)

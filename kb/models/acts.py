"""What is done to a text that is live, or an article as a whole: confirmed, hidden, hurried, moved, erased."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base, Instant


class Confirmation(Base):
    """The owner looked at a live text again and found it right: the review is due later, the text and hash stay."""

    __tablename__ = "confirmation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), index=True)
    confirmed_by: Mapped[str] = mapped_column(String(64))
    confirmed_at: Mapped[datetime] = mapped_column(Instant)
    review_by: Mapped[datetime] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(Text, default="")


class Hiding(Base):
    """An article was taken out of sight, in system time from ``hidden_at`` to before ``until``.

    Without a second person's signature it ends by itself; with one it has no end until the article is shown again.
    """

    __tablename__ = "hiding"
    __table_args__ = (
        CheckConstraint("signed_by <> hidden_by", name="second_person"),
        CheckConstraint("until IS NOT NULL OR signed_by IS NOT NULL", name="ends"),
        CheckConstraint("until >= hidden_at", name="interval"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("article.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    hidden_by: Mapped[str] = mapped_column(String(64))
    hidden_at: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)
    signed_by: Mapped[str | None] = mapped_column(String(64))
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    shown_by: Mapped[str | None] = mapped_column(String(64))


class Urgency(Base):
    """A revision was published before all had signed; the others owe their signatures until ``due_at``."""

    __tablename__ = "urgency"

    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    published_by: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)  # when the last of them signed


class Transfer(Base):
    """An article is to go, or went, from one department to another; both sign, each by another person."""

    __tablename__ = "transfer"
    __table_args__ = (
        CheckConstraint("source <> target", name="two_departments"),
        CheckConstraint("source_signer <> target_signer", name="two_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("article.id"), index=True)
    source: Mapped[str] = mapped_column(ForeignKey("department.code"))
    target: Mapped[str] = mapped_column(ForeignKey("department.code"))
    reason: Mapped[str] = mapped_column(Text)
    opened_by: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    source_signer: Mapped[str | None] = mapped_column(String(64))
    target_signer: Mapped[str | None] = mapped_column(String(64))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)  # done, or dropped


class Redaction(Base):
    """A legal erasure: an administrator asks for it, a knowledge manager agrees, and then the words are gone."""

    __tablename__ = "redaction"
    __table_args__ = (CheckConstraint("agreed_by <> asked_by", name="two_people"),)

    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    agreed_by: Mapped[str | None] = mapped_column(String(64))
    agreed_at: Mapped[datetime | None] = mapped_column(Instant)

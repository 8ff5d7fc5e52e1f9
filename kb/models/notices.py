"""What people are told: notices, how each wants to hear of them, what is to be sent, and addresses of other systems."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base, Instant


class Notice(Base):
    """Something that one person is told, once: of a person and key there is one. ``message`` is kept as JSON and said
    in its reader's language; it names ``article_id`` where it repeats words of that article, so that an erasure of
    these reaches it."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("user_id", "key"), Index("ix_notice_user_id_id", "user_id", "id"),
                      Index("ix_notice_article_id", "article_id"))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(30))
    message: Mapped[dict[str, Any]] = mapped_column(JSON)
    link: Mapped[str] = mapped_column(String(300))
    article_id: Mapped[str | None] = mapped_column(ForeignKey("article.id"))
    told_at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    is_hidden: Mapped[bool] = mapped_column(default=False)  # its reader chose not to hear of this kind


class NoticeChoice(Base):
    """How a person wants to hear of notices. ``ways`` has a way for each kind that is not told in the usual one."""

    __tablename__ = "notice_choice"
    __table_args__ = (CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour"),
                      CheckConstraint("language IN ('zh', 'en')", name="language"))

    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    mail: Mapped[str] = mapped_column(String(254), default="")
    language: Mapped[str] = mapped_column(String(2))
    ways: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    digest_hour: Mapped[int] = mapped_column(default=8)
    is_on_working_days: Mapped[bool] = mapped_column(default=True)
    quiet_from: Mapped[int | None]  # hours of the day, in the hotline's calendar; both or neither
    quiet_to: Mapped[int | None]
    feed_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the secret address of the feed
    feed_made_at: Mapped[datetime | None] = mapped_column(Instant)


class Webhook(Base):
    """An address of another system that hears of notices; each call is signed with ``secret``, which is kept sealed.

    ``stopped_at``: it is paused, and hears of nothing until it goes on.
    """

    __tablename__ = "webhook"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    url: Mapped[str] = mapped_column(String(500))
    secret: Mapped[str] = mapped_column(String(300))
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)  # none: all
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Instant)
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)


class NoticeDelivery(Base):
    """Something to send: a notice by mail, or an event to a webhook. Of either there is one, however often it is told.

    ``next_at`` is when it is tried, for the first time or again; what failed too often is dead and stays to be seen.
    """

    __tablename__ = "notice_delivery"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'dead')", name="state"),
        CheckConstraint("(notice_id IS NULL) <> (webhook_id IS NULL)", name="what"),
        UniqueConstraint("notice_id"), UniqueConstraint("webhook_id", "key"),
        Index("ix_notice_delivery_state_next_at", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    webhook_id: Mapped[str | None] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(200))
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(Instant)
    worker: Mapped[str] = mapped_column(String(100), default="")  # who is sending it, until next_at
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str] = mapped_column(String(60), default="")
    status: Mapped[int | None]  # of the reply to the last attempt, of a webhook's
    tried_at: Mapped[datetime | None] = mapped_column(Instant)

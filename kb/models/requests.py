"""Requests that came under a key: what was replied, so that one sent again is not carried out again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base, Instant


class IdempotencyKey(Base):
    """A sender's key. Without a status its request is under way; ``attempt`` is who carries it out."""

    __tablename__ = "idempotency_key"
    __table_args__ = (CheckConstraint("(status IS NULL) = (reply IS NULL)", name="reply"),)

    sender: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of who sends and the key
    key_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    route: Mapped[str] = mapped_column(String(200))
    request_sha256: Mapped[str] = mapped_column(String(64))  # method, path, query and body
    stamp: Mapped[str] = mapped_column(String(64))  # what the reply rests on; a reply of another one is not given again
    attempt: Mapped[str] = mapped_column(String(36))
    status: Mapped[int | None]
    reply: Mapped[str | None] = mapped_column(Text)
    tag: Mapped[str | None] = mapped_column(String(80))  # the reply's ETag
    begun_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant, index=True)

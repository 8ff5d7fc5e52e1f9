"""Checks before submitting: what the last one of a draft found, kept with the revision that the draft became."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base, Instant


class DraftCheck(Base):
    """The last check of a draft; ``revision_id`` once it was submitted as it was checked.

    ``report`` is as kb/articles/writing/check_report.py writes it, without the words of the questions: these stay in
    the answer log alone, and go when they go there. A draft that is gone leaves none behind.
    """

    __tablename__ = "draft_check"

    draft_id: Mapped[str] = mapped_column(String(36), primary_key=True)  # no foreign key: a submitted draft is gone
    article_id: Mapped[str] = mapped_column(ForeignKey("article.id"), index=True)
    revision_id: Mapped[str | None] = mapped_column(ForeignKey("revision.id"), unique=True)
    version: Mapped[int]
    checker: Mapped[str] = mapped_column(String(64))  # login
    checked_at: Mapped[datetime] = mapped_column(Instant)
    report: Mapped[dict[str, Any]] = mapped_column(JSON)

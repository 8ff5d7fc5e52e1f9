"""Known questions: what callers ask that a section answers; records beside the article, outside any revision's hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base, Instant


class KnownQuestion(Base):
    """A question of a section. The section is named by its headings and so outlives the revision it was first read in.

    ``section`` and ``wording`` are hashes (see known.py) by which equal questions of one section are one row.
    ``event_id`` is the outbox event of the last change that a search must see.
    """

    __tablename__ = "known_question"
    __table_args__ = (
        UniqueConstraint("section", "wording"),
        CheckConstraint("state IN ('proposed', 'released', 'dropped')", name="state"),
        CheckConstraint("lang IN ('zh', 'en')", name="lang"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("article.id"), index=True)
    heading_path: Mapped[list[str]] = mapped_column(JSON)  # without the article's title
    section: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(String(200))
    wording: Mapped[str] = mapped_column(String(64))
    lang: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10))
    answer_id: Mapped[str | None] = mapped_column(String(36))  # which it was asked for; None: a department's own
    proposer: Mapped[str] = mapped_column(String(64))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    releaser: Mapped[str | None] = mapped_column(String(64))
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    dropper: Mapped[str | None] = mapped_column(String(64))
    dropped_at: Mapped[datetime | None] = mapped_column(Instant)
    event_id: Mapped[int | None] = mapped_column(index=True)

"""What published texts say of other things, and of days: links, documents, dates. Kept so that all texts can be looked
at in seconds; an index that can be made anew."""

from __future__ import annotations

from datetime import date

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base


class TextReading(Base):
    """That a revision was read, by which reader, and the names of its headings, which links may mean."""

    __tablename__ = "text_reading"

    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    reader: Mapped[int]
    anchors: Mapped[list[str]] = mapped_column(JSON, default=list)


class TextLink(Base):
    """A link to an article (``slug``), or to a section of the text itself (empty)."""

    __tablename__ = "text_link"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), index=True)
    slug: Mapped[str] = mapped_column(String(128), index=True)
    section: Mapped[str] = mapped_column(String(200), default="")
    start: Mapped[int]
    end: Mapped[int]


class TextDate(Base):
    """A stretch whose time is over from ``gone_on`` on (:mod:`kb.markup.facts.gone`), in the sentence from ``start``
    to ``end``."""

    __tablename__ = "text_date"
    __table_args__ = (Index("ix_text_date_gone_on", "gone_on"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    since: Mapped[date]
    gone_on: Mapped[date]
    start: Mapped[int]
    end: Mapped[int]


class TextDocument(Base):
    """A document that a revision rests on, or that it says no longer holds, by the keys of its number and title.

    Of a basis ``ordinal`` is its place in the list; of a repeal ``start`` to ``end`` the sentence, and ``from_day`` the
    day from which on it says so.
    """

    __tablename__ = "text_document"
    __table_args__ = (
        CheckConstraint("role IN ('basis', 'repeal')", name="role"),
        Index("ix_text_document_number_key", "number_key"),
        Index("ix_text_document_title_key", "title_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), index=True)
    role: Mapped[str] = mapped_column(String(10))
    number_key: Mapped[str] = mapped_column(String(100), default="")
    title_key: Mapped[str] = mapped_column(String(200), default="")
    ordinal: Mapped[int] = mapped_column(default=0)
    start: Mapped[int] = mapped_column(default=0)
    end: Mapped[int] = mapped_column(default=0)
    from_day: Mapped[date | None]

"""Sentences of published texts by which copies are known again, kept as they were read: an index that can be made anew.
Rows are many and narrow: a text is a number here, a sentence a hash of its letters."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base


class CopyReading(Base):
    """That a revision's sentences were read, by which reader; its number in the other tables."""

    __tablename__ = "copy_reading"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), unique=True)
    reader: Mapped[int]


class CopySentence(Base):
    """A sentence of a revision, where it stands first: from ``start`` to ``end`` of its source."""

    __tablename__ = "copy_sentence"
    __table_args__ = (Index("ix_copy_sentence_reading_id", "reading_id"),)

    hash: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    reading_id: Mapped[int] = mapped_column(ForeignKey("copy_reading.id"), primary_key=True)
    start: Mapped[int]
    end: Mapped[int]


class CopyChange(Base):
    """A sentence that earlier published texts of the article had and this revision has no more.

    ``what`` is figure, words or gone; where another sentence stands for it, that is from ``now_start`` to ``now_end``
    of this revision's source. ``near`` are the hashes of the sentences around it in the earlier text.
    """

    __tablename__ = "copy_change"
    __table_args__ = (Index("ix_copy_change_hash", "hash"),)

    reading_id: Mapped[int] = mapped_column(ForeignKey("copy_reading.id"), primary_key=True)
    hash: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(String(10))
    now_start: Mapped[int] = mapped_column(default=0)
    now_end: Mapped[int] = mapped_column(default=0)
    near: Mapped[list[int]] = mapped_column(JSON, default=list)

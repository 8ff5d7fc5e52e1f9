"""What finding rests on: passages as they were indexed, words and synonyms."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base


class PassageRow(Base):
    """What a revision was cut into when it was indexed: the record that the index is verified against, and what the
    plain fallback search reads when no engine can answer."""

    __tablename__ = "passage"

    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("article.id"), index=True)
    start: Mapped[int]
    end: Mapped[int]
    heading_path: Mapped[list[str]] = mapped_column(JSON, default=list)
    text: Mapped[str] = mapped_column(Text)


class LexiconWord(Base):
    """A dictionary word that general segmenters cut wrongly."""

    __tablename__ = "lexicon_word"

    word: Mapped[str] = mapped_column(String(64), primary_key=True)


class SynonymGroup(Base):
    """Terms that mean the same to callers; the first is the official one. ``direction`` is both or to_first."""

    __tablename__ = "synonym_group"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    lang: Mapped[str] = mapped_column(String(8))
    direction: Mapped[str] = mapped_column(String(10), default="both")
    terms: Mapped[list[str]] = mapped_column(JSON)

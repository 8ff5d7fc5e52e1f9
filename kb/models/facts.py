"""The figures of published texts, kept so that they can be compared and found: an index that can be made anew."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base


class FactRow(Base):
    """A figure that a published revision states. ``value`` is the one form by which figures are compared.

    ``start`` to ``end`` is where it stands with its bound, ``figure_start`` to ``figure_end`` the figure alone, both in
    the revision's source.
    """

    __tablename__ = "fact"
    __table_args__ = (Index("ix_fact_kind_value", "kind", "value"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(60), default="")
    op: Mapped[str] = mapped_column(String(2), default="eq")
    start: Mapped[int]
    end: Mapped[int]
    figure_start: Mapped[int]
    figure_end: Mapped[int]
    attribute: Mapped[str] = mapped_column(String(100), default="")
    conditions: Mapped[list[str]] = mapped_column(JSON, default=list)


class FactReading(Base):
    """That a revision's figures are kept, and by which reader they were read."""

    __tablename__ = "fact_reading"

    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    reader: Mapped[int]

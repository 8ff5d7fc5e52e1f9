"""The phone ledger, the register of basis documents, and the addresses at which documents are looked at."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base, Instant


class LedgerPhone(Base):
    """A telephone number that the hotline gives out, listed on the days of [valid_from, valid_to) of its calendar.

    ``number`` is the form by which numbers are compared. ``former_department`` had it until ``moved_on``, where it
    went to another. Rows are never removed; what each said before stands in the audit log.
    """

    __tablename__ = "ledger_phone"
    __table_args__ = (CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name="days"),
                      CheckConstraint("version >= 1", name="version"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    department: Mapped[str | None] = mapped_column(ForeignKey("department.code"), index=True)
    hours: Mapped[str] = mapped_column(String(200), default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None] = mapped_column(index=True)
    replaced_by: Mapped[str] = mapped_column(String(32), default="")  # the number to call instead
    note: Mapped[str] = mapped_column(String(500), default="")
    former_department: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    moved_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    updated_by: Mapped[str] = mapped_column(String(64))  # login


class RegisterDocument(Base):
    """A document that articles rest on, and whether it still holds.

    ``number_key`` and ``title_key`` are the forms by which documents are compared; of a number there is one row, of a
    title without a number one. From ``changed_on`` it is amended or repealed, by another of the register or by what
    ``changed_by_text`` names; ``changed_at`` is when that was entered.
    """

    __tablename__ = "register_document"
    __table_args__ = (
        CheckConstraint("status IN ('in_force', 'amended', 'repealed')", name="status"),
        CheckConstraint("(status = 'in_force') = (changed_on IS NULL)", name="changed"),
        CheckConstraint("effective_to IS NULL OR effective_from IS NULL OR effective_to >= effective_from",
                        name="days"),
        CheckConstraint("version >= 1", name="version"),
        Index("uq_register_document_number", "number_key", unique=True, sqlite_where=text("number_key <> ''"),
              postgresql_where=text("number_key <> ''")),
        Index("uq_register_document_title", "title_key", unique=True, sqlite_where=text("number_key = ''"),
              postgresql_where=text("number_key = ''")),
        Index("ix_register_document_title_key", "title_key"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    title_key: Mapped[str] = mapped_column(String(300))
    number: Mapped[str] = mapped_column(String(100), default="")
    number_key: Mapped[str] = mapped_column(String(200), default="")
    issuer: Mapped[str] = mapped_column(String(200), default="")
    issued_on: Mapped[date | None]
    effective_from: Mapped[date | None]
    effective_to: Mapped[date | None] = mapped_column(index=True)
    url: Mapped[str] = mapped_column(String(500), default="")
    status: Mapped[str] = mapped_column(String(10), default="in_force", index=True)
    changed_on: Mapped[date | None]
    changed_by_id: Mapped[str | None] = mapped_column(ForeignKey("register_document.id"))
    changed_by_text: Mapped[str] = mapped_column(String(300), default="")
    changed_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(String(500), default="")
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    updated_by: Mapped[str] = mapped_column(String(64))  # login


class SourceLink(Base):
    """An address that texts or the register name as where a document stands, and what was found there last.

    ``hashes`` are the contents seen, the newest last, as {"hash", "since"}; ``pending_hash`` is another that was seen
    once and waits to be seen again before it counts. ``changed_at`` is since when the present content stands there,
    where another stood before.
    """

    __tablename__ = "source_link"
    __table_args__ = (
        CheckConstraint("state IN ('new', 'ok', 'failing', 'dead', 'unclear', 'refused')", name="state"),
        Index("ix_source_link_due", "is_used", "next_check_at"),
        Index("ix_source_link_state", "state"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    address: Mapped[str] = mapped_column(String(500), unique=True)
    host: Mapped[str] = mapped_column(String(255), index=True)
    is_used: Mapped[bool] = mapped_column(default=True)
    state: Mapped[str] = mapped_column(String(10), default="new")
    status: Mapped[int | None]  # of HTTP, at the last look
    reason: Mapped[str] = mapped_column(String(40), default="")  # a code: why it is not ok
    etag: Mapped[str] = mapped_column(String(200), default="")
    last_modified: Mapped[str] = mapped_column(String(100), default="")
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    pending_hash: Mapped[str] = mapped_column(String(64), default="")
    hashes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    next_check_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime | None] = mapped_column(Instant)


class SourceLinkLook(Base):
    """That somebody of a department has looked at what now stands at an address, and its texts are still right."""

    __tablename__ = "source_link_look"

    link_id: Mapped[str] = mapped_column(ForeignKey("source_link.id"), primary_key=True)
    department: Mapped[str] = mapped_column(ForeignKey("department.code"), primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10))  # of the link, as it was then
    looked_at: Mapped[datetime] = mapped_column(Instant)
    looked_by: Mapped[str] = mapped_column(String(64))  # login
    note: Mapped[str] = mapped_column(String(500), default="")

"""Departments, articles, their immutable revisions, and when each revision was live."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.db import Base, Instant


class State(StrEnum):
    """Where a revision stands in its work flow. Scheduled, superseded and expired follow from its publications.

    A draft is no revision yet: see :class:`Draft`.
    """

    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


class Department(Base):
    """A department that owns articles; ``code`` is its folder and its name in every interface."""

    __tablename__ = "department"

    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(64), default="")
    head: Mapped[str] = mapped_column(String(64), default="")  # login
    deputies: Mapped[list[str]] = mapped_column(JSON, default=list)  # logins
    contacts: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)  # {"name", "phone"}
    district: Mapped[str] = mapped_column(String(64), default="")  # one of hotline.districts, by its Chinese name
    dissolved_at: Mapped[datetime | None] = mapped_column(Instant)
    successor: Mapped[str | None] = mapped_column(ForeignKey("department.code"))  # of a dissolved one


class Article(Base):
    """One subject with a stable id and slug; its text lives in revisions."""

    __tablename__ = "article"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    slug: Mapped[str] = mapped_column(String(128), unique=True)
    owner: Mapped[str] = mapped_column(ForeignKey("department.code"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)
    retired_reason: Mapped[str | None] = mapped_column(String(500))
    successor_id: Mapped[str | None] = mapped_column(ForeignKey("article.id"))


class Draft(Base):
    """A text being written for an article: no number, no hash, changed at will by its author until it is submitted.

    ``fields`` is the whole text as ``revisions.fields_of`` writes it. ``version`` counts what was saved; who saves
    names the version that was seen. ``contributors`` are all who wrote in it: none of them may sign it later.
    """

    __tablename__ = "draft"
    __table_args__ = (CheckConstraint("version >= 1", name="version"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("article.id"), index=True)
    base_id: Mapped[str | None] = mapped_column(ForeignKey("revision.id"))
    author: Mapped[str] = mapped_column(String(64), index=True)
    contributors: Mapped[list[str]] = mapped_column(JSON, default=list)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    article: Mapped[Article] = relationship(lazy="raise")


class Revision(Base):
    """One numbered text of an article with its metadata; never edited after submission.

    ``sha256`` covers every field below it that readers rely on (see revisions.content_hash), so that an approval
    signs exactly what was read. Offsets of citations count characters of ``source``.
    """

    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("article_id", "number"),
        UniqueConstraint("id", "author", "sha256"),  # what a signature refers to
        Index("ix_revision_state_article_id", "state", "article_id"),
        CheckConstraint("state IN ('in_review', 'approved', 'published', 'withdrawn', 'rejected')", name="state"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("effective_to IS NULL OR effective_to > effective_from", name="interval"),
        CheckConstraint("audience IN ('public', 'agent')", name="audience"),
        CheckConstraint("lang IN ('zh', 'en')", name="lang"),
        Index("ix_revision_state", "state", "created_at"),  # what waits for signatures, the longest first
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("article.id"), index=True)
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    sha256: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text, default="")
    lang: Mapped[str] = mapped_column(String(8))
    category: Mapped[str] = mapped_column(String(100), default="")
    keywords: Mapped[list[str]] = mapped_column(JSON, default=list)
    synonyms: Mapped[list[str]] = mapped_column(JSON, default=list)
    audience: Mapped[str] = mapped_column(String(10))
    owner: Mapped[str] = mapped_column(ForeignKey("department.code"))
    effective_from: Mapped[datetime] = mapped_column(Instant)
    effective_to: Mapped[datetime | None] = mapped_column(Instant)
    review_by: Mapped[datetime | None] = mapped_column(Instant)
    attachments: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)  # {"name", "sha256"}
    change_note: Mapped[str] = mapped_column(Text, default="")
    is_minor: Mapped[bool] = mapped_column(default=False)
    author: Mapped[str] = mapped_column(String(64))  # login; kept as text so that history outlives accounts
    contributors: Mapped[list[str]] = mapped_column(JSON, default=list)  # logins of all who wrote in its draft
    base_id: Mapped[str | None] = mapped_column(ForeignKey("revision.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    redacted_at: Mapped[datetime | None] = mapped_column(Instant)  # by law: the words are gone, the hash is theirs

    article: Mapped[Article] = relationship(lazy="raise")
    co_owners: Mapped[list[CoOwner]] = relationship(lazy="raise", order_by="CoOwner.department")
    bases: Mapped[list[Basis]] = relationship(lazy="raise", order_by="Basis.ordinal")
    signatures: Mapped[list[Signature]] = relationship(lazy="raise", order_by="Signature.signer")
    publications: Mapped[list[Publication]] = relationship(lazy="raise", order_by="Publication.id")


class CoOwner(Base):
    """A department that must co-sign a revision."""

    __tablename__ = "revision_co_owner"

    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    department: Mapped[str] = mapped_column(ForeignKey("department.code"), primary_key=True)


class Basis(Base):
    """A document that a revision rests on."""

    __tablename__ = "basis"

    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    number: Mapped[str] = mapped_column(String(100), default="", index=True)
    issuer: Mapped[str] = mapped_column(String(200), default="")
    issued_on: Mapped[date | None]
    url: Mapped[str] = mapped_column(String(500), default="")


class Signature(Base):
    """Who signed or rejected a revision, for which department, and the hash of the text that was shown to them.

    One a person a revision. A manager's for an absent department is a substitute's, with a reason. Imported history
    knows who signed but not for whom, and stays marked. That nobody signs their own text, and that the hash is the
    revision's, hold in the database too: author and hash are part of the reference.
    """

    __tablename__ = "signature"
    __table_args__ = (
        ForeignKeyConstraint(["revision_id", "author", "sha256"],
                             ["revision.id", "revision.author", "revision.sha256"]),
        UniqueConstraint("revision_id", "signer"),
        CheckConstraint("signer <> author", name="own_text"),
        CheckConstraint("decision IN ('signed', 'rejected')", name="decision"),
        CheckConstraint("is_imported OR department IS NOT NULL", name="department"),
        CheckConstraint("reason <> '' OR (decision = 'signed' AND NOT is_substitute)", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    revision_id: Mapped[str] = mapped_column(String(36))
    author: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    department: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    signer: Mapped[str] = mapped_column(String(64))
    decision: Mapped[str] = mapped_column(String(10), default="signed")
    reason: Mapped[str] = mapped_column(Text, default="")
    is_substitute: Mapped[bool] = mapped_column(default=False)
    is_imported: Mapped[bool] = mapped_column(default=False)
    signed_at: Mapped[datetime] = mapped_column(Instant)


class Publication(Base):
    """One bitemporal rectangle in which a revision answers: [effective_from, effective_to) as held by this system
    during [published_at, superseded_at).

    A revision has several rows when a later one cut its valid time: the old row is closed in system time and a
    shorter one opened, so that what was believed when can always be told. Rows are never otherwise changed, but for
    ``review_by``: the day in force for looking at the text again, kept for lists, and put off by a confirmation. It is
    ``live.NEVER`` where there is none, and None where an older release published; the dates that count stand with the
    revision and its confirmations.
    """

    __tablename__ = "publication"
    __table_args__ = (
        CheckConstraint("effective_to IS NULL OR effective_to > effective_from", name="valid_interval"),
        CheckConstraint("superseded_at IS NULL OR superseded_at >= published_at", name="system_interval"),
        Index("ix_publication_article_id_superseded_at", "article_id", "superseded_at"),
        # of few rows, as it is narrow: what is to come into force; a plain one would tempt the planner everywhere
        Index("ix_publication_to_come", "effective_from", sqlite_where=text("superseded_at IS NULL"),
              postgresql_where=text("superseded_at IS NULL")),
        Index("ix_publication_to_review", "review_by", sqlite_where=text("superseded_at IS NULL"),
              postgresql_where=text("superseded_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), index=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("article.id"))
    effective_from: Mapped[datetime] = mapped_column(Instant)
    effective_to: Mapped[datetime | None] = mapped_column(Instant)
    published_at: Mapped[datetime] = mapped_column(Instant)
    superseded_at: Mapped[datetime | None] = mapped_column(Instant)
    review_by: Mapped[datetime | None] = mapped_column(Instant)

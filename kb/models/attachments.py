"""Files attached to texts: kept once by the hash of their bytes, in pieces; and which revisions carry which."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base, Instant


class Attachment(Base):
    """A file by the SHA-256 of its bytes; ``stored_at`` is when it was last attached to a draft."""

    __tablename__ = "attachment"
    __table_args__ = (CheckConstraint("bytes > 0", name="bytes"),)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(100))
    bytes: Mapped[int]
    stored_at: Mapped[datetime] = mapped_column(Instant)
    stored_by: Mapped[str] = mapped_column(String(64))


class AttachmentPiece(Base):
    """A stretch of a file's bytes: no row is so large that a copy of many of them does not fit into memory."""

    __tablename__ = "attachment_piece"

    sha256: Mapped[str] = mapped_column(ForeignKey("attachment.sha256"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class RevisionAttachment(Base):
    """Which files a revision carries: what ``Revision.attachments`` says, to be found by hash.

    The file need not be there: history that was brought in from elsewhere names files that are not kept here.
    """

    __tablename__ = "revision_attachment"

    revision_id: Mapped[str] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(300))

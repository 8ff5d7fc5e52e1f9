"""Where attached files are kept: in the database, once by the SHA-256 of their bytes, cut into pieces.

In the database and not beside it, so that a backup, a restore and a move to another database carry them as they carry
the texts, and a draft and its file are stored together or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import JSON, ColumnElement, CursorResult, String, cast, delete, exists, select, type_coerce, update
from sqlalchemy.orm import Session

from kb.models import Attachment, AttachmentPiece, Draft, RevisionAttachment

PIECE = 65_536  # bytes of a row: five hundred of them, which a copy reads at once, fit into memory
NAMED = type_coerce(Draft.fields, JSON)["attachments"]  # of a draft: the files that it names
LEFT = timedelta(days=1)  # how long a file is kept that no text carries: a merge or a mistake may bring it back


def put(session: Session, data: bytes, media_type: str, *, login: str, now: datetime) -> str:
    """Keep these bytes, once however often they come; their hash."""
    sha256 = hashlib.sha256(data).hexdigest()
    again = session.execute(update(Attachment).where(Attachment.sha256 == sha256).values(stored_at=now))
    assert isinstance(again, CursorResult)
    if again.rowcount:
        return sha256
    session.add(Attachment(sha256=sha256, media_type=media_type, bytes=len(data), stored_at=now, stored_by=login))
    session.flush()
    session.add_all(AttachmentPiece(sha256=sha256, ordinal=n, content=data[start:start + PIECE])
                    for n, start in enumerate(range(0, len(data), PIECE)))
    session.flush()
    return sha256


def content(session: Session, sha256: str) -> bytes:
    """The bytes of a file that is kept."""
    return b"".join(session.scalars(select(AttachmentPiece.content).where(AttachmentPiece.sha256 == sha256)
                                    .order_by(AttachmentPiece.ordinal)))


def kept(session: Session, hashes: Collection[str]) -> dict[str, Attachment]:
    """Those of these files that are kept here, by hash."""
    return {row.sha256: row for row in session.scalars(select(Attachment).where(Attachment.sha256.in_(hashes)))}


def is_carried(sha256: str) -> ColumnElement[bool]:
    """Of a draft's row: whether it names this file."""
    return cast(NAMED, String).contains(sha256)


def unused(session: Session, *, before: datetime, only: Collection[str] | None = None) -> set[str]:
    """The files that were stored before this instant and that no revision and no draft carries."""
    query = select(Attachment.sha256).where(Attachment.stored_at < before, ~exists().where(
        RevisionAttachment.sha256 == Attachment.sha256))
    idle = set(session.scalars(query if only is None else query.where(Attachment.sha256.in_(only))))
    if not idle:
        return idle
    return idle - {each["sha256"] for listed in session.scalars(select(NAMED)) for each in listed or ()}


def remove_unused(session: Session, *, before: datetime, only: Collection[str] | None = None) -> int:
    """Remove these files; how many.

    Each is held first: who attaches it at this moment has stored it anew, and it is left, or waits and stores it then.
    """
    removed = 0
    for sha256 in sorted(unused(session, before=before, only=only)):
        held = session.scalar(select(Attachment.sha256).where(
            Attachment.sha256 == sha256, Attachment.stored_at < before).with_for_update())
        if held is None:
            continue
        session.execute(delete(AttachmentPiece).where(AttachmentPiece.sha256 == sha256))
        session.execute(delete(Attachment).where(Attachment.sha256 == sha256))
        removed += 1
    return removed

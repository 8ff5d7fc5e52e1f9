"""Files attached to a text: put to one's draft, taken off it, listed, and opened by who may read such a text.

Name and hash stand in the text, so that they are signed with it and stay with its revision for ever; the bytes are kept
once (``file_store``), their type is told from them (``file_types``). To everybody else a file is not there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles import file_store
from kb.articles.file_access import names_of
from kb.articles.file_types import clean_name, type_of
from kb.articles.writing.draft_rows import write_draft
from kb.articles.writing.drafts import DraftView, get, own_draft
from kb.db import settings_of
from kb.errors import Conflict, Invalid, NotFound, Unavailable
from kb.models import Draft
from kb.record.journal import record

_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that a text names. ``media_type`` and ``bytes`` are None of one that is not kept here: history that was
    brought in names its files, and does not bring them."""

    name: str
    sha256: str
    media_type: str | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file to be handed out, under the name that the text gives it."""

    name: str
    media_type: str
    content: bytes


def attach(session: Session, actor: Actor, draft_id: str, name: str, data: bytes, *, seen: int, now: datetime,
           origin: str) -> DraftView:
    """Attach a file to one's draft; raises Invalid for what is not taken, Conflict where the draft was saved meanwhile.
    """
    draft = own_draft(session, actor, draft_id)
    limits, listed = settings_of(session).limits, _listed(draft)
    called = clean_name(name)
    kind, most = type_of(data, called, limits), limits.attachments
    if len(listed) >= most:
        raise Invalid("attachments", "a text has at most {most} files (limits.attachments): take one off first",
                      most=most, fields={"content": "too many"})
    if called in {each["name"] for each in listed}:
        raise Conflict("attachment_name", "the text has a file {called} already: take it off first, or give this one "
                       "another name", called=called, fields={"name": "taken"})
    sha256 = file_store.put(session, data, kind.media_type, login=actor.name, now=now)
    if sha256 in {each["sha256"] for each in listed}:
        raise Conflict("attachment_twice", "the text has this very file already, under another name",
                       fields={"content": "twice"})
    return _write(session, actor, draft, [*listed, {"name": called, "sha256": sha256}], "attach", sha256, seen=seen,
                  now=now, origin=origin, size=len(data), media_type=kind.media_type)


def detach(session: Session, actor: Actor, draft_id: str, sha256: str, *, seen: int, now: datetime, origin: str
           ) -> DraftView:
    """Take a file off one's draft; it is removed once no text carries it."""
    draft = own_draft(session, actor, draft_id)
    listed = _listed(draft)
    left = [each for each in listed if each["sha256"] != sha256]
    if len(left) == len(listed):
        raise NotFound("no_attachment", "the draft has no such file; reload and look again")
    return _write(session, actor, draft, left, "detach", sha256, seen=seen, now=now, origin=origin)


def files_of(session: Session, listed: Sequence[Mapping[str, str]]) -> tuple[AttachedFile, ...]:
    """What a text that one may read says of its files, with what is known of each here."""
    kept = file_store.kept(session, [each["sha256"] for each in listed]) if listed else {}
    return tuple(AttachedFile(each["name"], each["sha256"], row.media_type if row else None, row.bytes if row else None)
                 for each in listed for row in (kept.get(each["sha256"]),))


def open_file(session: Session, viewer: Actor, sha256: str, name: str, *, now: datetime) -> OpenedFile:
    """A file by its hash and the name that a text gives it; raises NotFound unless the viewer may read that text."""
    row = file_store.kept(session, [sha256]).get(sha256) if _SHA256.fullmatch(sha256) else None
    if row is None or name not in names_of(session, viewer, sha256, now=now):
        raise NotFound("no_attachment", "no such file, or it is not for you")
    content = file_store.content(session, sha256)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Unavailable("attachment_altered", "the file is not the one that was signed any more; restore a backup "
                          "(docs/operators.md)")
    return OpenedFile(name, row.media_type, content)


def _listed(draft: Draft) -> list[dict[str, str]]:
    return list(draft.fields.get("attachments", ()))


def _write(session: Session, actor: Actor, draft: Draft, listed: Sequence[Mapping[str, str]], action: str, sha256: str,
           *, seen: int, now: datetime, origin: str, **told: object) -> DraftView:
    """The draft with these files; the log tells a file by its hash, for a name may be somebody's."""
    slug = draft.article.slug
    write_draft(session, draft, seen=seen, now=now, fields={**draft.fields, "attachments": list(listed)})
    record(session, actor, action, f"draft:{draft.id}", now=now, origin=origin,
           after={"article": slug, "version": seen + 1, "file": sha256, **told})
    return get(session, actor, draft.id)

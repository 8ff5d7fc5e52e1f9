"""Files of a draft: listed, attached, taken off; and any file that one may read."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from kb.articles import attachments
from kb.articles.writing import drafts
from kb.articles.writing.drafts import DraftView
from kb.db import Session
from kb.people.permissions import Action
from web.api.articles import file_dict
from web.api.contract import Tag, route
from web.api.shapes.attachments import FileAsked, FileContent, FileGiven, Files
from web.auth import viewer
from web.wiring import edge

_DRAFT = "/drafts/<uuid:draft_id>/attachments"


@route("GET", _DRAFT, Action.READ_HISTORY, reply=Files, tag=Tag.VERSION)
def list_attachments(session: Session, draft_id: UUID) -> dict[str, Any]:
    """The files of a draft"""
    return _files(session, drafts.get(session, viewer(), str(draft_id)))


@route("POST", _DRAFT, Action.DRAFT, scope="write", body=FileGiven, reply=Files, status=201, tag=Tag.VERSION,
       takes_version=True, problems={409: "The draft has such a file, or a file of that name, already"})
def attach_file(session: Session, draft_id: UUID, body: FileGiven, seen: int) -> dict[str, Any]:
    """Attach a file to one's draft

    PDF, PNG, JPEG, WebP, DOCX, XLSX, ODT, TXT and CSV are taken, at most `limits.attachment_bytes` each."""
    return _files(session, attachments.attach(session, viewer(), str(draft_id), body.name, body.content, seen=seen,
                                              now=edge().clock(), origin="api"))


@route("DELETE", f"{_DRAFT}/<sha256:sha256>", Action.DRAFT, scope="write", reply=Files, tag=Tag.VERSION,
       takes_version=True)
def detach_file(session: Session, draft_id: UUID, sha256: str, seen: int) -> dict[str, Any]:
    """Take a file off one's draft"""
    return _files(session, attachments.detach(session, viewer(), str(draft_id), sha256, seen=seen, now=edge().clock(),
                                              origin="api"))


@route("GET", "/attachments/<sha256:sha256>", Action.READ, query=FileAsked, reply=FileContent, tag=Tag.CONTENT)
def read_attachment(session: Session, sha256: str, query: FileAsked) -> dict[str, Any]:
    """A file of a text that one may read, by the name that it has there"""
    found = attachments.open_file(session, viewer(), sha256, query.name, now=edge().clock())
    return {"name": found.name, "sha256": sha256, "media_type": found.media_type,
            "content": base64.b64encode(found.content).decode()}


def _files(session: Session, draft: DraftView) -> dict[str, Any]:
    listed = attachments.files_of(session, draft.text.attachments)
    return {"id": draft.id, "version": draft.version, "items": [file_dict(file) for file in listed]}

"""A draft's files on a page of their own, and every file under its address.

What is handed out is never shown by this site: it is saved, or opened by a program of the reader's. Whatever a browser
makes of it all the same runs nothing and belongs to no site. Whose it may be is asked anew each time; to everybody else
there is no such file.
"""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage

from kb.articles import attachments as files
from kb.articles.attachments import OpenedFile
from kb.articles.file_types import TYPES
from kb.articles.writing import drafts
from kb.errors import Conflict, Invalid, NotFound
from kb.people.permissions import Action, can
from web.auth import permits, viewer
from web.error_replies import explained
from web.error_words import said
from web.errors import Problem, problem_of
from web.wiring import edge

attachments = Blueprint("attachments", __name__, template_folder="templates", static_folder="static",
                        static_url_path="/static/attachments")
_ORIGIN = "web"
_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


@attachments.get("/attachments/<sha256:sha256>/<name>")
@permits(Action.READ)
def file(sha256: str, name: str) -> Response:
    """A file, to be saved."""
    with edge().database.reading() as session:
        return download(files.open_file(session, viewer(), sha256, name, now=edge().clock()))


def download(found: OpenedFile) -> Response:
    """The reply that hands a file out; no cache keeps what the next one at this screen may not read."""
    response = Response(found.content, content_type=found.media_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@attachments.get("/edit/drafts/<uuid:draft_id>/attachments")
@permits(Action.READ_HISTORY)
def desk(draft_id: UUID) -> str:
    """The draft's files; its author puts others to it, and takes them off."""
    return _page(draft_id)


@attachments.post("/edit/drafts/<uuid:draft_id>/attachments")
@permits(Action.DRAFT)
def attach(draft_id: UUID) -> Response:
    """Put a file to the draft."""
    sent = request.files.get("file") or FileStorage()
    sent.stream.seek(0)  # where two writers met in the database the request is carried out twice
    try:
        with edge().database.transaction() as session:
            files.attach(session, viewer(), str(draft_id), sent.filename or "", sent.read(), seen=_seen(),
                         now=edge().clock(), origin=_ORIGIN)
    except (Conflict, Invalid) as error:
        return _refused(draft_id, problem_of(error))
    return redirect(url_for("attachments.desk", draft_id=draft_id), code=303)  # type: ignore[return-value]


@attachments.post("/edit/drafts/<uuid:draft_id>/attachments/<sha256:sha256>/remove")
@permits(Action.DRAFT)
def detach(draft_id: UUID, sha256: str) -> Response:
    """Take a file off the draft."""
    try:
        with edge().database.transaction() as session:
            files.detach(session, viewer(), str(draft_id), sha256, seen=_seen(), now=edge().clock(), origin=_ORIGIN)
    except (Conflict, Invalid, NotFound) as error:  # taken off already, in another tab
        return _refused(draft_id, problem_of(error))
    return redirect(url_for("attachments.desk", draft_id=draft_id), code=303)  # type: ignore[return-value]


def _page(draft_id: UUID, problem: Problem | None = None) -> str:
    limits = edge().settings.limits
    with edge().database.reading() as session:
        draft = drafts.get(session, viewer(), str(draft_id))
        listed = files.files_of(session, draft.text.attachments)
    may_write = draft.author == viewer().name and can(viewer(), Action.DRAFT, draft.department)
    endings = [f".{ending}" for kind in TYPES.values() for ending in kind.endings]
    return render_template("attachments/desk.html", draft=draft, files=listed, may_write=may_write, endings=endings,
                           limits=limits, said=said(problem) if problem else "")


def _refused(draft_id: UUID, problem: Problem) -> Response:
    return explained(_page(draft_id, problem), problem)


def _seen() -> int:
    """The version of the draft that the page showed."""
    given = request.form.get("seen", "")
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise Invalid("seen", "the form does not say which version of the draft it showed: reload the page",
                      fields={"seen": "required"})
    return int(given)

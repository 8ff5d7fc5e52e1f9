"""Drafts: list, begin, read, change, take over, merge, hand in, discard. What changes one names the version it saw.

A draft's ETag is its version: ``If-Match`` is required wherever something is changed, and 412 says who was first.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, request, url_for

from kb.articles import drafts, submission
from kb.articles.drafts import DraftView
from kb.articles.revisions import BasisText, RevisionText, fields_of
from kb.clock import parse_instant, start_of_day
from kb.errors import Conflict
from kb.markup.language import language
from kb.people.permissions import Action
from web.api import api
from web.api.taking import json_object, limit, make_cursor, parameters, read_cursor, short
from web.auth import permits, viewer
from web.errors import BadRequest, PreconditionFailed, PreconditionRequired, json_response
from web.wiring import edge

_PLAIN = ("title", "source", "summary", "category", "change_note", "lang", "audience")
_WORDS = ("keywords", "synonyms", "co_owners")
_INSTANTS = ("effective_from", "effective_to", "review_by")
_MEMBERS = (*_PLAIN, *_WORDS, *_INSTANTS, "basis", "is_minor")
_BASIS = ("title", "number", "issuer", "date", "url")


@api.get("/drafts")
@permits(Action.READ_HISTORY)
def list_drafts() -> Response:
    """The drafts that the viewer may see, last saved first."""
    values = parameters(("slug", "author", "limit", "cursor"))
    size = limit(values, default=50, largest=200)
    with edge().database.reading() as session:
        found = drafts.list_drafts(session, viewer(), slug=short(values, "slug"), author=short(values, "author"),
                                   after=read_cursor(values) or "", limit=size + 1)
    page = found[:size]
    return json_response({"items": [item.as_dict() for item in page],
                          "next_cursor": make_cursor(page[-1].id, values) if len(found) > size else None})


@api.post("/drafts")
@permits(Action.DRAFT, scope="write")
def start_draft() -> Response:
    """Begin a draft with a text, for a new article or one that there is."""
    body = json_object(("slug", "department", *_MEMBERS))
    slug, department, now = short(body, "slug"), short(body, "department"), edge().clock()
    if slug is None or department is None:
        raise BadRequest("bad_value", "send slug and department", fields={"slug": "required", "department": "required"})
    today = now.astimezone(edge().tz).date()
    title, source = _plain(body, "title"), _plain(body, "source")
    empty = RevisionText(
        title="", source="", lang=language(f"{title}\n{source}"), audience="public", owner=department,
        effective_from=start_of_day(today, edge().tz),
        review_by=start_of_day(today + timedelta(days=edge().settings.hotline.review_days), edge().tz))
    with edge().database.transaction() as session:
        found = drafts.start(session, viewer(), slug, _text(body, empty), now=now, origin="api")
    return _tagged(found, status=201)


@api.post("/articles/<slug:slug>/drafts")
@permits(Action.DRAFT, scope="write")
def edit_article(slug: str) -> Response:
    """Begin a draft from the article's published text, or from the revision that is named."""
    body = json_object(("revision",))
    number = body.get("revision")
    if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
        raise BadRequest("bad_value", "revision must be a number", fields={"revision": "no number"})
    with edge().database.transaction() as session:
        found = drafts.edit(session, viewer(), slug, number=number, now=edge().clock(), origin="api")
    return _tagged(found, status=201)


@api.get("/drafts/<uuid:draft_id>")
@permits(Action.READ_HISTORY)
def read_draft(draft_id: object) -> Response:
    """A draft with its whole text."""
    parameters(())
    with edge().database.reading() as session:
        return _tagged(drafts.get(session, viewer(), str(draft_id)))


@api.patch("/drafts/<uuid:draft_id>")
@permits(Action.DRAFT, scope="write")
def save_draft(draft_id: object) -> Response:
    """Change the members that are sent; the others stay."""
    body, seen = json_object(_MEMBERS), _seen()
    with edge().database.transaction() as session:
        before = drafts.get(session, viewer(), str(draft_id))
        if before.version != seen:
            raise _overtaken(Conflict("draft_changed", f"the draft is at version {before.version}, you saw {seen}"))
        return _tagged(_first(drafts.save, session, str(draft_id), _text(body, before.text), seen=seen))


@api.delete("/drafts/<uuid:draft_id>")
@permits(Action.DRAFT, scope="write")
def discard_draft(draft_id: object) -> Response:
    """Throw the draft away; its words stay in the audit log."""
    parameters(())
    with edge().database.transaction() as session:
        _first(drafts.discard, session, str(draft_id), seen=_seen())
    return json_response({"id": str(draft_id), "discarded": True})


@api.post("/drafts/<uuid:draft_id>/take-over")
@permits(Action.DRAFT, scope="write")
def take_over_draft(draft_id: object) -> Response:
    """Make another's draft one's own."""
    parameters(())
    with edge().database.transaction() as session:
        return _tagged(_first(drafts.take_over, session, str(draft_id), seen=_seen()))


@api.post("/drafts/<uuid:draft_id>/rebase")
@permits(Action.DRAFT, scope="write")
def rebase_draft(draft_id: object) -> Response:
    """Merge with the revision that was published meanwhile; ``conflicts`` names what is left to choose."""
    parameters(())
    with edge().database.transaction() as session:
        found = _first(submission.rebase, session, str(draft_id), seen=_seen())
    return _tagged(found.draft, conflicts=list(found.conflicts))


@api.post("/drafts/<uuid:draft_id>/submit")
@permits(Action.DRAFT, scope="write")
def submit_draft(draft_id: object) -> Response:
    """Hand the draft in: the article's next revision, in review."""
    parameters(())
    with edge().database.transaction() as session:
        slug = drafts.get(session, viewer(), str(draft_id)).slug
        found = _first(submission.submit, session, str(draft_id), seen=_seen())
        body = {"slug": slug, "revision": found.number, "state": found.state, "sha256": found.sha256,
                "url": url_for("api.revision", slug=slug, number=found.number)}
    return json_response(body, status=201)


def _seen() -> int:
    """The version in ``If-Match``."""
    given = request.headers.get("If-Match")
    if given is None:
        raise PreconditionRequired("if_match", "send If-Match with the draft's ETag, so that nobody's words are lost")
    version = given.strip().removeprefix("W/").strip('"')
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise BadRequest("if_match", "If-Match must be one ETag as a draft gave it")
    return int(version)


def _first(act: Any, session: Any, *given: Any, seen: int) -> Any:
    """Do the act for the viewer; being overtaken is the failed precondition that it is."""
    try:
        return act(session, viewer(), *given, seen=seen, now=edge().clock(), origin="api")
    except Conflict as error:
        raise (_overtaken(error) if error.code == "draft_changed" else error) from error


def _overtaken(error: Conflict) -> PreconditionFailed:
    return PreconditionFailed(error.code, error.message, **error.facts)


def _text(body: dict[str, Any], before: RevisionText) -> RevisionText:
    """The text with the members that were sent."""
    changed: dict[str, Any] = {name: _plain(body, name) for name in _PLAIN if name in body}
    changed |= {name: _words(body, name) for name in _WORDS if name in body}
    changed |= {name: _when(body, name) for name in _INSTANTS if name in body}
    if "basis" in body:
        changed["bases"] = _bases(body["basis"])
    if "is_minor" in body:
        if not isinstance(body["is_minor"], bool):
            raise BadRequest("bad_value", "is_minor must be true or false", fields={"is_minor": "not a truth value"})
        changed["is_minor"] = body["is_minor"]
    for name, allowed in (("lang", ("zh", "en")), ("audience", ("public", "agent"))):
        if changed.get(name, allowed[0]) not in allowed:
            raise BadRequest("bad_value", f"{name} must be {' or '.join(allowed)}", fields={name: "unknown"})
    largest = edge().settings.limits.article_bytes
    if len(str(changed.get("source", "")).encode("utf-8", "replace")) > largest:
        raise BadRequest("too_long", f"source: larger than {largest} bytes", fields={"source": "too long"})
    return replace(before, **changed)


def _plain(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise BadRequest("bad_value", f"{name} must be text", fields={name: "not text"})
    return value.replace("\r\n", "\n")  # text areas send these; a text that has them changed in every line


def _words(body: dict[str, Any], name: str) -> tuple[str, ...]:
    value = body[name]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadRequest("bad_value", f"{name} must be a list of texts", fields={name: "not a list"})
    return tuple(sorted(set(value))) if name == "co_owners" else tuple(value)


def _when(body: dict[str, Any], name: str) -> datetime | None:
    value = body[name]
    if value is None and name != "effective_from":
        return None
    if not isinstance(value, str):
        raise BadRequest("bad_value", f"{name} must be a date", fields={name: "not a date"})
    return parse_instant(value, edge().tz, field=name)


def _bases(value: Any) -> tuple[BasisText, ...]:
    wrong = BadRequest("bad_value", f"basis must be a list of objects with {', '.join(_BASIS)}, title first",
                       fields={"basis": "not documents"})
    if not isinstance(value, list):
        raise wrong
    found = []
    for item in value:
        if not isinstance(item, dict) or not set(item) <= set(_BASIS) or "title" not in item:
            raise wrong
        given = {name: item.get(name) or "" for name in _BASIS}
        if not all(isinstance(text, str) for text in given.values()):
            raise wrong
        try:
            day = date.fromisoformat(given["date"]) if given["date"] else None
        except ValueError as error:
            raise wrong from error
        found.append(BasisText(given["title"], given["number"], given["issuer"], day, given["url"]))
    return tuple(found)


def _tagged(item: DraftView, *, status: int = 200, **more: Any) -> Response:
    fields = fields_of(item.text)
    fields["basis"] = fields.pop("bases")
    for name in ("author", "owner"):  # told beside the text
        del fields[name]
    response = json_response(item.as_dict() | {"text": fields, "undecided": dict(item.undecided)} | more,
                             status=status)
    response.headers["ETag"] = f'"{item.version}"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response

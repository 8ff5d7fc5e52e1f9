"""Drafts: list, begin, read, change, take over, merge, hand in, discard. What changes one names the version it saw.

A draft's ETag is its version: ``If-Match`` is required wherever something is changed, and 412 says who was first.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import url_for

from kb.articles.revisions import BasisText, RevisionText, fields_of
from kb.articles.writing import drafts, submission
from kb.articles.writing.drafts import DraftView
from kb.articles.writing.rollback import rollback
from kb.clock import start_of_day
from kb.db import Session
from kb.errors import Conflict
from kb.markup.language import language
from kb.people.permissions import Action
from web.api.contract import Tag, route
from web.api.shapes.drafts import (
    BasisGiven,
    Discarded,
    Draft,
    DraftFilter,
    Drafts,
    NewDraft,
    Rollback,
    Submitted,
    TextChange,
    TextTaken,
)
from web.api.taking import paged, read_cursor
from web.auth import viewer
from web.errors import BadRequest
from web.wiring import edge

_PLAIN = frozenset({"title", "source", "summary", "category", "change_note"})


@route("GET", "/drafts", Action.READ_HISTORY, query=DraftFilter, reply=Drafts)
def list_drafts(session: Session, query: DraftFilter) -> dict[str, Any]:
    """The drafts that the viewer may see, last saved first"""
    found = drafts.list_drafts(session, viewer(), slug=query.slug, author=query.author,
                               after=read_cursor(query) or "", limit=query.limit + 1)
    return paged(found, query, DraftView.as_dict, lambda item: item.id)


@route("POST", "/drafts", Action.DRAFT, scope="write", body=NewDraft, reply=Draft, status=201, tag=Tag.VERSION,
       problems={409: "The slug is another department's article, or a retired one"})
def start_draft(session: Session, body: NewDraft) -> dict[str, Any]:
    """Begin a draft with a text, for a new article or one that there is"""
    now = edge().clock()
    today = now.astimezone(edge().tz).date()
    empty = RevisionText(
        title="", source="", lang=language(f"{body.title}\n{body.source}"), audience="public", owner=body.department,
        effective_from=start_of_day(today, edge().tz),
        review_by=start_of_day(today + timedelta(days=edge().settings.hotline.review_days), edge().tz))
    return _draft(drafts.start(session, viewer(), body.slug, _text(body, empty), now=now, origin="api"))


@route("POST", "/articles/<slug:slug>/drafts", Action.DRAFT, scope="write", body=TextTaken, reply=Draft, status=201,
       tag=Tag.VERSION, problems={409: "The article is retired"})
def edit_article(session: Session, slug: str, body: TextTaken) -> dict[str, Any]:
    """Begin a draft from the article's published text, or from a revision that is named

    A rejected, withdrawn or old text is taken up again so."""
    return _draft(drafts.edit(session, viewer(), slug, number=body.revision, now=edge().clock(), origin="api"))


@route("POST", "/articles/<slug:slug>/rollback", Action.DRAFT, scope="write", body=Rollback, reply=Draft, status=201,
       tag=Tag.VERSION, problems={409: "It is the newest text, its words were erased, or the article is retired"})
def roll_back(session: Session, slug: str, body: Rollback) -> dict[str, Any]:
    """Begin a draft with the words of an earlier revision, in force from now on

    It goes its way through review like any other; who may read, who owns and co-owns stays as it is."""
    return _draft(rollback(session, viewer(), slug, body.revision, now=edge().clock(), origin="api"))


@route("GET", "/drafts/<uuid:draft_id>", Action.READ_HISTORY, reply=Draft, tag=Tag.VERSION)
def read_draft(session: Session, draft_id: UUID) -> dict[str, Any]:
    """A draft with its text"""
    return _draft(drafts.get(session, viewer(), str(draft_id)))


@route("PATCH", "/drafts/<uuid:draft_id>", Action.DRAFT, scope="write", body=TextChange, reply=Draft, tag=Tag.VERSION,
       takes_version=True, problems={412: "Somebody saved meanwhile: `detail` says who, and when"})
def save_draft(session: Session, draft_id: UUID, body: TextChange, seen: int) -> dict[str, Any]:
    """Change the members that are sent; the others stay"""
    before = drafts.get(session, viewer(), str(draft_id))
    if before.version != seen:
        raise Conflict("draft_changed", "the draft is at version {version}, you saw {seen}", version=before.version,
                       seen=seen)
    return _draft(drafts.save(session, viewer(), str(draft_id), _text(body, before.text), seen=seen,
                              now=edge().clock(), origin="api"))


@route("DELETE", "/drafts/<uuid:draft_id>", Action.DRAFT, scope="write", reply=Discarded, takes_version=True)
def discard_draft(session: Session, draft_id: UUID, seen: int) -> dict[str, Any]:
    """Throw one's draft away; its words stay in the audit log"""
    drafts.discard(session, viewer(), str(draft_id), seen=seen, now=edge().clock(), origin="api")
    return {"id": str(draft_id), "discarded": True}


@route("POST", "/drafts/<uuid:draft_id>/take-over", Action.DRAFT, scope="write", reply=Draft, tag=Tag.VERSION,
       takes_version=True, problems={409: "The draft is yours already"})
def take_over_draft(session: Session, draft_id: UUID, seen: int) -> dict[str, Any]:
    """Make another's draft one's own; who wrote before may not sign it later"""
    return _draft(drafts.take_over(session, viewer(), str(draft_id), seen=seen, now=edge().clock(), origin="api"))


@route("POST", "/drafts/<uuid:draft_id>/rebase", Action.DRAFT, scope="write", reply=Draft, tag=Tag.VERSION,
       takes_version=True)
def rebase_draft(session: Session, draft_id: UUID, seen: int) -> dict[str, Any]:
    """Merge with the revision that was published meanwhile

    `conflicts` names the fields that both sides changed differently: in the source both stand between marks, of other
    fields the draft's value was kept."""
    found = submission.rebase(session, viewer(), str(draft_id), seen=seen, now=edge().clock(), origin="api")
    return _draft(found.draft) | {"conflicts": list(found.conflicts)}


@route("POST", "/drafts/<uuid:draft_id>/submit", Action.DRAFT, scope="write", reply=Submitted, status=201,
       takes_version=True, problems={409: "`rebase`: another revision was published meanwhile"})
def submit_draft(session: Session, draft_id: UUID, seen: int) -> dict[str, Any]:
    """Hand the draft in; it becomes the article's next revision, in review"""
    slug = drafts.get(session, viewer(), str(draft_id)).slug
    found = submission.submit(session, viewer(), str(draft_id), seen=seen, now=edge().clock(), origin="api")
    return {"slug": slug, "revision": found.number, "state": found.state, "sha256": found.sha256,
            "url": url_for("api.read_revision", slug=slug, number=found.number)}


def _text(body: TextChange, before: RevisionText) -> RevisionText:
    """The text with the members that were sent."""
    sent = {name: getattr(body, name) for name in TextChange.model_fields if name in body.model_fields_set}
    if sent.get("effective_from", before) is None:
        raise BadRequest("bad_value", "effective_from: every text is in force from some day on",
                         fields={"effective_from": "required"})
    sent |= {name: sent[name].replace("\r\n", "\n") for name in _PLAIN & sent.keys()}  # text areas send these
    sent |= {name: tuple(sent[name]) for name in ("keywords", "synonyms") if name in sent}
    if "co_owners" in sent:
        sent["co_owners"] = tuple(sorted(set(sent["co_owners"])))
    if "basis" in sent:
        sent["bases"] = tuple(_basis(given) for given in sent.pop("basis"))
    largest = edge().settings.limits.article_bytes
    if len(sent.get("source", "").encode()) > largest:
        raise BadRequest("too_long", "source: larger than {largest} bytes", largest=largest,
                         fields={"source": "too long"})
    return replace(before, **sent)


def _basis(given: BasisGiven) -> BasisText:
    return BasisText(given.title, given.number or "", given.issuer or "", given.date, given.url or "")


def _draft(item: DraftView) -> dict[str, Any]:
    fields = fields_of(item.text)
    fields["basis"] = fields.pop("bases")
    for name in ("author", "owner"):  # told beside the text
        del fields[name]
    return item.as_dict() | {"text": fields, "undecided": dict(item.undecided)}

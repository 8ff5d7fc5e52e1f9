"""Known questions: GET and POST /articles/{slug}/known, POST /known/{id}/release and /drop, POST /answers/{id}/used."""

from __future__ import annotations

from typing import Any

from flask import Response

from kb.known import known
from kb.known.known import KnownState
from kb.known.uses import Section, Use, note_use
from kb.people.permissions import Action
from web.api import api
from web.api.taking import flag, json_object, limit, make_cursor, parameters, read_cursor, short
from web.auth import check_rate, permits, viewer
from web.errors import BadRequest, json_response
from web.wiring import edge

_DEEPEST = 6  # headings of a section: Markdown has no more levels
_LONGEST = 2_000  # characters of a heading


@api.get("/articles/<slug:slug>/known")
@permits(Action.READ_HISTORY)
def list_known(slug: str) -> Response:
    """The article's known questions, for the staff."""
    parts, values = edge(), parameters(("state", "limit", "cursor"))
    size, state = limit(values, default=50, largest=200), short(values, "state")
    if state not in (None, *KnownState):
        raise BadRequest("state", "state must be " + ", ".join(KnownState), fields={"state": "unknown"})
    with parts.database.reading() as session:
        found = known.list_known(session, viewer(), slug, state=KnownState(state) if state else None,
                                 after=read_cursor(values) or "", limit=size + 1, now=parts.clock())
    page = found[:size]
    return json_response({"items": [item.as_dict() for item in page],
                          "next_cursor": make_cursor(page[-1].id, values) if len(found) > size else None})


@api.post("/articles/<slug:slug>/known")
@permits(Action.PROPOSE_KNOWN, scope="write")
def propose_known(slug: str) -> Response:
    """Propose a question for a section, or release it at once; one that is there stays as it is."""
    body = json_object(("heading_path", "text", "release"))
    act = known.add if flag(body, "release") else known.propose
    text = body.get("text")
    if not isinstance(text, str):
        raise BadRequest("bad_value", "text must be a question", fields={"text": "not a text"})
    check_rate()
    with edge().database.transaction() as session:
        found = act(session, viewer(), slug, _headings(body), text, now=edge().clock(), origin="api")
    return _changed(found)


@api.post("/known/<uuid:known_id>/release")
@permits(Action.RELEASE_KNOWN, scope="write")
def release_known(known_id: object) -> Response:
    """Let searches use the question."""
    parameters(())
    with edge().database.transaction() as session:
        found = known.release(session, viewer(), str(known_id), now=edge().clock(), origin="api")
    return _changed(found)


@api.post("/known/<uuid:known_id>/drop")
@permits(Action.RELEASE_KNOWN, scope="write")
def drop_known(known_id: object) -> Response:
    """Let searches use the question no more."""
    parameters(())
    with edge().database.transaction() as session:
        found = known.drop(session, viewer(), str(known_id), now=edge().clock(), origin="api")
    return _changed(found)


@api.post("/answers/<uuid:answer_id>/used")
@permits(Action.PROPOSE_KNOWN, scope="ask")
def used(answer_id: object) -> Response:
    """Note which section the agent used: another than the one shown gets the question proposed."""
    body = json_object(("section", "citation", "action"))
    action = short(body, "action")
    if action not in tuple(Use):
        raise BadRequest("action", "action must be " + ", ".join(Use), fields={"action": "unknown"})
    section = _used(body)
    check_rate(cost=0.1)
    with edge().database.transaction() as session:
        found = note_use(session, viewer(), str(answer_id), Use(action), section, now=edge().clock(), origin="api")
    return json_response({"known": found.known.as_dict() if found.known else None, "reason": found.reason})


def _used(body: dict[str, Any]) -> Section | int:
    """The section, as the answer gave it, or the number of a citation; one of the two."""
    section, citation = body.get("section"), body.get("citation")
    if section is None and isinstance(citation, int) and not isinstance(citation, bool):
        return citation
    if isinstance(section, dict) and citation is None:
        article_id = short(section, "article_id")
        if article_id is not None:
            return Section(article_id, _headings(section))
    raise BadRequest("bad_value", "send section with its article_id and heading_path, or citation with a number",
                     fields={"section": "not a section"})


def _headings(values: dict[str, Any]) -> tuple[str, ...]:
    given = values.get("heading_path")
    if not isinstance(given, list) or len(given) > _DEEPEST or \
            not all(isinstance(h, str) and len(h) <= _LONGEST for h in given):
        raise BadRequest("bad_value", f"heading_path must be a list of at most {_DEEPEST} headings",
                         fields={"heading_path": "not headings"})
    return tuple(given)


def _changed(found: known.Known) -> Response:
    edge().retriever.wake()
    return json_response(found.as_dict())

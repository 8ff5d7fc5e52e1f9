"""POST /ask, GET /search, GET /suggest."""

from __future__ import annotations

from datetime import datetime
from time import monotonic
from typing import Any

from flask import Response, request

from kb.articles.feed import newest_change
from kb.errors import Denied
from kb.people.permissions import Action
from retriever.answer import Answer
from retriever.records import CALL_REF_CHARS, AskRequest
from web.api import api
from web.api.taking import (
    flag,
    history,
    instant,
    json_object,
    limit,
    make_cursor,
    parameters,
    read_cursor,
    short,
)
from web.auth import check_rate, is_staff, permits, viewer
from web.errors import BadRequest, json_response
from web.wiring import edge

_ASK = ("question", "as_of", "known_at", "department", "audience", "lang", "history", "explain", "read_time",
        "call_ref")
_SEARCH = ("q", "as_of", "known_at", "department", "audience", "lang", "limit", "cursor")
_LONGEST_KEY = 255


@api.post("/ask")
@permits(Action.READ, scope="ask")
def ask() -> Response:
    """The cited answer to one question; sent again under its Idempotency-Key, the same answer."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return json_response(_answer(edge().clock()).as_dict())
    if not (0 < len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()):
        raise BadRequest("idempotency_key", f"Idempotency-Key must be 1 to {_LONGEST_KEY} printable ASCII characters")
    parts, now = edge(), edge().clock()
    who = f"{viewer().user_id}|{request.remote_addr if not viewer().is_signed_in else sorted(viewer().roles)}"
    with parts.database.reading() as session:
        head = newest_change(session, viewer())  # an internal publication must not show in which replies are kept
    kept = parts.replies.begin(who, key, request.get_data(), head=head, at=monotonic(), now=now)
    if kept is not None:
        response = Response(kept, content_type="application/json")
        response.headers["Idempotent-Replayed"] = "true"
        return response
    try:
        answer = _answer(now)
        response = json_response(answer.as_dict())
    except BaseException:
        parts.replies.forget(who, key)
        raise
    parts.replies.finish(who, key, response.get_data(), until=_end(answer, now))
    return response


def _end(answer: Answer, now: datetime) -> datetime | None:
    """When the first rule that is cited, offered or shown as near ends by its date; None when none does, or when the
    answer is not of this moment: the request or the question named another time."""
    if json_object(_ASK).get("as_of") is not None or answer.as_of != now:
        return None
    near = {one.article_id for one in answer.nearest}
    ends = [c.effective_to for c in answer.citations] + [s.effective_to for s in answer.choices]
    ends += [span.effective_to for hit in answer.hits if hit.passage.article_id in near for span in hit.passage.spans]
    return min((end for end in ends if end and end > now), default=None)


def _answer(now: datetime) -> Answer:
    parts, body = edge(), json_object(_ASK)
    check_rate()
    asked = AskRequest(
        body.get("question", ""), as_of=instant(body, "as_of"), known_at=instant(body, "known_at"),
        department=short(body, "department"), audience=short(body, "audience"), lang=short(body, "lang"),
        history=history(body), explain=flag(body, "explain"), read_time=flag(body, "read_time", default=True),
        call_ref=_call_ref(body))
    if asked.explain and not is_staff():  # it tells how rare the words are in all texts, the internal ones too
        raise Denied("explain", "explain is for staff: send a staff member's token")
    answer = parts.retriever.ask(asked, viewer(), now=now)
    parts.metrics.count_ask(answer.took_ms, state=answer.state, reason=answer.reason, degraded=answer.degraded)
    return answer


def _call_ref(body: dict[str, Any]) -> str | None:
    given = short(body, "call_ref")
    if given is not None and len(given) > CALL_REF_CHARS:
        raise BadRequest("bad_value", f"call_ref has at most {CALL_REF_CHARS} characters",
                         fields={"call_ref": "too long"})
    return given


@api.get("/search")
@permits(Action.READ)
def search() -> Response:
    """Passages for some words, best first, page by page."""
    parts, values = edge(), parameters(_SEARCH)
    check_rate()
    size = limit(values, default=10, largest=50)
    start = _position(read_cursor(values))
    found = parts.retriever.search(
        values.get("q", ""), viewer(), now=parts.clock(), as_of=instant(values, "as_of"),
        known_at=instant(values, "known_at"), department=short(values, "department"),
        audience=short(values, "audience"), lang=short(values, "lang"), limit=size, offset=start)
    end = start + size
    return json_response({
        "items": [hit.as_dict() for hit in found.hits],
        "next_cursor": make_cursor(str(end), values) if found.has_more else None,
        "took_ms": round(found.took_ms, 1), "degraded": list(found.degraded),
    })


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isdigit() and len(cursor) < 9):
        raise BadRequest("cursor", "the cursor is not one that a page gave")
    return int(cursor)


@api.get("/suggest")
@permits(Action.READ)
def suggest() -> Response:
    """Titles that go with what has been typed."""
    parts, values = edge(), parameters(("q", "limit"))
    check_rate(cost=0.1)
    found = parts.retriever.suggest(values.get("q", ""), viewer(), now=parts.clock(),
                                    limit=limit(values, default=8, largest=20))
    return json_response({"items": [{"slug": s.slug, "title": s.title, "department": s.department} for s in found],
                          "next_cursor": None})

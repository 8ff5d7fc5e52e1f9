"""Asking, searching, completing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kb.articles.feed import newest_change
from kb.db import Session
from kb.errors import Conflict, Denied
from kb.people.permissions import Action
from retriever.answer import Answer
from retriever.records import AskRequest
from retriever.records import Turn as Spoken
from web.api.contract import Passing, route
from web.api.shapes.answers import Answer as AnswerShape
from web.api.shapes.asking import Hits, Question, Search, Suggestions, Turn, Typed
from web.api.taking import make_cursor, position, read_cursor
from web.auth import check_rate, is_staff, viewer
from web.errors import BadRequest
from web.still import still_live
from web.wiring import edge

_KEPT = timedelta(minutes=10)  # replies hold what callers asked: no longer than it takes to send again


def _rests_on(session: Session) -> str:
    """The newest publication that the viewer may know of: an internal one must not show in which replies are kept."""
    return str(newest_change(session, viewer()))


@route("POST", "/ask", Action.READ, scope="ask", body=Question, reply=AnswerShape, stamp=_rests_on)
def ask(body: Question) -> Passing:
    """The cited answer to one question, or an honest abstention

    Under one Idempotency-Key the same reply comes back for ten minutes, and nothing is recorded twice, unless an
    article that the sender may read was published or retired in between, or what is told ended by its date."""
    answer, now = _answer(body, edge().clock())
    return Passing(answer.as_dict(), min(now + _KEPT, _end(body, answer, now) or now + _KEPT))


def _end(body: Question, answer: Answer, now: datetime) -> datetime | None:
    """When the first rule that is cited, offered or shown as near ends by its date; None when none does, or when the
    answer is not of this moment: the request or the question named another time."""
    if body.as_of is not None or answer.as_of != now:
        return None
    near = {one.article_id for one in answer.nearest}
    ends = [c.effective_to for c in answer.citations] + [s.effective_to for s in answer.choices]
    ends += [span.effective_to for hit in answer.hits if hit.passage.article_id in near for span in hit.passage.spans]
    return min((end for end in ends if end and end > now), default=None)


def _answer(body: Question, now: datetime) -> tuple[Answer, datetime]:
    """The answer and when it was asked for. Where what it says is not live any more as it goes out, the question is
    asked once more, as of then: a program would do the same."""
    check_rate()
    if body.explain and not is_staff():  # it tells how rare the words are in all texts, the internal ones too
        raise Denied("explain", "explain is for staff: send a staff member's token")
    answer = _asked(body, now)
    if body.known_at is not None:  # what was known then is asked for otherwise
        return answer, now
    sent_at = edge().clock()
    try:
        _check_live(answer, sent_at)
    except Conflict:
        answer, now = _asked(body, sent_at), sent_at
        _check_live(answer, edge().clock())
    return answer, now


def _asked(body: Question, now: datetime) -> Answer:
    parts = edge()
    asked = AskRequest(
        body.question, as_of=body.as_of, known_at=body.known_at, department=body.department, audience=body.audience,
        lang=body.lang, history=_history(body.history or []), explain=body.explain, read_time=body.read_time,
        call_ref=body.call_ref)
    answer = parts.retriever.ask(asked, viewer(), now=now)
    parts.metrics.count_ask(answer.took_ms, state=answer.state, reason=answer.reason, degraded=answer.degraded)
    return answer


def _check_live(answer: Answer, now: datetime) -> None:
    with edge().database.reading() as session:
        still_live(session, viewer(), answer, known_at=now, now=now)


def _history(turns: list[Turn]) -> tuple[Spoken, ...]:
    """The dialogue so far, within the settings' limits."""
    limits = edge().settings.limits
    if len(turns) > limits.history_turns:
        raise BadRequest("bad_value", "history: at most {history_turns} turns; send the newest",
                         history_turns=limits.history_turns, fields={"history": "too many turns"})
    if sum(len(turn.text) for turn in turns) > limits.history_chars:
        raise BadRequest("bad_value", "history has more than {history_chars} characters: send the newest turns",
                         history_chars=limits.history_chars, fields={"history": "too long"})
    return tuple(Spoken(turn.role, turn.text) for turn in turns)


@route("GET", "/search", Action.READ, query=Search, reply=Hits)
def search(query: Search) -> dict[str, Any]:
    """Passages for some words, best first

    Pages follow `next_cursor`; results end at 100, further down a search is to be narrowed."""
    check_rate()
    start = position(read_cursor(query)) or 0
    found = edge().retriever.search(
        query.q, viewer(), now=edge().clock(), as_of=query.as_of, known_at=query.known_at,
        department=query.department, audience=query.audience, lang=query.lang, limit=query.limit, offset=start)
    return {
        "items": [hit.as_dict() for hit in found.hits],
        "next_cursor": make_cursor(str(start + query.limit), query) if found.has_more else None,
        "took_ms": round(found.took_ms, 1), "degraded": list(found.degraded),
    }


@route("GET", "/suggest", Action.READ, query=Typed, reply=Suggestions)
def suggest(query: Typed) -> dict[str, Any]:
    """Titles and known questions that go with what has been typed, also by pinyin"""
    check_rate(cost=0.1)
    found = edge().retriever.suggest(query.q, viewer(), now=edge().clock(), limit=query.limit)
    return {"items": [{"slug": s.slug, "title": s.title, "department": s.department, "question": s.question or None}
                      for s in found], "next_cursor": None}

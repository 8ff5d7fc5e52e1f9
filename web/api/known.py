"""Known questions: list, propose, release, drop; and what an agent did with an answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kb.db import Session
from kb.known import known, uses
from kb.known.known import Known, KnownState
from kb.known.uses import Section, Use
from kb.people.permissions import Action
from web.api.contract import route
from web.api.shapes.known import KnownFilter, KnownQuestion, KnownQuestions, NewKnown, Noted, Used
from web.api.taking import paged, read_cursor
from web.auth import check_rate, viewer
from web.wiring import edge


@route("GET", "/articles/<slug:slug>/known", Action.READ_HISTORY, query=KnownFilter, reply=KnownQuestions)
def list_known_questions(session: Session, slug: str, query: KnownFilter) -> dict[str, Any]:
    """The questions that the article's sections are known to answer, for the staff"""
    found = known.list_known(session, viewer(), slug, state=KnownState(query.state) if query.state else None,
                             after=read_cursor(query) or "", limit=query.limit + 1, now=edge().clock())
    return paged(found, query, Known.as_dict, lambda item: item.id)


@route("POST", "/articles/<slug:slug>/known", Action.PROPOSE_KNOWN, scope="write", body=NewKnown, reply=KnownQuestion,
       problems={409: "The section has as many questions as it may have"})
def propose_known_question(session: Session, slug: str, body: NewKnown) -> dict[str, Any]:
    """Propose a question for a section, or release it at once

    Equal questions of one section are one: that which is there comes back as it is. Only the owner department and
    knowledge managers release."""
    check_rate()
    act = known.add if body.release else known.propose
    return act(session, viewer(), slug, tuple(body.heading_path), body.text, now=edge().clock(), origin="api").as_dict()


@route("POST", "/known/<uuid:known_id>/release", Action.RELEASE_KNOWN, scope="write", reply=KnownQuestion,
       problems={409: "It is released already, or its heading is gone"})
def release_known_question(session: Session, known_id: UUID) -> dict[str, Any]:
    """Let searches use a known question"""
    return known.release(session, viewer(), str(known_id), now=edge().clock(), origin="api").as_dict()


@route("POST", "/known/<uuid:known_id>/drop", Action.RELEASE_KNOWN, scope="write", reply=KnownQuestion,
       problems={409: "It is dropped already"})
def drop_known_question(session: Session, known_id: UUID) -> dict[str, Any]:
    """Let searches use a known question no more"""
    return known.drop(session, viewer(), str(known_id), now=edge().clock(), origin="api").as_dict()


@route("POST", "/answers/<uuid:answer_id>/used", Action.PROPOSE_KNOWN, scope="ask", body=Used, reply=Noted)
def note_use(session: Session, answer_id: UUID, body: Used) -> dict[str, Any]:
    """Note which section was used; another than the one shown gets the question proposed

    Needs the token of the user who asked. A question that may tell who called is not proposed."""
    check_rate(cost=0.1)
    section: Section | int = body.citation or 0
    if body.section:
        section = Section(body.section.article_id, tuple(body.section.heading_path))
    found = uses.note_use(session, viewer(), str(answer_id), Use(body.action), section, now=edge().clock(),
                          origin="api")
    return {"known": found.known.as_dict() if found.known else None, "reason": found.reason}

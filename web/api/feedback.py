"""Feedback: given on answers and search results, answered by those who keep the texts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kb.db import Session
from kb.feedback import queue, subject, verdicts
from kb.feedback.queue import Item
from kb.feedback.verdicts import FeedbackState, Verdict
from kb.people.permissions import Action
from web.api.contract import route
from web.api.shapes.feedback import (
    FeedbackFilter,
    FeedbackItems,
    FeedbackResolved,
    GivenFeedback,
    Judged,
    JudgedResult,
    OwnFeedbackFilter,
    Resolving,
)
from web.api.taking import paged, position, read_cursor
from web.auth import check_rate, viewer
from web.wiring import edge


@route("POST", "/answers/<uuid:answer_id>/feedback", Action.GIVE_FEEDBACK, scope="ask", body=Judged,
       reply=GivenFeedback)
def judge_answer(session: Session, answer_id: UUID, body: Judged) -> dict[str, Any]:
    """Say whether an answer, a refusal or a citation is right

    One verdict a person: a second one changes the first. It stands at once in the queue of the article's department."""
    check_rate(cost=0.1)
    about = (subject.of_citation(session, str(answer_id), body.citation) if body.citation
             else subject.of_answer(session, str(answer_id)))
    return verdicts.give(session, viewer(), about, Verdict(body.verdict), note=body.note, now=edge().clock(),
                         origin="api").as_dict()


@route("POST", "/search/feedback", Action.GIVE_FEEDBACK, scope="ask", body=JudgedResult, reply=GivenFeedback)
def judge_search_result(session: Session, body: JudgedResult) -> dict[str, Any]:
    """Say whether a passage is what a search should have given"""
    check_rate(cost=0.1)
    about = subject.of_result(session, body.slug, body.revision, body.start, body.end, body.q)
    return verdicts.give(session, viewer(), about, Verdict(body.verdict), note=body.note, now=edge().clock(),
                         origin="api").as_dict()


@route("DELETE", "/feedback/<uuid:feedback_id>", Action.GIVE_FEEDBACK, scope="ask", reply=None, status=200,
       problems={409: "It has been answered already, and stays"})
def withdraw_feedback(session: Session, feedback_id: UUID) -> dict[str, Any]:
    """Take a verdict of your own back"""
    verdicts.withdraw_by_id(session, viewer(), str(feedback_id), now=edge().clock(), origin="api")
    return {"id": str(feedback_id)}


@route("GET", "/feedback", Action.SEE_INSIGHTS, query=FeedbackFilter, reply=FeedbackItems)
def list_feedback(session: Session, query: FeedbackFilter) -> dict[str, Any]:
    """What was said of the articles of your departments; of all, for knowledge managers and supervisors"""
    after = position(read_cursor(query)) or 0
    found = queue.waiting(session, viewer(), state=FeedbackState(query.state), department=query.department,
                          slug=query.article, after=after, limit=query.limit + 1)
    return paged(found, query, Item.as_dict, lambda _item: str(after + query.limit))


@route("GET", "/feedback/mine", Action.GIVE_FEEDBACK, query=OwnFeedbackFilter, reply=FeedbackItems)
def list_own_feedback(session: Session, query: OwnFeedbackFilter) -> dict[str, Any]:
    """What you said, and what became of it; the news first"""
    after = position(read_cursor(query)) or 0
    found = queue.given_by(session, viewer(), after=after, limit=query.limit + 1)
    return paged(found, query, Item.as_dict, lambda _item: str(after + query.limit))


@route("POST", "/feedback/<uuid:feedback_id>/resolve", Action.RESOLVE_FEEDBACK, scope="write", body=Resolving,
       reply=FeedbackResolved, problems={409: "Somebody dealt with it already"})
def resolve_feedback(session: Session, feedback_id: UUID, body: Resolving) -> dict[str, Any]:
    """Answer a verdict: accept it, decline it with the reason, say that it is mended, or open it again"""
    check_rate()
    queue.resolve(session, viewer(), str(feedback_id), FeedbackState(body.state), reply=body.reply,
                  seen=FeedbackState(body.seen) if body.seen else None, now=edge().clock(), origin="api")
    return {"id": str(feedback_id), "state": body.state}

"""For which time a question is answered: the one it names, or today where nothing is known of that time.

A year that lies before all that is known ("1983年，他被哪个队选中") seldom asks for a rule of that year: it is a fact
of the question, or of the text in force. Read as the time of the rule it would find nothing. So the question is
answered of today. That is said, and what would be an answer is only offered to be checked, unless the words quoted
speak of that year themselves.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from kb.actor import Actor
from kb.clock import zone
from kb.db import Database
from retriever.answer import State
from retriever.answerer import OPEN_END, Answerer, Asked, Decided
from retriever.find import Found, Run
from retriever.question.time import named_time
from retriever.records import AskRequest
from retriever.scope import Scope
from retriever.validity import ReadAsOf


def timed(request: AskRequest, text: str, timezone: str, now: datetime) -> tuple[AskRequest, ReadAsOf | None]:
    """The request as of the time that the question names, where the asker names none; the latest rule of it, or the
    one in force now where it has begun and not ended."""
    named = named_time(text, now, zone(timezone)) if request.as_of is None and request.read_time else None
    if named is None:
        return request, None
    moment = max(named.start, min(now, named.end - timedelta.resolution))
    return replace(request, as_of=moment), ReadAsOf(named.words, named.start, named.end)


def answered(answerer: Answerer, database: Database, run: Run, asked: Asked, request: AskRequest, viewer: Actor, *,
             now: datetime) -> Decided:
    """The answer as of the request's time; where that was named and answers nothing, as of its beginning, since a rule
    may have ended within it; where what is found today was not in force then, as of today."""
    def scope_at(as_of: datetime | None) -> Scope:
        return Scope.of(database, replace(request, as_of=as_of), viewer, now=now)

    scope, read = scope_at(request.as_of), asked.read_as_of
    decided = answerer.answer(run, asked, scope)
    if read is None or decided.answer.state is not State.UNKNOWN:
        return decided
    if read.begins_at < scope.moment.as_of:
        before = answerer.answer(run, asked, scope_at(read.begins_at))
        if before.answer.state is State.ANSWERED:
            return before
    present = scope_at(None)
    found = answerer.found(run, asked, present)
    if decided.answer.reason != "nothing_found" and (not found.ranked or _was_in_force(database, found, present, read)):
        return decided
    return answerer.answer(run, replace(asked, read_as_of=None, no_rule_of=read), present, found)


def _was_in_force(database: Database, found: Found, scope: Scope, time: ReadAsOf) -> bool:
    """Whether the article found first had a text within that time that this asker may see."""
    article_id = found.ranked[0].allowed.live.article_id
    with database.reading() as session:
        return bool(scope.revisions_within(session, article_id, time.begins_at, time.ends_at or OPEN_END))

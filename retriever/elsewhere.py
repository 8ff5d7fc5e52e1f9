"""Where nothing answers a question: a text in the other language that speaks of it, or one that has ended.

Neither is said or quoted. Both are found by the ordinary search, for this asker: in the other language, or as of a day
on which the ended texts were in force. They are named, with their address, where they stand out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kb.actor import Actor
from kb.db import Database
from retriever.answer import Answer, Elsewhere, State
from retriever.answering.quote import citation_url
from retriever.answering.refusal import NEAR
from retriever.find import Finder, Run
from retriever.records import Allowed, AskRequest, Turn
from retriever.scope import Scope

_LIKELY = 0.5  # confidence from which what is offered is the asker's to weigh, and nothing else is looked for
_SINCE = timedelta(days=2 * 366)  # longer ago nobody asks
_MOMENTS = 2  # days on which ended texts are looked for: each is a search
# Cosine of a question and a passage of the other language, by the passage's, from which it may be of the question; and
# how many of the five best, and of the five nearest, are of one article then: what is of nothing is of many. By these
# 13 of 20 questions whose text there was in the other language alone were told of it, and of 20 others none.
_NEAR = {"zh": 0.785, "en": 0.84}
_BEST = 5
_AGREEING = ((3, 2), (2, 3))
_TOLD = frozenset({"unknown_document", "unknown_issuer", "unknown_place", "no_question"})  # why nothing can answer


@dataclass(frozen=True, slots=True)
class _Searching:
    """One withheld question, and what it is looked for with."""

    text: str
    lang: str
    history: Sequence[Turn]
    request: AskRequest
    viewer: Actor
    now: datetime
    database: Database
    finder: Finder

    def proposed(self, request: AskRequest) -> list[Allowed]:
        """What is proposed for this request, the strongest first."""
        scope = Scope.of(self.database, request, self.viewer, now=self.now)
        return self.finder.proposed(self.text, self.history, scope)

    def ended(self) -> Iterator[Elsewhere]:
        """The text that would have led while it was in force, where that has ended and nothing followed it."""
        scope = Scope.of(self.database, self.request, self.viewer, now=self.now)
        with self.database.reading() as session:
            articles = scope.ended(session, since=scope.moment.as_of - _SINCE)
        ended = {article: end for article, _, end in articles}
        for moment in _moments([(start, end) for _, start, end in articles]):
            best = self.proposed(replace(self.request, as_of=moment))[:1]
            if best and best[0].live.article_id in ended and _cosine(best[0]) >= NEAR[best[0].live.lang]:
                yield _named("ended", best[0], ended[best[0].live.article_id])
                return

    def in_other_language(self) -> Iterator[Elsewhere]:
        """The text of the other language that stands out for the question."""
        other = "en" if self.lang == "zh" else "zh"
        found = self.proposed(replace(self.request, lang=other))
        best, nearest = found[:_BEST], sorted(found, key=_cosine, reverse=True)[:_BEST]
        if not best or _cosine(nearest[0]) < _NEAR[other]:
            return
        by_rank, by_cosine = _of_article(best), _of_article(nearest)
        first = best[0].live.article_id
        if any(by_rank[first] >= rank and by_cosine[first] >= cosine for rank, cosine in _AGREEING):
            yield _named("language", best[0], None)


def with_elsewhere(run: Run, answer: Answer, finder: Finder, database: Database, request: AskRequest, viewer: Actor, *,
                   lang: str, history: Sequence[Turn], now: datetime) -> Answer:
    """The answer; one that is withheld, with what speaks of the question elsewhere."""
    if answer.state is State.ANSWERED or answer.reason in _TOLD or answer.confidence >= _LIKELY:
        return answer
    searching = _Searching(answer.question, lang, history, request, viewer, now, database, finder)
    with run.stage("elsewhere"):
        found = [*searching.ended(), *(searching.in_other_language() if request.lang is None else ())]
    return replace(answer, elsewhere=tuple(found))


def _moments(held: Sequence[tuple[datetime, datetime]]) -> list[datetime]:
    """So few days that most of these times [from, to) hold one of them: each begins the latest of those left."""
    left, found = sorted(held), list[datetime]()
    while left and len(found) < _MOMENTS:
        found.append(left[-1][0])
        left = [(start, end) for start, end in left if end <= found[-1]]
    return found


def _named(kind: str, item: Allowed, ended_at: datetime | None) -> Elsewhere:
    live, passage = item.live, item.candidate.passage
    return Elsewhere(kind, live.article_id, live.slug, live.number, live.title, live.department, live.lang,
                     passage.heading_path, citation_url(live.slug, live.number, passage.start, passage.end), ended_at)


def _cosine(item: Allowed) -> float:
    return item.candidate.vector_score


def _of_article(items: Sequence[Allowed]) -> Counter[str]:
    return Counter(item.live.article_id for item in items)

"""What of a draft contradicts other articles in force: for the check before submitting.

Only what the draft brings is told: a contradiction that the live text has too is a signal of its own. Articles are
looked for where a section lies near, and where a figure that the draft changes is stated. Nobody is told of a text
that he may not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from kb.actor import Actor
from kb.articles.kept_conflicts import TextInForce, articles_stating, texts_of
from kb.articles.live import LiveRevision, Moment, live_revisions
from kb.articles.writing.checks import CheckTask
from kb.db import Database
from retriever.checking.allowance import Allowance
from retriever.checking.compared import Compared
from retriever.checking.contradicting import Contradicting, Contradiction
from retriever.checking.lost_agreement import lost_agreements
from retriever.contradictions import Comparer

_STATING = 12  # articles that state a changed figure which are looked at
_MOST = 10  # contradictions that are told


def contradictions_of(database: Database, comparer: Comparer, actor: Actor, task: CheckTask, *, now: datetime,
                      allowance: Allowance) -> list[Mapping[str, Any]]:
    """The contradictions, the surest first: the other article's slug, revision and words, and the draft's words with
    their place. Ends when its time is used up, with what was found by then. Raises EmbeddingDown, EngineDown."""
    contradicting = comparer.contradicting()
    if contradicting is None:
        return []
    draft, live, article_id = task.draft.text, task.live, task.article_id
    new = contradicting.read(draft.source, title=draft.title, lang=draft.lang)
    old = contradicting.read(live.source, title=live.title, lang=live.lang) if live else None
    changed = [point.fact for point in old.figures.points
               if point.fact and point.clause[2] not in draft.source] if old else []
    with database.reading() as session:
        ids = dict.fromkeys((*articles_stating(session, changed, now=now, limit=_STATING),
                             *comparer.nearest(new, article_id, now=now)))
        ids.pop(article_id, None)
        others = [one for one in texts_of(session, list(ids), now=now) if one.lang == draft.lang]
        readable = live_revisions(session, actor, Moment(now, now), [one.revision_id for one in others])
    found: list[tuple[Contradiction, LiveRevision]] = []
    for other in sorted(others, key=lambda one: list(ids).index(one.article_id)):
        if other.revision_id in readable and allowance.is_left():
            found += [(one, readable[other.revision_id])
                      for one in _between(comparer, contradicting, new, old, other)]
    return [_told(one, text) for one, text in sorted(found, key=lambda pair: -pair[0].score)[:_MOST]]


def _between(comparer: Comparer, contradicting: Contradicting, new: Compared, old: Compared | None,
             other: TextInForce) -> Iterator[Contradiction]:
    beside = comparer.compared(contradicting, other)
    told: list[Contradiction] = list(lost_agreements(old, new, beside)) if old else []
    live = old.text.source if old else ""
    told += [one for one in contradicting.between(new, beside) if one.is_told and one.one.quote not in live]
    yield from _once(told)


def _once(told: Sequence[Contradiction]) -> Iterator[Contradiction]:
    seen: set[tuple[int, int]] = set()
    for one in told:
        at = (one.one.start, one.other.start)
        if at not in seen:
            seen.add(at)
            yield one


def _told(one: Contradiction, text: LiveRevision) -> dict[str, Any]:
    return {"article": text.slug, "title": text.title, "revision": text.number, "revision_id": text.revision_id,
            "quote": one.other.quote,
            "start": one.other.start, "end": one.other.end, "own": one.one.quote, "own_start": one.one.start,
            "own_end": one.one.end, "kind": one.kind, "score": one.score}


"""What is known to be stale of what was found: a source with a serious signal stands behind a fresh one that says the
same, and every citation tells of the signals that concern it.

No signal moves a score or how sure an answer is: two that say the same change their places, with the places' scores.
Signals that the asker may not see do nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from kb.db import Database
from kb.upkeep.signals.cited import OpenSignal, open_signals
from retriever.answer import Answer
from retriever.citation import Citation
from retriever.ranking.order import Ranked
from retriever.scope import Scope

_LIKE = 0.8  # of their pairs of characters that two texts share which say the same
_LOOKED_AT = 20  # of the best passages, for one that says the same
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Stale:
    """The open signals of what was found, by article; ``twins`` of passages with a serious one name the fresh passage
    that says the same, by their ids."""

    signals: Mapping[str, Sequence[OpenSignal]] = field(default_factory=dict)
    twins: Mapping[str, str] = field(default_factory=dict)


def signals_among(database: Database, ranked: Sequence[Ranked], scope: Scope) -> Stale:
    """What the asker may know of these: one statement."""
    articles = {r.allowed.live.article_id for r in ranked}
    if not articles:
        return Stale()
    with database.reading() as session:
        found = open_signals(session, scope.viewer, articles, now=scope.moment.now, narrowed_to=scope.narrowed_to)
    return Stale(found, _twins(ranked[:_LOOKED_AT], found))


def fresh_first(ranked: Sequence[Ranked], twins: Mapping[str, str]) -> list[Ranked]:
    """The list, where each passage that has a fresh twin behind it changes places with that."""
    found = list(ranked)
    for stale, fresh in twins.items():
        at = {r.hit.passage.passage_id: n for n, r in enumerate(found)}
        low, high = at.get(stale), at.get(fresh)
        if low is not None and high is not None and low < high:
            found[low], found[high] = _at(found[high], found[low]), _at(found[low], found[high])
    return found


def with_signals(answer: Answer, stale: Stale, lang: str) -> Answer:
    """The answer, each citation with the signals that concern it, in a language."""
    if not stale.signals:
        return answer
    return replace(answer, citations=tuple(_told(c, stale.signals.get(c.article_id, ()), lang)
                                           for c in answer.citations))


def _told(citation: Citation, signals: Sequence[OpenSignal], lang: str) -> Citation:
    own = [s.as_dict(lang) for s in signals if s.concerns(citation.revision_id, citation.start, citation.end)]
    return replace(citation, signals=tuple(own)) if own else citation


def _at(item: Ranked, place: Ranked) -> Ranked:
    return replace(item, hit=replace(item.hit, score=place.hit.score))


def _twins(ranked: Sequence[Ranked], signals: Mapping[str, Sequence[OpenSignal]]) -> dict[str, str]:
    serious = {article_id for article_id, own in signals.items() if any(one.is_serious for one in own)}
    fresh = [r for r in ranked if r.allowed.live.article_id not in serious]
    found: dict[str, str] = {}
    for item in ranked:
        if item.allowed.live.article_id in serious:
            twin = next((r for r in fresh if r.hit.passage.passage_id not in found.values()
                         and r.allowed.live.lang == item.allowed.live.lang and says_same(_body(item), _body(r))), None)
            if twin is not None:
                found[item.hit.passage.passage_id] = twin.hit.passage.passage_id
    return found


def _body(item: Ranked) -> str:
    return item.hit.passage.body or item.hit.passage.text


def says_same(one: str, other: str) -> bool:
    """Whether two texts say the same: every figure alike, and nearly all words."""
    if sorted(_FIGURE.findall(one)) != sorted(_FIGURE.findall(other)):
        return False
    return alike(one, other) >= _LIKE


def alike(one: str, other: str) -> float:
    """The share of their pairs of characters that two texts have in common; 0 for two without any."""
    pairs, others = _pairs(one), _pairs(other)
    return len(pairs & others) / max(1, len(pairs | others))


def _pairs(text: str) -> set[str]:
    bare = _SIGNS.sub("", text).casefold()
    return {bare[n:n + 2] for n in range(len(bare) - 1)}

"""Reading what was found: which passages, in which order they then stand, and how sure the best one makes an answer.

The reader tells which words answer; of which passage is right it knows no more than the ranking, and both together know
more than each (docs/quality.md). So its scores are added to the ranking's, and confidence rests on the margins of both.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from retriever.answering.closure import Closed, close
from retriever.answering.fitted import Fitted
from retriever.passages.saying import said
from retriever.question.case import Case
from retriever.question.demands import meets
from retriever.question.kinds import asks_for_another, asks_the_way, tells_the_way
from retriever.question.numbers import Conditions
from retriever.question.understanding import Question
from retriever.ranking.known import KNOWN
from retriever.ranking.order import Ranked
from retriever.reader import Read, ReadableText
from retriever.records import LiveText

MOST = 6  # passages that are read for a question
_ARTICLES = 3  # of so many of the best articles
_PER_ARTICLE = 4
_WIDE = 4.0  # of a gap to the next passage, at most
_UNREAD = 1.0  # the gap where the first was so likely that no other was read: what it is then, on the mean
_FAR = 12.0  # a logit that stands for none
_NAMED = 4.0  # logits that a clause, document or form number is worth: more than most of what is read differs by
_KNOWN_RIGHT = 0.85  # of answers from the right section, the share that quotes the right words (four sets)
_CROWD = 10  # passages
# How near the ten best lie at least, by the best one's language: of eight sets' questions nine in ten have them nearer.
# Where an office has but a few articles, ten of them are far from any question, and beside those the nearest stands out
# though it is of something else. Cosines of this embedding model; another one needs others.
_LEAST_CROWD = {"zh": 0.872, "en": 0.815}
# Logits by which the passage that a question alone leads to must be likelier than the one of its dialogue, for the
# question to open another topic. Of calls_en's odd calls that leaves 56 % of later turns with the right section first
# (54 % where cosines decide), and 63 % of first turns put after another call (55 %).
_ANOTHER = 2.0
# What is left of a chance where nothing said meets what the question demands: of 26 such answers one was right, and by
# their margins nine were to be.
_UNMET = 0.2
_UNNAMED = 0.5  # the same where the article does not name what the question is about
_LONG = 100  # characters whose logarithm is the unit of ``length``


@dataclass(frozen=True, slots=True, eq=False)
class PassageRead:
    """A passage with what the reader says of it; ``score`` is its place's, the ranking's and the reader's together."""

    ranked: Ranked
    read: Read
    score: float

    @property
    def best_unit(self) -> float:
        """The highest logit of its units."""
        return max((u for u in self.read.units.tolist() if u > -math.inf), default=-_FAR)


def to_read(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The most promising passages of the best articles, the best of each article first.

    Where there is no time for more, a rival of another subject tells more than what stands around the first.
    """
    counts: dict[str, int] = {}
    firsts: list[Ranked] = []
    further: list[Ranked] = []
    for item in ranked:
        article = item.allowed.live.article_id
        if article not in counts and len(counts) == _ARTICLES:
            continue
        counts[article] = counts.get(article, 0) + 1
        if counts[article] <= _PER_ARTICLE:
            (firsts if counts[article] == 1 else further).append(item)
        if len(firsts) + len(further) == MOST:
            break
    return firsts + further


def texts_of(items: Sequence[Ranked]) -> list[ReadableText]:
    """What a reader is given of these passages."""
    return [ReadableText(item.hit.passage, item.allowed.live.source) for item in items]


def conditioned(items: Sequence[Ranked], reads: Sequence[Read], conditions: Conditions) -> list[Read]:
    """What was read, where a question names a clause, document or form: its units far before those of another one."""
    if not conditions:
        return list(reads)
    found = []
    for item, read in zip(items, reads, strict=False):
        source, lang = item.allowed.live.source, item.allowed.live.lang
        prefers = conditions.prefers([said(source, lang, unit) for unit in item.hit.passage.units])
        units = read.units + _NAMED * prefers if len(prefers) else read.units
        found.append(Read(read.passage + _NAMED * float(max(prefers.tolist(), default=0)), units))
    return found


def together(items: Sequence[Ranked], reads: Sequence[Read], fitted: Fitted) -> list[PassageRead]:
    """The passages that were read, best first by ranking and reader together; ties keep the ranking's order."""
    enough = reads[:1] if reads and reads[0].passage >= fitted.sure else reads  # as the reader stops, or might have
    found = [PassageRead(item, read, 0.0) for item, read in zip(items, enough, strict=False)]
    found = [replace(one, score=_score(values, fitted)) for one, values in zip(found, order_values(found), strict=True)]
    return sorted(found, key=lambda one: -one.score)


def is_another_topic(alone: Sequence[PassageRead], dialogue: Sequence[PassageRead]) -> bool:
    """Whether a question that may open another topic does, by what was read for it ``alone`` and in its dialogue."""
    return alone[0].read.passage - dialogue[0].read.passage > _ANOTHER


def of_the_way(read: Sequence[PassageRead], question: str) -> list[PassageRead]:
    """The passages; where the question asks how a thing is done and the first stands under a heading that asks for
    something else, the first of its article whose heading asks how goes before it: how much one gets is near
    enough to how one gets it to be read as its answer."""
    found = list(read)
    if len(found) < 2 or not asks_for_another(heading_of(found[0])) or not asks_the_way(question):
        return found
    article = found[0].ranked.allowed.live.article_id
    way = next((n for n, one in enumerate(found) if one.ranked.allowed.live.article_id == article
                and tells_the_way(heading_of(one))), None)
    return put_first(found, way)


def meeting(read: Sequence[PassageRead], kinds: Collection[str], fitted: Fitted) -> list[PassageRead]:
    """The passages; what is said of the first does not meet these demands, so the first of its article in which what
    the reader marks does goes before it, if one does."""
    found = list(read)
    article = found[0].ranked.allowed.live.article_id
    other = next((n for n, one in enumerate(found) if n and one.ranked.allowed.live.article_id == article
                  and meets(kinds, _marked_texts(one, fitted))), None)
    return put_first(found, other)


def put_first(read: list[PassageRead], place: int | None) -> list[PassageRead]:
    """The passages with the one at this place, if any, before the others; places keep their scores."""
    if place is None:
        return read
    order = [read[place], *read[:place], *read[place + 1:]]
    return [replace(one, score=at.score) for one, at in zip(order, read, strict=True)]


def _marked_texts(one: PassageRead, fitted: Fitted) -> list[str]:
    live = one.ranked.allowed.live
    return [said(live.source, live.lang, unit) for unit, logit in zip(one.ranked.hit.passage.units,
                                                                      one.read.units.tolist(), strict=True)
            if logit >= fitted.threshold]


def heading_of(one: PassageRead) -> str:
    path = one.ranked.hit.passage.heading_path
    return path[-1] if path else ""


def yielding(read: Sequence[PassageRead], twins: Mapping[str, str]) -> list[PassageRead]:
    """The passages, where each that yields to a twin behind it changes places with that, and scores: the reader likes
    one of two that say the same no better for being fresh."""
    found = list(read)
    for one, other in twins.items():
        at = {r.ranked.hit.passage.passage_id: n for n, r in enumerate(found)}
        low, high = at.get(one), at.get(other)
        if low is not None and high is not None and low < high:
            found[low], found[high] = (replace(found[high], score=found[low].score),
                                       replace(found[low], score=found[high].score))
    return found


def order_values(read: Sequence[PassageRead]) -> list[dict[str, float]]:
    """What orders these passages, which are in the ranking's order: ORDER."""
    return [{"score": one.ranked.hit.score, "passage": one.read.passage, "unit": one.best_unit,
             "article": one.ranked.hit.features.get("article_vectors", 0.0),
             "first": float(one.ranked.allowed.live.article_id == read[0].ranked.allowed.live.article_id)}
            for one in read]


def _score(values: Mapping[str, float], fitted: Fitted) -> float:
    return sum(weight * values[name] for name, weight in fitted.order.items())


def reordered(ranked: Sequence[Ranked], read: Sequence[PassageRead]) -> list[Ranked]:
    """All that was found: what was read changes places among itself, in its order, and what was not keeps its own; hits
    keep a score that falls with their place.

    Put before all the rest, a passage that was read and answers nothing would stand before what nobody read.
    """
    in_order = iter([one.ranked for one in read])
    places = {one.ranked.hit.passage.passage_id for one in read}
    order = [next(in_order) if r.hit.passage.passage_id in places else r for r in ranked]
    held = sorted((r.hit.score for r in ranked), reverse=True)
    return [replace(item, hit=replace(item.hit, score=score)) for item, score in zip(order, held, strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """What would be said, from the best section that was read; ``said`` are the logits of its units."""

    live: LiveText
    closed: Closed
    said: tuple[float, ...]
    ranked: Mapping[str, Ranked]  # of the section's passages, by id


def marked(read: Sequence[PassageRead], question: Question, fitted: Fitted, *, most_chars: int,
            case: Case | None = None) -> Marked:
    """The best section's marked units, closed by structure."""
    best = read[0]
    live, path = best.ranked.allowed.live, best.ranked.hit.passage.heading_path
    section = sorted((one for one in read if one.ranked.allowed.live.revision_id == live.revision_id
                      and one.ranked.hit.passage.heading_path == path), key=lambda one: one.ranked.hit.passage.start)
    passages = [one.ranked.hit.passage for one in section]
    closed = close(live, passages, [one.read.units.tolist() for one in section], question,
                   threshold=fitted.threshold, most_chars=most_chars, case=case, near=fitted.near)
    logits = {(p.passage_id, u.start): float(v) for p, one in zip(passages, section, strict=True)
              for u, v in zip(p.units, one.read.units, strict=True)}
    return Marked(live, closed, tuple(logits[c.passage.passage_id, c.unit.start] for c in closed.units),
                  {one.ranked.hit.passage.passage_id: one.ranked for one in section})


def margins(read: Sequence[PassageRead], said: Sequence[float], size: int,
            ranked: Sequence[Ranked]) -> dict[str, float]:
    """What confidence rests on: MARGINS. ``said`` are the logits of the units that are quoted, ``size`` their length.

    Logits are bounded, gaps too. Where one article alone may answer nothing lies behind it, and that counts as no lead:
    it is no surer for having no rival. ``above`` is how much nearer it lies than the ten best do on the mean: where
    many lie as near, each is likelier the wrong one, and levels differ from language to language. In a small base all
    lie far, and standing out among those is no merit: see _LEAST_CROWD.
    """
    best, *others = read
    article = best.ranked.allowed.live.article_id
    elsewhere = [one for one in others if one.ranked.allowed.live.article_id != article]
    rivals = [r for r in ranked if r.allowed.live.article_id != article]
    known = [_within(value) for value in said if value > -math.inf]
    return {
        "passage": _within(best.read.passage),
        "unit": _within(best.best_unit),
        "said": float(np.mean(known)) if known else -_FAR,
        "gap": min(best.score - others[0].score, _WIDE) if others else _UNREAD,
        "elsewhere": _within(max((one.read.passage for one in elsewhere), default=-4.0)),
        "score": best.ranked.hit.score,
        "lead": best.ranked.hit.score - rivals[0].hit.score if rivals else 0.0,
        "above": _above(best, ranked),
        "length": math.log1p(size / _LONG),
        "sum": best.ranked.hit.features.get("sum", 0.0),
    }


def _above(best: PassageRead, ranked: Sequence[Ranked]) -> float:
    """How much nearer the best lies than the first ten that have a vector do; 0 where its own is not there yet."""
    own = best.ranked.hit.candidate.vector_score
    crowd = [r.hit.candidate.vector_score for r in ranked[:_CROWD] if r.hit.candidate.vector_score]
    if not own or not crowd:
        return 0.0
    least = _LEAST_CROWD["zh" if best.ranked.allowed.live.lang == "zh" else "en"]
    return own - max(float(np.mean(crowd)), least)


def _within(logit: float) -> float:
    return float(min(max(logit, -_FAR), _FAR))


def confidence_of(values: Mapping[str, float], best: PassageRead, fitted: Fitted, *, is_met: bool = True,
                  is_named: bool = True) -> float:
    """The chance that what is quoted of the best section is right, 0 to 1: by the margins, or as one known to answer.

    The margins were fitted where nothing was known; a section that people said answers this needs none. Where what the
    question demands is not met (``is_met``), little is left of it; less where its thing is not named (``is_named``).
    """
    chance = fitted.confidence(values) * (1.0 if is_met else _UNMET) * (1.0 if is_named else _UNNAMED)
    return chance + (1 - chance) * _KNOWN_RIGHT * best.ranked.hit.features.get(KNOWN, 0.0)

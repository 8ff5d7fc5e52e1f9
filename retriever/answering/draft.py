"""From what was found to what would be said, and how sure that is: by the reader, or without one by fitted features."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from retriever.answer import LeftOut, NextStep, Section
from retriever.answering import evidence, quote, reading, section, verify
from retriever.answering.confidence import confidence_of, features_of, threshold_for
from retriever.answering.evidence import Chosen, Pool
from retriever.answering.fitted import Fitted
from retriever.answering.what_is_not import of_what_is_not
from retriever.language.analysis import Analyser
from retriever.question.case import Case
from retriever.question.demands import demanded, meets
from retriever.question.numbers import Conditions
from retriever.question.things import Thing
from retriever.question.understanding import Question
from retriever.ranking.model import Model
from retriever.ranking.order import Ranked
from retriever.reader import Read


@dataclass(frozen=True, slots=True)
class Lacks:
    """What takes from the confidence beside the margins: the ``thing`` of the question that the article never names,
    and the kinds of what it demands of which not all are told."""

    thing: str = ""
    demanded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """An answer before it is decided whether it is given.

    ``confidence`` is the chance that it is right, ``threshold`` what it must reach. ``choices`` are there where one of
    them probably answers. ``values`` are the features that confidence rests on, ``ranked`` what was found in its order.
    """

    composed: quote.Composed
    ranked: Sequence[Ranked]
    chosen: Sequence[Chosen]
    values: Mapping[str, float]
    confidence: float
    threshold: float
    section: Section | None = None
    choices: tuple[Section, ...] = ()
    next: tuple[NextStep, ...] = ()
    left_out: LeftOut | None = None
    read: Sequence[reading.PassageRead] = ()
    lacks: Lacks = Lacks()

    def verified(self) -> Draft:
        """The draft without what its quotes do not bear out."""
        sources = {r.allowed.live.revision_id: r.allowed.live.source for r in self.ranked}
        composed = verify.verified(self.composed, sources)
        return replace(self, composed=composed, confidence=self.confidence if composed.sentences else 0.0)


def by_reader(question: Question, ranked: Sequence[Ranked], reads: Sequence[Read], fitted: Fitted, *,
              precision: float, most_chars: int, case: Case | None = None,
              twins: Mapping[str, str] = MappingProxyType({}), thing: Thing | None = None) -> Draft:
    """What the reader marked in the section that it and the ranking put first; ``reads`` is not empty. Of ``twins``,
    passages that say the same, the first yields to the second. Nothing is sure where the article does not name the
    ``thing`` that the question is about."""
    items = reading.to_read(ranked)
    read = reading.yielding(
        reading.together(items, reading.conditioned(items, reads, Conditions.of(question.full)), fitted), twins)
    read = of_what_is_not(reading.of_the_way(read, question.full), question.text, fitted)
    marked, composed = _said(read, question, fitted, most_chars=most_chars, case=case)
    kinds = demanded(question.full if question.leans else question.text)
    is_met = _meets(kinds, composed)
    if not is_met:
        read = reading.meeting(read, kinds, fitted)
        marked, composed = _said(read, question, fitted, most_chars=most_chars, case=case)
        is_met = _meets(kinds, composed)
    units = marked.closed.units
    values = reading.margins(read, marked.said, sum(c.end - c.start for c in composed.citations), ranked)
    threshold = fitted.refused_below(precision)
    confidence = reading.confidence_of(values, read[0], fitted, is_met=is_met)
    lacks = Lacks(demanded=() if is_met else tuple(sorted(kinds)))
    if thing and confidence >= threshold and not _names(read[0].ranked, thing):
        confidence = reading.confidence_of(values, read[0], fitted, is_met=is_met, is_named=False)
        lacks = replace(lacks, thing=thing.name)
    is_sure = confidence >= threshold  # what is shown of an answer, and what of sections to check, costs time
    best = next(((c.unit.start, c.unit.end) for c in units if c.why == "best"), None)
    where = section.section_of(marked.live, [(c.start, c.end) for c in composed.citations], best) \
        if is_sure and composed.citations else None
    choices = section.choices([section.ReadPassage(one.ranked.allowed.live, one.ranked.hit.passage, one.score,
                                                   one.read.units.tolist()) for one in read],
                              question, threshold=fitted.threshold, case=case, near=fitted.near) \
        if not is_sure and fitted.choice(values) >= fitted.offered else ()
    return Draft(composed, reading.reordered(ranked, read),
                 [Chosen(marked.ranked[c.passage.passage_id], c.unit) for c in units], values,
                 confidence, threshold, where, choices,
                 section.next_steps(marked.live, where) if where else (), marked.closed.left_out, read, lacks)


def _said(read: Sequence[reading.PassageRead], question: Question, fitted: Fitted, *, most_chars: int,
          case: Case | None) -> tuple[reading.Marked, quote.Composed]:
    """What is marked of the first passage's section, and how that is said."""
    marked = reading.marked(read, question, fitted, most_chars=most_chars, case=case)
    return marked, quote.compose_units(marked.live, [(c.passage, c.unit) for c in marked.closed.units],
                                       most_chars=most_chars)


def _meets(kinds: Collection[str], composed: quote.Composed) -> bool:
    return meets(kinds, [sentence.text for sentence in composed.sentences])


def _names(ranked: Ranked, thing: Thing) -> bool:
    """Whether an article names this thing."""
    passage = ranked.hit.passage
    return thing.is_named_in("\n".join((passage.title, *passage.keywords, ranked.allowed.live.source)))


def by_features(question: Question, ranked: Sequence[Ranked], pool: Pool | None, idf: Mapping[str, float],
                analyser: Analyser, model: Model, *, precision: float, most_chars: int, most: int) -> Draft:
    """The units of the first article that look most like an answer: what there is to go by without a reader."""
    chosen = evidence.choose(pool, model, most_chars=most_chars, most=min(most, evidence.MOST_UNITS)) if pool else []
    composed = quote.compose(chosen, most_chars=most_chars)
    values = features_of(question, ranked, chosen, analyser, idf)
    live = chosen[0].ranked.allowed.live if chosen else None
    where = section.section_of(live, [(c.start, c.end) for c in composed.citations]) \
        if live and composed.citations else None
    return Draft(composed, ranked, chosen, values, confidence_of(values, model),
                 threshold_for(values, model, precision), where, (),
                 section.next_steps(live, where) if live and where else ())

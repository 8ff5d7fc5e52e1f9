"""Rules that differ by district: whose rule was found, and which other districts have their own on the same matter.

Where a rule holds is said by the narrowest of what names a district: its own words, the headings above it, its
article's title, the department that owns it. What names several, or none, is no one district's. Where a question names
a district, another one's rule is not read at all, as long as there is another rule; nor are other districts' rows,
items and sentences beside its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from retriever.answer import Section
from retriever.answering.evidence import Chosen
from retriever.citation import Sentence
from retriever.language.analysis import Analyser
from retriever.passages.saying import said
from retriever.passages.terms import term_sets
from retriever.question.place import Place, districts_apart, named_districts
from retriever.question.understanding import Question
from retriever.ranking.order import Ranked
from retriever.records import LiveText, Passage, Unit
from retriever.validity import ByDistrict

_ALIKE = 0.5  # of the shorter one's words, from which two titles or headings are of one matter


def of_place(ranked: Sequence[Ranked], place: Place) -> list[Ranked]:
    """What was found without other districts' rules, where the question names its own; all of it where no rule else
    was found."""
    if not place.known:
        return list(ranked)
    kept = [item for item in ranked if not place.conflicts(_where(_levels(item.allowed.live, item.hit.passage), place))]
    return [_own_units(item, place) for item in kept or ranked]


def _own_units(item: Ranked, place: Place) -> Ranked:
    """The passage without units of other districts, where it has some of the place's own."""
    passage, live = item.hit.passage, item.allowed.live
    if not place.fits(passage.text):
        return item
    told = [said(live.source, live.lang, unit) for unit in passage.units]
    kept = [n for n, text in enumerate(told) if not place.conflicts(text)]
    if len(kept) == len(told) or not any(place.fits(text) for text in told):
        return item
    own = passage.with_units(kept)
    candidate = replace(item.hit.candidate, passage=own)
    return Ranked(replace(item.hit, passage=own, candidate=candidate), replace(item.allowed, candidate=candidate))


def by_district(place: Place, chosen: Sequence[Chosen], sentences: Sequence[Sentence], ranked: Sequence[Ranked],
                question: Question, analyser: Analyser) -> ByDistrict | None:
    """The districts whose rules differ from what is said; None where the question names one, what is said holds in
    all of them, or it tells of all that have a rule of their own."""
    if place or not chosen:
        return None
    told = [_where(_levels(c.ranked.allowed.live, c.ranked.hit.passage, c.unit), place) for c in chosen]
    beside = [_where(_levels(c.ranked.allowed.live, passage, unit), place)
              for c in chosen for passage, unit in _beside(c, ranked)]
    names = frozenset(term for d in place.districts for name in d.names for term in analyser.own_terms(name))
    elsewhere = [_where(_levels(item.allowed.live, item.hit.passage), place) for item in ranked
                 if _is_same_matter(chosen[0].ranked, item, question, analyser, names)]
    apart = districts_apart(place, [*told, *beside, *elsewhere])
    given = set(named_districts(" ".join((*told, *(s.text for s in sentences))), place.districts))
    if not given.intersection(apart) or given.issuperset(apart):
        return None
    return _named([name for name in apart if name in given], [name for name in apart if name not in given], place,
                  question.lang)


def choices_by_district(place: Place, choices: Sequence[Section], lang: str) -> ByDistrict | None:
    """The districts that sections to check are of, where the question names none and they differ by them."""
    apart = districts_apart(place, [_where((*reversed(one.heading_path), one.title), place) for one in choices])
    return _named([], apart, place, lang) if apart else None


def _levels(live: LiveText, passage: Passage, unit: Unit | None = None) -> tuple[str, ...]:
    """What may say where a rule holds, the narrowest first."""
    own = (said(live.source, live.lang, unit),) if unit else ()
    return (*own, *reversed(passage.heading_path), live.title, f"{live.department_name_zh} {live.department_name_en}")


def _where(levels: Iterable[str], place: Place) -> str:
    """The narrowest text that names a district; empty where none does."""
    return next((text for text in levels if named_districts(text, place.districts)), "")


def _beside(chosen: Chosen, ranked: Sequence[Ranked]) -> list[tuple[Passage, Unit]]:
    """The other rows, items or sentences of the section that a unit stands in."""
    section = chosen.ranked.hit.passage
    return [(item.hit.passage, unit) for item in ranked
            if item.hit.passage.revision_id == section.revision_id
            and item.hit.passage.heading_path == section.heading_path
            for unit in item.hit.passage.units if unit.kind == chosen.unit.kind]


def _is_same_matter(one: Ranked, other: Ranked, question: Question, analyser: Analyser,
                    districts: frozenset[str]) -> bool:
    """Whether two passages are of one matter, districts' names apart: alike in title and headings, and the second
    speaks of all that the question asks for by words of the first one's title and headings."""
    a, b = term_sets(one.hit.passage, analyser), term_sets(other.hit.passage, analyser)
    if not _are_alike(a.title - districts, b.title - districts):
        return False
    if one.allowed.live.article_id == other.allowed.live.article_id \
            and not _are_alike(a.headings - districts, b.headings - districts):
        return False
    asked = {term for term, _ in question.said} & (a.title | a.headings)
    return asked <= b.title | b.headings | b.body


def _are_alike(a: frozenset[str], b: frozenset[str]) -> bool:
    return len(a & b) >= _ALIKE * min(len(a), len(b)) if a and b else a == b


def _named(given: Sequence[str], others: Sequence[str], place: Place, lang: str) -> ByDistrict:
    """With the names of the question's language, where the list has them."""
    names = {d.name: next((n for n in d.names if n.isascii() == (lang != "zh")), d.name) for d in place.districts}
    return ByDistrict(tuple(names[name] for name in given), tuple(names[name] for name in others))

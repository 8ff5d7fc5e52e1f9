"""Verification of a composed answer: every quote equals its revision's source at its offsets, every figure of a
sentence stands in its quotes, in the unit that it has there; what fails is dropped. Whether a passage may be shown was
checked before, in scope.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kb.markup.facts.extract import facts_in
from kb.markup.facts.fact import MEASURES, Fact
from kb.markup.parse import parse
from retriever.answering.quote import Composed
from retriever.citation import Citation, Sentence
from retriever.language.analysis import normalise
from retriever.language.numerals import numbers


def verified(composed: Composed, sources: Mapping[str, str]) -> Composed:
    """The sentences whose quotes are verbatim and hold their figures, and the citations they use, renumbered.

    ``sources`` maps revision ids to the source as the database holds it.
    """
    sound = {c.n: c for c in composed.citations if sources.get(c.revision_id, "")[c.start:c.end] == c.quote != ""}
    kept = [s for s in composed.sentences if _holds(s, sound, sources)]
    used = sorted({n for s in kept for n in s.citations})
    renumbered = {old: new for new, old in enumerate(used, 1)}
    return Composed(
        tuple(Sentence(s.text, tuple(renumbered[n] for n in s.citations)) for s in kept),
        tuple(_renumber(sound[n], renumbered[n]) for n in used),
    )


def _holds(sentence: Sentence, sound: Mapping[int, Citation], sources: Mapping[str, str]) -> bool:
    if not sentence.text or not sentence.citations or any(n not in sound for n in sentence.citations):
        return False
    quotes = [sound[n] for n in sentence.citations]
    quoted = normalise(" ".join(parse(sources[q.revision_id]).said(q.start, q.end) for q in quotes))
    said = normalise(sentence.text)
    return numbers(said) <= numbers(quoted) and (said in quoted or not _changes_measure(said, quoted))


def _changes_measure(said: str, quoted: str) -> bool:
    """Whether a figure of the quotes is said in another unit than all of theirs: 20日 for 20个工作日, 8% for 8元."""
    units: dict[str, set[tuple[str, str]]] = {}
    for fact in facts_in(quoted):
        if fact.kind in MEASURES:
            units.setdefault(fact.value, set()).add(_measure(fact))
    return any(fact.value in units and _measure(fact) not in units[fact.value] for fact in facts_in(said)
               if fact.kind in MEASURES)


def _measure(fact: Fact) -> tuple[str, str]:
    """Its kind and unit, without what it is for; a count's unit is a word that may be left out."""
    return fact.kind, fact.unit.partition("/")[0] if fact.kind != "quantity" else ""


def _renumber(citation: Citation, n: int) -> Citation:
    return citation if citation.n == n else replace(citation, n=n)

"""Verification of a composed answer: every quote equals its revision's source at its offsets, every figure of a
sentence stands in its quotes; what fails is dropped. Whether a passage may be shown was checked before, in scope.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

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
    return numbers(normalise(sentence.text)) <= numbers(quoted)


def _renumber(citation: Citation, n: int) -> Citation:
    return citation if citation.n == n else replace(citation, n=n)

"""The words of a question: what was searched, what counts, what was not said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from retriever.answering.explaining.trace import figure
from retriever.language.analysis import Analyser
from retriever.question.focus import Focus
from retriever.question.understanding import Question

_TERMS = 40
_MISSING = 5
_LONGEST = 40  # characters of a word that is told
_WORD = re.compile("[\u4e00-\u9fff]+|[^\\W\u4e00-\u9fff]+")


def terms_searched(question: Question, idf: Mapping[str, float], analyser: Analyser) -> list[dict[str, Any]]:
    """The heaviest terms that were searched, and where each comes from."""
    own, said = set(analyser.own_terms(question.text)), {t for t, _ in question.said}
    names = {term for a in question.alternatives for other in a.others for term in other}
    read = {term for c in question.read_as for term in analyser.own_terms(c.corrected)}

    def origin(term: str) -> str:
        if term in own:
            return "question"
        if term in read and term not in said:
            return "spelling"
        return "other_name" if term in names and term not in said else "dialogue"

    return [{"term": t, "weight": figure(w), "rarity": figure(idf.get(t, 0.0)), "from": origin(t)}
            for t, w in question.terms[:_TERMS]]


def words_asked(question: Question, focus: Focus, analyser: Analyser) -> dict[str, frozenset[str]]:
    """The words that count in the question, as people read them, each with its terms; in their order."""
    text = question.vector_text if question.leans else question.text
    found: dict[str, frozenset[str]] = {}
    for match in _WORD.finditer(analyser.question_core(text)):
        for word in analyser.words_of(match[0]) if "\u4e00" <= match[0][0] <= "\u9fff" else [match[0]]:
            terms = frozenset(analyser.terms(word))
            if len(word) > 1 and terms & focus.weights.keys():
                found[word] = terms
    return {w: terms for w, terms in found.items() if not any(w in other and w != other for other in found)}


def not_said(words: Mapping[str, frozenset[str]], focus: Focus, terms: frozenset[str], text: str) -> list[str]:
    """The rarest of the question's words that neither stand in these terms, under whichever name, nor in the text."""
    seen = focus.seen(terms)
    missing = [w for w, own in words.items() if not own <= seen and w not in text]
    rarest = sorted(missing, key=lambda w: -max(focus.weights.get(t, 0.0) for t in words[w]))[:_MISSING]
    return [w if len(w) <= _LONGEST else w[:_LONGEST - 1] + "…" for w in missing if w in rarest]

"""The analysed words of a passage's parts, made once when it is indexed and kept with it.

Analysing sixty passages for every question would take longer than the whole answer may; splitting kept strings takes a
thirtieth of that (30 µs against 1 ms a passage).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from retriever.language.analysis import Analyser, normalise
from retriever.passages.facts import facts_in
from retriever.records import Passage

_KEPT = 4_000  # passages whose words stay split in memory


@dataclass(frozen=True, slots=True)
class TermSets:
    """The different words of a passage: title, headings above it, the nearest of them, each unit, each unit's leads.

    ``facts`` say what kinds of thing each unit gives (see facts.py).
    """

    title: frozenset[str]
    headings: frozenset[str]
    nearest: frozenset[str]
    units: tuple[frozenset[str], ...]
    leads: tuple[frozenset[str], ...]
    given: tuple[str, ...]  # the facts of each unit, as they are kept: of sixty passages only the best four need them
    body: frozenset[str]

    @property
    def facts(self) -> tuple[frozenset[str], ...]:
        """The facts of each unit."""
        return tuple(frozenset(part.split()) for part in self.given)


def terms_of(analyser: Analyser, passage: Passage, known: dict[str, str] | None = None) -> tuple[str, ...]:
    """What :attr:`Passage.terms` holds: title, headings, nearest heading, context; then for each unit its words,
    its leads' words and its facts.

    ``known`` remembers what comes again in the passages of one text: its title, headings and leads.
    """
    known = {"": ""} if known is None else known

    def words(normalised: str) -> str:
        return " ".join(sorted(set(analyser.terms_in(normalised))))

    def repeated(text: str) -> str:
        if text not in known:
            known[text] = words(normalise(text))
        return known[text]

    above = [h for h in passage.heading_path if h != passage.title]
    parts = [repeated(passage.title), repeated(" ".join(above)), repeated(above[-1] if above else ""),
             repeated(passage.context) if passage.units else words(normalise(f"{passage.context} {passage.body}"))]
    for unit in passage.units:
        normalised = normalise(unit.text)
        parts.append(words(normalised))
        parts.append(repeated(unit.lead_text))
        under = f"{above[-1] if above else ''} {unit.lead_text}" if unit.kind == "row" else ""
        parts.append(" ".join(facts_in(normalised, under=under)))
    return tuple(parts)


@lru_cache(maxsize=_KEPT)
def _split(terms: tuple[str, ...]) -> TermSets:
    own, leads, given = terms[4::3], terms[5::3], terms[6::3]
    sets = {part: frozenset(part.split()) for part in {*terms[:4], *own, *leads}}  # rows of one table share a lead
    title, headings, nearest, context = (sets[part] for part in terms[:4])
    units_own, units_leads = tuple(sets[part] for part in own), tuple(sets[part] for part in leads)
    return TermSets(title, headings, nearest, units_own, units_leads, given, context.union(*units_own, *units_leads))


def term_sets(passage: Passage, analyser: Analyser) -> TermSets:
    """The passage's words; analysed now when no engine has kept them."""
    return _split(passage.terms or terms_of(analyser, passage))

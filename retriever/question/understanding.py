"""From what the caller said to what is searched: bounds, language, dialogue, weighted terms, text for the model.

A follow-up ("and for children?", "Yes") is searched together with what was said before it; how much the earlier turns
count falls with their distance and with how much the question says by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kb.markup.language import language
from retriever.errors import BadQuestion
from retriever.language.analysis import Alternative, Analysed, Analyser, clean, normalise, simplified
from retriever.records import Reading, Turn

# Weights of earlier turns' terms, tuned on the development halves of en_dialog and en_rules.
_USER_TURN = 0.4
_AGENT_TURN = 0.15
_SHORT_USER_TURN, _SHORT_AGENT_TURN = 0.6, 0.3  # the same when the question says little by itself
_FADING = 0.7  # for each turn further back
_SHORT = 3  # a question of fewer terms than this leans on the dialogue fully
_HISTORY_CHARS = 600  # of earlier turns that the model reads
_READ = 1.0  # weight of a word that a typing error was read as: 0.3 finds fewer, 1.5 no more (dev half)
_ASKS = re.compile(r"[?？]\s*$")
_MOST_TERMS = 160  # the rarest part of a very long question is not worth its time

Reads = Callable[[str], tuple[Reading, ...]]  # the typing errors of a text


@dataclass(frozen=True, slots=True)
class Question:
    """A question understood.

    ``terms`` are searched: the dialogue's, with synonyms. ``focus`` are the present turn's own (the dialogue's, when it
    says nothing by itself), ``said`` the dialogue's own; ``alternatives`` tell under which other names they count as
    found. ``read_as`` are the present turn's typing errors. Of the dialogue, ``earlier`` are the terms of all turns,
    ``before`` is what the model reads; a question that ``leans`` says so little by itself that it stands in for it.
    ``cut`` names what was left out because there was too much of it.
    """

    text: str
    lang: str
    terms: tuple[tuple[str, float], ...]
    focus: tuple[tuple[str, float], ...]
    said: tuple[tuple[str, float], ...]
    alternatives: tuple[Alternative, ...]
    vector_text: str
    is_follow_up: bool
    read_as: tuple[Reading, ...] = ()
    earlier: frozenset[str] = frozenset()
    before: str = ""
    leans: bool = False
    cut: tuple[str, ...] = ()


def check_text(text: object, *, longest: int, name: str = "question") -> str:
    """The cleaned text; BadQuestion when it is no text, empty, or too long."""
    if not isinstance(text, str):
        raise BadQuestion("not_text", f"{name} must be text")
    if len(text) > longest:
        raise BadQuestion("too_long", f"{name} has {len(text)} characters; at most {longest} are taken", limit=longest)
    cleaned = " ".join(clean(text).split())
    if not cleaned:
        raise BadQuestion("empty", f"no {name}: type what the caller wants to know")
    return cleaned


def understand(text: str, history: Sequence[Turn], analyser: Analyser, reads: Reads = lambda _: ()) -> Question:
    """The question (already checked) in its dialogue, its typing errors read by ``reads``."""
    present, read_as = _analysed(text, analyser, reads)
    own = present.own
    short = len(own) < _SHORT
    searched = dict(present.weights)
    said = dict.fromkeys(own, 1.0)
    alternatives = list(present.alternatives)
    weight = 1.0
    mentioned: set[str] = set()
    for turn in reversed(history):
        factor = weight * (_USER_TURN if turn.role == "user" else _AGENT_TURN)
        if short:
            factor = weight * (_SHORT_USER_TURN if turn.role == "user" else _SHORT_AGENT_TURN)
        worded = clean(turn.text)[:_HISTORY_CHARS]
        earlier, _ = _analysed(worded, analyser, reads if turn.role == "user" else lambda _: ())
        mentioned.update(earlier.own)
        for term, value in earlier.weights.items():
            searched[term] = max(searched.get(term, 0.0), value * factor)
        if turn.role == "user" or _ASKS.search(worded):  # what an agent stated has been said: it is not asked again
            for term in earlier.own:
                said[term] = max(said.get(term, 0.0), factor)
            alternatives += earlier.alternatives
        weight *= _FADING
    heaviest = _heaviest(said)
    before, worded = _before(history, short), simplified(_read(text, read_as))
    return Question(
        text=text, lang=language(text), terms=_heaviest(searched),
        focus=heaviest if short and history else tuple((t, 1.0) for t in own), said=heaviest,
        alternatives=tuple(dict.fromkeys(alternatives)), vector_text=f"{before} {worded}" if history else worded,
        is_follow_up=bool(history), read_as=read_as, earlier=frozenset(mentioned), before=before,
        leans=short and bool(history),
    )


def _analysed(text: str, analyser: Analyser, reads: Reads) -> tuple[Analysed, tuple[Reading, ...]]:
    """The analysed text; what its typing errors are read as is searched too, and covers what was typed."""
    found = analyser.analysed(text)
    read_as = reads(text)
    if not read_as:
        return found, ()
    weights, alternatives = dict(found.weights), list(found.alternatives)
    for reading in read_as:
        meant = analyser.analysed(reading.read)
        for term, weight in meant.weights.items():
            weights[term] = max(weights.get(term, 0.0), weight * _READ)
        others = (meant.own, *(other for a in meant.alternatives for other in a.others))
        alternatives.append(Alternative(tuple(analyser.own_terms(reading.said)), others))
    return Analysed(found.own, weights, tuple(alternatives)), read_as


def _read(text: str, read_as: Sequence[Reading]) -> str:
    """The text with its typing errors mended; as it is when there are none."""
    if not read_as:
        return text
    text = normalise(text)
    for reading in read_as:
        text = text.replace(reading.said, reading.read)
    return text


def _heaviest(weights: dict[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(weights.items(), key=lambda item: -item[1])[:_MOST_TERMS])


def _before(history: Sequence[Turn], short: bool) -> str:
    """What the model reads before it: the caller's earlier words, and what the agent asked when the caller replies."""
    said = [t.text for t in history if t.role == "user"]
    if short and history and history[-1].role != "user":
        said.append(history[-1].text)
    return simplified(clean(" ".join(said))[-_HISTORY_CHARS:])

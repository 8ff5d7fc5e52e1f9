"""From what the caller said to what is searched: bounds, language, dialogue, weighted terms, text for the model.

A follow-up ("and for children?", "Yes") is searched together with what was said before it; how much the earlier turns
count falls with their distance and with how much the question says by itself. What is over the budget of a question
(see budget.py) is left out, and ``cut`` says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kb.markup.language import language
from retriever.errors import BadQuestion
from retriever.language.analysis import (
    MOST_ALTERNATIVES,
    Alternative,
    Analysed,
    Analyser,
    clean,
    normalise,
    simplified,
)
from retriever.question import budget
from retriever.question.followup import rewritten
from retriever.question.proofreading import Proofreader
from retriever.records import Correction, Turn

# Weights of earlier turns' terms, tuned on the development halves of en_dialog and en_rules.
_USER_TURN = 0.4
_AGENT_TURN = 0.15
_SHORT_USER_TURN, _SHORT_AGENT_TURN = 0.6, 0.3  # the same when the question says little by itself
_FADING = 0.7  # for each turn further back
_SHORT = 3  # a question of fewer terms than this leans on the dialogue fully
_READ = 1.0  # weight of a word that a typing error was corrected to: 0.3 finds fewer, 1.5 no more (dev half)
_ASKS = re.compile(r"[?？]\s*$")


@dataclass(frozen=True, slots=True)
class Question:
    """A question understood.

    ``terms`` are searched: the dialogue's, with synonyms. ``focus`` are the present turn's own (the dialogue's, when it
    says nothing by itself), ``said`` the dialogue's own; ``alternatives`` tell under which other names they count as
    found. ``read_as`` are the present turn's typing errors. Of the dialogue, ``earlier`` are the terms of all turns,
    ``before`` is its newest part as the model reads it; a question that ``leans`` says so little by itself that the
    dialogue stands in for it.
    ``cut`` names what was over the budget; ``text`` is what was left of the question, ``full`` the same in full words:
    a follow-up with what it takes up from the dialogue (see followup.py).
    """

    text: str
    lang: str
    terms: tuple[tuple[str, float], ...]
    focus: tuple[tuple[str, float], ...]
    said: tuple[tuple[str, float], ...]
    alternatives: tuple[Alternative, ...]
    vector_text: str
    is_follow_up: bool
    read_as: tuple[Correction, ...] = ()
    earlier: frozenset[str] = frozenset()
    before: str = ""
    leans: bool = False
    cut: tuple[str, ...] = ()
    full: str = ""


def check_text(text: object, *, longest: int, name: str = "question") -> str:
    """The cleaned text; BadQuestion when it is no text, empty, or too long."""
    if not isinstance(text, str):
        raise BadQuestion("not_text", "{name} must be text", name=name)
    if len(text) > longest:
        raise BadQuestion("too_long", "{name} has {count} characters; at most {longest} are taken", name=name,
                          count=len(text), longest=longest, limit=longest)
    cleaned = " ".join(clean(text).split())
    if not cleaned:
        raise BadQuestion("empty", "no {name}: type what the caller wants to know", name=name)
    return cleaned


def understand(text: str, history: Sequence[Turn], analyser: Analyser,
               proofreader: Proofreader | None = None) -> Question:
    """The question (already checked) in its dialogue, its typing errors corrected by the ``proofreader``."""
    whole, text = text, budget.ends(text, budget.QUESTION)
    turns, is_cut = _newest(history)
    full = budget.ends(_in_full(text, turns, analyser), budget.QUESTION)
    present, read_as = _analysed(full, analyser, proofreader, typed=text)
    own = budget.first_and_last(present.own)
    short = len(own) < _SHORT
    left_out = set(present.own).difference(own)
    searched = {t: w for t, w in present.weights.items() if t not in left_out}
    said = dict.fromkeys(own, 1.0)
    alternatives = list(present.alternatives)
    weight = 1.0
    mentioned: set[str] = set()
    for turn in turns:
        factor = weight * (_USER_TURN if turn.role == "user" else _AGENT_TURN)
        if short:
            factor = weight * (_SHORT_USER_TURN if turn.role == "user" else _SHORT_AGENT_TURN)
        earlier, _ = _analysed(turn.text, analyser, proofreader if turn.role == "user" else None, is_earlier=True)
        mentioned.update(earlier.own)
        for term, value in earlier.weights.items():
            searched[term] = max(searched.get(term, 0.0), value * factor)
        if turn.role == "user" or _ASKS.search(turn.text):  # what an agent stated has been said: it is not asked again
            for term in earlier.own:
                said[term] = max(said.get(term, 0.0), factor)
            alternatives += earlier.alternatives
        weight *= _FADING
    heaviest = _heaviest(said)
    before = _before(turns, text, short) if full == text else ""
    meant = simplified(corrected(full, read_as))
    worded = budget.ends(meant, budget.READ)
    cuts = {budget.QUESTION_CUT: text != whole or own != present.own or present.is_cut or worded != meant,
            budget.DIALOGUE_CUT: is_cut, budget.SPELLING_CUT: proofreader is not None and (
                proofreader.is_cut(text) or any(t.role == "user" and proofreader.is_cut(t.text) for t in turns))}
    return Question(
        text=text, lang=language(text), terms=_heaviest(searched),
        focus=heaviest if short and history else tuple((t, 1.0) for t in own), said=heaviest,
        alternatives=tuple(dict.fromkeys(alternatives))[:MOST_ALTERNATIVES],
        vector_text=f"{before} {worded}" if before else worded,
        is_follow_up=bool(history), read_as=read_as, earlier=frozenset(mentioned),
        before=budget.end(before, budget.TOPIC), full=full,
        leans=short and bool(history), cut=tuple(name for name, was_cut in cuts.items() if was_cut),
    )


def is_replaced(question: Question) -> bool:
    """Whether in full words it is the earlier question about what it names instead (护照呢, and for cars)."""
    typed = normalise(question.text).strip()
    return question.is_follow_up and bool(question.full) and not question.full.endswith(typed)


def _in_full(text: str, turns: Sequence[Turn], analyser: Analyser) -> str:
    """The question in full words, where it takes up what the caller said; ``turns`` are the newest first."""
    if turns and turns[0].role != "user" and _ASKS.search(turns[0].text):
        return text  # a reply to what the agent asked
    return rewritten(text, [t.text for t in reversed(turns) if t.role == "user"], analyser) or text


def _newest(history: Sequence[Turn]) -> tuple[list[Turn], bool]:
    """The cleaned turns that fit the budget, the newest first, each by its beginning; and whether anything is left
    out."""
    kept: list[Turn] = []
    room, is_cut = budget.DIALOGUE_CHARS, len(history) > budget.TURNS
    for turn in reversed(history[-budget.TURNS:]):
        taken = min(budget.TURN_CHARS, room)
        worded = clean(turn.text[:taken])[:taken]
        is_cut = is_cut or len(turn.text) > taken
        room -= len(worded)
        if worded:
            kept.append(Turn(turn.role, worded))
    return kept, is_cut


def _analysed(text: str, analyser: Analyser, proofreader: Proofreader | None, *, typed: str = "",
              is_earlier: bool = False) -> tuple[Analysed, tuple[Correction, ...]]:
    """The analysed text; the corrections are searched too, and finding one counts as finding what was typed.

    ``typed`` is the part that is read for errors where the rest is an earlier turn's.
    """
    found = analyser.analysed(text)
    read_as = proofreader.corrections(typed or text, is_earlier=is_earlier) if proofreader else ()
    if not read_as:
        return found, ()
    weights, alternatives = dict(found.weights), list(found.alternatives)
    for correction in read_as:
        meant = analyser.analysed(correction.corrected)
        for term, weight in meant.weights.items():
            weights[term] = max(weights.get(term, 0.0), weight * _READ)
        others = (meant.own, *(other for a in meant.alternatives for other in a.others))
        alternatives.append(Alternative(tuple(analyser.own_terms(correction.typed)), others))
    return replace(found, weights=weights, alternatives=tuple(alternatives)), read_as


def corrected(text: str, read_as: Sequence[Correction]) -> str:
    """The text with its typing errors mended; as it is when there are none."""
    if not read_as:
        return text
    text = normalise(text)
    for correction in read_as:
        text = text.replace(correction.typed, correction.corrected)
    return text


def _heaviest(weights: dict[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(weights.items(), key=lambda item: -item[1])[:budget.MOST_TERMS])


def _before(turns: Sequence[Turn], text: str, short: bool) -> str:
    """What the model reads before the question: the caller's earlier words, and what the agent asked when the caller
    replies; nothing before a long question. ``turns`` are the newest first."""
    if budget.size_of(text, budget.LONG) > 1:
        return ""
    said = [t.text for t in reversed(turns) if t.role == "user"]
    if short and turns and turns[0].role != "user":
        said.append(turns[0].text)
    return simplified(budget.end(" ".join(said), budget.BEFORE))

"""Whether two wordings say the same in substance: figures, denials, duties, bounds, and what was dropped.

Pure, and of no language but what ``wording`` knows. A difference names what stood and what stands; texts that differ
by none were polished.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from retriever.checking.exchanged import is_exchanged
from retriever.checking.quantities import Quantity, missing
from retriever.checking.wording import Clause, Wording
from retriever.language.analysis import is_han

_LEFT = 0.5  # of an element's words: with fewer of them left, it was dropped
_FREE = "free"  # however a text puts it (see wording.py): the one sum that has no figure
_ALIKE = 0.5  # of the words of two clauses, shared: they are about the same


class Difference(StrEnum):
    """What kind of difference it is."""

    FIGURE = "figure"
    DENIAL = "denial"
    DUTY = "duty"  # must became may, or the other way
    BOUND = "bound"  # at least became at most, or the other way
    DROPPED = "dropped"
    MOVED = "moved"  # the same words, below another heading or lead-in


@dataclass(frozen=True, slots=True)
class Differs:
    """One difference of substance, with what stood and what stands."""

    kind: Difference
    was: str
    now: str = ""


def differences(old: Wording, new: Wording, around: Wording | None = None, above: Sequence[Quantity] = (),
                ) -> list[Differs]:
    """What of the old wording does not hold in the new one; ``around`` is all that the new text says near by, ``above``
    the quantities of what the new wording hangs on."""
    return [*_figures(old, new, around or new, above), *_denials(old, new), *_duties(old, new),
            *_exchanged(old, new, around or new), *_dropped(old, around or new, new)]


def _figures(old: Wording, new: Wording, around: Wording, above: Sequence[Quantity]) -> Iterator[Differs]:
    said = (*new.quantities, *around.quantities)
    lost = [one for one in missing(old.quantities, said) if not one.is_weak]
    come = [one for one in missing(new.quantities, old.quantities) if not one.is_weak]
    if not lost and come:  # "once" became "twice"
        lost = [one for one in missing(old.quantities, (*new.quantities, *above))
                if one.measure in {c.measure for c in come}]
    if lost:
        yield Differs(Difference.FIGURE, _shown(lost), _shown(come))
    elif _FREE in old.words and _FREE not in (*new.words, *around.words) and any(
            one.measure == "money" for one in come):
        yield Differs(Difference.FIGURE, _clause_of(old, _FREE), _shown(come))


def _clause_of(wording: Wording, word: str) -> str:
    return next((clause.text for clause in wording.clauses if word in clause.words), word)


def _shown(quantities: Sequence[Quantity]) -> str:
    return ", ".join(dict.fromkeys(one.text for one in quantities))


def _denials(old: Wording, new: Wording) -> Iterator[Differs]:
    if old.denials == new.denials:
        return
    for clause, other in _pairs(old, new):
        if (clause.denials - other.denials) % 2:
            yield Differs(Difference.DENIAL, clause.text, other.text)


def _duties(old: Wording, new: Wording) -> Iterator[Differs]:
    for clause, other in _pairs(old, new):
        if clause.obliges * other.obliges < 0 and clause.denials == other.denials:
            yield Differs(Difference.DUTY, clause.text, other.text)
        if clause.bounds * other.bounds < 0:
            yield Differs(Difference.BOUND, clause.text, other.text)


def _exchanged(old: Wording, new: Wording, around: Wording) -> Iterator[Differs]:
    """Clauses that name another district, office or person, and are the same otherwise."""
    for clause in old.clauses:
        if any(clause.text == other.text for other in new.clauses):
            continue
        other = next((one for one in new.clauses if is_exchanged(clause.text, one.text, around.plain)), None)
        if other is not None:
            yield Differs(Difference.DROPPED, clause.text, other.text)


def _pairs(old: Wording, new: Wording) -> Iterator[tuple[Clause, Clause]]:
    """Clauses of both that are about the same."""
    for clause in old.clauses:
        best = max(new.clauses, key=lambda other: alike(clause.marks, other.marks), default=None)
        if best is not None and alike(clause.marks, best.marks) >= _ALIKE:
            yield clause, best


def _dropped(old: Wording, around: Wording, new: Wording) -> Iterator[Differs]:
    own, words = set(old.words), set(around.words)
    novel = {word for word in new.words if word not in own}
    for clause in old.clauses:
        for element in clause.elements:
            if not element.words or clause.is_label or (element.is_head and len(element.words) == 1 and novel):
                continue
            left = sum(is_left(word, words, around.plain, novel) for word in element.words)
            is_figure = element.quantities and not missing(element.quantities, around.quantities)
            if left + bool(is_figure) < _LEFT * (len(element.words) + bool(is_figure)):
                yield Differs(Difference.DROPPED, element.text or clause.text)


def is_left(word: str, words: set[str], plain: str, novel: set[str]) -> bool:
    """Whether a word still stands there, or one of the new words is a form of it."""
    if word in words:
        return True
    if is_han(word):
        if word in plain:
            return True
        return any(len(set(word) & set(other)) * 2 >= len(word) for other in novel if is_han(other)) or (
            len(word) == 2 and (word[0] in words or word[1] in words))
    return any(other[:4] == word[:4] for other in novel if len(word) > 4)


def alike(words: Sequence[str], others: Sequence[str]) -> float:
    """The share of common words among all of both, 0 to 1."""
    one, other = set(words), set(others)
    return len(one & other) / len(one | other) if one and other else 0.0

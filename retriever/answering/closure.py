"""The right unit of answer: what a reader marked, closed by structure, within a length.

A reader says of every unit how likely it belongs to the answer. Neighbours of what it marked are then taken on less: a
list comes whole where the question asks for it, a procedure where it is followed, rows that are as good as the best
together, exceptions with what they except; and among the members of a list or table those of the caller's own case win.
Pure: it chooses units and adds no words. What of a list it does not give is said in ``left_out``.

The margins are logits, tuned on simulated readers (right units +2, others -2, noise of 1.5 and 2.5) over three sets of
callers' questions: each rule brings more whole answers for the same excess than a lower threshold would. Together they
bring 3 to 6 of a hundred more, for a tenth of the ideal's length.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kb.markup.parse import parse
from retriever.answer import LeftOut
from retriever.answering.marking import marked
from retriever.answering.structure import ITEMS, ROWS, RUN, SENTENCES, STEPS, Group
from retriever.answering.taken import LISTS, Taken, is_list, left_out
from retriever.passages.saying import leads_said
from retriever.question.case import Case
from retriever.question.denied import says_not
from retriever.question.understanding import Question
from retriever.records import LiveText, Passage, Unit

# The share of a list that brings the rest along: where it is asked for, in any case, of a table or procedure; and how
# far below the threshold the rest may then be.
_SHARE, _MOST, _HALF = 1 / 3, 2 / 3, 1 / 2
_ASKED, _UNASKED, _ROW = 1.5, 1.5, 1.0
_GAP = 2.0  # the same of a member between two that are taken
_TIE = 0.5  # between rows that are as good as each other
_OWN_CASE = 3.0  # how far what fits the caller's case may be behind the best of its list or table
_LEFT_OUT = 3.0  # how far below the threshold the best may be of a list of what is not, where that is asked for
_GOES_ON = re.compile(
    r"[\W_]*(?:但|不过|除(?!了)|否则|例外|不包括|不含|except\b|unless\b|however\b|but\b|otherwise\b|"
    r"(?:this|that|it) does not (?:apply|cover|include)|not included)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ClosedUnit:
    """A unit of the answer, the passage it stands in, and why it is there.

    ``why`` is best or marked (by the reader), or the rule that added it: case, tie, whole, lead, gap, exception.
    """

    passage: Passage
    unit: Unit
    why: str


@dataclass(frozen=True, slots=True)
class Closed:
    """An answer's units in reading order, and what of their list, table or text is not among them."""

    units: tuple[ClosedUnit, ...]
    left_out: LeftOut | None = None


def close(live: LiveText, passages: Sequence[Passage], logits: Sequence[Sequence[float]], question: Question, *,
          threshold: float, most_chars: int, case: Case | None = None, near: float = 0.0) -> Closed:
    """The answer among the units of these passages, which are of one section or article, in reading order.

    Marked is what reaches ``threshold``, and what is no more than ``near`` below the best: where that is low itself,
    those beside it are nearly as likely, and half an answer is the likelier error.

    ``logits`` has for each passage one number a unit, ``-inf`` for one that was not read. The best unit is always
    given; with it as much as ``most_chars`` hold, the least likely left out first. Nothing where nothing was read.
    """
    state = Taken.of(live, passages, logits, question, threshold, case)
    if state is None:
        return Closed(())
    state.why = dict.fromkeys(marked(state.logits, state.texts, state.groups, threshold=threshold, near=near), "marked")
    state.why[state.best] = "best"
    for rule in _RULES:
        rule(state)
    _fit(state, most_chars)
    return Closed(tuple(ClosedUnit(*state.places[n], state.why[n]) for n in sorted(state.why)),
                  left_out(state, most_chars))


def _own_case(state: Taken) -> None:
    """What fits the caller's case takes the place of what is about another one, in its list, table or paragraph.

    Where the reader took both, both are given: callers ask for two persons at once, and dropping cost whole answers.
    """
    case = state.case
    if not case:
        return
    for group, members in list(state.touched(ROWS, ITEMS, SENTENCES)):
        least = max(state.logit(group, n) for n in members) - _OWN_CASE
        verdicts = [_is_own(case, state, group, n) for n in range(len(group.members))]
        others = [n for n in members if verdicts[n] is False]
        fitting = [n for n, is_own in enumerate(verdicts) if is_own and state.logit(group, n) >= least]
        if fitting and (others or group.kind == ROWS):
            for n in fitting:
                state.add(group.members[n], "case")
            # a table with a row for every case answers with the caller's; elsewhere what was marked beside it stays
            is_keyed = group.kind == ROWS and False in verdicts
            rest = [n for n in range(len(group.members)) if n not in fitting] if is_keyed else \
                others if not set(fitting) & set(members) else []
            for n in rest:
                state.drop(group.members[n])


def _what_not(state: Taken) -> None:
    """Who asks for what is not gets the list whose lead-in says so, in place of what is beside it: to a reader the rule
    is nearer than what it leaves out."""
    if not state.asks_not:
        return
    for group in state.groups:
        places = [n for member in group.members for n in member]
        if group.kind not in (ITEMS, STEPS) or not places:
            continue
        leads = set(state.places[places[0]][1].leads)
        if max(state.logits[n] for n in places) < state.threshold - _LEFT_OUT or not any(
                says_not(state.live.source[start:end]) for start, end in leads):
            continue
        state.add(places, "case")
        own = {*places, *(n for n in state.why if (state.places[n][1].start, state.places[n][1].end) in leads)}
        state.drop([n for n in state.why if n not in own and not says_not(state.texts[n])])


def _is_own(case: Case, state: Taken, group: Group, member: int) -> bool | None:
    """Whether a member is about the caller's case, False where it is about another one, None where it says neither."""
    text = state.text(group, member)
    if group.kind == ROWS:
        return case.fits_row(text)
    return False if case.conflicts(text) else case.fits(text) or None


def _lead_ins(state: Taken) -> None:
    """A lead-in of which nothing follows says nothing: its list comes along where it is the best, else it is left."""
    for group in state.groups:
        places = [n for member in group.members for n in member]
        if group.kind in (SENTENCES, RUN) or not places or group.touched(frozenset(state.why)):
            continue
        leads = set(state.places[places[0]][1].leads)
        taken = [n for n in state.why if (state.places[n][1].start, state.places[n][1].end) in leads]
        if state.best in taken:
            state.add(places, "lead")
        else:
            state.drop(taken)


def _tied_rows(state: Taken) -> None:
    """Rows as good as the best of their table."""
    for group, members in list(state.touched(ROWS)):
        best = max(state.logit(group, n) for n in members)
        for n, member in enumerate(group.members):
            if state.logit(group, n) >= best - _TIE:
                state.add(member, "tie")


def _whole(state: Taken) -> None:
    """The rest of a list that the question asks for, or of which most is taken, and of a table of which half is."""
    asked = bool(state.wants & LISTS)
    for group, members in list(state.touched(STEPS, ITEMS, ROWS)):
        share = len(members) / len(group.members)
        if len(members) < 2 and not (asked and len(group.members) == 2):
            continue
        if group.kind == STEPS and share >= (_SHARE if asked else _HALF):
            below = math.inf  # half of a procedure leads nowhere
        elif group.kind == ROWS:
            below = _ROW if share >= _HALF else 0.0
        else:
            below = _ASKED if asked and share >= _SHARE else _UNASKED if share >= _MOST else 0.0
        if below:
            state.add((n for member in group.members for n in member), "whole", below=below)


def _runs(state: Taken) -> None:
    """Of a list in one sentence ("谁可以减：…；…；…") its lead-in, which stands in the first part, and the rest where
    the question asks for a list or most of it is taken: what is read out of a sentence sounds like all of it."""
    asked = bool(state.wants & LISTS)
    for group, members in list(state.touched(RUN)):
        opens = is_list(state, group)
        if opens:
            state.add(group.members[0], "lead", below=math.inf)
        if (opens and asked) or len(members) >= max(2, len(group.members) * _MOST):
            state.add((n for member in group.members for n in member), "whole", below=math.inf)


def _gaps(state: Taken) -> None:
    """A member between two that are taken."""
    for group, members in list(state.touched(STEPS, ITEMS, SENTENCES)):
        for n in range(1, len(group.members) - 1):
            if n not in members and n - 1 in members and n + 1 in members:
                state.add(group.members[n], "gap", below=_GAP)


def _exceptions(state: Taken) -> None:
    """What limits a taken unit, right after it in its paragraph or item, and what a taken limit is a limit of."""
    for n in range(len(state.places) - 1):
        (_, one), (_, other) = state.places[n:n + 2]
        if _GOES_ON.match(state.texts[n + 1]) and "\n" not in state.live.source[one.end:other.start]:
            if n in state.why:
                state.add([n + 1], "exception")
            elif n + 1 in state.why:
                state.add([n], "exception")


_RULES: tuple[Callable[[Taken], None], ...] = (
    _own_case, _what_not, _lead_ins, _tied_rows, _whole, _gaps, _exceptions, _runs)


def _fit(state: Taken, most_chars: int) -> None:
    """Give up the least likely until the rest fits, with all that it depends on; never the best."""
    document = parse(state.live.source)
    spans = {n: {(unit.start, unit.end), *leads_said(state.live.source, unit), *unit.notes}
             for n, (_, unit) in enumerate(state.places) if n in state.why}
    sizes = {span: len(document.said(*span)) for own in spans.values() for span in own}
    for n in state.why:  # a row is read out with its header
        _, unit = state.places[n]
        sizes[unit.start, unit.end] = len(state.texts[n])
    held = Counter(span for own in spans.values() for span in own)
    size = sum(sizes[span] for span in held)
    for n in sorted(state.why, key=lambda n: (state.logits[n], -n)):
        if size <= most_chars:
            break
        if n != state.best:
            del state.why[n]
            state.cut.add(n)
            held.subtract(spans[n])
            size -= sum(sizes[span] for span in spans[n] if not held[span])

"""The units that are taken of a section or article, and what of their lists, tables and text is not said.

Numbered through all its passages, with what is known of each: its logit, its words, and the groups it belongs to.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kb.markup.parse import parse
from retriever.answer import LeftOut
from retriever.answering.structure import ITEMS, ROWS, RUN, STEPS, Group, groups
from retriever.passages.saying import said
from retriever.question.case import Case
from retriever.question.denied import asks_what_not
from retriever.question.kinds import wanted
from retriever.question.understanding import Question
from retriever.records import LiveText, Passage, Unit

LISTS = frozenset({"papers", "how", "list", "who"})  # kinds of question that a whole list answers
_OPENS_LIST = re.compile(  # its lead-in in the first part: 谁可以减：本市户籍；
    r"[^，,。；;：:]{1,24}(?<!\d)[：:](?!\d)\s?[^\s]|[^。；]{0,40}(?:下列|以下|包括|分为|有|须)[^。；]{0,12}[：:]")


@dataclass(slots=True)
class Taken:
    """The units, numbered through all passages; ``why`` holds those that are taken."""

    live: LiveText
    places: list[tuple[Passage, Unit]]
    logits: list[float]
    texts: list[str]
    groups: list[Group]
    wants: frozenset[str]
    threshold: float
    case: Case | None
    best: int
    asks_not: bool = False  # the question asks for what is not allowed, covered or given
    why: dict[int, str] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)  # given up, whatever else would add them
    cut: set[int] = field(default_factory=set)  # taken, and given up for the length

    @classmethod
    def of(cls, live: LiveText, passages: Sequence[Passage], logits: Sequence[Sequence[float]], question: Question,
           threshold: float, case: Case | None) -> Taken | None:
        places = [(passage, unit) for passage in passages for unit in passage.units]
        values = [float(value) for own in logits for value in own]
        if not values or not max(values) > -math.inf:
            return None
        best = values.index(max(values))
        return cls(live, places, values, [said(live.source, live.lang, unit) for _, unit in places],
                   groups(parse(live.source), passages), wanted(question.text), threshold, case, best,
                   asks_what_not(question.text))

    def add(self, places: Iterable[int], why: str, *, below: float = math.inf) -> None:
        """Take units that are not further below the threshold than this; of one that was not read nothing is known."""
        for n in places:
            is_likely = self.logits[n] >= self.threshold - below or self.logits[n] == -math.inf
            if is_likely and n not in self.dropped:
                self.why.setdefault(n, why)

    def drop(self, places: Iterable[int]) -> None:
        """Give units up for good."""
        for n in places:
            self.why.pop(n, None)
            self.dropped.add(n)
        if self.best not in self.why:
            self.best = max(self.why, key=lambda n: (self.logits[n], -n))
            self.why[self.best] = "best"

    def touched(self, *kinds: str) -> Iterator[tuple[Group, list[int]]]:
        """The groups of these kinds of which something is taken, each with the members that are."""
        taken = frozenset(self.why)
        for group in self.groups:
            if group.kind in kinds and (members := group.touched(taken)):
                yield group, members

    def logit(self, group: Group, member: int) -> float:
        """The best of a member's units."""
        return max((self.logits[n] for n in group.members[member]), default=-math.inf)

    def text(self, group: Group, member: int) -> str:
        return " ".join(self.texts[n] for n in group.members[member])


def is_list(state: Taken, group: Group) -> bool:
    """Whether the first part of a sentence opens a list."""
    return _OPENS_LIST.match(state.text(group, 0)) is not None


def left_out(state: Taken, most_chars: int) -> LeftOut | None:
    """What is to be said of parts: of a procedure always, of a list that is asked for or stands in one sentence, of a
    table of which several rows are said and others are not, of what did not fit."""
    found: list[tuple[tuple[bool, bool], LeftOut]] = []
    for group, members in state.touched(STEPS, ITEMS, ROWS, RUN):
        was_cut = bool(group.touched(frozenset(state.cut)))
        is_asked = (group.kind == ITEMS and bool(state.wants & LISTS)) or (group.kind == ROWS and len(members) > 1)
        if group.kind == RUN:
            is_asked = is_list(state, group) or len(members) > 1
        if len(members) < len(group.members) and (group.kind == STEPS or is_asked or was_cut):
            holds_best = any(state.best in member for member in group.members)
            said_of = tuple(n + 1 for n in members)
            kind = ITEMS if group.kind == RUN else group.kind
            found.append(((holds_best, group.kind == STEPS), LeftOut(kind, len(members), len(group.members),
                                                                     said_of)))
    if found:
        return max(found, key=lambda one: one[0])[1]
    longest = sum(len(state.texts[n]) for n in state.why)
    if state.cut or longest > most_chars:
        return LeftOut("text", min(longest, most_chars), longest + sum(len(state.texts[n]) for n in state.cut))
    return None

"""The three-way merge that takes a draft over to a newer text: both sides' changes, and where they cannot both stand.

Lines are compared whole, as they stand, so a text whose line ends were all rewritten has changed everywhere. Changes of
one side are taken, equal ones once, and so are two that only touch, unless both add or take away lines: then nobody can
say what comes first. Different changes of the same lines are a conflict, in which both sides and the base stay; nothing
that a side wrote is ever dropped. Only the end of the last line is apart: it follows whoever changed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.errors import Invalid
from kb.markup.alignment import same_lines

_LINE = re.compile(r"[^\n]*\n|[^\n]+")  # str.splitlines cuts at ten other characters as well
_OPENING = re.compile(r"<{7} \S")
_FURTHER = (re.compile(r"\|{7} \S"), re.compile(r"={7}\r?\Z"), re.compile(r">{7} \S"))


@dataclass(frozen=True, slots=True)
class Labels:
    """What the marks of a conflict call the two sides and the text that both began with."""

    ours: str = "我的修改"
    base: str = "原来的文本"
    theirs: str = "现行的文本"

    def __post_init__(self) -> None:
        if not all(label.strip() for label in (self.ours, self.base, self.theirs)):
            raise ValueError("a label is blank: a mark without one could be ordinary Markdown")


DRAFT_LABELS = Labels("我的草稿 / my draft", "原来的版本 / the old revision", "现行版本 / the published revision")
# A single mark that is left of a conflict of a draft's, wherever the line was moved to.
_OURS = re.compile(r"(?:^|[\r\n])[ \t>]*(?:<{7}|\|{7}|>{7})[ \t]*(?:" + "|".join(
    re.escape(label) for label in (DRAFT_LABELS.ours, DRAFT_LABELS.base, DRAFT_LABELS.theirs)) + ")")


@dataclass(frozen=True, slots=True)
class Conflict:
    """Lines that both sides changed, differently; ``first_line`` and ``last_line`` are those of its marks in the merged
    text, counted from 1."""

    base: str
    ours: str
    theirs: str
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged text; each conflict stands in it between marks."""

    text: str
    conflicts: tuple[Conflict, ...] = ()

    @property
    def is_clean(self) -> bool:
        return not self.conflicts


@dataclass(frozen=True, slots=True)
class ValueConflict:
    """What a field was, and what both sides set it to, differently."""

    base: Any
    ours: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class MergedValues:
    """Merged fields by name; one in conflict keeps our value until somebody chooses."""

    values: dict[str, Any]
    conflicts: dict[str, ValueConflict]

    @property
    def is_clean(self) -> bool:
        return not self.conflicts


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines ``first`` to ``last`` (half-open) of the base, and what one side has in their place."""

    first: int
    last: int
    lines: tuple[str, ...]

    @property
    def keeps_count(self) -> bool:
        return len(self.lines) == self.last - self.first


@dataclass(slots=True)
class _Group:
    """Changes that clash, directly or through others, and the lines of the base that they cover (half-open)."""

    first: int
    last: int
    sides: tuple[list[_Change], list[_Change]]


def merge_texts(base: str, ours: str, theirs: str, labels: Labels | None = None) -> Merged:
    """Both sides' changes to a text in one; texts that still hold conflict marks are not for merging."""
    end = "\r\n" if "\r\n" in base + ours + theirs else "\n"
    old, mine, other = (_lines(text, end) for text in (base, ours, theirs))
    out: list[str] = []
    conflicts: list[Conflict] = []
    at = 0
    for group in _groups(_changes(old, mine), _changes(old, other)):
        out += old[at:group.first]
        at = group.last
        before = old[group.first:group.last]
        a, b = (_applied(old, group, side) for side in group.sides)
        if b in (a, before):
            out += a
        elif a == before:
            out += b
        else:
            marked = _marked(before, a, b, labels or Labels(), end)
            conflicts.append(Conflict("".join(before), "".join(a), "".join(b), len(out) + 1, len(out) + len(marked)))
            out += marked
    out += old[at:]
    was_ended, ours_ended, theirs_ended = (not text or text.endswith("\n") for text in (base, ours, theirs))
    if out and not (theirs_ended if ours_ended == was_ended else ours_ended):
        out[-1] = out[-1].removesuffix(end).removesuffix("\n")
    return Merged("".join(out), tuple(conflicts))


def has_conflict_marks(text: str) -> bool:
    """Whether a conflict is left in a text: its opening mark with a label, or all the others, one below the other.

    A heading underlined with ``=======`` or a quote in a quote (``>>>>>>> so``) is none.
    """
    seen = 0
    for line in text.split("\n"):
        if _OPENING.match(line):
            return True
        seen += _FURTHER[seen].match(line) is not None
        if seen == len(_FURTHER):
            return True
    return False


def check_resolved(text: str) -> None:
    """Refuse a text in which marks of a merge of ours, or of any other, are left; raises Invalid."""
    if has_conflict_marks(text) or _OURS.search(text):
        raise Invalid("conflict_marks", "the text holds marks of a merge: choose between both sides, and remove all "
                      "lines beginning with <<<<<<<, |||||||, ======= and >>>>>>>", fields={"source": "conflict marks"})


def merge_values(base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> MergedValues:
    """Both sides' fields in one; a tuple or list is a set whose order is kept, and is never in conflict.

    An entry that both sides rewrote, differently, is then there in both wordings. All three have the same fields.
    """
    if not base.keys() == ours.keys() == theirs.keys():
        raise ValueError("three versions of a text have the same fields")
    values: dict[str, Any] = {}
    conflicts: dict[str, ValueConflict] = {}
    for name, old in base.items():
        mine, other = ours[name], theirs[name]
        if other in (old, mine):
            values[name] = mine
        elif mine == old:
            values[name] = other
        elif all(isinstance(value, tuple | list) for value in (old, mine, other)):
            kept = [v for v in mine if v in other or v not in old]
            values[name] = type(mine)([*kept, *(v for v in other if v not in old and v not in mine)])
        else:
            values[name] = mine
            conflicts[name] = ValueConflict(old, mine, other)
    return MergedValues(values, conflicts)


def _lines(text: str, end: str) -> list[str]:
    """The lines with their ends; the last one has an end whether or not it had."""
    lines = _LINE.findall(text)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += end
    return lines


def _changes(old: Sequence[str], new: Sequence[str]) -> list[_Change]:
    """What lies between the lines that stayed, in order: no two changes touch."""
    found = []
    i = j = 0
    for next_i, next_j in [*same_lines(old, new), (len(old), len(new))]:
        if i < next_i or j < next_j:
            found.append(_Change(i, next_i, tuple(new[j:next_j])))
        i, j = next_i + 1, next_j + 1
    return found


def _groups(ours: Sequence[_Change], theirs: Sequence[_Change]) -> Iterator[_Group]:
    """All changes of both sides in order, those that clash together."""
    group: _Group | None = None
    for first, last, side, change in sorted((c.first, c.last, side, c) for side, changes in enumerate((ours, theirs))
                                            for c in changes):
        if group is not None:
            # only the last one can: the others of that side lie before it
            if any(_clash(there, change) for there in group.sides[1 - side][-1:]):
                group.last = max(group.last, last)
                group.sides[side].append(change)
                continue
            yield group
        group = _Group(first, last, ([], []))
        group.sides[side].append(change)
    if group is not None:
        yield group


def _clash(a: _Change, b: _Change) -> bool:
    """Whether changes of two sides cannot both be taken: they overlap, or touch and both change how many lines are
    there."""
    if a.first < b.last and b.first < a.last:
        return True
    return (a.last == b.first or b.last == a.first) and not (a.keeps_count or b.keeps_count)


def _applied(old: Sequence[str], group: _Group, changes: Sequence[_Change]) -> list[str]:
    """The group's lines as one side has them."""
    lines: list[str] = []
    at = group.first
    for change in changes:
        lines += [*old[at:change.first], *change.lines]
        at = change.last
    return [*lines, *old[at:group.last]]


def _marked(old: Sequence[str], ours: Sequence[str], theirs: Sequence[str], labels: Labels, end: str) -> list[str]:
    """A conflict as it stands in the text."""
    first, middle, last = (" ".join(label.split()) for label in (labels.ours, labels.base, labels.theirs))
    return [f"<<<<<<< {first}{end}", *ours, f"||||||| {middle}{end}", *old, f"======={end}", *theirs,
            f">>>>>>> {last}{end}"]

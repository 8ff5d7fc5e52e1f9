"""Whose part a unit is, and of how many: a document's lists, procedures, tables and paragraphs.

A group is a Markdown list, an enumeration in running text ((一), 1., a)), a table, a paragraph of several sentences,
or a run: one sentence whose parts, joined by "；", are units each. Its members are items, rows, sentences or parts,
each of which may hold several units. A list inside an item is a group of its own, whose units are the item's too. An
ordered list is a procedure only where its heading or lead-in says so.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kb.markup.document import Block, Document
from retriever.language.analysis import normalise
from retriever.passages.sentences import marker
from retriever.records import Passage, Unit

Span = tuple[int, int]
Placed = tuple[Unit, tuple[str, ...]]  # a unit and the headings above it

STEPS, ITEMS, ROWS, SENTENCES, RUN = "steps", "items", "rows", "sentences", "run"

_MARK_CHARS = 8  # of an item, among which its mark stands: （十二）
_ONE = re.compile(r"[（(]?(?:[一1aAi①⑴Ⅰ])(?=[、．.)）\s]|$)|[①⑴]")
# What says of an ordered list, in its lead-in or heading, that its items are done one after the other. (一), (二) are
# ways and cases as often: there the word itself must stand.
_STEPS = re.compile(r"步骤|流程|程序|依次|先后|[这下几两三四五六]步|第[一1]步|先(?:做|办|干)(?:好)?[这几两三四五以下]"
                    r"|\bsteps?\b|procedure|process|\bin (?:this|that) order\b")
_ACTS = re.compile(r"怎么(?!算)|怎样|如何|操作|(?<!可以)(?:办理|申请|申领|处理)[:：]?$"
                   r"|\bhow\b|what (?:to do|happens)|\bapplying\b")
# What opens an item that is one case of several, and no step.
_CASE = re.compile(r"[^,。;:、]{5,40}:|[^。;:]{2,40}的,|(?:if|when|where|for)\b")

_GOES_ON = re.compile(r"[；;，,、：:][”’）)」』]?$")  # how a part of a sentence ends that others follow
_BETWEEN = " \t*_~"  # what may stand between two parts of a sentence: no line's end

_OPENS_CLAUSE = re.compile(r"\W*(?:第[一二三四五六七八九十百千零〇\d]+条|(?:article|section|sec\.|§)\s*\d+)",
                           re.IGNORECASE)


def opens_clause(text: str) -> bool:
    """Whether a text begins as a clause of a law does: 第十条, Article 10, Section 10, § 10."""
    return _OPENS_CLAUSE.match(text) is not None


@dataclass(frozen=True, slots=True)
class Group:
    """Members that belong together, in reading order.

    ``kind`` is steps, items, rows, sentences or run; ``members`` holds for each the places of its units among those
    given, none where it stands in a passage that was not given.
    """

    kind: str
    members: tuple[tuple[int, ...], ...]

    def touched(self, places: frozenset[int]) -> list[int]:
        """The members of which a unit is among these places."""
        return [n for n, own in enumerate(self.members) if not places.isdisjoint(own)]


@dataclass(slots=True)
class _Open:
    """A group that is being read."""

    kind: str
    spans: list[Span]
    mark: str = ""  # an enumeration's kind of marks
    members: dict[int, list[int]] = field(default_factory=dict)


def groups(document: Document, passages: Sequence[Passage]) -> list[Group]:
    """The groups of these passages' units, which are numbered in reading order through all of them."""
    units = [(unit, passage.heading_path) for passage in passages for unit in passage.units]
    places = [unit.start for unit, _ in units]
    found = [_Open(kind, spans) for kind, spans in _blocks(document.root)]
    listed: set[int] = set()
    for group in found:
        starts = [start for start, _ in group.spans]
        for n in range(bisect_left(places, starts[0]), bisect_left(places, group.spans[-1][1])):
            group.members.setdefault(bisect_right(starts, places[n]) - 1, []).append(n)
            listed.add(n)
    found += _enumerations(document, units, listed)
    return [Group(_kind(document, units, group), tuple(tuple(group.members.get(n, ())) for n in range(
        len(group.spans)))) for group in found if group.members and len(group.spans) > 1] + _runs(document, units)


def _runs(document: Document, units: Sequence[Placed]) -> list[Group]:
    """Sentences of several units: each goes on where the one before it does not end."""
    found: list[list[int]] = []
    before: tuple[int, tuple[str, ...], str] | None = None  # where a part ends, its headings, and how it ends
    for n, (unit, path) in enumerate(units):
        if unit.kind not in ("sentence", "item"):
            before = None
            continue
        text = document.said(unit.start, unit.end)
        goes_on = (before is not None and before[1] == path and before[0] <= unit.start and not marker(text)
                   and _GOES_ON.search(before[2]) is not None
                   and not document.source[before[0]:unit.start].strip(_BETWEEN))
        if goes_on:
            found[-1].append(n)
        else:
            found.append([n])
        before = unit.end, path, text[-2:]
    return [Group(RUN, tuple((n,) for n in run)) for run in found if len(run) > 1]


def _kind(document: Document, units: Sequence[Placed], group: _Open) -> str:
    """The kind of a group: of an ordered list only now, when its lead-in and members are known."""
    if group.kind != STEPS:
        return group.kind
    first = [units[own[0]][0] for own in group.members.values()]
    path = units[group.members[min(group.members)][0]][1]
    lead = next((document.said(*span) for span in reversed(first[0].leads) if span[1] <= group.spans[0][0]), "")
    text = normalise(lead or "".join(path[-1:]))
    if _STEPS.search(text):
        return STEPS
    cases = [unit for unit in first if _CASE.match(normalise(document.said(unit.start, unit.end)))]
    is_done = not group.mark.startswith("zh") and _ACTS.search(text) and len(cases) * 2 <= len(first)
    return STEPS if is_done else ITEMS


def _blocks(block: Block) -> Iterator[tuple[str, list[Span]]]:
    """The Markdown lists and tables below a block, outer ones first; an ordered list may be a procedure."""
    for inner in block.blocks:
        if inner.kind == "list":
            yield STEPS if inner.level >= 0 else ITEMS, [(item.start, item.end) for item in inner.blocks]
        elif inner.kind == "table" and len(inner.blocks) > 1:
            yield ROWS, [(row.start, row.end) for row in inner.blocks[1:]]
        yield from _blocks(inner)


def _enumerations(document: Document, units: Sequence[Placed], listed: set[int]) -> list[_Open]:
    """The enumerations in running text, and the paragraphs of several sentences, of what stands in no list or table."""
    found: list[_Open] = []
    opened: list[_Open] = []
    paragraph: _Open | None = None
    before: tuple[int, tuple[str, ...]] | None = None
    for n, (unit, path) in enumerate(units):
        if n in listed:
            opened, paragraph, before = [], None, None
            continue
        is_new_line = before is None or before[1] != path or "\n" in document.source[before[0]:unit.start]
        before = (unit.end, path)
        mark = marker(document.said(unit.start, unit.start + _MARK_CHARS + _emphasis(document, unit))) \
            if unit.kind == "item" else None
        if mark:
            kind = mark.lastgroup or ""
            at = next((i for i, group in enumerate(opened) if group.mark == kind), len(opened))
            if at < len(opened) and _ONE.match(mark.group()):
                del opened[at:]
            del opened[at + 1:]
            if at >= len(opened):
                opened.append(_Open(STEPS, [], kind))
                found.append(opened[-1])
            opened[-1].spans.append((unit.start, unit.end))
            paragraph = None
        elif is_new_line:
            opened = []
            paragraph = _Open(SENTENCES, [])
            found.append(paragraph)
        if opened:
            for group in opened:
                group.members.setdefault(len(group.spans) - 1, []).append(n)
        elif paragraph is not None:
            paragraph.members[len(paragraph.spans)] = [n]
            paragraph.spans.append((unit.start, unit.end))
    return found


def _emphasis(document: Document, unit: Unit) -> int:
    """How many characters of marks (``**``) a unit opens with."""
    source = document.source
    at = unit.start
    while at < unit.end and source[at] in "*_":
        at += 1
    return at - unit.start

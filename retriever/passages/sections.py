"""Cutting a revision's Markdown into passages that follow its structure: ``text == source[start:end]`` always.

A passage is a run of blocks below one heading, about as long as the model reads well; the first one below a heading
begins at that heading. What is longer is cut between lines; whatever the first unit of a passage depends on (a table's
header row, a list's lead-in, the question printed above an answer) is carried along as context, and a question is not
parted from the beginning of its answer. Linear in the text, without recursion.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

from retriever.passages.units import Span, units
from retriever.records import Unit

# Characters: the model reads 512 tokens, which are about 700 characters of Chinese or 2,000 of English. A line longer
# than twice the target is cut at sentence ends.
TARGET_HAN = 500
TARGET_LATIN = 1_100
_HAN = re.compile(r"[\u3400-\u9fff]")
_HEADING = re.compile(r"\s*(#{1,6})[ \t]+(.*)")  # also indented: a passage is trimmed at its start
_WORD = re.compile(r"\w")
_LEADING_HEADINGS = re.compile(r"\s*(?:#{1,6}[ \t][^\n]*\n\s*)+")
_SENTENCE_END = re.compile(r"[。！？；!?]|\.(?=\s)")


@dataclass(frozen=True, slots=True)
class Cut:
    """One passage of a source: its place, the headings above it, what is matched but not quoted, and its units."""

    heading_path: tuple[str, ...]
    start: int
    end: int
    context: str
    units: tuple[Unit, ...]  # those that end in it; none where it is a piece of one long sentence


def split(source: str) -> list[Cut]:
    """The passages of a source in reading order; they do not overlap and none is blank."""
    target = _target(source)
    inside = _Units(source)
    cuts: list[Cut] = []
    path: list[tuple[int, str]] = []
    start: int | None = None
    heading_start: int | None = None  # of the headings read since the last passage
    body_start = end = 0

    def close(at: int) -> None:
        nonlocal start
        if start is not None:
            cuts.append(Cut(tuple(title for _, title in path), start, at, inside.context(start, at, target),
                            inside.between(start, at)))
        start = None

    offset = 0
    for line in source.split("\n"):
        begin, offset = offset, offset + len(line) + 1
        heading = _HEADING.match(line)
        if heading:
            close(end)
            heading_start = begin if heading_start is None else heading_start
            level = len(heading[1])
            path = [(n, t) for n, t in path if n < level] + [(level, heading[2].strip(" #\t"))]
            continue
        for piece_start, piece_end in _pieces(line, begin, target):
            if start is not None and piece_end - body_start > target:
                together = inside.right_above(piece_start, piece_end)
                if together is None or not body_start < together[1] or piece_end - together[1] > 2 * target:
                    close(end)
                else:  # what it depends on goes with it
                    close(together[0])
                    start = body_start = together[1]
            if start is None:
                start, body_start = piece_start if heading_start is None else heading_start, piece_start
                heading_start = None
            end = piece_end
    close(end)
    return cuts


class _Units:
    """The units of a source, by where they begin."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._all = units(source)
        self._starts = [u.start for u in self._all]

    def between(self, start: int, end: int) -> tuple[Unit, ...]:
        """The units that lie between two offsets."""
        found = self._all[bisect_left(self._starts, start):bisect_left(self._starts, end)]
        return tuple(u for u in found if u.end <= end)

    def _leads_of_first(self, start: int, end: int) -> tuple[Span, ...]:
        """What the first unit that begins between two offsets depends on, of what stands before them."""
        at = bisect_left(self._starts, start)
        if at == len(self._all) or self._starts[at] >= end:
            return ()
        return tuple(lead for lead in self._all[at].leads if lead[0] < start)

    def context(self, start: int, end: int, most: int) -> str:
        """The lines that the first unit between two offsets depends on and that stand before them."""
        return "\n".join(self._source[a:b][:most] for a, b in self._leads_of_first(start, end))

    def right_above(self, start: int, end: int) -> tuple[int, int] | None:
        """(Where the text before ends, where it begins) of what the first unit between two offsets depends on, where
        nothing is said between them."""
        found = self._leads_of_first(start, end)
        if not found or _WORD.search(self._source, found[-1][1], start):
            return None
        begins = ends = self._source.rfind("\n", 0, found[0][0]) + 1
        while self._source[begins].isspace():
            begins += 1
        while ends and self._source[ends - 1].isspace():
            ends -= 1
        return ends, begins


def _target(source: str) -> int:
    """The wished length for a source: Chinese says as much in half the characters."""
    return TARGET_HAN if len(_HAN.findall(source)) * 4 > len(source) else TARGET_LATIN


def _pieces(line: str, offset: int, target: int) -> list[tuple[int, int]]:
    """The line, cut at sentence ends when it is very long; source offsets, blanks at the ends left out."""
    bounds = [0]
    if len(line) > 2 * target:
        ends = [m.end() for m in _SENTENCE_END.finditer(line)] + [len(line)]
        for at in ends:
            while at - bounds[-1] > 2 * target:
                bounds.append(bounds[-1] + target)
            if at - bounds[-1] >= target // 2:
                bounds.append(at)
    if bounds[-1] < len(line):
        bounds.append(len(line))
    found = []
    for a, b in pairwise(bounds):
        piece = line[a:b]
        left = len(piece) - len(piece.lstrip())
        if piece.strip():
            found.append((offset + a + left, offset + a + len(piece.rstrip())))
    return found


def body_of(text: str) -> str:
    """A passage's text without the headings that it begins with, which are matched as its heading path."""
    found = _LEADING_HEADINGS.match(text)
    return text[found.end():] if found else text


def embedding_text(title: str, heading_path: tuple[str, ...], context: str, text: str) -> str:
    """What the model reads of a passage: where it stands, then what it says."""
    headings = [h for h in heading_path if h != title]
    return "\n".join(part for part in (" › ".join((title, *headings)), context, body_of(text)) if part)

"""Cutting a revision's Markdown into passages that follow its structure: ``text == source[start:end]`` always.

A passage is a run of blocks below one heading, about ``TARGET`` characters long; a table or list that is longer is
cut between lines, its header row or lead-in carried along as context. Linear in the text, without recursion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

TARGET = 400  # characters; the model reads 512 tokens, about 1.3 characters each in Chinese
LIMIT = 800  # a single line longer than this is cut at sentence ends
_HEADING = re.compile(r"(#{1,6})[ \t]+(.*)")
_SENTENCE_END = re.compile(r"[。！？；!?]|\.(?=\s)")


@dataclass(frozen=True, slots=True)
class Cut:
    """One passage of a source: its place, the headings above it, and what is matched but not quoted."""

    heading_path: tuple[str, ...]
    start: int
    end: int
    context: str = ""


def split(source: str) -> list[Cut]:
    """The passages of a source in reading order; they do not overlap and none is blank."""
    cuts: list[Cut] = []
    path: list[tuple[int, str]] = []
    start: int | None = None
    end = 0
    context = carried = ""

    def close() -> None:
        nonlocal start
        if start is not None:
            cuts.append(Cut(tuple(title for _, title in path), start, end, context))
        start = None

    previous = ""
    offset = 0
    for line in source.split("\n"):
        begin, offset = offset, offset + len(line) + 1
        heading = _HEADING.match(line)
        if heading:
            close()
            level = len(heading[1])
            path = [(n, t) for n, t in path if n < level] + [(level, heading[2].strip(" #\t"))]
            previous = carried = context = ""
            continue
        if not line.strip():
            previous = "" if previous.startswith("|") else previous
            continue
        is_row, is_item = line.lstrip().startswith("|"), bool(re.match(r"\s*(?:[-*+]|\d{1,9}[.)、])\s", line))
        if is_row and not previous.startswith("|"):
            carried = line.strip()
        elif is_item and previous.rstrip().endswith(("：", ":")):
            carried = previous
        elif not is_row and not is_item:
            carried = ""
        previous = line.strip()
        for piece_start, piece_end in _pieces(line, begin):
            if start is not None and piece_end - start > TARGET:
                close()
            if start is None:
                start, context = piece_start, carried if carried != line.strip() else ""
            end = piece_end
    close()
    return cuts


def _pieces(line: str, offset: int) -> list[tuple[int, int]]:
    """The line, cut at sentence ends when it is very long; source offsets, blanks at the ends left out."""
    bounds = [0]
    if len(line) > LIMIT:
        ends = [m.end() for m in _SENTENCE_END.finditer(line)] + [len(line)]
        for at in ends:
            while at - bounds[-1] > LIMIT:
                bounds.append(bounds[-1] + TARGET)
            if at - bounds[-1] >= TARGET // 2:
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

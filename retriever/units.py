"""Cutting a source into units: sentences, list items and table rows, each with what it depends on.

A list item depends on its lead-in, a table row on its header, an answer on the question printed before it: they are
quoted together, because "up to 2,000 yuan" without "only for tenants who have filed" is a wrong answer. One pass over
the source.
"""

from __future__ import annotations

import re
from itertools import pairwise

from retriever.records import Unit

SENTENCE_END = re.compile(
    r"[。！？；!?]+[”’」』）)*_]*|(?<![A-Z])(?<!\b[A-Z]\.[A-Z])(?<!\bNo)(?<!\bDr)(?<!\bMr)(?<!\bSt)\.[\"”’)*_]*(?=\s|$)")
_HEADING = re.compile(r"\s*#{1,6}[ \t]")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)、])[ \t]+|[ \t]*[（(][一二三四五六七八九十\d]{1,3}[）)][ \t]*")
_RULE = re.compile(r"[\s:|-]+")
_BREAK = re.compile(r"\s*(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})")
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]?)+")
_ASKS = re.compile(r"[?？][”’」』）)*_]*$")


def units(source: str) -> list[Unit]:
    """All units of a source in reading order."""
    found: list[Unit] = []
    lead: tuple[int, int] | None = None
    header: tuple[int, int] | None = None
    offset = 0
    for line in source.split("\n"):
        begin, offset = offset, offset + len(line) + 1
        body = line[len(m[0]):] if (m := _QUOTE.match(line)) else line
        begin += len(line) - len(body)
        if not body.strip() or _HEADING.match(body) or _BREAK.fullmatch(body):
            header = None
            lead = lead if not body.strip() else None
            continue
        if body.lstrip().startswith("|"):
            span = _trim(source, begin, begin + len(body))
            if header is None:
                header = span
            elif not _RULE.fullmatch(body):
                found.append(Unit(*span, "row", (header,)))
            continue
        header = None
        item = _ITEM.match(body)
        pieces = _sentences(source, begin + (len(item[0]) if item else 0), begin + len(body))
        found.extend(_line_units(source, pieces, "item" if item else "sentence", lead if item else None))
        if pieces and not item:
            last = pieces[-1]
            lead = last if source[last[1] - 1] in "：:" else None
    return found


def _line_units(source: str, pieces: list[tuple[int, int]], kind: str, lead: tuple[int, int] | None) -> list[Unit]:
    """The sentences of one line; those after a printed question depend on it."""
    found: list[Unit] = []
    asked: tuple[int, int] | None = None
    for at, piece in enumerate(pieces):
        if at == 0 and len(pieces) > 1 and _ASKS.search(source, *piece):
            asked = piece
            continue
        found.append(Unit(*piece, kind, tuple(s for s in (lead, asked) if s is not None)))
    return found


def _trim(source: str, start: int, end: int) -> tuple[int, int]:
    """The span without blanks at its ends."""
    while start < end and source[start].isspace():
        start += 1
    while end > start and source[end - 1].isspace():
        end -= 1
    return start, end


def _sentences(source: str, start: int, end: int) -> list[tuple[int, int]]:
    """Sentences of one line, trimmed."""
    bounds = [start, *(m.end() for m in SENTENCE_END.finditer(source, start, end)), end]
    spans = [_trim(source, a, b) for a, b in pairwise(bounds)]
    return [s for s in spans if s[1] > s[0]]

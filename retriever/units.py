"""Cutting a source into units: sentences, list items and table rows, each with what it depends on.

A list item depends on its lead-in, a table row on its header, an answer on the question printed before it, be it on the
line above: they are quoted together, because "up to 2,000 yuan" without "only for tenants who have filed" is a wrong
answer. One pass over the source.
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
_PRINTED = re.compile(r"[?？][*_]*$")  # what ends in a quotation mark is speech


def units(source: str) -> list[Unit]:
    """All units of a source in reading order."""
    found: list[Unit] = []
    lead: tuple[int, int] | None = None
    header: tuple[int, int] | None = None
    question: Unit | None = None  # all that the last line says
    offset = 0
    for line in source.split("\n"):
        begin, offset = offset, offset + len(line) + 1
        body = line[len(m[0]):] if (m := _QUOTE.match(line)) else line
        begin += len(line) - len(body)
        if not body.strip():
            header = None
            continue
        item = _ITEM.match(body)
        is_row, is_cut = body.lstrip().startswith("|"), bool(_HEADING.match(body) or _BREAK.fullmatch(body))
        text = begin + (len(item[0]) if item else 0)
        pieces = [] if is_row or is_cut else _sentences(source, text, begin + len(body))
        asks = len(pieces) == 1 and is_question(source[slice(*pieces[0])])
        if question is not None and (is_row or is_cut or asks or (item and question.kind == "item")):
            found.append(question)  # nothing answers it
            question = None
        if is_row:
            span = _trim(source, begin, begin + len(body))
            if header is None:
                header = span
            elif not _RULE.fullmatch(body):
                found.append(Unit(*span, "row", (header,)))
            continue
        header = None
        if is_cut:
            lead = None
            continue
        asked = (question.start, question.end) if question else None
        if item and asked:
            lead, asked = asked, None  # a list that answers it
        question = None
        kind, depends = ("item", lead) if item else ("sentence", None)
        if asks:
            question = Unit(*pieces[0], kind, (depends,) if depends else ())
            lead = lead if item else None
            continue
        found.extend(_line_units(source, pieces, kind, depends, asked))
        if pieces and not item:
            last = pieces[-1]
            lead = last if source[last[1] - 1] in "：:" else None
    return [*found, question] if question else found


def _line_units(source: str, pieces: list[tuple[int, int]], kind: str, lead: tuple[int, int] | None,
                asked: tuple[int, int] | None) -> list[Unit]:
    """The sentences of one line; those after a printed question, here or on the line above, depend on it."""
    found: list[Unit] = []
    for at, piece in enumerate(pieces):
        if at == 0 and len(pieces) > 1 and _ASKS.search(source, *piece):
            asked = piece
            continue
        found.append(Unit(*piece, kind, tuple(s for s in (lead, asked) if s is not None)))
    return found


def is_question(line: str) -> bool:
    """Whether a line is one question and nothing else, as it is printed above its answer."""
    ends = [m.end() for m in SENTENCE_END.finditer(line.rstrip())]
    return bool(_PRINTED.search(line.rstrip())) and len(ends) == 1


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

"""Cutting a source into units: sentences, list items and table rows, each with what it depends on.

A list item depends on its lead-in, a table row on its header, an answer (a paragraph, list or table) on the question
printed before it, be it on the line above: they are quoted together, because "up to 2,000 yuan" without "only for
tenants who have filed" is a wrong answer. One pass over the source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from retriever.records import Unit

Span = tuple[int, int]

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
    cutter = _Cutter(source)
    offset = 0
    for line in source.split("\n"):
        quoted = m[0] if (m := _QUOTE.match(line)) else ""
        cutter.read(offset + len(quoted), line[len(quoted):])
        offset += len(line) + 1
    return cutter.all()


@dataclass(frozen=True, slots=True)
class _Question:
    """A printed question that waits for its answer."""

    unit: Unit
    indent: int
    listed: bool  # the question before it waited in the same list: a list of questions, none of which is answered below

    @property
    def span(self) -> Span:
        return (self.unit.start, self.unit.end)


class _Cutter:
    """What the lines so far were cut into, and what the next one may depend on."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._found: list[Unit] = []
        self._lead: Span | None = None  # of list items
        self._nested: tuple[int, Span] | None = None  # a list item's question, and its indentation: items within answer
        self._above: tuple[Span, ...] = ()  # of table rows: the question, the header
        self._question: _Question | None = None  # all that the last line says

    def all(self) -> list[Unit]:
        """The units, when all lines are read."""
        self._unanswered()
        return self._found

    def read(self, begin: int, body: str) -> None:
        """One line, without quotation marks, that begins at this offset."""
        if not body.strip():
            self._above = ()
        elif body.lstrip().startswith("|"):
            self._row(begin, body)
        else:
            self._above = ()
            if _HEADING.match(body) or _BREAK.fullmatch(body):
                self._unanswered()
                self._lead = self._nested = None
            else:
                self._text(begin, body)

    def _unanswered(self) -> None:
        if self._question:
            self._found.append(self._question.unit)
        self._question = None

    def _row(self, begin: int, body: str) -> None:
        span = _trim(self._source, begin, begin + len(body))
        if not self._above:
            self._above = (self._question.span, span) if self._question else (span,)
            self._question = None
        elif not _RULE.fullmatch(body):
            self._found.append(Unit(*span, "row", self._above))

    def _text(self, begin: int, body: str) -> None:
        item = _ITEM.match(body)
        indent = len(body) - len(body.lstrip())
        pieces = _sentences(self._source, begin + (len(item[0]) if item else 0), begin + len(body))
        asks = len(pieces) == 1 and is_question(self._source[slice(*pieces[0])])
        before, listed = self._question, False
        if before is not None and (asks or before.listed or (
                item and before.unit.kind == "item" and indent <= before.indent)):
            listed = bool(item) and before.unit.kind == "item" and indent == before.indent
            self._unanswered()
            before = None
        self._question = None
        asked = before.span if before else None
        if item:
            if before is not None and before.unit.kind == "item":
                self._nested = (before.indent, before.span)
            elif asked:
                self._lead = asked
            if self._nested and indent <= self._nested[0]:
                self._nested = None
            lead, asked = self._nested[1] if self._nested else self._lead, None
        else:
            lead = self._nested = None
        if asks:
            unit = Unit(*pieces[0], "item" if item else "sentence", (lead,) if lead else ())
            self._question = _Question(unit, indent, listed)
            self._lead = self._lead if item else None
            return
        self._add(pieces, "item" if item else "sentence", lead, asked)
        if pieces and not item:
            last = pieces[-1]
            self._lead = last if self._source[last[1] - 1] in "：:" else None

    def _add(self, pieces: list[Span], kind: str, lead: Span | None, asked: Span | None) -> None:
        """The sentences of one line; those after a printed question, here or on the line above, depend on it."""
        for at, piece in enumerate(pieces):
            if at == 0 and len(pieces) > 1 and _ASKS.search(self._source, *piece):
                asked = piece
                continue
            self._found.append(Unit(*piece, kind, tuple(s for s in (lead, asked) if s is not None)))


def is_question(line: str) -> bool:
    """Whether a line is one question and nothing else, as it is printed above its answer."""
    ends = [m.end() for m in SENTENCE_END.finditer(line.rstrip())]
    return bool(_PRINTED.search(line.rstrip())) and len(ends) == 1


def _trim(source: str, start: int, end: int) -> Span:
    """The span without blanks at its ends."""
    while start < end and source[start].isspace():
        start += 1
    while end > start and source[end - 1].isspace():
        end -= 1
    return start, end


def _sentences(source: str, start: int, end: int) -> list[Span]:
    """Sentences of one line, trimmed. Marks of emphasis after a sentence's end are the next one's where they open."""
    bounds, opened = [start], 0
    for m in SENTENCE_END.finditer(source, start, end):
        marks = len(m[0]) - len(m[0].rstrip("*"))
        opened += source.count("**", bounds[-1], m.end() - marks)
        opens = marks > 1 and opened % 2 == 0 and m.end() < end and not source[m.end()].isspace()
        bounds.append(m.end() - marks if opens else m.end())
        opened += marks > 1 and not opens
    spans = [_trim(source, a, b) for a, b in pairwise([*bounds, end])]
    return [s for s in spans if s[1] > s[0]]

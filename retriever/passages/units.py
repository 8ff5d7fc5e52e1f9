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
    listed: bool  # the item before it was a question too that nothing answered: a list of questions

    @property
    def span(self) -> Span:
        return (self.unit.start, self.unit.end)

    def is_answered(self, indent: int, *, by_item: bool = False, by_question: bool = False) -> bool:
        """Whether the next line answers it."""
        if self.unit.kind == "item" and (by_item or self.listed):
            return indent > self.indent and (by_item or not by_question)
        return not by_question


class _Cutter:
    """What the lines so far were cut into, and what the next one may depend on."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._found: list[Unit] = []
        self._lead: Span | None = None  # of list items
        self._nested: list[tuple[int, Span]] = []  # items that ask, with their indentation; deeper items answer them
        self._above: tuple[Span, ...] = ()  # of table rows: the question, the header
        self._question: _Question | None = None  # all that the last line says

    def all(self) -> list[Unit]:
        """The units, when all lines are read."""
        self._unanswered()
        return self._found

    def read(self, begin: int, body: str) -> None:
        """One line, without quotation marks, that begins at this offset."""
        if body.lstrip().startswith("|"):
            self._row(begin, body)
            return
        if self._above:
            self._unanswered()  # the table had no rows
            self._above = ()
        if _HEADING.match(body) or _BREAK.fullmatch(body):
            self._unanswered()
            self._lead, self._nested = None, []
        elif body.strip():
            self._text(begin, body)

    def _unanswered(self) -> None:
        if self._question:
            self._found.append(self._question.unit)
        self._question = None

    def _row(self, begin: int, body: str) -> None:
        span = _trim(self._source, begin, begin + len(body))
        self._nested = []
        if not self._above:
            if self._question and not self._question.is_answered(_indent(body)):
                self._unanswered()
            self._above = (self._question.span, span) if self._question else (span,)
        elif not _RULE.fullmatch(body):
            self._question = None
            self._found.append(Unit(*span, "row", self._above))

    def _text(self, begin: int, body: str) -> None:
        item, indent = _ITEM.match(body), _indent(body)
        pieces = _sentences(self._source, begin + (len(item[0]) if item else 0), begin + len(body))
        asks = len(pieces) == 1 and _is_question(self._source[slice(*pieces[0])])
        before = self._question
        is_answer = before is not None and before.is_answered(indent, by_item=bool(item), by_question=asks)
        if not is_answer:
            self._unanswered()
        self._question = None
        asked = before.span if before and is_answer else None
        while self._nested and self._nested[-1][0] >= indent:
            self._nested.pop()
        lead = None
        if item:
            if before and asked and before.unit.kind == "item":
                self._nested.append((before.indent, asked))
            elif asked:
                self._lead = asked
            lead, asked = self._nested[-1][1] if self._nested else self._lead, None
        if asks:
            unit = Unit(*pieces[0], "item" if item else "sentence", (lead,) if lead else ())
            listed = bool(item and before and not is_answer and before.unit.kind == "item" and indent == before.indent)
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


def _indent(line: str) -> int:
    line = line.expandtabs(4)
    return len(line) - len(line.lstrip())


def _is_question(line: str) -> bool:
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

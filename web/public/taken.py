"""A section that was offered to be checked and is taken: from then on it is shown as an answer is.

The browser names only where it stands. Its words are read anew from the revision, as far as whoever asks may read it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from werkzeug.datastructures import MultiDict

from kb.errors import Invalid
from kb.markup.document import Block, Document
from kb.markup.parse import parse
from kb.reading.opening import RevisionPage
from retriever.answer import Section
from retriever.citation import Citation, Sentence

Span = tuple[int, int]

_MOST_MARKED = 100  # places of a section that a form may name
_DEEPEST = 6  # headings of a section: Markdown has no more levels
_SPAN = re.compile(r"(\d{1,7})-(\d{1,7})")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,119}")
_NUMBER = re.compile(r"[1-9]\d{0,5}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a form says that a section stands: its revision, headings and range, and the marked places in it."""

    slug: str
    number: int
    heading_path: tuple[str, ...]
    span: Span
    marked: tuple[Span, ...]


def read_place(form: MultiDict[str, str]) -> Place:
    """The form's section; Invalid where it names none."""
    slug, number, headings = form.get("slug", ""), form.get("revision", ""), read_headings(form)
    whole, _, marks = form.get("place", "").partition(":")
    spans = _spans([whole, *marks.split(",")])
    if not _SLUG.fullmatch(slug) or not _NUMBER.fullmatch(number) or not 2 <= len(spans) <= _MOST_MARKED + 1:
        raise _no_place()
    return Place(slug, int(number), headings, spans[0], tuple(spans[1:]))


def read_headings(form: MultiDict[str, str]) -> tuple[str, ...]:
    """The headings that a form names; Invalid where no section has so many."""
    headings = tuple(form.getlist("heading"))
    if len(headings) > _DEEPEST:
        raise _no_place()
    return headings


def taken_of(page: RevisionPage, place: Place) -> tuple[tuple[Sentence, ...], tuple[Citation, ...], Section]:
    """The section's marked places in words, each cited, and the section itself."""
    (start, end), document = place.span, parse(page.source)
    if not all(start <= a < b <= end <= len(page.source) for a, b in place.marked):
        raise _no_place()
    citations: list[Citation] = []
    sentences: list[Sentence] = []
    for a, b in place.marked:
        text = _in_words(document, a, b, page.lang)
        if text:
            n = len(citations) + 1
            citations.append(Citation(
                n, page.article_id, page.slug, page.number, page.title, place.heading_path, page.source[a:b], a, b,
                page.department.code, page.effective_from, page.effective_to, page.review_by, (),
                _address(page, a, b), page.revision_id))
            sentences.append(Sentence(text, (n,)))
    if not sentences:
        raise _no_place()
    section = Section(page.article_id, page.slug, page.number, page.revision_id, page.title, page.department.code,
                      place.heading_path, start, end, page.source[start:end], place.marked, _address(page, start, end))
    return tuple(sentences), tuple(citations), section


def held_at(page: RevisionPage, day: datetime) -> datetime:
    """The moment where the revision was in force then, else the last moment when it was, or its first one where it is
    to come."""
    stands = page.standing
    ended = stands.since if stands.status.value in ("superseded", "expired", "retired") else None
    ends = [end for end in (page.effective_to, ended) if end and end > page.effective_from]
    last = min(ends) - timedelta(microseconds=1) if ends else day
    return max(page.effective_from, min(day, last))


def _address(page: RevisionPage, start: int, end: int) -> str:
    return url_for("articles.revision", slug=page.slug, number=page.number, cite=f"{start}-{end}", _anchor="cite-1")


def _spans(parts: Sequence[str]) -> list[Span]:
    found = [_SPAN.fullmatch(part) for part in parts]
    return [(int(one[1]), int(one[2])) for one in found if one] if all(found) else []


def _no_place() -> Invalid:
    return Invalid("place", "this section cannot be found any more: ask the question again")


def _in_words(document: Document, start: int, end: int, lang: str) -> str:
    """What a page shows of a stretch; a table's row with the names of its columns."""
    found = _row_at(document.root, start, None)
    if found is None:
        return document.said(start, end)
    row, header = found
    names = [document.text_of(cell) for cell in header.blocks] if header else []
    colon, comma = ("：", "；") if lang == "zh" else (": ", "; ")
    told = [f"{names[n]}{colon}{text}" if n < len(names) and names[n] else text
            for n, text in enumerate(document.text_of(cell) for cell in row.blocks) if text]
    return comma.join(told)


def _row_at(block: Block, at: int, header: Block | None) -> tuple[Block, Block | None] | None:
    """The table's row at an offset, with its header."""
    for inner in block.blocks:
        if inner.kind == "header":
            header = inner
        if inner.start <= at < inner.end:
            return (inner, header) if inner.kind == "row" else _row_at(inner, at, None)
    return None

"""Composing without a language model: the chosen units in reading order, each with what it depends on, all quoted.

A sentence's text is what a page shows of its quote; a table row is read out as "column: value". Nothing is added, full
stops are as written. No answer is longer than asked for: what does not fit is cut where the text pauses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb.markup.document import Document
from kb.markup.parse import parse
from retriever.answering.evidence import Chosen
from retriever.citation import Citation, Sentence
from retriever.passages.saying import leads_said, row_of, said
from retriever.passages.sentences import clauses
from retriever.question.denied import heads_what_is_not, says_not
from retriever.records import LiveText, Passage, Unit

_LEADS = 2  # what a unit depends on gets at most one part in so many of an answer's length


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer's sentences and their citations, not yet verified."""

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]


def citation_url(slug: str, number: int, start: int, end: int) -> str:
    """The page of that exact revision with the quote highlighted, for ever."""
    return f"/articles/{slug}/r/{number}?cite={start}-{end}#cite-1"


def shortened(document: Document, start: int, end: int, most: int) -> tuple[int, int]:
    """The beginning of a stretch that shows at most ``most`` characters, up to where the text pauses."""
    text = document.visible(start, end)
    if len(text) <= most:
        return start, end
    left = clauses(text, max(most, 1))[0][1]
    for piece in document.between(start, end):
        if piece.struck:
            continue
        if len(piece.text) >= left:
            return start, piece.start + left if piece.is_literal else max(piece.start, start + 1)
        left -= len(piece.text)
    return start, end


class _Composer:
    """Citations numbered as they are first used; a lead-in shared by several items is said once."""

    def __init__(self, most_chars: int) -> None:
        self.citations: list[Citation] = []
        self.sentences: list[Sentence] = []
        self._room = most_chars
        self._numbers: dict[tuple[str, int, int], int] = {}

    def cite(self, live: LiveText, path: tuple[str, ...], start: int, end: int) -> int:
        key = (live.revision_id, start, end)
        if key not in self._numbers:
            self._numbers[key] = len(self.citations) + 1
            self.citations.append(_citation(self._numbers[key], live, path, start, end))
        return self._numbers[key]

    def head(self, live: LiveText, path: tuple[str, ...], unit: Unit) -> None:
        """The heading above a unit, where it says that what stands below is not, and neither the unit nor its lead-in
        does."""
        if not path or not heads_what_is_not(path[-1]):
            return
        document = parse(live.source)
        if any(says_not(document.said(*span)) for span in (*unit.leads, (unit.start, unit.end))):
            return
        above = max((b for b in document.root.blocks if b.kind == "heading" and b.end <= unit.start),
                    key=lambda block: block.start, default=None)
        if above is not None and document.text_of(above) == path[-1]:
            start = live.source.index(path[-1], above.start) if path[-1] in live.source[above.start:above.end] \
                else above.start
            self._tell(live, path, document, (start, above.end), self._room)

    def say(self, live: LiveText, path: tuple[str, ...], unit: Unit) -> None:
        """The unit with what it depends on; one that does not fit beside others is left out."""
        row = row_of(live.source, unit)
        document = parse(live.source)
        leads = leads_said(live.source, unit)
        text = said(live.source, live.lang, unit)
        new = [span for span in (*leads, *unit.notes) if (live.revision_id, *span) not in self._numbers]
        size = len(text) + sum(len(document.said(*span)) for span in new)
        if self.sentences and size > self._room:
            return
        room = self._room if size <= self._room else self._room // _LEADS
        for span in [span for span in leads if span in new]:
            room -= self._tell(live, path, document, span, room)
        if row is not None:
            cites = [self.cite(live, path, *span) for span in (*row.headers, *row.above, row.span)]
            self._add(Sentence(row.read_out(live.lang, self._room), tuple(cites)))
        else:
            self._tell(live, path, document, (unit.start, unit.end), self._room)
        for span in unit.notes:
            self._tell(live, path, document, span, self._room)

    def _tell(self, live: LiveText, path: tuple[str, ...], document: Document, span: tuple[int, int], room: int) -> int:
        """Say a stretch, as far as there is room; how long what was said is."""
        if room <= 0:
            return 0
        start, end = shortened(document, *span, room)
        text = document.said(start, end)
        if text:
            self._add(Sentence(text, (self.cite(live, path, start, end),)))
        return len(text)

    def _add(self, sentence: Sentence) -> None:
        if sentence not in self.sentences:
            self.sentences.append(sentence)
            self._room -= len(sentence.text)


def _citation(n: int, live: LiveText, path: tuple[str, ...], start: int, end: int) -> Citation:
    return Citation(
        n=n, article_id=live.article_id, slug=live.slug, revision=live.number, title=live.title, heading_path=path,
        quote=live.source[start:end], start=start, end=end, department=live.department,
        effective_from=live.effective_from, effective_to=live.effective_to, review_by=live.review_by, signals=(),
        url=citation_url(live.slug, live.number, start, end), revision_id=live.revision_id,
    )


def compose(chosen: Sequence[Chosen], *, most_chars: int) -> Composed:
    """Sentences and citations of the chosen units, in the order given; no more than ``most_chars`` are said."""
    return _composed([(one.ranked.allowed.live, one.ranked.hit.passage, one.unit) for one in chosen], most_chars)


def compose_units(live: LiveText, units: Sequence[tuple[Passage, Unit]], *, most_chars: int) -> Composed:
    """The same of units of one revision, each with the passage it stands in."""
    return _composed([(live, passage, unit) for passage, unit in units], most_chars)


def _composed(units: Sequence[tuple[LiveText, Passage, Unit]], most_chars: int) -> Composed:
    composer = _Composer(most_chars)
    for live, passage, unit in units:
        composer.head(live, passage.heading_path, unit)
        composer.say(live, passage.heading_path, unit)
    return Composed(tuple(composer.sentences), tuple(composer.citations))

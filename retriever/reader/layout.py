"""How the local reader sees question and passage: token numbers, and which tokens are which unit.

``<s> question </s></s> title › headings, lead-ins </s></s> units, each after what it depends on </s>``. Units are read
as they are said: a table's row with the names of its columns. A passage longer than the model reads well is read in
windows, each with question and headings before it. Training and answering lay out alike, or what was learned is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from kb.markup.parse import parse
from retriever.embedding.pieces import Pieces
from retriever.passages.saying import leads_said, said
from retriever.records import Passage

LONGEST = 256  # tokens of a window; nearly all sections are shorter
_QUESTION, _EARLIER, _ABOVE, _LEADS = 72, 40, 40, 48  # tokens of each at most
_KEPT = 4_000  # passages whose pieces are kept
_BEGIN, _END = 0, 2  # <s>, </s>
QUESTION_PART, ABOVE_PART, TEXT_PART = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Window:
    """What is read at once.

    ``parts`` says of each token whether it is the question's, stands above, or is text. ``units`` are (the unit's index
    in its passage, its first token, the one after its last).
    """

    ids: list[int]
    parts: list[int]
    units: list[tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class _Texts:
    """A passage's pieces: what stands above it, and for each unit its own and those of what it depends on."""

    above: list[int]
    units: list[list[int]]
    leads: list[tuple[tuple[int, int], ...]]
    lead_ids: dict[tuple[int, int], list[int]]


class Layout:
    """Lays out questions and passages for one tokenizer. Safe for several threads."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._known: dict[tuple[object, ...], _Texts] = {}
        self._lock = Lock()

    def question(self, text: str, earlier: Sequence[str] = ()) -> list[int]:
        """The tokens of a question, after the end of what the caller said before."""
        own, *before = self._pieces.ids([text, *earlier[-2:]], marked=False)
        said_before = [i for turn in before for i in (*turn[:_EARLIER], _END)][-_EARLIER:]
        half = _QUESTION // 2
        kept = own if len(own) <= _QUESTION else own[:half] + own[-half:]
        return said_before + kept

    def windows(self, question: list[int], passage: Passage, source: str) -> list[Window]:
        """The windows of one passage, in reading order; every unit stands in one of them."""
        texts = self._texts(passage, source)
        begin = [_BEGIN, *question, _END, _END, *texts.above, _END, _END]
        parts = [QUESTION_PART] * (len(question) + 2) + [ABOVE_PART] * (len(begin) - len(question) - 2)
        room = max(LONGEST - len(begin) - 1, LONGEST // 4)
        found: list[Window] = []
        body: list[int] = []
        units: list[tuple[int, int, int]] = []
        told: set[tuple[int, int]] = set()

        def close() -> None:
            found.append(Window([*begin, *body, _END], [*parts, *[TEXT_PART] * (len(body) + 1)], list(units)))
            body.clear()
            units.clear()
            told.clear()

        for index, own in enumerate(texts.units):
            leads = [i for span in texts.leads[index] if span not in told for i in texts.lead_ids[span]]
            if body and len(body) + len(leads) + len(own) > room:
                close()
                leads = [i for span in texts.leads[index] for i in texts.lead_ids[span]]
            body += leads[:room // 2]
            told.update(texts.leads[index])
            kept = own[:max(room - len(body), 1)]
            units.append((index, len(begin) + len(body), len(begin) + len(body) + len(kept)))
            body += kept
            told.add((passage.units[index].start, passage.units[index].end))
        if body or not found:
            close()
        return found

    def _texts(self, passage: Passage, source: str) -> _Texts:
        """A passage's pieces, kept: the same passages are read for many questions."""
        key = (passage.passage_id, passage.title, passage.lang, passage.heading_path, passage.text, passage.units)
        found = self._known.get(key)
        if found is None:
            found = self._texts_of(passage, source)
            with self._lock:
                if len(self._known) >= _KEPT:
                    self._known.pop(next(iter(self._known)))
                self._known[key] = found
        return found

    def _texts_of(self, passage: Passage, source: str) -> _Texts:
        document = parse(source)
        headings = [h for h in passage.heading_path if h != passage.title]
        depends = [leads_said(source, unit) for unit in passage.units]
        spans = list(dict.fromkeys(span for leads in depends for span in leads))
        above, *rest = self._pieces.ids(
            [" › ".join((passage.title, *headings)), *(said(source, passage.lang, unit) for unit in passage.units),
             *(document.said(*span) for span in spans)], marked=False)
        own, above_units = rest[:len(passage.units)], rest[len(passage.units):]
        return _Texts(above[:_ABOVE], [ids or [_END] for ids in own], depends,
                      {span: ids[:_LEADS] for span, ids in zip(spans, above_units, strict=True)})

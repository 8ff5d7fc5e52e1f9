"""What teaches the reader: each question with the windows of its passages, and which units of them are right.

The passages are those that the product finds for the question, so that what is hard in service is hard here, and those
that hold the right answer. A unit is right when a gold span covers half of it or it holds nearly a whole gold span.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kb.settings import Settings
from retriever.embedding.pieces import Pieces
from retriever.find import Found
from retriever.lab.evaluation import metrics
from retriever.lab.evaluation.dataset import read_dataset
from retriever.lab.evaluation.run import Corpus, Progress, located, request_of, throw_away
from retriever.passages.cutting import split
from retriever.reader.layout import Layout, Window
from retriever.records import Passage, Unit, passage_id

_FOUND = 14  # best passages that are kept of what the product finds
_COVERED = 0.5  # share of a unit that a gold span covers
_HELD = 0.8  # share of a gold span that a unit holds


@dataclass(frozen=True, slots=True)
class Example:
    """One window of a passage: its tokens, its right units (in the order of ``window.units``), and where it was found.

    ``place`` is the passage's in the product's order, -1 where it was not found; ``is_near`` whether it stands in an
    article that holds the answer.
    """

    window: Window
    right: tuple[bool, ...]
    place: int
    is_near: bool


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question's examples; one without a right unit teaches what does not answer."""

    query_id: str
    examples: tuple[Example, ...]


def lessons(settings: Settings, folder: Path, pieces: Pieces, *, now: datetime, progress: Progress) -> list[Lesson]:
    """What a folder in the evaluation format teaches, in the order of its questions."""
    dataset = read_dataset(folder)
    layout = Layout(pieces)
    with throw_away(settings, dataset, now=now, progress=progress) as (retriever, corpus):
        dataset = located(dataset, corpus.sources)
        holders = _Holders(corpus)
        found = []
        for n, query in enumerate(dataset.queries, 1):
            progress("ask", n, len(dataset.queries))
            request, viewer = request_of(query, retriever.timezone)
            led = retriever.find(request, viewer, now=now)
            gold = dataset.gold.get(query.id)
            spans = tuple(s for s in gold.spans if s[1] >= 0) if gold and query.answerable else ()
            if query.answerable and not spans:
                continue
            earlier = [] if led.new_topic else [t.text for t in query.history if t.role == "user"]
            question = layout.question(query.text, earlier)
            examples = tuple(
                Example(window, tuple(_is_right(passage.units[i], place, spans) for i, _, _ in window.units), rank,
                        any(place[0] == s[0] for s in spans))
                for rank, passage, place in _passages(led, corpus, holders, spans)
                for window in layout.windows(question, passage, corpus.sources[place[0]]))
            found.append(Lesson(query.id, examples))
    return found


class _Holders:
    """The passages of the corpus's texts, cut when they are first needed."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._cut: dict[str, list[Passage]] = {}

    def of(self, name: str, like: Sequence[Passage]) -> list[Passage]:
        """All passages of a text; ``like`` gives its title and language where one of its passages was found."""
        if name not in self._cut:
            source = self._corpus.sources[name]
            title = like[0].title if like else next((c.heading_path[0] for c in split(source) if c.heading_path), name)
            lang = like[0].lang if like else "zh"
            self._cut[name] = [Passage(passage_id(name, n), name, name, n, title, c.heading_path, c.start, c.end,
                                       source[c.start:c.end], c.context, lang=lang, units=c.units, body=c.body)
                               for n, c in enumerate(split(source))]
        return self._cut[name]


def _passages(found: Found, corpus: Corpus, holders: _Holders,
              spans: Sequence[metrics.GoldSpan]) -> list[tuple[int, Passage, metrics.Place]]:
    """(place in the order, passage, where it stands) of what was found, then of what holds a span and was not."""
    kept: list[tuple[int, Passage, metrics.Place]] = []
    for rank, item in enumerate(found.ranked):
        passage = item.hit.passage
        place = (corpus.by_revision[passage.revision_id], passage.start, passage.end)
        if rank < _FOUND or any(metrics.overlaps(place, span) for span in spans):
            kept.append((rank, passage, place))
    seen = {place for _, _, place in kept}
    for name in dict.fromkeys(s[0] for s in spans):
        like = [p for _, p, place in kept if place[0] == name]
        for passage in holders.of(name, like):
            place = (name, passage.start, passage.end)
            if place not in seen and any(metrics.overlaps(place, span) for span in spans):
                kept.append((-1, passage, place))
    return kept


def _is_right(unit: Unit, place: metrics.Place, spans: Sequence[metrics.GoldSpan]) -> bool:
    for name, start, end, _ in spans:
        shared = min(unit.end, end) - max(unit.start, start)
        if place[0] == name and shared > 0 and (shared >= _COVERED * (unit.end - unit.start)
                                                or shared >= _HELD * (end - start)):
            return True
    return False

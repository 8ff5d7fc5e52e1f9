"""Composing without a language model: the chosen units in reading order, each with what it depends on, all quoted.

A sentence's text is its quote without Markdown marks; a table row is read out as "column: value". Nothing is added.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retriever.answering.evidence import Chosen
from retriever.records import Citation, LiveText, Sentence, Unit

_LINK = re.compile(r"!?\[([^\[\]]{0,1000})\]\([^)]{0,1000}\)")
_MARKS = re.compile(r"\*\*|__|`|~~|</?[A-Za-z!][^>\n]{0,200}>|\\(?=[\\`*_{}\[\]()#+.!|-])")
_CELL = re.compile(r"(?<!\\)\|")
_EMPTY = {"", "-", "—", "–", "/", "--"}


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer's sentences and their citations, not yet verified."""

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]


def plain(text: str) -> str:
    """Markdown source as plain words on one line."""
    return " ".join(_MARKS.sub("", _LINK.sub(r"\1", text)).split())


def _ended(text: str) -> str:
    """A part of a longer sentence, said by itself, ends as a sentence does."""
    ends = {"；": "。", ";": "."}
    return text[:-1] + ends[text[-1]] if text and text[-1] in ends else text


def _cells(row: str) -> list[str]:
    return [plain(c) for c in _CELL.split(row.strip().strip("|"))]


def read_row(header: str, row: str, lang: str) -> str:
    """A table row in words: each column's name with its value; empty cells are left out."""
    colon, comma = ("：", "；") if lang == "zh" else (": ", "; ")
    names, values = _cells(header), _cells(row)
    names += [""] * (len(values) - len(names))
    said = [f"{n}{colon}{v}" if n and n != v else v for n, v in zip(names, values, strict=False) if v not in _EMPTY]
    return comma.join(said) + ("。" if lang == "zh" else ".")


def read_unit(live: LiveText, unit: Unit) -> str:
    """A unit in words: a row with its header, anything else without what it depends on."""
    text = live.source[unit.start:unit.end]
    if unit.kind != "row":
        return plain(text)
    begin, end = unit.leads[-1]
    return read_row(live.source[begin:end], text, live.lang)


def citation_url(slug: str, number: int, start: int, end: int) -> str:
    """The page of that exact revision with the quote highlighted, for ever."""
    return f"/articles/{slug}/r/{number}?cite={start}-{end}#cite-1"


class _Composer:
    """Citations numbered as they are first used; a lead-in shared by several items is said once."""

    def __init__(self) -> None:
        self.citations: list[Citation] = []
        self.sentences: list[Sentence] = []
        self._numbers: dict[tuple[str, int, int], int] = {}

    def cite(self, chosen: Chosen, start: int, end: int) -> int:
        live = chosen.ranked.allowed.live
        key = (live.revision_id, start, end)
        if key not in self._numbers:
            self._numbers[key] = len(self.citations) + 1
            path = chosen.ranked.hit.passage.heading_path
            self.citations.append(_citation(self._numbers[key], live, path, start, end))
        return self._numbers[key]

    def say(self, chosen: Chosen) -> None:
        live, unit = chosen.ranked.allowed.live, chosen.unit
        source = live.source
        *leads, last = (*unit.leads, (unit.start, unit.end))
        header = leads.pop() if unit.kind == "row" else None
        for start, end in leads:
            self._add(Sentence(_ended(plain(source[start:end])), (self.cite(chosen, start, end),)))
        if header:
            self._add(Sentence(read_unit(live, unit), (self.cite(chosen, *header), self.cite(chosen, *last))))
        else:
            self._add(Sentence(_ended(read_unit(live, unit)), (self.cite(chosen, *last),)))

    def _add(self, sentence: Sentence) -> None:
        if sentence not in self.sentences:
            self.sentences.append(sentence)


def _citation(n: int, live: LiveText, path: tuple[str, ...], start: int, end: int) -> Citation:
    return Citation(
        n=n, article_id=live.article_id, slug=live.slug, revision=live.number, title=live.title, heading_path=path,
        quote=live.source[start:end], start=start, end=end, department=live.department,
        effective_from=live.effective_from, effective_to=live.effective_to, review_by=live.review_by, signals=(),
        url=citation_url(live.slug, live.number, start, end), revision_id=live.revision_id,
    )


def compose(chosen: Sequence[Chosen]) -> Composed:
    """Sentences and citations of the chosen units, in the order given."""
    composer = _Composer()
    for one in chosen:
        composer.say(one)
    return Composed(tuple(composer.sentences), tuple(composer.citations))


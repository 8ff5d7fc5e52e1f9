"""Search results as a page shows them: an article once, and of each passage the part that holds the words, marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from retriever.records import SearchHit, SearchPage
from web.filters import visible

_LENGTH = 180  # characters of an excerpt
_BEFORE = 24  # of them before the first word that is marked
_MOST = 200  # places that are marked in one passage
_LETTERS = re.compile(r"[a-z0-9.']+")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage: where it stands, and the part of it that is shown."""

    hit: SearchHit
    html: Markup


@dataclass(frozen=True, slots=True)
class Result:
    """An article with the passages that were found in it, the best first."""

    article: SearchHit
    title: Markup
    excerpts: tuple[Excerpt, ...]


def results_of(page: SearchPage) -> tuple[Result, ...]:
    """The page's articles, in the order of their best passages."""
    found: dict[str, list[SearchHit]] = {}
    for hit in page.hits:
        found.setdefault(hit.article_id, []).append(hit)
    pattern = pattern_of(page.words)
    return tuple(Result(hits[0], marked(visible(hits[0].title), pattern),
                        tuple(Excerpt(hit, excerpt(visible(hit.body), pattern)) for hit in hits))
                 for hits in found.values())


def pattern_of(words: Sequence[str]) -> re.Pattern[str] | None:
    """Any of the words as it may stand in a text: English ones by their stem, Chinese ones of two characters on."""
    parts = []
    for word in sorted(dict.fromkeys(words), key=len, reverse=True):
        if _LETTERS.fullmatch(word):
            parts.append(rf"(?<![a-z0-9]){re.escape(word)}[a-z]*")
        elif len(word) > 1:
            parts.append(re.escape(word))
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def excerpt(text: str, pattern: re.Pattern[str] | None) -> Markup:
    """The part of a text that holds most of the words, marked; its beginning where it holds none."""
    text = " ".join(text.split())
    spans = _spans(text, pattern)
    starts = [0, *(max(0, start - _BEFORE) for start, _ in spans)]
    begin = max(starts, key=lambda at: (sum(b - a for a, b in spans if at <= a and b <= at + _LENGTH), -at))
    part = text[begin:begin + _LENGTH]
    shown = marked(part, pattern)
    return Markup("…" if begin else "") + shown + Markup("…" if begin + _LENGTH < len(text) else "")


def marked(text: str, pattern: re.Pattern[str] | None) -> Markup:
    """The text with the words marked: escaped first."""
    html, at = Markup(""), 0
    for start, end in _spans(text, pattern):
        html += escape(text[at:start]) + Markup("<mark>{}</mark>").format(text[start:end])
        at = end
    return html + escape(text[at:])


def _spans(text: str, pattern: re.Pattern[str] | None) -> list[Span]:
    """Where the words stand; those that touch or overlap (Chinese ones do) are one."""
    if pattern is None:
        return []
    spans: list[Span] = []
    at = 0
    while len(spans) < _MOST and (found := pattern.search(text, at)):
        if spans and found.start() <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], found.end()))
        else:
            spans.append(found.span())
        at = found.start() + 1  # the next pair of characters may begin inside this one
    return spans

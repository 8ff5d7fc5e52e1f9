"""An answer arranged as a page shows it: what to say line by line, the section it stands in, what to check instead.

What is said keeps the shape of the text it is quoted from: sentences of one paragraph together, an item, a step and a
row each on a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from markupsafe import Markup

from kb.articles.live import LiveRevision
from kb.markup.document import Document
from kb.markup.parse import parse
from kb.reading.opening import RevisionPage
from retriever.answer import Nearest, Section
from retriever.citation import Citation, Sentence
from retriever.validity import ByDistrict, Rule
from web.filters import article_html

_CITE = re.compile(r"[?&]cite=(\d{1,7})-(\d{1,7})(?:#|&|$)")
_HEADING = re.compile(r"<(/?)h([1-6])(?: id=\"[^\"]*\")?>")
_MARK = re.compile(r"<mark id=\"[^\"]*\">")
_UNDER_ANSWER, _UNDER_NEAR, _UNDER_CHOICE = 3, 4, 5  # levels of a section's own headings, by what stands above it


@dataclass(frozen=True, slots=True)
class Line:
    """Sentences that stand in one paragraph, item, step or row. ``number`` is a step's, else 0."""

    kind: str
    number: int
    sentences: tuple[Sentence, ...]


Groups = tuple[tuple[str, tuple[Line, ...]], ...]  # lines of one kind together


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule of the time that the question named: when it holds, half-open, and what it says."""

    begins: datetime
    ends: datetime | None
    groups: Groups


@dataclass(frozen=True, slots=True)
class Source:
    """One revision that an answer cites, with its citations in order."""

    page: RevisionPage
    citations: tuple[Citation, ...]

    @property
    def signals(self) -> tuple[dict[str, Any], ...]:
        """What may be stale of what is cited, each once."""
        found = {(s["kind"], s["text"]): s for c in self.citations for s in c.signals}
        return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Shown:
    """What to say, in groups of lines of one kind, what it is cited from, and its section with that part marked.

    ``rules`` are those of the time that the question named, where one did not hold all of it.
    """

    groups: Groups
    rules: tuple[ShownRule, ...]
    sources: tuple[Source, ...]
    section: Section | None
    html: Markup

    @property
    def lang(self) -> str:
        """The language of what is said: the first source's."""
        return self.sources[0].page.lang


@dataclass(frozen=True, slots=True)
class Offered:
    """A section to check, or the best passage of a near article, as the page shows it."""

    live: LiveRevision
    heading_path: tuple[str, ...]
    url: str
    html: Markup
    section: Section | None = None

    @property
    def place(self) -> str:
        """Where a form says that it stands: start, end, and the marked places after a colon."""
        if self.section is None:
            return ""
        marks = ",".join(f"{a}-{b}" for a, b in self.section.marked)
        return f"{self.section.start}-{self.section.end}:{marks}"


# arranging

def shown_of(sentences: Sequence[Sentence], citations: Sequence[Citation], section: Section | None,
             pages: Mapping[str, RevisionPage], rules: Sequence[Rule] = ()) -> Shown:
    """What is said and where it stands; ``pages`` are the cited revisions, by id."""
    cited: dict[str, list[Citation]] = {}
    for citation in citations:
        cited.setdefault(citation.revision_id, []).append(citation)
    told = tuple(ShownRule(rule.effective_from, rule.effective_to, _groups(rule.sentences, citations, pages))
                 for rule in rules)
    return Shown(_groups(sentences, citations, pages), told,
                 tuple(Source(pages[r], tuple(found)) for r, found in cited.items()), section,
                 _marked(section, pages[section.revision_id].source, _UNDER_ANSWER) if section else Markup(""))


def _groups(sentences: Sequence[Sentence], citations: Sequence[Citation], pages: Mapping[str, RevisionPage]) -> Groups:
    placed: list[tuple[tuple[str, int], str, int, Sentence]] = []
    for sentence in sentences:
        own = citations[sentence.citations[-1] - 1]  # what it depends on is cited before it
        kind, number, start = _place(parse(pages[own.revision_id].source), own.start)
        placed.append(((own.revision_id, start), kind, number, sentence))
    lines = []
    for _, together in groupby(placed, key=lambda one: one[0]):
        same = list(together)
        lines.append(Line(same[0][1], same[0][2], tuple(one[3] for one in same)))
    return tuple((kind, tuple(found)) for kind, found in groupby(lines, key=lambda line: line.kind))


def offered_of(sections: Sequence[Section], live: Mapping[str, LiveRevision]) -> tuple[Offered, ...]:
    """The sections to check, their probable parts marked."""
    texts = ((s, live[s.revision_id]) for s in sections)
    return tuple(Offered(text, s.heading_path, s.url, _marked(s, text.source, _UNDER_CHOICE), s) for s, text in texts)


def near_of(nearest: Sequence[Nearest], live: Mapping[str, LiveRevision]) -> tuple[Offered, ...]:
    """The near articles that may be told of, each with its best passage whole where one is named."""
    by_article = {one.article_id: one for one in live.values()}
    found = []
    for near in nearest:
        one = by_article.get(near.article_id)
        if one is None:
            continue
        passage = near.passage
        span = _CITE.search(passage.url) if passage else None
        html = below(article_html(one.source[int(span[1]):int(span[2])]), _UNDER_NEAR) if span else Markup("")
        found.append(Offered(one, passage.heading_path if passage else (), passage.url if passage else "", html))
    return tuple(found)


def by_district_of(question: str, districts: ByDistrict | None) -> tuple[tuple[str, str], ...]:
    """Every other district that has a rule of its own, with the question that asks for it."""
    if districts is None:
        return ()
    return tuple((name, f"{question.rstrip(' ?.!')} in {name}?" if name.isascii() else f"{name}，{question}")
                 for name in districts.others)


def below(html: Markup, top: int) -> Markup:
    """The part of an article as it stands inside a page: its first headings of the level ``top``, and no anchors of its
    own."""
    highest = min((int(found[2]) for found in _HEADING.finditer(html)), default=top)
    lowered = _HEADING.sub(lambda h: f"<{h[1]}h{min(int(h[2]) - highest + top, 6)}>", str(html))
    return Markup(_MARK.sub("<mark>", lowered))  # sanitised before, and only attributes were taken away


def _marked(section: Section, source: str, top: int) -> Markup:
    marked = tuple((a - section.start, b - section.start) for a, b in section.marked)
    return below(article_html(source[section.start:section.end], marked), top)


def _place(document: Document, at: int) -> tuple[str, int, int]:
    """What stands at an offset: text, item, step or row, a step's number, and where it begins."""
    block, found = document.root, ("text", 0, at)
    while True:
        inner = next((b for b in block.blocks if b.start <= at < b.end), None)
        if inner is None:
            return found
        if inner.kind == "item":
            number = block.level + block.blocks.index(inner) if block.level >= 0 else 0
            found = ("step" if number else "item", number, inner.start)
        elif inner.kind == "row":
            return ("row", 0, inner.start)
        elif found[0] == "text":
            found = ("text", 0, inner.start)
        block = inner

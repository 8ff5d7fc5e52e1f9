"""Links of a text to articles and to its own sections, and whether a text has the section that a link means."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from kb.markup.document import Document, Piece
from kb.markup.render import heading_id

_NUMBERING = re.compile(r"^(?:[一二三四五六七八九十]+、|\d+[.、]\s*|[(（][一二三四五六七八九十\d]+[)）])")
_ARTICLE = re.compile(r"article:([a-z0-9][a-z0-9-]{0,119})(?:#(.*))?", re.DOTALL)
# "…（链接）中“预付卡退款”一节", or "…（链接），病种见该文“结算病种”一节"; in English "the section “Refunds”" or
# "“Refunds” section" right behind the link, and "the section “Refunds” in" before it.
_SECTION = re.compile(r"^\s*(?:中的|里的|中|里|的)?\s*[“「\"]([^”」\"\n]{1,60})[”」\"]\s*"
                      r"(?:一节|部分|章节|这一节|section)"
                      r"|^[^。；\n\[“「]{0,40}该文(?:中的|里的|中|里|的)?\s*[“「]([^”」\n]{1,60})[”」]\s*(?:一节|部分|章节)"
                      r"|^,?\s*(?:under|section)\s+[“\"]([^”\"\n]{1,60})[”\"]")
_SECTION_BEFORE = re.compile(r"\bsection\s+[“\"]([^”\"\n]{1,60})[”\"]\s+(?:in|of)\s+$")
_NEAR = 110  # characters before or behind a link that name its section


@dataclass(frozen=True, slots=True)
class Link:
    """A link from its first to past its last character: to a section of the text itself (``slug`` is empty), or to
    an article; ``section`` is what it means of it, empty for all of it."""

    start: int
    end: int
    slug: str
    section: str


def links_of(document: Document) -> Iterator[Link]:
    """The links of a text to sections and articles, in their order."""
    opened: list[Piece] = []
    for piece in document.pieces:
        if piece.kind == "open" and piece.data[0] == "a":
            opened.append(piece)
        elif piece.kind == "close" and piece.data[0] == "a" and opened:
            first = opened.pop()
            address = str(first.data[1])
            found = _ARTICLE.fullmatch(address)
            if address.startswith("#") and address != "#":
                yield Link(first.start, piece.end, "", unquote(address[1:]))
            elif found:
                section = unquote(found[2] or "") or _named_beside(document.source, first.start, piece.end)
                yield Link(first.start, piece.end, found[1], section)


def anchors_of(document: Document) -> frozenset[str]:
    """The names of a text's headings, and their ids."""
    texts = [document.text_of(leaf) for leaf in document.leaves if leaf.kind == "heading"]
    labels = [leaf.label for leaf in document.leaves if leaf.kind == "heading" and leaf.label]
    return frozenset((*texts, *labels, *map(heading_id, texts)))


def is_section(name: str, anchors: Collection[str]) -> bool:
    """Whether a name means one of these headings: as it stands, as an id, or without the numbering before it."""
    return name in anchors or heading_id(name.removeprefix("h-")) in anchors or any(
        _NUMBERING.sub("", one) == name for one in anchors)


def _named_beside(source: str, start: int, end: int) -> str:
    """A section that the words right behind a link name, or those right before it."""
    found = _SECTION.match(source[end:end + _NEAR]) or _SECTION_BEFORE.search(source[max(0, start - _NEAR):start])
    return next((name.strip() for name in found.groups() if name), "") if found else ""

"""Markdown to HTML that is safe to show, with cited stretches of the source marked.

Raw HTML in the source is shown as text, and the final HTML is sanitised, never the source. Pictures are not loaded:
their description stands in their place. Marks follow source offsets, so a citation made from the source lands on the
same words on the page. Footnotes stand at the end. A document that two texts were merged into is rendered by the same
code, what went and came between ``del`` and ``ins``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import unquote

import nh3

from kb.markup.document import SHOWN, Block, Document, Piece, footnotes, numbers_of_footnotes
from kb.markup.locating import reaching
from kb.markup.parse import parse
from kb.text import BIDI

_TAGS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s",
         "table", "thead", "tbody", "tr", "th", "td", "a", "br", "hr", "mark", "span", "sup"}
_ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}, "mark": {"id"}, "span": {"class"},
               "li": {"id"}, **{f"h{level}": {"id"} for level in range(1, 7)}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_ARTICLE = re.compile(r"article:([a-z0-9][a-z0-9-]{0,119})(#.*)?", re.DOTALL)
_TARGET = re.compile(r"https?://|mailto:|tel:|/|#", re.IGNORECASE)
_MAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+")
_MARKED_TAGS = _TAGS | {"ins", "del"}
_MARKED = {tag: _ATTRIBUTES.get(tag, set()) | {"class"} for tag in _MARKED_TAGS}
_PLAIN = {"em": "em", "strong": "strong", "s": "s"}
_WRAPPED = {"quote": "blockquote", "item": "li", "row": "tr"}


@dataclass(frozen=True, slots=True)
class Labels:
    """What is said of a mark to those who do not see it: before and after words that went or came, and on a block."""

    removed: str
    added: str
    end: str
    blocks: Mapping[str, str] = field(default_factory=dict)  # by the block's mark


def heading_id(text: str) -> str:
    """The anchor of a heading: its letters and digits in lower case, under a prefix that no other id has."""
    words = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFKC", text).casefold()).strip("-")
    return f"h-{words[:80]}"


def render_html(source: str, *, highlights: Sequence[tuple[int, int]] = (),
                link: Callable[[str], str] | None = None) -> str:
    """Sanitised HTML of a revision: no raw HTML, scripts, pictures, nor links other than http(s), mail, phone, paths.

    ``highlights`` are half-open source ranges; the n-th (from 1) is marked piece by piece, its first piece being
    ``<mark id="cite-n">``. ``article:slug`` links lead to ``link(slug)``, and nowhere without it. Headings get ids.
    """
    document = parse(source)
    page = _Page(document, highlights, link)
    return nh3.clean("".join(page.html(document.root.blocks)), tags=_TAGS, attributes=_ATTRIBUTES,
                     url_schemes=_SCHEMES, link_rel="noopener noreferrer nofollow")


class MarkedPage:
    """A merged document, rendered some blocks at a time: ids and footnotes' numbers are the whole page's."""

    def __init__(self, document: Document, labels: Labels, *, highlights: Sequence[tuple[int, int]] = (),
                 link: Callable[[str], str] | None = None, prefix: str = "") -> None:
        self._page = _Page(document, highlights, link, labels, prefix)

    def render(self, blocks: Sequence[Block]) -> str:
        """Sanitised HTML of these blocks; ``ins``, ``del`` and the class of a block say what came and went."""
        return nh3.clean("".join(self._page.html(blocks)), tags=_MARKED_TAGS, attributes=_MARKED, url_schemes=_SCHEMES,
                         link_rel="noopener noreferrer nofollow")


class _Page:
    """One rendering: ids given, highlights begun, footnotes met."""

    def __init__(self, document: Document, highlights: Sequence[tuple[int, int]],
                 link: Callable[[str], str] | None, labels: Labels | None = None, prefix: str = "") -> None:
        self._document, self._link, self._labels, self._prefix = document, link, labels, prefix
        self._label = ""  # of a marked block, to be said before its first words
        self._is_said = False  # what is inside a block that is said to be gone or new needs no word of its own
        self._highlights = reaching(document, highlights)
        self._begun: set[int] = set()
        self._ids: dict[str, int] = {}
        self._anchors = {leaf.label: heading_id(document.text_of(leaf)) for leaf in document.leaves
                         if leaf.kind == "heading" and leaf.label}
        self._notes = numbers_of_footnotes(document)

    def html(self, blocks: Sequence[Block]) -> Iterator[str]:
        """The page, or some of its blocks, in pieces."""
        notes: list[Block] = []
        for block in blocks:
            yield from self._block(block, notes)
        notes += [inner for note in notes for inner in footnotes(note)]  # footnotes may hold others
        if notes:
            notes.sort(key=lambda n: (self._notes[n.label], n.start))
            first = self._notes[notes[0].label]
            yield "<hr>\n<ol>\n" if first == 1 else f'<hr>\n<ol start="{first}">\n'
            for note in notes:
                yield f'<li id="note-{self._notes[note.label]}"{_class(note)}>'
                with self._marked_block(note):
                    for block in note.blocks:
                        yield from self._block(block, [])
                yield "</li>\n"
            yield "</ol>\n"

    @contextmanager
    def _marked_block(self, block: Block) -> Iterator[None]:
        """While a block is written: what is to be said of it, once, before its first words."""
        before = self._is_said
        if self._labels is not None and block.mark in self._labels.blocks:
            self._label = self._labels.blocks[block.mark]
            self._is_said = self._is_said or block.mark in ("gone", "come", "from")
        yield
        self._is_said = before

    def _block(self, block: Block, notes: list[Block]) -> Iterator[str]:
        with self._marked_block(block):
            yield from self._block_itself(block, notes)

    def _block_itself(self, block: Block, notes: list[Block]) -> Iterator[str]:
        kind = block.kind
        if kind == "footnote":
            notes.append(block)
        elif kind == "rule":
            yield "<hr>\n"
        elif kind == "code":
            yield f"<pre{_class(block)}><code>{''.join(self._inline(block))}</code></pre>\n"
        elif kind == "heading":
            text = "".join(self._inline(block))
            yield f'<h{block.level} id="{self._id(block)}"{_class(block)}>{text}</h{block.level}>\n'
        elif kind == "paragraph":
            text = "".join(self._inline(block))
            yield f"{text}\n" if block.tight else f"<p{_class(block)}>{text}</p>\n"
        elif kind == "table":
            yield f"<table{_class(block)}>\n<thead>\n"
            for part in block.blocks:
                yield from self._row(part, "th" if part.kind == "header" else "td")
                if part.kind == "header":
                    yield "</thead>\n<tbody>\n"
            yield "</tbody>\n</table>\n"
        else:
            tag = _WRAPPED.get(kind) or ("ul" if block.level < 0 else "ol")
            start = f' start="{block.level}"' if kind == "list" and block.level > 1 else ""
            yield f"<{tag}{start}{_class(block)}>" + ("\n" if tag != "li" else "")
            for inner in block.blocks:
                yield from self._block(inner, notes)
            yield f"</{tag}>\n"

    def _row(self, row: Block, tag: str) -> Iterator[str]:
        yield f"<tr{_class(row)}>\n"
        with self._marked_block(row):
            for cell in row.blocks:
                if tag == "td":  # of a column the head alone says what became of it
                    yield f"<td{_class(cell)}>{''.join(self._inline(cell))}</td>\n"
                    continue
                with self._marked_block(cell):
                    yield f"<th{_class(cell)}>{''.join(self._inline(cell))}</th>\n"
        yield "</tr>\n"

    def _id(self, heading: Block) -> str:
        """An id that no other heading on the page has."""
        name = self._prefix + heading_id(self._document.text_of(heading))
        self._ids[name] = self._ids.get(name, 0) + 1
        return name if self._ids[name] == 1 else f"{name}-{self._ids[name]}"

    # inside a block

    def _inline(self, leaf: Block) -> Iterator[str]:
        open_links: list[str] = []
        is_changing = False
        is_picture_empty = False
        if self._label:
            yield f'<span class="block-mark">{_escaped(self._label)}</span> '
            self._label = ""
        for piece in self._document.pieces[leaf.first:leaf.last]:
            if piece.kind in SHOWN:
                is_picture_empty = False
                yield self._marked(piece, leaf)
            elif piece.kind == "note":
                number = self._notes.get(piece.data)
                yield f'<sup><a href="#note-{number}">{number}</a></sup>' if number else ""
            elif piece.kind == "task":
                yield f'<span class="task">{"☑" if piece.data else "☐"}</span> '
            elif piece.data[0] in _PLAIN:
                yield f"<{'/' if piece.kind == 'close' else ''}{piece.data[0]}>"
            elif piece.data[0] in ("del", "ins"):
                is_changing = piece.kind == "open"
                yield self._change(piece)
            elif piece.data[0] == "picture":
                is_picture_empty = piece.kind == "open" or is_picture_empty
                yield '<span class="picture">' if piece.kind == "open" else f"{'…' if is_picture_empty else ''}</span>"
            elif piece.kind == "open":
                address = self._address(piece.data[1])
                open_links.append(address)
                yield f'<a href="{_escaped(address)}">' if address else ""
            elif address := open_links.pop():
                yield f'</a> <span class="address">{_escaped(address)}</span>' if is_changing else "</a>"

    def _change(self, piece: Piece) -> str:
        """Where words that went or came begin and end, said in words too: not everybody sees how they are drawn."""
        tag, labels = piece.data[0], self._labels
        word = ""
        if labels is not None and not self._is_said:
            word = labels.end if piece.kind == "close" else labels.removed if tag == "del" else labels.added
        said = f'<span class="visually-hidden">{_escaped(word)}</span>' if word else ""
        return f"<{tag}>{said}" if piece.kind == "open" else f"{said}</{tag}>"

    def _marked(self, piece: Piece, leaf: Block) -> str:
        """A shown piece as HTML, cut where highlights begin and end."""
        parts, bounds = [], {0, len(piece.text)}
        near = [(n, a, b) for n, a, b in self._highlights if a < piece.end and b > piece.start] if piece.text else []
        if piece.is_literal:
            bounds.update(at - piece.start for _, a, b in near for at in (a, b) if piece.start < at < piece.end)
        edges = sorted(bounds)
        for low, high in pairwise(edges):
            at = piece.start + low
            marks = [n for n, a, b in near if not piece.is_literal or a <= at < b]
            parts.append(self._opened(piece.text[low:high], marks))
        html = "".join(parts)
        if piece.kind == "hard":
            return html.replace("\n", "<br>\n")
        return f"<code>{html}</code>" if piece.kind == "code" and leaf.kind != "code" else html

    def _opened(self, text: str, marks: Sequence[int]) -> str:
        """Text inside these highlights; the first text of each carries its id."""
        html = _escaped(text)
        new = [n for n in marks if n not in self._begun]
        if not marks or not (text.strip() or new):
            return html
        self._begun.update(new)
        return ("".join(f'<mark id="cite-{n}">' for n in new) or "<mark>") + html + "</mark>" * max(len(new), 1)

    def _address(self, written: str) -> str:
        """Where a link leads; nowhere when that is not known to be harmless."""
        article = _ARTICLE.fullmatch(written)
        if article:
            address = (self._link(article[1]) + self._fragment(article[2] or "")) if self._link else ""
        elif written.startswith("#"):
            address = self._fragment(written)
        else:
            address = f"mailto:{written}" if _MAIL.fullmatch(written) else written
        return address if _TARGET.match(address) else ""

    def _fragment(self, written: str) -> str:
        """A link to a heading by its text, its id or the name it was given, as a link to its id."""
        name = unquote(written.removeprefix("#"))
        return f"#{self._anchors.get(name) or heading_id(name.removeprefix('h-'))}" if name else ""


def _class(block: Block) -> str:
    """The class of a block in a merged document: what became of it."""
    return f' class="{block.mark}"' if block.mark else ""


def _escaped(text: str) -> str:
    """Text as HTML; overrides of writing direction, which make text read as what it is not, become visible."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return BIDI.sub(lambda found: f"[U+{ord(found.group()):04X}]", text)

"""The one parse of an article's Markdown: blocks and the pieces of text that a page shows, each with its place.

Page, passages, units, quotes, differences and imports all read this, so that what is indexed and said is what is shown.
CommonMark with GFM's tables, strikethrough, task lists and footnotes. Comments and link definitions are not there for
readers; every other ``<…>`` is text. Offsets count characters of the source. It is pure and knows nothing of articles.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import pyromark

from kb.markup.document import Block, Document, Hidden, Piece
from kb.markup.masking import Masked, comments_of, masked
from kb.markup.offsets import Offsets
from kb.markup.pieces import anchored, joined
from kb.markup.unshown import definitions, hidden_elements, unclosed_comments

_OPTIONS = (pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_FOOTNOTES
            | pyromark.Options.ENABLE_STRIKETHROUGH | pyromark.Options.ENABLE_TASKLISTS)
_MARKUP = re.compile(r"[\[\]!*_`~<>&|\\\n]|[-+](?=[ \t])|\d[.)](?=[ \t])")
_MOST_MARKUP = 80_000  # such characters in one text; no honest article has as many
_MOST_EVENTS = 200_000  # of the parser: about a second's work for what reads them
_DEEPEST = 60  # levels of blocks
_PASSES = 3
_KEPT = 128  # parsed articles in memory

_LEAVES = frozenset(("paragraph", "heading", "cell", "code"))


@lru_cache(maxsize=_KEPT)
def parse(source: str) -> Document:
    """The document. A text made to keep its reader busy is one block of code, shown as written."""
    if len(_MARKUP.findall(source)) > _MOST_MARKUP:
        return _as_written(source)
    plain, filled = masked(source), list[Hidden]()
    for _ in range(_PASSES):
        builder = _Builder(source, plain, filled)
        if not builder.build():
            return _as_written(source)
        if not builder.beside_text or not plain.filling:
            break
        plain = plain.filled((c.start, c.start + len(c.text)) for c in builder.beside_text)
        filled = filled + builder.beside_text
    return builder.document()


def _as_written(source: str) -> Document:
    code = Block("code", 0, len(source), last=1)
    piece = Piece("code", source, 0, len(source), 0, False)
    return Document(source, Block("document", 0, len(source), blocks=[code]), (code,), (piece,), (0,), (-1,), ())


_STARTS = {"Paragraph": "paragraph", "BlockQuote": "quote", "CodeBlock": "code", "Item": "item", "TableHead": "header",
           "TableRow": "row", "TableCell": "cell", "Table": "table", "Heading": "heading", "List": "list",
           "FootnoteDefinition": "footnote"}
_TAGS = {"Emphasis": "em", "Strong": "strong", "Strikethrough": "s", "Link": "a", "Image": "picture"}


class _Builder:
    """One walk over the parser's events."""

    def __init__(self, source: str, plain: Masked, hidden: Sequence[Hidden]) -> None:
        self._source, self._plain = source, plain
        self._chars: Callable[[int], int] = int if plain.text.isascii() else Offsets(plain.text)
        self._stack = [Block("document", 0, len(source))]
        self._leaves: list[Block] = []
        self._pieces: list[Piece] = []
        self._rows: list[int] = []
        self._row = -1
        self._struck = 0
        self._is_raw = False  # inside a block of raw HTML, whose source is read as it stands
        self._hidden = list(hidden)
        self.beside_text: list[Hidden] = []  # comments on whose line text is shown

    def build(self) -> bool:
        """Whether the source was read within the bounds."""
        for count, (event, place) in enumerate(pyromark.events_with_range(self._plain.text, options=_OPTIONS)):
            if count > _MOST_EVENTS or len(self._stack) > _DEEPEST:
                return False
            start, end = self._chars(place["start"]), self._chars(place["end"])
            if isinstance(event, str):
                self._break(event, start, end)
                continue
            name: str = next(iter(event))
            value: Any = event[name]  # type: ignore[literal-required]
            if name == "Text" and not self._is_raw:
                self._text("text" if self._stack[-1].kind != "code" else "code", value, start, end)
            elif name == "Start":
                self._start(value, start, end)
            elif name == "End":
                self._end(value, end)
            elif name == "Code":
                self._inside_marks(value, start, end)
            elif name == "InlineHtml":
                self._raw(start, end)
            elif name == "FootnoteReference":
                self._add("note", "", start, end, self._plain.unmasked(value))
            elif name == "TaskListMarker":
                self._add("task", "", start, end, value)
        self._close_tight()
        return True

    def document(self) -> Document:
        """What was read."""
        pieces = joined(self._pieces)
        starts = tuple(p.start for p in pieces)

        def kind_at(at: int) -> str:
            """What shows this place of the source; empty where nothing does."""
            piece = bisect_right(starts, at) - 1
            return pieces[piece].kind if piece >= 0 and at < pieces[piece].end else ""

        told = pyromark.reference_definitions(self._plain.text, options=_OPTIONS) if "]:" in self._source else {}
        spans = [(self._chars(d["span"]["start"]), self._chars(d["span"]["end"])) for d in told.values()]
        found = (*definitions(self._source, spans, self._hidden, kind_at),
                 *hidden_elements(self._source, kind_at), *unclosed_comments(self._source, kind_at))
        hidden = {(h.kind, h.start): h for h in (*self._hidden, *found)}
        return Document(self._source, self._stack[0], tuple(self._leaves), pieces, starts, tuple(self._rows),
                        tuple(sorted(hidden.values(), key=lambda h: h.start)))

    # blocks

    def _start(self, value: Any, start: int, end: int) -> None:
        name, facts = (value, None) if isinstance(value, str) else next(iter(value.items()))
        if name in _TAGS:
            tag = _TAGS[name]
            self._struck += tag == "s"
            self._add("open", "", start, start, (tag, self._plain.unmasked(facts["dest_url"]) if facts else ""))
        elif name == "HtmlBlock":
            self._close_tight()
            self._is_raw = True
            self._raw_block(start, end)
        elif name in _STARTS:
            self._close_tight()
            self._push(_STARTS[name], facts, start, end)

    def _push(self, kind: str, facts: Any, start: int, end: int) -> None:
        while end > start and self._source[end - 1].isspace() and kind != "code":
            end -= 1
        while start < end and self._source[start].isspace() and kind == "cell":
            start += 1
        block = Block(kind, start, end)
        if kind == "heading":
            block.level = int(facts["level"][1])
        elif kind == "list":
            block.level = -1 if facts is None else int(facts)
        elif kind == "footnote":
            block.label = self._plain.unmasked(facts)
        elif kind in ("row", "header"):
            self._row += 1
        self._open(block)

    def _open(self, block: Block) -> None:
        self._stack[-1].blocks.append(block)
        self._stack.append(block)
        if block.kind in _LEAVES:
            self._leaves.append(block)
            self._rows.append(self._row if block.kind == "cell" else -1)
            block.first = block.last = len(self._pieces)

    def _end(self, value: Any, end: int) -> None:
        name = value if isinstance(value, str) else next(iter(value))
        if name in _TAGS:
            tag = _TAGS[name]
            self._add("close", "", self._last_end(), end, (tag, ""))
            self._struck -= tag == "s"
        elif name == "HtmlBlock":
            self._is_raw = False
            self._close_tight()
        elif name in _STARTS:
            if _STARTS[name] not in _LEAVES:
                self._close_tight()
            block = self._stack.pop()
            if block.kind == "heading":
                block.label, kept = anchored(self._pieces[block.first:block.last])
                self._pieces[block.first:block.last] = kept
                block.last = block.first + len(kept)

    def _close_tight(self) -> None:
        if self._stack[-1].tight:
            block = self._stack.pop()
            block.end = max(block.start, self._last_end())

    def _last_end(self) -> int:
        return self._pieces[-1].end if self._pieces else 0

    # text

    def _add(self, kind: str, text: str, start: int, end: int, data: Any = None) -> None:
        if self._stack[-1].kind not in _LEAVES:
            self._open(Block("paragraph", start, end, tight=True))
        leaf = self._stack[-1]
        self._pieces.append(Piece(kind, text, start, end, len(self._leaves) - 1, self._struck > 0, data))
        leaf.last = len(self._pieces)

    def _text(self, kind: str, value: str, start: int, end: int) -> None:
        """Text as the source has it; what the source spells otherwise has one place for all of it."""
        plain = self._plain
        if value != plain.text[start:end]:
            self._add(kind, plain.shown(value, start, end), start, end)
        elif kind == "text" and plain.less and (plain.line in value or plain.filling in value):
            for found in re.finditer(f"{plain.line}+|{plain.filling}+|[^{plain.line}{plain.filling}]+", value):
                low, high = start + found.start(), start + found.end()
                if found[0][0] == plain.line:
                    self._add("hard", "\n", low, high)
                elif found[0][0] != plain.filling:
                    self._add(kind, plain.clean[low:high], low, high)
        else:
            self._add(kind, plain.clean[start:end], start, end)

    def _inside_marks(self, value: str, start: int, end: int) -> None:
        """Inline code, at its own place inside its marks where the source has it so."""
        inner = self._plain.text[start:end].replace("\n", " ").find(value)
        if value and inner >= 0:
            low, high = start + inner, start + inner + len(value)
            self._add("code", self._plain.clean[low:high].replace("\n", " "), low, high, (start, end))
        else:
            self._add("code", self._plain.shown(value, start, end), start, end, (start, end))

    def _break(self, event: str, start: int, end: int) -> None:
        if event == "Rule":
            self._close_tight()
            self._stack[-1].blocks.append(Block("rule", start, end))
        elif event == "SoftBreak":
            self._add("soft", " ", start, end)
        elif event == "HardBreak":
            self._add("hard", "\n", start, end)

    # what is not shown

    def _raw_block(self, start: int, end: int) -> None:
        """A block of raw HTML: comments, which are hidden, and perhaps text on their lines."""
        text, at, shown = self._plain.text[start:end], 0, len(self._pieces)
        comments = []
        for begin, stop in comments_of(text):
            self._rest(text, start, at, begin)
            at = stop
            comments.append(Hidden("comment", start + begin, self._source[start + begin:start + at]))
        unclosed = text.find("<!--", at)
        beyond = self._source.find("-->", end) if comments and unclosed >= 0 else -1
        if beyond >= 0:  # begun beside another comment, it ends on a later line
            comments.append(Hidden("comment", start + unclosed, self._source[start + unclosed:beyond + 3]))
            self.beside_text += comments
            return
        self._rest(text, start, at, len(text) if unclosed < 0 else unclosed)
        if unclosed >= 0:
            comments.append(Hidden("unclosed_comment", start + unclosed, self._source[start + unclosed:end]))
        elif comments and len(self._pieces) > shown:
            self.beside_text += comments
        self._hidden += comments

    def _rest(self, text: str, base: int, start: int, end: int) -> None:
        """What a block of raw HTML shows: its lines as they are."""
        for found in re.finditer(r"[^\s](?:[^\n]*[^\s])?", text[start:end]):
            low, high = base + start + found.start(), base + start + found.end()
            if self._stack[-1].tight:
                self._add("soft", " ", low, low)
            self._text("text", self._plain.text[low:high], low, high)

    def _raw(self, start: int, end: int) -> None:
        """Raw HTML in a line: a comment, which is hidden; anything else is text."""
        text = self._plain.text[start:end]
        if text.startswith("<!--"):
            self._hidden.append(Hidden("comment", start, self._source[start:end]))
        else:
            self._text("text", text, start, end)

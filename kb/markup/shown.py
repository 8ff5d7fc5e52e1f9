"""A stretch of a source as it may be handed out: its places kept, what no page shows blanked.

Comments and link definitions are on no page; nor are the marks of formatting, the address behind a link, a footnote's
reference, and what is struck out. Headings' and items' marks and a table's lines stay: they are how the page looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from kb.markup.document import SHOWN, Block, Document, footnotes
from kb.markup.parse import parse

_ON_NO_PAGE = frozenset({"comment", "definition"})  # of Hidden; the other kinds are shown, as text
_PRINTED = re.compile(r"\S")
_MAY_HIDE = re.compile(r"[*_~`\[\]\\&<]|://")


def without_comments(quote: str) -> str:
    """A stretch that was cut out of a source, as long as it is, with blanks for the comments within it.

    Definitions stand in no stretch that is quoted, and cut out of its place a text may look like one: it is left.
    """
    found = list(quote)
    if "<!--" in quote:
        _blank_hidden(parse(quote), found, 0, frozenset({"comment"}))
    return "".join(found)


def shown_source(source: str, start: int, end: int) -> str:
    """``source[start:end]``, as long as that, with blanks for what the page does not show.

    Whoever gets the words of a section or of a passage gets those that the page shows; offsets into them stay true.
    """
    text = source[start:end]
    if not _MAY_HIDE.search(text) and "<!--" not in source and "]:" not in source:
        return text  # every search hit comes by here: no parsing for nothing
    document = parse(source)
    found = list(text)
    for low, high, shown in _replaced(document, start, end):
        for at in range(max(start, low), min(end, high)):
            if not source[at].isspace():
                found[at - start] = shown[at - low] if at - low < len(shown) else " "
    _blank_hidden(document, found, start)
    return "".join(found)


def without_hidden(source: str) -> str:
    """A whole source as Markdown, as long as it is, with blanks for its comments and link definitions.

    Whoever may not write for it gets no more words than its page shows, and can still show it as a page.
    """
    found = list(source)
    if "<!--" in source or "]:" in source:
        _blank_hidden(parse(source), found, 0)
    return "".join(found)


def _blank_hidden(document: Document, found: list[str], start: int, kinds: Set[str] = _ON_NO_PAGE) -> None:
    """Blank in ``found``, which begins at ``start``, what stands on no page."""
    for hidden in document.hidden:
        low, high = max(start, hidden.start), min(start + len(found), hidden.start + len(hidden.text))
        if hidden.kind in kinds and low < high:
            found[low - start:high - start] = _PRINTED.sub(" ", document.source[low:high])


def _replaced(document: Document, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The ranges that touch a stretch whose source is not what is shown, each with what is."""
    for note in footnotes(document.root):
        first = next(_leaves(note), None)
        if first is not None and note.start < end and start < first.start:
            yield note.start, first.start, ""
    for leaf in document.leaves:
        if leaf.start < end and start < leaf.end and leaf.kind not in ("code", "rule"):
            yield from _inside(document, leaf)


def _inside(document: Document, leaf: Block) -> Iterator[tuple[int, int, str]]:
    """What of a leaf is formatting, struck out, or spelt otherwise than it is shown."""
    pieces = document.pieces[leaf.first:leaf.last]
    if not pieces:
        return
    at = min(pieces[0].start, pieces[0].data[0]) if pieces[0].kind == "code" and pieces[0].data else pieces[0].start
    if at > leaf.start and document.source[at - 1] == "\\":
        at -= 1
    for piece in pieces:
        if piece.kind in ("open", "close", "note") or (piece.kind in SHOWN and piece.struck):
            continue
        yield at, piece.start, ""
        if not piece.is_literal and piece.kind in ("text", "code"):
            yield piece.start, piece.end, piece.text
        at = max(at, piece.end)
    last = pieces[-1]
    yield at, max(last.end, last.data[1] if last.kind == "code" and last.data else 0), ""


def _leaves(block: Block) -> Iterator[Block]:
    for inner in block.blocks:
        if inner.blocks:
            yield from _leaves(inner)
        else:
            yield inner

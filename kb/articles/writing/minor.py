"""Whether an edit is minor: nothing but slips, marks and spaces, as ``harmless`` lists them.

The burden lies with the edit. Both texts are read block by block and cell by cell, in order; what does not read alike
is more than a minor edit, whatever it says. Headings, code, links' addresses, comments, what is struck out, the shape
of lists and tables, and every field beside the text stay as they are to the letter. Bold and slanted type is free.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from kb.articles.revisions import RevisionText
from kb.articles.writing.harmless import as_written, reading
from kb.markup.document import SHOWN, Block, Document, Piece
from kb.markup.parse import parse

_FREE = ("source", "author", "change_note", "is_minor")  # fields that a minor edit may change, the source within limits
_TOLD, _AROUND = 6, 2  # differing blocks that a refusal names; words that it shows before and after a difference


@dataclass(frozen=True, slots=True)
class _Content:
    """A text as it is compared: what must stand still, by kind, and its words, leaf by leaf."""

    fixed: dict[str, tuple[str, ...]]
    leaves: tuple[tuple[str, ...], ...]


def major_changes(before: RevisionText, after: RevisionText) -> dict[str, str]:
    """What of the edit is not minor: the kind (or the field), with what stood and what stands; empty when it is minor.
    """
    found = {name: _told(str(getattr(before, name)), str(getattr(after, name)))
             for name in (f.name for f in fields(RevisionText)) if name not in _FREE
             and getattr(before, name) != getattr(after, name)}
    old, new = _content(before.source), _content(after.source)
    for kind, was in old.fixed.items():
        if was != new.fixed[kind]:
            found[kind] = _told(*_difference(was, new.fixed[kind], around=0))
    words = list(_differing_words(old.leaves, new.leaves))
    if words:
        found["words"] = "; ".join(words)
    return found


def _content(source: str) -> _Content:
    document = parse(source)
    fixed: dict[str, list[str]] = {"heading": [], "structure": [], "link": [], "code": []}
    leaves: list[tuple[str, ...]] = []
    places = {id(leaf): n for n, leaf in enumerate(document.leaves)}
    for block in _blocks(document.root):
        fixed["structure"].append(f"{block.kind} {block.level if block.kind != 'heading' else 0} {block.label}"
                                  .rstrip(" 0"))
        if block.kind == "heading":
            fixed["heading"].append(f"{'#' * block.level} {_literally(document, block)}")
        elif block.kind == "code":
            fixed["code"].append(_literally(document, block))
        elif id(block) in places:
            leaves.append(_words(document, block))
    for piece in document.pieces:
        if piece.kind == "open" and piece.data[0] in ("a", "picture"):
            fixed["link"].append(str(piece.data[1]))
    fixed["structure"] += [f"{hidden.kind} {hidden.text}" for hidden in document.hidden]
    return _Content({kind: tuple(marks) for kind, marks in fixed.items()}, tuple(leaves))


def _blocks(block: Block) -> Iterator[Block]:
    yield block
    for inner in block.blocks:
        yield from _blocks(inner)


def _literally(document: Document, block: Block) -> str:
    """A block to the letter, with what its marks say."""
    return "".join(piece.text if piece.kind in SHOWN else f"<{piece.kind} {piece.data}>"
                   for piece in document.pieces[block.first:block.last]
                   if piece.kind in SHOWN or not _is_type(piece.data))


def _words(document: Document, block: Block) -> tuple[str, ...]:
    """How a paragraph or a cell reads; links, code, boxes and what is struck out stand in it as words of their own."""
    found: list[str] = []
    run = ""
    for piece in document.pieces[block.first:block.last]:
        if piece.kind in ("text", "soft", "hard"):
            run += piece.text
        elif piece.kind in ("open", "close") and _is_type(piece.data):
            continue
        else:
            found += [*reading(run), _mark(piece)]
            run = ""
    found += reading(run)
    return tuple(found[:-1] if found[-1:] == ["."] else found)  # a full stop at the end of a block is free


def _mark(piece: Piece) -> str:
    """What stands among the words for a link, a picture, code, a box, a note, or an end of what is struck out."""
    if piece.kind in ("open", "close"):
        return {"s": "~~", "a": "[]()", "picture": "![]()"}.get(piece.data[0], f"<{piece.data[0]}>") + (
            "" if piece.kind == "open" else "/")
    return f"`{piece.text}`" if piece.kind == "code" else f"[^{piece.data}]"


def _is_type(data: object) -> bool:
    return isinstance(data, tuple) and data[0] in ("em", "strong")


def _differing_words(old: tuple[tuple[str, ...], ...], new: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    """Of the first blocks that read otherwise, what stood and what stands, with a word or two around it."""
    if len(old) != len(new):  # blocks came or went: told as the first that differs, for what follows has moved
        n = next((n for n, (one, other) in enumerate(zip(old, new, strict=False)) if one != other),
                 min(len(old), len(new)))
        yield _told(as_written(old[n]) if n < len(old) else "", as_written(new[n]) if n < len(new) else "")
        return
    pairs = [(one, other) for one, other in zip(old, new, strict=True) if one != other]
    for one, other in pairs[:_TOLD]:
        yield _told(*_difference(one, other, around=_AROUND))


def _difference(was: tuple[str, ...], stands: tuple[str, ...], *, around: int) -> tuple[str, str]:
    """What lies between the common head and the common tail of both."""
    shortest = min(len(was), len(stands))
    head = next((n for n in range(shortest) if was[n] != stands[n]), shortest)
    tail = next((n for n in range(shortest - head) if was[-1 - n] != stands[-1 - n]), shortest - head)
    first, past = max(head - around, 0), max(tail - around, 0)
    return as_written(was[first:len(was) - past]), as_written(stands[first:len(stands) - past])


def _told(was: str, stands: str) -> str:
    return f"{_cut(was)} -> {_cut(stands)}"


def _cut(words: str) -> str:
    words = words.replace("; ", ";")  # that parts the differences
    return f"{words[:40]}…" if len(words) > 40 else words or "(none)"

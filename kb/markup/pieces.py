"""What is made of pieces once all of a block, or of the text, are there: headings' names, wrapped lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.markup.document import Piece

_WIDE = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—·〇"
_BETWEEN_WIDE = re.compile(f"[{_WIDE}]{{2}}")  # two such characters: no blank between them where a line was wrapped
_ANCHOR = re.compile(r"[ \t]*\{#([\w-]{1,80})\}[ \t]*$")


def anchored(pieces: Sequence[Piece]) -> tuple[str, list[Piece]]:
    """A heading's name and what is shown of it: ``{#name}`` at its end names it and is not shown."""
    at = len(pieces)
    text = ""
    while at and pieces[at - 1].kind == "text" and pieces[at - 1].is_literal:
        at -= 1
        text = pieces[at].text + text
    found = _ANCHOR.search(text)
    if not found:
        return "", list(pieces)
    left = found.start()
    kept = list(pieces[:at])
    for piece in pieces[at:]:
        if left > 0:
            kept.append(piece._replace(text=piece.text[:left], end=piece.start + len(piece.text[:left])))
            left -= len(piece.text)
    return found[1], kept


def joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """The pieces; where a line was wrapped between two Chinese characters there is no blank."""
    found = list(pieces)
    for at, piece in enumerate(found):
        if piece.kind == "soft":
            before = next((p.text[-1] for p in reversed(found[max(0, at - 4):at]) if p.text), "")
            after = next((p.text[0] for p in found[at + 1:at + 5] if p.text), "")
            if _BETWEEN_WIDE.match(before + after):
                found[at] = piece._replace(text="")
    return tuple(found)

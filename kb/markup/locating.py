"""Finding words that somebody saw on a page in the source that the page was made from, and back."""

from __future__ import annotations

from collections.abc import Sequence

from kb.markup.document import SHOWN, Document

_MOST_MARKED = 200_000  # pieces times highlights that are looked at


def stretch_of(document: Document, quote: str, near: int = 0) -> tuple[int, int] | None:
    """The stretch of the source that shows these words, blanks aside; of several the one nearest to the ``near``-th
    character that is shown. None where they are not shown in a row."""
    wanted = "".join(quote.split())
    shown: list[str] = []
    places: list[tuple[int, int]] = []
    for piece in document.pieces:
        if piece.kind not in SHOWN:
            continue
        for at, character in enumerate(piece.text):
            if not character.isspace():
                shown.append(character)
                start = piece.start + at
                places.append((start, start + 1) if piece.is_literal else (piece.start, piece.end))
    text = "".join(shown)
    if not wanted or wanted not in text:
        return None
    after = text.find(wanted, max(near, 0))
    before = text.rfind(wanted, 0, max(near, 0) + len(wanted))
    found = min((at for at in (before, after) if at >= 0), key=lambda at: abs(at - near))
    return places[found][0], places[found + len(wanted) - 1][1]


def reaching(document: Document, highlights: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """(number, start, end) of the highlights. One that holds nothing shown (table rules, a link's address) becomes the
    first block that it touches or precedes."""
    found = []
    for n, (start, end) in enumerate(highlights, 1):
        if end <= start or not any(p.text.strip() for p in document.between(start, end)):
            near = next((leaf for leaf in document.leaves if leaf.end > start and document.text_of(leaf)), None)
            if near is None:
                continue
            start, end = near.start, near.end
        found.append((n, start, end))
    return found if len(found) * len(document.pieces) <= _MOST_MARKED else found[:1]

"""Finding words that somebody saw on a page in the source that the page was made from."""

from __future__ import annotations

from kb.markup.document import SHOWN, Document


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

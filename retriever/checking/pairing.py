"""Which pieces of two texts stand for each other, and what then differs in substance.

First those that say the same below the same words; then those that say the same elsewhere, whose surroundings are
compared; then rows of one name; then groups of pieces that share clauses, in which nobody knows which became which.
What is left of the old text was dropped, what is left of the new one came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from retriever.checking.pieces import Piece
from retriever.checking.quantities import missing
from retriever.checking.substance import Difference, Differs, alike, differences, is_left
from retriever.checking.wording import Wording, joined

_SHARED = 0.4  # of the words of two clauses, at which their pieces belong together
_HELD = 0.6  # of the shorter one's words
_AWAY = 0.7  # what it counts for in another section


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """An old piece of which something no longer holds, with the new pieces that stand for it (none: it is gone)."""

    old: Piece
    new: tuple[Piece, ...]
    differs: tuple[Differs, ...]
    is_context: bool = False  # its own words are the same, and stand below others


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What differs in substance between two texts; ``touched`` are all old pieces that are worded otherwise."""

    changes: tuple[Change, ...]
    come: tuple[Piece, ...]  # new pieces that stand for no old one
    touched: tuple[Piece, ...]


def compare(old: Sequence[Piece], new: Sequence[Piece]) -> Compared:
    """What of the old text no longer holds in the new one."""
    left, right = list(old), list(new)
    changes: list[Change] = []
    _paired(left, right, lambda piece: (piece.key, piece.context))
    moved = _paired(left, right, lambda piece: piece.key)
    paths = {piece.heading.key for piece in new}
    for one, other in moved:
        found = _by_context(one, other, paths, {piece.lead.plain for piece in new})
        if found:
            changes.append(Change(one, (other,), tuple(found), is_context=True))
    for one, other in _paired(left, right, _row_name):
        found = [*_by_cell(one, other), *_by_context(one, other, paths, frozenset())]
        if found:
            changes.append(Change(one, (other,), tuple(found)))
    touched = tuple(left)
    groups = _groups(left, right, frozenset(paths))
    for olds, news in groups:
        changes += _in_group(olds, news, right)
    grouped = {id(piece) for _, news in groups for piece in news}
    return Compared(tuple(sorted(changes, key=lambda change: change.old.unit.start)),
                    tuple(piece for piece in right if id(piece) not in grouped), touched)


def _paired(left: list[Piece], right: list[Piece],
            key: Callable[[Piece], Hashable | None]) -> list[tuple[Piece, Piece]]:
    """Pairs of equal keys in reading order, taken out of both lists; None is no key."""
    waiting: dict[Hashable, list[Piece]] = defaultdict(list)
    for piece in right:
        waiting[key(piece)].append(piece)
    found = []
    for piece in list(left):
        name = key(piece)
        if name is not None and waiting.get(name):
            other = waiting[name].pop(0)
            left.remove(piece)
            right.remove(other)
            found.append((piece, other))
    return found


def _row_name(piece: Piece) -> Hashable | None:
    name = piece.name
    return (name.key, piece.heading.key, len(piece.cells)) if name is not None and name.clauses else None


def _by_cell(old: Piece, new: Piece) -> list[Differs]:
    """What differs from cell to cell of two rows of one name."""
    found = []
    for one, other in zip(old.cells[1:], new.cells[1:], strict=False):
        if one.key != other.key:
            found += differences(one, other)
    return found


def _by_context(old: Piece, new: Piece, headings: Iterable[Hashable], leads: Iterable[Hashable]) -> list[Differs]:
    """What differs in what two pieces of the same words stand below."""
    found: list[Differs] = []
    if old.heading.key != new.heading.key:
        if old.heading.key in headings:  # it moved to another section
            found.append(Differs(Difference.MOVED, _title(old), _title(new)))
        else:
            found += _of_headings(old, new)
    if old.lead.key != new.lead.key:
        if old.lead_cells and len(old.lead_cells) == len(new.lead_cells):
            for one, other in zip(old.lead_cells, new.lead_cells, strict=True):
                found += differences(one, other) if one.key != other.key else []
        elif old.lead.plain in leads and old.lead.plain != new.lead.plain and old.lead.plain and not old.lead_cells:
            found.append(Differs(Difference.MOVED, old.lead.plain, new.lead.plain))
        elif old.lead.words and new.lead.words:
            found += differences(old.lead, new.lead)
    return found


def _of_headings(old: Piece, new: Piece) -> list[Differs]:
    one, other, was, now = old.heading, new.heading, _title(old), _title(new)
    if not one.words or not other.words:
        return []
    if one.denials % 2 != other.denials % 2 and alike(one.words, other.words) > 0:
        return [Differs(Difference.DENIAL, was, now)]
    shared = set(one.plain) & set(other.plain) if not one.plain.isascii() else set(one.words) & set(other.words)
    return [] if shared else [Differs(Difference.MOVED, was, now)]


def _title(piece: Piece) -> str:
    return piece.path[-1] if piece.path else ""


def _groups(left: Sequence[Piece], right: Sequence[Piece], headings: frozenset[Hashable],
            ) -> list[tuple[list[Piece], list[Piece]]]:
    """Pieces of both that share clauses, directly or through others; an old piece alone is a group too.

    ``headings`` are those of the new text: what stood below one of them stands there still, or moved away.
    """
    parent = {id(piece): id(piece) for piece in (*left, *right)}

    def root(name: int) -> int:
        while parent[name] != name:
            name = parent[name]
        return name

    def fit(words: Sequence[str], piece: Piece, other: Piece, *, is_old: bool) -> float:
        one = piece if is_old else other
        is_near = piece.heading.key == other.heading.key or one.heading.key not in headings
        return _fit(words, other.wording) * (1.0 if is_near else _AWAY)

    for some, others in ((left, right), (right, left)):
        for piece in some:
            for words in [clause.words for clause in piece.wording.clauses] + [piece.wording.words]:
                best = max(others, key=lambda other: fit(words, piece, other, is_old=some is left), default=None)
                if best is not None and fit(words, piece, best, is_old=some is left) >= _SHARED:
                    parent[root(id(piece))] = root(id(best))
    found: dict[int, tuple[list[Piece], list[Piece]]] = defaultdict(lambda: ([], []))
    for n, some in enumerate((left, right)):
        for piece in some:
            found[root(id(piece))][n].append(piece)
    return [(olds, news) for olds, news in found.values() if olds]


def _fit(words: Sequence[str], other: Wording) -> float:
    """How well some words of a piece fit into another one: into one of its clauses, or into the whole."""
    return max(_share(words, some) for some in (*(clause.words for clause in other.clauses), other.words))


def _share(words: Sequence[str], others: Sequence[str]) -> float:
    one, other = set(words), set(others)
    common = len(one & other)
    if not common:
        return 0.0
    return max(common / len(one | other), common / min(len(one), len(other)) * _HELD if common > 1 else 0.0)


def _in_group(olds: Sequence[Piece], news: Sequence[Piece], right: Sequence[Piece]) -> list[Change]:
    """What of these old pieces does not hold in the new ones; ``right`` are all that are worded otherwise."""
    if not news:
        news = [other for piece in olds for other in right if _is_covered(piece, other)]
    if not news:
        return [Change(piece, (), (Differs(Difference.DROPPED, piece.wording.plain),)) for piece in olds
                if piece.wording.words or piece.wording.quantities]
    new = joined([piece.wording for piece in news])
    paths = {piece.heading.key for piece in news}
    around = joined([piece.wording for piece in right if piece.heading.key in paths])
    above = [quantity for piece in news for quantity in piece.lead.quantities]
    whole = joined([piece.wording for piece in olds])
    differ = {(one.kind, one.was) for one in differences(whole, new, around, above)}
    changes = []
    for piece in olds:
        found = [one for one in differences(piece.wording, new, around, above)
                 if one.kind is Difference.FIGURE or (one.kind, one.was) in differ]
        if found:
            near = tuple(other for other in news if _share(piece.wording.words, other.wording.words) > 0)
            changes.append(Change(piece, near or tuple(news), tuple(found)))
    return changes


def _is_covered(old: Piece, new: Piece) -> bool:
    """Whether half of an old piece's words, in one form or another, stand in a new piece."""
    words, own = old.wording.words, set(old.wording.words)
    if len(words) < 2 and old.wording.quantities and not missing(old.wording.quantities, new.wording.quantities):
        return True  # of little but figures, and all of them stand there
    novel = {word for word in new.wording.words if word not in own}
    left = sum(is_left(word, set(new.wording.words), new.wording.plain, novel) for word in words)
    return bool(words) and left * 2 >= len(words)

"""The words of leaf blocks, with what they stand in (links, code, what is struck out), and which of them differ.

Words are paired along a longest common subsequence; then pairs that say too little to stand alone between two changes
are given up, for a reader takes in one changed phrase more easily than five changed scraps. A figure that stayed is
never given up. Work is bounded by a product of lengths, beyond which a stretch counts as replaced whole.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from rapidfuzz.distance import LCSseq

from kb.markup.comparing.words import cut, is_figure, weight
from kb.markup.document import SHOWN, Block, Document, Piece

_MOST_PAIRS = 20_000_000  # words of one stretch times words of the other: some ten milliseconds
_SCRAP = 4.0  # a pair heavier than this stands alone whatever is around it
_LEAST_ALIKE = 0.3  # two leaves less alike than this are shown one after the other: marks in them would be confetti
_FARTHEST = 40  # words that a stretch is moved by
_ENDS = frozenset("。！？；.!?;\n")
_PAUSES = frozenset("，、：,:（）()")
_TELLING = ("a", "s", "picture")  # what of the formatting readers rely on: where a link leads, what is struck out

Wraps = tuple[tuple[str, str], ...]


class Part(NamedTuple):
    """Text of a word in one formatting; its place in its source, where each character has one."""

    kind: str
    text: str
    start: int
    wraps: Wraps
    struck: bool


class Word(NamedTuple):
    """What is compared: ``key`` is equal for words that readers see alike. A mark without text (a note's, a box) is a
    word of one piece."""

    key: Hashable
    text: str
    parts: tuple[Part, ...]
    piece: Piece | None = None


class Run(NamedTuple):
    """Words in a row that stayed (sign " "), went ("-") or came ("+")."""

    sign: str
    words: Sequence[Word]


@dataclass(frozen=True, slots=True)
class Texts:
    """A document whose leaves are compared; ``notes`` tells for a footnote's label what it says."""

    document: Document
    notes: dict[str, Hashable]

    def words(self, leaf: Block) -> list[Word]:
        """The words of a leaf."""
        found: list[Word] = []
        run: list[Part] = []
        for part in self.parts(leaf):
            if isinstance(part, Part):
                run.append(part)
            else:
                found += _words_of(run)
                found.append(part)
                run = []
        return found + _words_of(run)

    def parts(self, leaf: Block) -> Iterator[Part | Word]:
        """The leaf's text by formatting, and between it the marks without text."""
        wraps: list[tuple[str, str]] = []
        since_open = 0
        for piece in self.document.pieces[leaf.first:leaf.last]:
            since_open += 1
            if piece.kind in SHOWN:
                kind = "code" if piece.kind == "code" and leaf.kind != "code" else "text"
                yield Part(kind, piece.text, piece.start if piece.is_literal else -1, tuple(wraps), piece.struck)
            elif piece.kind == "open":
                wraps.append(piece.data)
                since_open = 0
            elif piece.kind == "close":
                if piece.data[0] == "picture" and since_open == 1:
                    yield Word(("picture", wraps[-1][1]), "", (Part("text", "", -1, tuple(wraps), piece.struck),))
                wraps.pop()
            else:
                what = self.notes.get(piece.data, piece.data) if piece.kind == "note" else piece.data
                yield Word((piece.kind, what), "", (), piece)


def _words_of(run: Sequence[Part]) -> list[Word]:
    """The words of a stretch of text, cut without regard to its formatting."""
    if not run:
        return []
    words: list[Word] = []
    left, at, first = 0, 0, 0
    for text in cut("".join(part.text for part in run)):
        parts: list[Part] = []
        need = len(text)
        while need:
            part = run[first]
            here = part.text[at:at + need]
            if here:
                parts.append(part._replace(text=here, start=part.start + at if part.start >= 0 else -1))
            need -= len(here)
            at += len(here)
            if at >= len(part.text):
                first, at = first + 1, 0
        left += len(text)
        words.append(Word(_key(text, parts), text, tuple(parts)))
    return words


def _key(text: str, parts: Sequence[Part]) -> Hashable:
    shown = " " if text.isspace() and "\n" not in text else text
    told = tuple(dict.fromkeys(telling(part) for part in parts))
    return shown if told == ((),) else (shown, told)


def telling(part: Part) -> Wraps:
    """What of a part's formatting readers rely on."""
    return tuple(wrap for wrap in part.wraps if wrap[0] in _TELLING)


def compared(old: Sequence[Word], new: Sequence[Word]) -> list[Run]:
    """Both texts as runs in reading order, what went before what came; all of it replaced where little is shared."""
    same = paired(old, new)
    shared = sum(weight(old[i].text) for i, j, n in same for i in range(i, i + n))
    whole = sum(weight(word.text) for word in (*old, *new))
    if 2 * shared < _LEAST_ALIKE * whole:
        return [run for run in (Run("-", old), Run("+", new)) if run.words]
    return runs_of(old, new, same)


def runs_of(old: Sequence[Word], new: Sequence[Word], same: Sequence[tuple[int, int, int]]) -> list[Run]:
    """The runs between and of these stretches that stayed: (place in old, place in new, length)."""
    runs: list[Run] = []
    i = j = 0
    for next_i, next_j, length in (*same, (len(old), len(new), 0)):
        runs += [Run("-", old[i:next_i]), Run("+", new[j:next_j]), Run(" ", new[next_j:next_j + length])]
        i, j = next_i + length, next_j + length
    return [run for run in runs if run.words]


def paired(old: Sequence[Word], new: Sequence[Word]) -> list[tuple[int, int, int]]:
    """The stretches of equal words that stay, as :func:`runs_of` takes them."""
    a, b = _numbered(old, new)
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    same = [(0, 0, head)] if head else []
    middle_a, middle_b = a[head:len(a) - tail], b[head:len(b) - tail]
    if middle_a and middle_b and len(middle_a) * len(middle_b) <= _MOST_PAIRS:
        same += [(op.src_start + head, op.dest_start + head, op.src_end - op.src_start)
                 for op in LCSseq.opcodes(middle_a, middle_b) if op.tag == "equal"]
    if tail:
        same.append((len(a) - tail, len(b) - tail, tail))
    return _slid(old, new, a, b, _without_scraps(old, new, _joined(same)))


def _numbered(old: Sequence[Word], new: Sequence[Word]) -> tuple[list[int], list[int]]:
    numbers: dict[Hashable, int] = {}
    return tuple([numbers.setdefault(word.key, len(numbers)) for word in words]  # type: ignore[return-value]
                 for words in (old, new))


def _joined(same: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    for i, j, length in same:
        if found and (i, j) == (found[-1][0] + found[-1][2], found[-1][1] + found[-1][2]):
            found[-1] = (*found[-1][:2], found[-1][2] + length)
        else:
            found.append((i, j, length))
    return found


def _without_scraps(old: Sequence[Word], new: Sequence[Word], same: Sequence[tuple[int, int, int]]
                    ) -> list[tuple[int, int, int]]:
    """The stretches that say enough to stand between the changes before and behind them."""
    kept: list[tuple[int, int, int]] = []
    ends = (*same, (len(old), len(new), 0))
    olds, news = ([0.0, *accumulate(weight(word.text) for word in words)] for words in (old, new))
    i = j = 0
    for n, (at, to, length) in enumerate(same):
        before = max(olds[at] - olds[i], news[to] - news[j])
        next_i, next_j, _ = ends[n + 1]
        after = max(olds[next_i] - olds[at + length], news[next_j] - news[to + length])
        is_edge = (at, to) == (0, 0) or (at + length, to + length) == (len(old), len(new))
        own = olds[at + length] - olds[at]
        if is_edge or own > _SCRAP or own > min(before, after) or _is_solid(old[at:at + length]):
            kept.append((at, to, length))
            i, j = at + length, to + length
    return kept


def _is_solid(words: Sequence[Word]) -> bool:
    """Whether a word among them says that it stayed: a figure, a mark, the end of a sentence."""
    return any(is_figure(word.text) or word.piece is not None or word.text in _ENDS for word in words)


def _slid(old: Sequence[Word], new: Sequence[Word], a: Sequence[int], b: Sequence[int],
          same: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Where words only came or only went, and it might have been others beside them, those that are a clause."""
    found = list(same)
    for n in range(len(found) - 1):
        (i, j, length), (next_i, next_j, next_length) = found[n], found[n + 1]
        if i + length == next_i:
            by = _best_slide(new, b, j + length, next_j, length, next_length)
        elif j + length == next_j:
            by = _best_slide(old, a, i + length, next_i, length, next_length)
        else:
            continue
        found[n] = (i, j, length + by)
        found[n + 1] = (next_i + by, next_j + by, next_length - by)
    return [stretch for stretch in found if stretch[2]]


def _best_slide(words: Sequence[Word], keys: Sequence[int], first: int, last: int, room: int, room_after: int) -> int:
    """By how many words the stretch [first, last) is to be moved; as many at most as stay before and after it."""
    best, by = _fit(words, first, last), 0
    for step, limit in ((-1, min(room, _FARTHEST)), (1, min(room_after, _FARTHEST))):
        for n in range(1, limit + 1):
            low, high = first + step * n, last + step * n
            gone, come = (low, high) if step < 0 else (low - 1, high - 1)
            if keys[gone] != keys[come]:
                break
            fit = _fit(words, low, high)
            if fit > best:
                best, by = fit, step * n
    return by


def _fit(words: Sequence[Word], first: int, last: int) -> int:
    """How well a stretch begins and ends where a clause does."""
    return sum(_edge(words[at - 1].text if at else "\n") for at in (first, last))


def _edge(before: str) -> int:
    return 4 if before in _ENDS else 3 if before in _PAUSES else 1 if before.isspace() else 0


def compared_texts(old: str, new: str) -> list[tuple[str, str]]:
    """Two plain texts as (sign, words) in reading order, signs as of :class:`Run`."""
    runs = compared(*([Word(word, word, ()) for word in cut(text)] for text in (old, new)))
    return [(run.sign, "".join(word.text for word in run.words)) for run in runs]

"""Which blocks of two texts are the same, and which became which.

Equal ones first, by their numbers (:class:`Numbers` gives equal blocks equal numbers); between them those of a kind
that have most in common, in order. What is alike is told by the words that two blocks share, not by their order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from kb.markup.alignment import same_lines
from kb.markup.comparing.leaves import Texts, Word, telling
from kb.markup.document import Block

_MOST_PAIRS = 3_000  # blocks of a gap times blocks of the other text there; beyond, the n-th is tried with the n-th
_ALL_PAIRS = 30_000  # the same, of all gaps together
_LEAST_ALIKE = 0.4
_TERM = re.compile(r"[A-Za-z]+|\d+|[^\W\d_a-zA-Z]")

Bag = Counter[str]
Pair = tuple[Block | None, Block | None]


@dataclass(slots=True)
class Numbers:
    """A number for whatever a block shows, the same for what looks the same; and the words that it holds."""

    known: dict[Hashable, int] = field(default_factory=dict)
    numbered: dict[int, int] = field(default_factory=dict)
    bags: dict[int, Bag] = field(default_factory=dict)
    spent: int = 0

    def of(self, texts: Texts, block: Block) -> int:
        """The block's number."""
        found = self.numbered.get(id(block))
        if found is None:
            shown: Hashable
            if block.blocks:
                shown = (block.kind, block.level, *(self.of(texts, inner) for inner in block.blocks))
            else:
                shown = (block.kind, block.level, *_shown(texts, block))
            found = self.numbered[id(block)] = self.known.setdefault(shown, len(self.known))
        return found

    def bag(self, texts: Texts, block: Block) -> Bag:
        """The block's words, counted."""
        found = self.bags.get(id(block))
        if found is None:
            text = texts.document.visible(block.start, block.end, struck=True)
            found = self.bags[id(block)] = Counter(_TERM.findall(text))
        return found


def _shown(texts: Texts, leaf: Block) -> list[Hashable]:
    """What a leaf shows: its text in runs of one telling format."""
    found: list[Hashable] = []
    text, told = "", ()
    for part in texts.parts(leaf):
        if isinstance(part, Word):
            found += [(text, told), part.key]
            text = ""
        elif telling(part) == told:
            text += part.text
        else:
            found.append((text, told))
            text, told = part.text, telling(part)  # type: ignore[assignment]
    found.append((text, told))
    return [(" ".join(one[0].split()), one[1]) if isinstance(one, tuple) and isinstance(one[0], str) else one
            for one in found]


def likeness(one: Bag, other: Bag) -> float:
    """How much two bags share, from 0 to 1 (Dice's coefficient)."""
    whole = one.total() + other.total()
    return 2 * (one & other).total() / whole if whole else 1.0


def paired_blocks(numbers: Numbers, old: Texts, olds: Sequence[Block], new: Texts, news: Sequence[Block]
                  ) -> list[Pair]:
    """All blocks of both in reading order: together where they are the same or became another, else alone."""
    same = same_lines([numbers.of(old, block) for block in olds], [numbers.of(new, block) for block in news])
    pairs: list[Pair] = []
    i = j = 0
    for next_i, next_j in [*same, (len(olds), len(news))]:
        pairs += _in_gap(numbers, old, olds[i:next_i], new, news[j:next_j])
        if next_i < len(olds):
            pairs.append((olds[next_i], news[next_j]))
        i, j = next_i + 1, next_j + 1
    return pairs


def _in_gap(numbers: Numbers, old: Texts, olds: Sequence[Block], new: Texts, news: Sequence[Block]) -> list[Pair]:
    """Pairs of the most likeness in all, in order; of what stays alone the old ones before the new ones."""
    cost = len(olds) * len(news)
    if cost > _MOST_PAIRS or numbers.spent + cost > _ALL_PAIRS:
        chosen = [(n, n) for n in range(min(len(olds), len(news))) if _becomes(olds[n], news[n])]
    else:
        numbers.spent += cost
        chosen = _chosen(_table(numbers, old, olds, new, news))
    pairs: list[Pair] = []
    i = j = 0
    for next_i, next_j in [*chosen, (len(olds), len(news))]:
        pairs += [(block, None) for block in olds[i:next_i]]
        pairs += [(None, block) for block in news[j:next_j]]
        if next_i < len(olds) and next_j < len(news):
            pairs.append((olds[next_i], news[next_j]))
        i, j = next_i + 1, next_j + 1
    return pairs


def _becomes(one: Block, other: Block) -> bool:
    """Whether a block can be shown as a changed form of another."""
    if one.kind != other.kind or (one.kind == "heading" and one.level != other.level):
        return False
    return one.kind != "list" or (one.level < 0) == (other.level < 0)


def _table(numbers: Numbers, old: Texts, olds: Sequence[Block], new: Texts, news: Sequence[Block]
           ) -> list[list[float]]:
    """How alike each old block is to each new one; 0 where it is not enough."""
    found: list[list[float]] = []
    for one in olds:
        own = numbers.bag(old, one)
        scores = [likeness(own, numbers.bag(new, other)) if _becomes(one, other) else 0.0 for other in news]
        found.append([score if score >= _LEAST_ALIKE else 0.0 for score in scores])
    return found


def _chosen(scores: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The rising pairs with the greatest sum of scores."""
    rows, columns = len(scores), len(scores[0]) if scores else 0
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            taken = scores[i][j] + best[i + 1][j + 1] if scores[i][j] else 0.0
            best[i][j] = max(taken, best[i + 1][j], best[i][j + 1])
    found: list[tuple[int, int]] = []
    i = j = 0
    while i < rows and j < columns:
        if scores[i][j] and best[i][j] == scores[i][j] + best[i + 1][j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found

"""A table that became another: columns paired by their heads, rows by their key (the first column that both have)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from kb.markup.alignment import same_lines
from kb.markup.comparing.building import Builder
from kb.markup.comparing.leaves import Run, Texts
from kb.markup.comparing.pairing import Numbers, Pair, paired_blocks
from kb.markup.document import Block

_ABSENT = Block("cell", 0, 0)
Columns = Sequence[tuple[int | None, int | None]]


@dataclass(frozen=True, slots=True)
class Tables:
    """Both tables, and what is needed to write them as one."""

    builder: Builder
    numbers: Numbers
    old: Block
    new: Block
    keys: dict[int, str] = field(default_factory=dict)  # of rows whose key both tables have once, by the row's id

    def columns(self) -> Columns:
        """Which column became which; those between two that stayed are paired in order."""
        heads = [[self.numbers.of(texts, cell) for cell in table.blocks[0].blocks]
                 for texts, table in ((self.builder.old, self.old), (self.builder.new, self.new))]
        pairs: list[tuple[int | None, int | None]] = []
        i = j = 0
        for next_i, next_j in [*same_lines(*heads), (len(heads[0]), len(heads[1]))]:
            both = min(next_i - i, next_j - j) if next_i - i == next_j - j else 0
            pairs += [(i + n, j + n) for n in range(both)]
            pairs += [(n, None) for n in range(i + both, next_i)] + [(None, n) for n in range(j + both, next_j)]
            if next_i < len(heads[0]):
                pairs.append((next_i, next_j))
            i, j = next_i + 1, next_j + 1
        return pairs

    def rows(self, columns: Columns) -> list[Pair]:
        """Which row became which, without the heads; by their keys where these tell rows apart."""
        key = next(((i, j) for i, j in columns if i is not None and j is not None), None)
        olds, news = self.old.blocks[1:], self.new.blocks[1:]
        if key is None:
            return [*((row, None) for row in olds), *((None, row) for row in news)]
        old_keys, new_keys = _keys(self.builder.old, olds, key[0]), _keys(self.builder.new, news, key[1])
        shared = old_keys.keys() & new_keys.keys()
        if 2 * len(shared) < min(len(olds), len(news)):
            return paired_blocks(self.numbers, self.builder.old, olds, self.builder.new, news)
        self.keys.update((id(row), text) for keys in (old_keys, new_keys) for text, row in keys.items()
                         if text in shared)
        same = same_lines([self.keys.get(id(row), id(row)) for row in olds],
                          [self.keys.get(id(row), id(row)) for row in news])
        return self._between(olds, news, same)

    def _between(self, olds: Sequence[Block], news: Sequence[Block], same: Sequence[tuple[int, int]]) -> list[Pair]:
        pairs: list[Pair] = []
        i = j = 0
        for next_i, next_j in [*same, (len(olds), len(news))]:
            pairs += self._gap(olds[i:next_i], news[j:next_j])
            if next_i < len(olds):
                pairs.append((olds[next_i], news[next_j]))
            i, j = next_i + 1, next_j + 1
        return pairs

    def _gap(self, olds: Sequence[Block], news: Sequence[Block]) -> list[Pair]:
        """Rows between two that stayed: one whose key stands elsewhere in the other table became no other row."""
        free = [[row for row in rows if id(row) not in self.keys] for rows in (olds, news)]
        became = {id(one): other for one, other in paired_blocks(self.numbers, self.builder.old, free[0],
                                                                 self.builder.new, free[1]) if one and other}
        places = {id(row): n for n, row in enumerate(news)}
        pairs: list[Pair] = []
        j = 0
        for row in olds:
            other = became.get(id(row))
            if other is not None:
                pairs += [(None, came) for came in news[j:places[id(other)]]]
                j = places[id(other)] + 1
            pairs.append((row, other))
        return pairs + [(None, came) for came in news[j:]]

    def row(self, columns: Columns, one: Block | None, other: Block | None, mark: str = "") -> Block:
        """A row of the merged table: one that stayed or changed, or one that only a text has."""
        self.builder.next_row()
        start = self.builder.at
        cells = [self._cell(_at(one, i), _at(other, j), "gone" if j is None else "come" if i is None else "",
                            one is None, other is None) for i, j in columns]
        like = other or one
        assert like is not None
        return self.builder.around(like, cells, start, mark)

    def _cell(self, one: Block | None, other: Block | None, mark: str, is_new: bool, is_old: bool) -> Block:
        if one is not None and other is not None and not mark:
            return self.builder.merged_leaf(one, other)
        if one is not None and not is_new and mark != "come":
            return self.builder.copied(one, "-", mark)
        if other is not None and not is_old and mark != "gone":
            return self.builder.copied(other, "+", mark)
        return self.builder.leaf(_ABSENT, (Run(" ", ()),), mark)


def _at(row: Block | None, column: int | None) -> Block | None:
    return row.blocks[column] if row is not None and column is not None and column < len(row.blocks) else None


def _keys(texts: Texts, rows: Sequence[Block], column: int) -> dict[str, Block]:
    """The rows by what their key cell says, where no other row's says the same."""
    found = [(texts.document.text_of(cell), row) for row in rows if (cell := _at(row, column)) is not None]
    times = Counter(text for text, _ in found)
    return {text: row for text, row in found if text and times[text] == 1}

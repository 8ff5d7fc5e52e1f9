"""Two texts in one: the new text in its order, with what went and what came marked, and what was moved or rewritten.

A block's ``mark`` says what became of it: ``gone``, ``come``; ``from`` and ``to`` where the same block stands
elsewhere; ``was`` and ``now`` where blocks were put in another form (a paragraph into a list): what differs is then
marked word by word in both. Without what is gone, moved away, or was, and without ``del``, the document reads as the
new text; the other way round as the old one. Pure, and bounded whatever the texts are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kb.markup.comparing.building import KEPT_OLD, LEAVES, Builder, Origin
from kb.markup.comparing.leaves import Run, Texts, Word, paired
from kb.markup.comparing.pairing import Numbers, Pair, likeness, paired_blocks
from kb.markup.comparing.tables import Columns, Tables
from kb.markup.comparing.words import weight
from kb.markup.document import Block, Document, footnotes
from kb.markup.parse import parse

_LEAST_MOVED = 4  # words of a block whose move is told
_LEAST_LIKE_MOVED, _LEAST_WORDS_LIKE = 0.75, 12  # one that was edited as well
_MOST_MOVES = 20_000  # pairs that are looked at
_LEAST_REWRITTEN = 0.45  # what two forms of a passage share, of all their words
_LEAST_SPLIT = 0.6  # of a block's words that come from what its neighbour lost


@dataclass(frozen=True, slots=True)
class Merged:
    """Both texts as one document, and where the new source's characters stand in it."""

    document: Document
    origins: tuple[Origin, ...]


@dataclass(slots=True)
class _Step:
    """What becomes of blocks: of one text alone, of one that became another, or of several that were rewritten."""

    kind: str  # pair, gone, come, from, to, rewritten
    olds: list[Block] = field(default_factory=list)
    news: list[Block] = field(default_factory=list)


def merge(old: str, new: str) -> Merged:
    """The two sources as one document."""
    numbers = Numbers()
    before, after = (_texts(source, numbers) for source in (old, new))
    merger = _Merger(Builder(before, after), numbers)
    blocks = merger.blocks(before.document.root.blocks, after.document.root.blocks)
    return Merged(*merger.builder.document(blocks))


def _texts(source: str, numbers: Numbers) -> Texts:
    document = parse(source)
    texts = Texts(document, {})
    for note in footnotes(document.root):
        texts.notes.setdefault(note.label, tuple(numbers.of(texts, block) for block in note.blocks))
    numbers.numbered.clear()  # notes that speak of notes were numbered before all were known
    return texts


@dataclass(slots=True)
class _Merger:
    """The walk over both trees."""

    builder: Builder
    numbers: Numbers
    moves: int = 0

    def blocks(self, olds: Sequence[Block], news: Sequence[Block]) -> list[Block]:
        """The blocks of one place, merged."""
        pairs = paired_blocks(self.numbers, self.builder.old, olds, self.builder.new, news)
        found: list[Block] = []
        for step in self._rewritten(self._moved(self._steps(pairs))):
            found += self._written(step)
        return found

    def _written(self, step: _Step) -> Iterator[Block]:
        builder = self.builder
        if step.kind == "pair":
            yield self._pair(step.olds[0], step.news[0])
        elif step.kind == "gone":
            yield builder.copied(step.olds[0], "-", "gone")
        elif step.kind == "come":
            yield builder.copied(step.news[0], "+", "come")
        elif step.kind == "from":
            yield builder.copied(step.olds[0], "-", "from")
        elif step.kind == "to":
            moved = self._pair(step.olds[0], step.news[0])
            moved.mark = "to"
            yield moved
        else:
            yield from self._rewriting(step)

    def _pair(self, one: Block, other: Block) -> Block:
        """A block that stayed, or became another of its kind."""
        if other.label and other.kind == "footnote":
            self.builder.renamed[one.label] = other.label
        if self._is_same(one, other):
            return self.builder.copied(other, " ")
        if other.kind in LEAVES:
            return self.builder.merged_leaf(one, other)
        if other.kind == "table" and one.blocks and other.blocks:
            return self._table(Tables(self.builder, self.numbers, one, other))
        start = self.builder.at
        return self.builder.around(other, self.blocks(one.blocks, other.blocks), start)

    def _is_same(self, one: Block, other: Block) -> bool:
        return self.numbers.of(self.builder.old, one) == self.numbers.of(self.builder.new, other)

    def _table(self, tables: Tables) -> Block:
        columns = tables.columns()
        start = self.builder.at
        rows = [tables.row(columns, tables.old.blocks[0], tables.new.blocks[0])]
        for step in self._moved(_moved_by_key(self._steps(tables.rows(columns)), tables.keys)):
            rows.append(self._row(tables, columns, step))
        return self.builder.around(tables.new, rows, start)

    def _row(self, tables: Tables, columns: Columns, step: _Step) -> Block:
        one, other = step.olds[0] if step.olds else None, step.news[0] if step.news else None
        if step.kind in ("gone", "from"):
            return tables.row(columns, one, None, step.kind)
        if step.kind == "come":
            return tables.row(columns, None, other, "come")
        return tables.row(columns, one, other, "to" if step.kind == "to" else "")

    # what became of blocks

    def _steps(self, pairs: Sequence[Pair]) -> list[_Step]:
        return [_Step("pair" if one and other else "gone" if one else "come", [one] if one else [],
                      [other] if other else []) for one, other in pairs]

    def _moved(self, steps: list[_Step]) -> list[_Step]:
        """With what is gone in one place and has come in another told as moved."""
        gone = [step for step in steps if step.kind == "gone" and self._size(step) >= _LEAST_MOVED]
        for step in steps:
            if step.kind != "come" or self._size(step) < _LEAST_MOVED:
                continue
            source = self._source_of(step, gone)
            if source is not None:
                gone.remove(source)
                source.kind, step.kind, step.olds = "from", "to", source.olds
        return steps

    def _source_of(self, step: _Step, gone: Sequence[_Step]) -> _Step | None:
        """Where a block that came had stood."""
        self.moves += len(gone)
        if self.moves > _MOST_MOVES:
            return None
        exact = next((one for one in gone if self._is_same(one.olds[0], step.news[0])), None)
        if exact is not None or self._size(step) < _LEAST_WORDS_LIKE:
            return exact
        bag = self.numbers.bag(self.builder.new, step.news[0])
        scored = [(likeness(self.numbers.bag(self.builder.old, one.olds[0]), bag), n) for n, one in enumerate(gone)
                  if one.olds[0].kind == step.news[0].kind and one.olds[0].level == step.news[0].level]
        best = max(scored, default=(0.0, 0))
        return gone[best[1]] if best[0] >= _LEAST_LIKE_MOVED else None

    def _size(self, step: _Step) -> int:
        texts = self.builder.new if step.news else self.builder.old
        return self.numbers.bag(texts, (step.news or step.olds)[0]).total()

    def _rewritten(self, steps: Sequence[_Step]) -> list[_Step]:
        """With neighbours that are gone and have come told as rewritten, where they share enough."""
        found: list[_Step] = []
        run: list[_Step] = []
        for n, step in enumerate(steps):
            if step.kind in ("gone", "come") or self._is_split(step, steps[max(n - 1, 0):n + 2]):
                run.append(step)
            else:
                found += [*self._as_one(run), step]
                run = []
        return found + self._as_one(run)

    def _is_split(self, step: _Step, around: Sequence[_Step]) -> bool:
        """Whether a neighbour that came holds what this block lost, or one that is gone what it gained."""
        if step.kind != "pair" or self._is_same(step.olds[0], step.news[0]):
            return False
        old = self.numbers.bag(self.builder.old, step.olds[0])
        new = self.numbers.bag(self.builder.new, step.news[0])
        for other in around:
            if other.kind not in ("gone", "come") or self._size(other) < _LEAST_MOVED:
                continue
            own = (self.numbers.bag(self.builder.new, other.news[0]) if other.kind == "come"
                   else self.numbers.bag(self.builder.old, other.olds[0]))
            lost = old - new if other.kind == "come" else new - old
            if (own & lost).total() >= _LEAST_SPLIT * own.total():
                return True
        return False

    def _as_one(self, run: Sequence[_Step]) -> list[_Step]:
        if not run:
            return []
        olds, news = ([block for step in run for block in getattr(step, side)] for side in ("olds", "news"))
        if not olds or not news or all(block.kind == "rule" for block in (*olds, *news)):
            return list(run)
        bags = [sum((self.numbers.bag(texts, block) for block in blocks), start=Counter())
                for texts, blocks in ((self.builder.old, olds), (self.builder.new, news))]
        if likeness(*bags) >= _LEAST_REWRITTEN:
            return [_Step("rewritten", olds, news)]
        return [*(_Step("gone", [block]) for block in olds), *(_Step("come", [], [block]) for block in news)]

    def _rewriting(self, step: _Step) -> Iterator[Block]:
        """The old form and the new one, the words that differ marked in both."""
        olds, news = _words(self.builder.old, step.olds), _words(self.builder.new, step.news)
        flat = [[word for _, words in side for word in words] for side in (olds, news)]
        same = paired(*flat)
        kept = sum(weight(flat[0][i].text) for at, _, n in same for i in range(at, at + n))
        if not kept:
            same = []
        for blocks, side, which, sign, mark in ((step.olds, olds, 0, "-", "was"), (step.news, news, 1, "+", "now")):
            signed = _signed(side, {at for stretch in same for at in range(
                stretch[which], stretch[which] + stretch[2])}, sign)
            for block in blocks:
                yield self.builder.copied(block, sign, mark, signed)


def _moved_by_key(steps: list[_Step], keys: Mapping[int, str]) -> list[_Step]:
    """With rows told as moved whose key stands elsewhere, whatever else in them changed."""
    gone = {keys[id(step.olds[0])]: step for step in steps if step.kind == "gone" and id(step.olds[0]) in keys}
    for step in steps:
        source = gone.get(keys.get(id(step.news[0]), "")) if step.kind == "come" else None
        if source is not None:
            source.kind, step.kind, step.olds = "from", "to", source.olds
    return steps


def _leaves(block: Block) -> Iterator[Block]:
    if block.kind in LEAVES:
        yield block
    for inner in block.blocks:
        yield from _leaves(inner)


def _words(texts: Texts, blocks: Sequence[Block]) -> list[tuple[Block, list[Word]]]:
    return [(leaf, texts.words(leaf)) for block in blocks for leaf in _leaves(block)]


def _signed(side: Sequence[tuple[Block, list[Word]]], stayed: set[int], sign: str) -> dict[int, list[Run]]:
    """For each leaf its runs: what stayed, and what this text alone has."""
    found: dict[int, list[Run]] = {}
    at = 0
    for leaf, words in side:
        runs: list[tuple[str, list[Word]]] = []
        for word in words:
            own = sign if at not in stayed else KEPT_OLD if sign == "-" else " "
            if not runs or runs[-1][0] != own:
                runs.append((own, []))
            runs[-1][1].append(word)
            at += 1
        found[id(leaf)] = [Run(*run) for run in runs]
    return found

"""The difference of two texts, line by line as readers see them, with the changed stretches inside a changed line.

What is compared is what a page shows, a paragraph, item or row a line; and where links lead, for that can change too.
The result is plain text with offsets: whoever shows it escapes both sides first and marks afterwards. Work is bounded
whatever the texts are: beyond the bounds a block counts as replaced whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from kb.markup.document import SHOWN, Block, Document
from kb.markup.parse import parse

_MOST_PAIRS = 4_000_000  # lines of one text times lines of the other, after equal head and tail are off
_MOST_WORD_PAIRS = 40_000  # words of a line times words of its counterpart: some hundred words each
_ALL_WORD_PAIRS = 2_000_000  # the same, of all lines together; what comes later is shown without marks
_WORD = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)
_BLANK = " " * 60  # as deep as blocks are parsed
_LEAST_ALIKE = 0.3  # two lines less alike than this are shown without marks, which would be confetti

_Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line: sign ' ' (kept), '-' or '+', its text, and the half-open character ranges that changed in it."""

    sign: str
    text: str
    changed: tuple[tuple[int, int], ...] = ()


def diff_texts(old: str, new: str) -> list[DiffLine]:
    """What readers of the second text see otherwise than those of the first."""
    return diff_lines("\n".join(shown_lines(old)), "\n".join(shown_lines(new)))


def shown_lines(source: str) -> list[str]:
    """A text as a page shows it, a paragraph, item or row a line; ``[-…-]`` is struck, ``<…>`` where a link leads."""
    document = parse(source)
    return list(_of_blocks(document, document.root.blocks, ""))


def _of_blocks(document: Document, blocks: Sequence[Block], mark: str) -> Iterator[str]:
    """The lines of some blocks; the first begins with the mark of what they stand in, the others below it."""
    for block in blocks:
        if block.kind in ("row", "header"):
            yield mark + " | ".join(_of_leaf(document, cell) for cell in block.blocks)
        elif block.kind == "rule":
            yield mark + "—"
        elif block.kind == "list":
            for n, item in enumerate(block.blocks):
                own = "• " if block.level < 0 else f"{block.level + n}. "
                yield from _of_blocks(document, item.blocks, mark + own)
                mark = _BLANK[:len(mark)]
        elif block.blocks:
            own = f"[{block.label}] " if block.kind == "footnote" else ""
            yield from _of_blocks(document, block.blocks, mark + own)
        else:
            yield from (mark + line for line in _of_leaf(document, block).split("\n"))
        mark = _BLANK[:len(mark)]


def _of_leaf(document: Document, leaf: Block) -> str:
    parts: list[str] = []
    targets: list[str] = []
    for piece in document.pieces[leaf.first:leaf.last]:
        if piece.kind in SHOWN:
            parts.append(f"[-{piece.text}-]" if piece.struck else piece.text)
        elif piece.kind == "note":
            parts.append(f"[{piece.data}]")
        elif piece.kind == "task":
            parts.append("☑ " if piece.data else "☐ ")
        elif piece.kind == "open" and piece.data[0] == "a":
            targets.append(piece.data[1])
        elif piece.kind == "close" and piece.data[0] == "a":
            address = targets.pop()
            parts.append(f" <{address}>" if address != "".join(parts[-1:]) else "")
    return "".join(parts).rstrip()


def diff_lines(old: str, new: str) -> list[DiffLine]:
    """All lines of both texts in reading order; a changed block shows its old lines, then its new ones."""
    before, after = old.split("\n"), new.split("\n")
    lines: list[DiffLine] = []
    left = _ALL_WORD_PAIRS
    for tag, i1, i2, j1, j2 in _blocks(before, after):
        if tag == "equal":
            lines.extend(DiffLine(" ", line) for line in before[i1:i2])
            continue
        gone, come = before[i1:i2], after[j1:j2]
        marks = []
        for pair in zip(gone, come, strict=False):
            cost, found = _changed(*pair, left)
            left -= cost
            marks.append(found)
        lines.extend(DiffLine("-", line, marks[n][0] if n < len(marks) else ()) for n, line in enumerate(gone))
        lines.extend(DiffLine("+", line, marks[n][1] if n < len(marks) else ()) for n, line in enumerate(come))
    return lines


def _blocks(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """difflib's opcodes, or one replaced block where comparing would cost too much."""
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    a, b = before[head:len(before) - tail], after[head:len(after) - tail]
    if head:
        yield "equal", 0, head, 0, head
    if len(a) * len(b) > _MOST_PAIRS:
        yield "replace", head, head + len(a), head, head + len(b)
    elif a or b:
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, a, b).get_opcodes():
            yield tag, head + i1, head + i2, head + j1, head + j2
    if tail:
        yield "equal", len(before) - tail, len(before), len(after) - tail, len(after)


def _changed(old: str, new: str, left: int) -> tuple[int, tuple[_Ranges, _Ranges]]:
    """What finding them cost, and the ranges that differ in a line and in its counterpart.

    None where the lines have little in common, or comparing costs more than may be spent.
    """
    a, b = _WORD.findall(old), _WORD.findall(new)
    cost = len(a) * len(b)
    if cost > min(_MOST_WORD_PAIRS, left):
        return 0, ((), ())
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    if matcher.quick_ratio() < _LEAST_ALIKE or matcher.ratio() < _LEAST_ALIKE:
        return cost, ((), ())
    starts_a, starts_b = _starts(a), _starts(b)
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    return cost, (tuple((starts_a[i1], starts_a[i2]) for _, i1, i2, _, _ in codes if i2 > i1),
                  tuple((starts_b[j1], starts_b[j2]) for _, _, _, j1, j2 in codes if j2 > j1))


def _starts(words: Sequence[str]) -> list[int]:
    """Where each word begins, and where the last one ends."""
    at = [0]
    for word in words:
        at.append(at[-1] + len(word))
    return at

"""The failures of a run as plain text for a terminal: what was given beside the ideal, each with its verdict.

Widths are those of a terminal's cells: a Chinese character takes two. Sets hold whatever the web holds, so what would
move the cursor or turn the writing round is written out before anything is laid out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any
from unicodedata import combining, east_asian_width

from kb.text import BIDI
from retriever.lab.evaluation.failures.causes import CAUSES
from retriever.lab.evaluation.failures.collect import Failure
from retriever.lab.evaluation.whole_answers import VERDICTS, Verdict

WIDTH = 120
_BETWEEN = " │ "
_COLUMN = (WIDTH - len(_BETWEEN)) // 2
_UNSEEN = re.compile(f"{BIDI.pattern}|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # \x9b begins a terminal's command
# A word of letters stays whole where it can; no line begins with a mark that closes.
_PIECE = re.compile(r"[!-~\u00a1-\u024f]+|\s+|.[，。；：、！？）】》〉」』”’…]*")


def visible(text: str) -> str:
    """The text with characters that are not seen, but do something, written out."""
    return _UNSEEN.sub(lambda found: f"[U+{ord(found.group()):04X}]", text)


def cells(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most ``width`` cells, which is at least 2; its own lines stay."""
    return [line for part in visible(text).expandtabs(4).splitlines() for line in _filled(part, width)]


def _filled(line: str, width: int) -> list[str]:
    lines, room = [""], width
    for piece in _pieces(line, width):
        if cells(piece) > room:
            lines, room = [*lines, ""], width
            piece = piece.lstrip()
        lines[-1] += piece
        room -= cells(piece)
    return [one.rstrip() for one in lines]


def _pieces(line: str, width: int) -> Iterable[str]:
    """Words, characters and spaces; a word longer than a line in characters."""
    for piece in _PIECE.findall(line):
        yield from ([piece] if cells(piece) <= width else piece)


def columns(left: Sequence[str], right: Sequence[str]) -> list[str]:
    """Two texts beside each other, each by its lines."""
    cut = [[line for text in side for line in wrapped(text, _COLUMN)] for side in (left, right)]
    return [f"{a}{' ' * (_COLUMN - cells(a))}{_BETWEEN}{b}".rstrip() for a, b in zip_longest(*cut, fillvalue="")]


def rule(title: str) -> str:
    """A line across, with a title at its beginning."""
    shown = f"── {visible(title)} "
    return shown + "─" * max(WIDTH - cells(shown), 0)


def as_text(failures: Sequence[Failure], result: Mapping[str, Any]) -> str:
    """The failures in the order given, below how many questions got what; ``result`` holds the run's measures."""
    lines = [f"Failures of {visible(result['set'])}: {len(failures)} of {result['queries']} questions"]
    lines += [f"{count:6}  {VERDICTS[Verdict(name)]}" for name, count in result.get("verdicts", {}).items() if count]
    return "\n".join([*lines, *(line for failure in failures for line in _told(failure))]) + "\n"


def _told(f: Failure) -> list[str]:
    """One failure: the question, why it stands here, both answers, what is lacking, what was offered."""
    lines = ["", rule(f"{f.id} · {f.got or CAUSES[f.cause][0]} · {f.state} · confidence {f.confidence:.2f}")]
    lines += [line for turn in f.history for line in wrapped(f"({turn.role}) {turn.text}", WIDTH)]
    lines += [*wrapped(f.question, WIDTH), *wrapped(f"{CAUSES[f.cause][0]}. {f.verdict}", WIDTH)]
    given = "given" if f.is_given else "withheld"
    excess = f", {f.excess:.1f} beyond the ideal" if f.excess else ""
    ideal = [text for _, text in f.gold_spans if text] or [f.gold_answer]
    lines += ["", *columns([f"[{given}{excess}]", *(text for _, text in f.quotes)], ["[ideal]", *ideal])]
    lines += [line for text in f.lacking for line in wrapped(f"lacking: {text}", WIDTH)]
    for number, choice in enumerate(f.choices, 1):
        core = "holds the core" if choice.has_core else "without the core"
        lines += wrapped(f"choice {number} ({core}): {choice.headings}: {' '.join(choice.text.split())}", WIDTH)
    return lines

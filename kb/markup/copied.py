"""Sentences by which copied text is known again, and what a new text changed of an older one. Pure.

Cut by lines and full stops, without a parse, so that a hundred thousand texts are read in a minute. Left out is what
stands in many texts and says little: headings, short sentences, lines that name a phone, an address or office hours.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

MOST = 60  # sentences of one text
_HAN_LEAST, _LEAST = 10, 24  # letters of a sentence that says something, with and without Chinese ones
_RELATED = 0.2  # of their pairs of letters, from which a new sentence stands for an old one
_PIECE = re.compile(r"[^。；！？;!?\n]+(?:[。；！？;!?]+[”’）)]*)?")
_MARKS = re.compile(r"[\s>|*+-]*(?:\d{1,2}[.、)]\s*)?")
_HEADING = re.compile(r"\s*(?:#{1,6}\s|\|?[\s:|-]+\|?$)")
_TARGET = re.compile(r"\]\([^()\s]*\)|<[^<>]*>|https?://\S+")
_SIGNS = re.compile(r"[\W_]+")
_HAN = re.compile("[\u4e00-\u9fff]")
_OFFICE = re.compile(
    r"咨询|电话|热线|拨打|致电|地址|地点|办公|工作日|上班|下班|时间|节假日|除外|周[一二三四五六日末]|上午|下午|窗口|大厅|服务中心"
    r"|[\dA-Za-z]+(?=路|号|楼|室|层)|[路号楼室层]|服务|受理|联系|接待|法定|休息|开放|的|为|至|请|可|如有|疑问"
    r"|\b(?:call|phone|tel|hours?|open|mon\w*|tue\w*|wed\w*|thu\w*|fri\w*|sat\w*|sun\w*|through|from|to|and|the|at|on|or"
    r"|for|contact|questions?|weekdays|street|road|avenue|office|am|pm|please|us)\b|\d+", re.IGNORECASE)
_OPENS_OFFICE = re.compile(r"(?:\w{0,8}(?:地址|地点|电话|热线|时间|网址|邮编|邮箱)"
                           r"|address|phone|tel|hours|e-?mail)\s*[:：]", re.IGNORECASE)
_FIGURE = re.compile(r"\d+(?:[.,:：]\d+)*|免|[零〇一二两三四五六七八九十百千万半]{1,9}"
                     r"(?=[元块天日月年个周岁倍成折名次份套公平米小时工分%])")
_DENIAL = re.compile(r"不|无需|无须|免于|禁止|未|\b(?:not|no|never|without)\b|n't\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a source from ``start`` to ``end``; two of one ``hash`` (64 bits, signed) say the same words."""

    hash: int
    start: int
    end: int
    letters: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A sentence of an older text that the new one has no more; ``now`` is what stands for it there, None for nothing.

    ``is_figure`` says whether a figure or a denial is another one. ``near`` are the sentences around it in the old
    text, whose company tells a copied passage from a phrase that any office uses.
    """

    old: Sentence
    now: Sentence | None
    is_figure: bool
    near: tuple[int, ...]


def sentences(source: str) -> list[Sentence]:
    """The telling sentences of a text in their order, at most MOST."""
    found: list[Sentence] = []
    at = 0
    for line in source.splitlines(keepends=True):
        if not _HEADING.match(line):
            found += _of_line(line, at)
        at += len(line)
    return found[:MOST]


def changed(old: Sequence[Sentence], new: Sequence[Sentence]) -> Iterator[Changed]:
    """What a new text has no more of an older one, with what stands in its place."""
    kept = {one.hash for one in new}
    matcher = SequenceMatcher(None, [one.hash for one in old], [one.hash for one in new], autojunk=False)
    taken: set[int] = set()
    for what, low, high, first, last in matcher.get_opcodes():
        if what not in ("replace", "delete"):
            continue
        for n in range(low, high):
            if old[n].hash not in kept:
                now = _standing_for(old[n], [one for one in new[first:last] if one.start not in taken])
                taken |= {now.start} if now else set()
                yield Changed(old[n], now, bool(now) and _figures(old[n]) != _figures(now), _near(old, n))


def _of_line(line: str, at: int) -> Iterator[Sentence]:
    for piece in _PIECE.finditer(line):
        opened = _MARKS.match(line, piece.start(), piece.end())
        start = opened.end() if opened else piece.start()
        end = start + len(line[start:piece.end()].rstrip(" \t\r|*_"))
        letters = _letters(line[start:end])
        if _is_telling(letters, line[start:end]):
            digest = hashlib.blake2b(letters.encode(), digest_size=8).digest()
            yield Sentence(int.from_bytes(digest, "big", signed=True), at + start, at + end, letters)


def _letters(text: str) -> str:
    """Its letters and digits as a page shows them."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", _TARGET.sub("", text))).casefold()


def _is_telling(letters: str, text: str) -> bool:
    if _OPENS_OFFICE.match(text):
        return False
    least = _HAN_LEAST if _HAN.search(letters) else _LEAST
    return len(letters) >= least and len(_letters(_OFFICE.sub(" ", text))) * 2 >= least


def _standing_for(old: Sentence, new: Sequence[Sentence]) -> Sentence | None:
    best = max(new, key=lambda one: _alike(old, one), default=None)
    return best if best and _alike(old, best) >= _RELATED else None


def _alike(one: Sentence, other: Sentence) -> float:
    a, b = ({text[n:n + 2] for n in range(len(text) - 1)} for text in (one.letters, other.letters))
    return len(a & b) / max(1, len(a | b))


def _figures(one: Sentence | None) -> tuple[list[str], int]:
    letters = one.letters if one else ""
    return sorted(_FIGURE.findall(letters)), len(_DENIAL.findall(letters)) % 2


def _near(old: Sequence[Sentence], n: int) -> tuple[int, ...]:
    """The two before it and the two behind, other than itself."""
    around = (*old[max(0, n - 2):n], *old[n + 1:n + 3])
    return tuple(dict.fromkeys(one.hash for one in around if one.hash != old[n].hash))

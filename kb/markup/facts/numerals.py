"""Numbers as they are written: Arabic figures, Chinese numerals, English number words, and what they are worth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_DIGITS = ("零〇○", "一壹", "二两贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
_DIGIT = {c: n for n, digits in enumerate(_DIGITS) for c in digits}
_UNIT = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_LONGEST_NUMERAL = 24  # characters; a longer run is no number that anybody states
_ROUGH = frozenset("一二两三四五六七八九")
_SCALE = {"百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "万亿": 10**12, "thousand": 1000, "million": 10**6,
          "billion": 10**9, "": 1}
_WORDS = {word: n for n, word in enumerate(re.findall(
    r"\w+", "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"), 1)}
_TENS = {word: 10 * n for n, word in enumerate(re.findall(
    r"\w+", "thirty forty fifty sixty seventy eighty ninety"), 3)}
_ENGLISH = {**_WORDS, **_TENS, "twenty": 20, "hundred": 100, "a hundred": 100, "one hundred": 100, "two hundred": 200,
            "a dozen": 12}
_TENS_OF = "|".join(("twenty", *_TENS))
# A run is looked at once, from its beginning: from every character on it would take quadratic time.
_NUMBER = re.compile(
    r"(?P<arabic>(?<![\d.A-Za-z])(?<!\d[,/])(?<![A-Za-z]-)(?:\d{1,3}(?:,\d{3})++(?!\d)|\d++)(?:\.\d++)?)"
    r"(?P<scale>\s?(?:万亿|[万亿]|[百千](?![瓦克米卡])|thousand\b|million\b|billion\b))?"
    r"|(?P<chinese>[零〇○一二两三四五六七八九十百千万亿]++|[壹贰叁肆伍陆柒捌玖拾佰仟][零壹贰叁肆伍陆柒捌玖拾佰仟万亿]*+)"
    r"|\b(?P<word>one and a half|(?:" + _TENS_OF + r")-(?:one|two|three|four|five|six|seven|eight|nine)"
    "|" + "|".join(sorted(_ENGLISH, key=len, reverse=True)) + r")\b(?P<times>\s(?:thousand|million|billion)\b)?",
    re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Number:
    """A number and where it stands."""

    value: Decimal
    start: int
    end: int
    kind: str  # arabic, chinese or word
    text: str


def chinese_number(numeral: str) -> int | None:
    """三十 -> 30, 一百二十 -> 120, 二〇二五 -> 2025, 三亿 -> 300000000; None when it is no numeral."""
    if not 0 < len(numeral) <= _LONGEST_NUMERAL:
        return None
    if all(c in _DIGIT for c in numeral):
        return int("".join(str(_DIGIT[c]) for c in numeral))
    total = section = digit = 0
    for c in numeral:
        if c in _DIGIT:
            digit = _DIGIT[c]
        elif c in _UNIT:
            section += (digit or 1) * _UNIT[c]
            digit = 0
        elif c in "万亿":
            total = (total + section + digit) * _SCALE[c]
            section = digit = 0
        else:
            return None
    return total + section + digit


def numbers_in(text: str) -> Iterator[Number]:
    """The numbers of a folded text in order; a Chinese run that is no numeral (千万, 万一) is none."""
    for found in _NUMBER.finditer(text):
        value = _value(found)
        if value is not None:
            yield Number(value, found.start(), found.end(), found.lastgroup if found.lastgroup in ("arabic", "chinese")
                         else ("word" if found["word"] else "arabic"), found[0])


def _value(found: re.Match[str]) -> Decimal | None:
    if found["arabic"]:
        scale = (found["scale"] or "").strip().lower()
        return Decimal(found["arabic"].replace(",", "")) * _SCALE[scale]
    if found["chinese"]:
        numeral = found["chinese"]
        if numeral[0] in "百千万亿" or (numeral[0] == "零" and len(numeral) == 1):
            return None
        worth = chinese_number(numeral)
        return None if worth is None else Decimal(worth)
    word = found["word"].lower()
    if word == "one and a half":
        base = Decimal("1.5")
    elif "-" in word:
        tens, ones = word.split("-")
        base = Decimal((20 if tens == "twenty" else _TENS[tens]) + _WORDS[ones])
    else:
        base = Decimal(_ENGLISH[word])
    return base * _SCALE[(found["times"] or "").strip().lower()]


def is_rough(number: Number) -> bool:
    """Whether a Chinese run only says about how many: 三五天, 七八个."""
    return number.kind == "chinese" and len(number.text) in (2, 3) and set(number.text) <= _ROUGH


def in_chinese(value: int) -> str:
    """A number below a hundred million as it is read: 105 -> 一百零五, 20000 -> 二万."""
    if value >= 10_000:
        rest = value % 10_000
        read = in_chinese(value // 10_000) + "万"
        return read + ("零" if rest < 1000 else "") + in_chinese(rest) if rest else read
    figures = "零一二三四五六七八九"
    read, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            read += ("零" if gap else "") + figures[digit] + name
        gap = bool(read) and not digit
    return (read[1:] if read.startswith("一十") else read) or figures[0]

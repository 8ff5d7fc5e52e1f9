"""Cutting a text into the words that a comparison marks: never inside a figure, a date, a phone number or a word.

Chinese is cut by a segmenter with its own dictionary: this one needs none of the hotline's, for it only decides where a
mark may begin. The words of a text, joined, are the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_UNIT = ("个工作日|个自然日|工作日|自然日|个月|周岁|小时|分钟|秒钟?|星期|季度|平方米|平方公里|立方米|公里|千米|厘米|"
         "毫米|公斤|千克|万元|亿元|元|角|年|月|日|天|周|岁|人|名|户|次|份|张|页|件|本|套|辆|米|亩|克|吨|升|度|倍|层|楼|号|条|款|项|点|时|"
         "折|成|个|路|[%％‰]|℃|°C")
_NUMBER = r"\d+(?:[.,:：/\-－–—~～]\d+)*"
_HAN_NUMBER = "[〇零一二两三四五六七八九十百千万亿半]+"
_FIGURE = (
    rf"\d+\s?年\s?\d+\s?月(?:\s?\d+\s?[日号])?|\d+\s?月\s?\d+\s?[日号]"  # a date
    r"|[〔［\[(（]\d{4}[〕］\])）]\s?(?:第\s?)?\d+\s?号"  # the number of a document, below its issuer's letters
    rf"|第?(?:[¥￥$€£]\s?)?{_NUMBER}(?:\s?[万亿千百十]?[多余]?(?:{_UNIT})|[万亿千百十])?"
    rf"|第?{_HAN_NUMBER}(?:个工作日|个自然日|工作日|自然日|个月|周岁|小时|分钟|平方米|公里|万元|亿元|元|年|天|日|岁|倍|折|成|条|款|项"
    r"|公斤|米|吨|周|人)"
    rf"|{_HAN_NUMBER}分之{_HAN_NUMBER}(?:点{_HAN_NUMBER})?"
)
_HAN = "\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(
    r"(?P<address>(?:https?://|www\.)[^\s<>，。；、（）“”]+|[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"
    rf"|(?P<figure>{_FIGURE})|(?P<han>[{_HAN}]+)|(?P<latin>[^\W\d_{_HAN}]+(?:['’-][^\W\d_{_HAN}]+)*)"
    r"|(?P<blank>\s+)|(?P<mark>.)", re.DOTALL)
_INNER_FIGURE = re.compile(_FIGURE)
_HAS_FIGURE = re.compile(rf"\d|{_HAN_NUMBER}(?:个|元|年|天|日|岁|倍|折|成|条|款|项|周岁|小时|分|米|公斤|吨|周|人)|分之")
_LONGEST_RUN = 4_000  # characters that the segmenter is given at once


def cut(text: str) -> list[str]:
    """The words of a text; a figure with its unit, a date, an address is one word."""
    return [word for found in _TOKEN.finditer(text) for word in _of(found)]


def is_figure(word: str) -> bool:
    """Whether the word says how much, when, or under which number."""
    return _HAS_FIGURE.search(word) is not None


def weight(word: str) -> float:
    """How much a word says beside others: about the number of its Chinese characters; nothing for blanks and marks."""
    letters = sum(1 for c in word if c.isalnum())
    return float(letters) if word[:1] >= "\u2e80" else letters / 3


def _of(found: re.Match[str]) -> Iterator[str]:
    if found.lastgroup != "han":
        yield found[0]
        return
    at = 0
    for figure in _INNER_FIGURE.finditer(found[0]):
        yield from _segmented(found[0][at:figure.start()])
        yield figure[0]
        at = figure.end()
    yield from _segmented(found[0][at:])


def _segmented(text: str) -> Iterator[str]:
    import rjieba  # reading its dictionary takes longer than most commands

    for start in range(0, len(text), _LONGEST_RUN):
        yield from rjieba.cut(text[start:start + _LONGEST_RUN])

"""Numbers in Chinese and Arabic writing: what a text states, and how else a question's numbers may be written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kb.markup.facts.numerals import chinese_number, in_chinese

_DIGIT = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NUMERAL = re.compile("[零〇一二两三四五六七八九十百千万]{2,}|[零〇一二两三四五六七八九十](?=[日天年月周元人次个岁条])")


def numbers(text: str) -> set[str]:
    """Every number a normalised text states, as digits: Arabic ones with separators removed, Chinese numerals too."""
    found = {n.replace(",", "") for n in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}
    for numeral in _NUMERAL.findall(text):
        value = chinese_number(numeral)
        if value is not None:
            found.add(str(value))
    return found


# Each run of numerals is looked at once, from its beginning: from every character on it would take quadratic time.
# A stated number: a Chinese or Arabic one with its unit. Units that callers say, and those that texts write.
_STATED = re.compile(
    "(?P<percent>百分之)(?P<of>[零一二两三四五六七八九十百]++|[0-9]{1,3}(?![0-9.]))"
    "|(?P<half>半年)(?!度)"
    "|(?P<nth>第?)(?<![0-9.,])(?P<figure>[0-9]{1,8})(?P<ten>万?)(?P<unit>个月|个工作日|%|块钱|[年月日天周岁元块条个人次倍])"
    "|(?P<ordinal>第?)(?<![〇零一二两三四五六七八九十百千万])(?<![0-9几数多](?=[十百千万]))"  # 5千元, 几百块
    "(?P<numeral>[〇零一二两三四五六七八九十百千万]++)"
    "(?P<named>个月|个工作日|块钱|[年月日天周岁元块条个人次倍]|(?<=[百千万][一二三四五六七八九])(?![\u4e00-\u9fff]))"
    "|(?P<pair>俩月)"
)
_ANY = frozenset(("个", "人", "次", "条"))  # 一个, 一次: any, not one
_TWO = re.compile("^[二两](?=[百千万个])")
_ABOUT = re.compile("[一二两三四五六七八九]{2,}")  # 一两天, 三四十块: about so many
_AS_WRITTEN = {"块": "元", "块钱": "元", "天": "日"}


def other_writings(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Numbers with their units in a normalised question, each with the other ways in which a text may state it."""
    for match in _STATED.finditer(text):
        found = match[0]
        if match["half"]:
            yield found, ("6个月", "六个月")
        elif match["pair"]:
            yield found, ("2个月", "两个月")
        elif match["percent"]:
            value = int(match["of"]) if match["of"].isascii() else chinese_number(match["of"])
            yield found, (f"{value}%",)
        elif match["figure"]:
            yield found, _of_figure(match)
        else:
            yield found, _of_numeral(match)


def _of_figure(match: re.Match[str]) -> tuple[str, ...]:
    value, unit = int(match["figure"]) * (10_000 if match["ten"] else 1), match["unit"]
    if unit == "%":
        return (f"百分之{in_chinese(value)}",)
    read = "".join("〇一二三四五六七八九"[int(c)] for c in match["figure"]) if unit == "年" and value > 1900 else ""
    units = dict.fromkeys((unit, _AS_WRITTEN.get(unit, unit)))
    forms = [f"{match['nth']}{n}{u}" for u in units
             for n in (match["figure"] + match["ten"], str(value), read or in_chinese(value))]
    return _others(forms, match[0])


def _of_numeral(match: re.Match[str]) -> tuple[str, ...]:
    numeral, unit = match["numeral"], match["named"]
    value = chinese_number(numeral)
    if value is None or (value == 1 and unit in _ANY) or (_ABOUT.match(numeral) and len(numeral) < 4):
        return ()
    if len(numeral) > 2 and numeral[-2] in "百千万" and numeral[-1] in _DIGIT:  # 三百二 is 320, 一万五 is 15000
        value += _DIGIT[numeral[-1]] * ({"百": 10, "千": 100, "万": 1000}[numeral[-2]] - 1)
    units = dict.fromkeys((unit, _AS_WRITTEN.get(unit, unit))) if not match["ordinal"] else {unit: None}
    forms = [f"{match['ordinal']}{n}{u}" for u in units for n in (value, numeral)]
    return _others(forms, match[0])


def _others(forms: Iterable[str], stated: str) -> tuple[str, ...]:
    """The forms, also with the other character for two (二百, 两百), without the one that was stated."""
    both = [_TWO.sub(two, form) for form in forms for two in "二两"]
    return tuple(form for form in dict.fromkeys(both) if form != stated)

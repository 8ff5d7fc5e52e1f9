"""The quantities of a text in one form, however they are written: 一个半小时 and 90分钟, 晚上7:50 and 19:50,
"a day and a half" and 36 hours.

Unlike the facts of an article (kind, bound, what they are about), which are to be right, these are to be complete: two
texts are compared by them, and what is read wrongly in both alike does no harm.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kb.markup.facts.numerals import chinese_number

HOLE = "\ufffc"  # stands in the text where a quantity was taken out

_C = "零〇一二两三四五六七八九十百千万亿"
_ZH = f"[{_C}]"
_NUM = rf"(?:\d[\d,]*(?:\.\d+)?(?:\s?[万亿])?|{_ZH}+(?:点{_ZH}+)?)"
_EN_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
            "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_EN_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = {"hundred": 100.0, "thousand": 1000.0, "million": 1_000_000.0}
_WORDS = {word: n for n, word in enumerate(_EN_ONES, 1)} | {word: 10 * n for n, word in enumerate(_EN_TENS, 2)}
_ONES, _SCALE = "|".join(sorted(_EN_ONES, key=len, reverse=True)), "hundred|thousand|million"
_IN_WORDS = rf"(?:(?:{'|'.join(_EN_TENS)})(?:[ -](?:{_ONES}))?|{_ONES})(?: (?:{_SCALE}))?"
_EN_NUM = rf"(?:{_IN_WORDS}|\d[\d,]*(?:\.\d+)?(?: (?:{_SCALE}))?)"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_LATE = ("下午", "晚上", "傍晚", "夜里", "晚间", "晚")
_NEXT_DAY = re.compile(r"(?:[次翌]日|第二天|隔天|(?:next|following) (?:day|morning)) ?(?:at )?$")
_PART = "凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|夜里|早|晚"
_BEFORE = 24  # characters before a time that may say of which day it is
_HALF = r"a\.?m\b\.?|p\.?m\b\.?|in the (?:morning|afternoon|evening)|at night"
# What is counted, and how much of it, by the names of its units.
_MEASURES: dict[str, dict[float, str]] = {
    "minute": {1: "分钟 minute minutes", 60: "小时 个小时 钟头 个钟头 hour hours", 1440: "天 日 day days",
               10_080: "周 星期 个星期 week weeks", 20_160: "fortnight"},
    "workday": {1: "工作日 个工作日"},
    "month": {1: "月 个月 month months", 3: "季度 个季度", 12: "年 year years"},
    "age": {1: "岁 周岁"},
    "money": {1: "元 块 块钱 dollar dollars", 0.1: "角", 0.01: "cent cents", 10_000: "万元"},
    "metre": {1: "米", 1000: "公里 千米", 0.01: "厘米 公分", 0.001: "毫米"},
    "square": {1: "平方米 平方 平"},
    "cubic": {1: "立方米 立方 方"},
    "kilo": {1: "公斤 千克", 0.5: "斤", 0.001: "克", 1000: "吨"},
    "degree": {1: "度 摄氏度 ℃ 千瓦时"},
    "foot": {1: "foot feet", 1 / 12: "inch inches", 3: "yard yards"},
    "times": {1: "倍 times"},
    "percent": {1: "percent"},
    **{name: {1: names} for name, names in (
        ("mu", "亩"), ("litre", "升"), ("decibel", "分贝"), ("point", "分"), ("pound", "pound pounds"),
        ("mile", "mile miles"), ("mph", "mph"))},
}
_UNITS = {unit: (measure, factor) for measure, factors in _MEASURES.items() for factor, names in factors.items()
          for unit in names.split()}
_ZH_UNIT = "|".join(sorted((u for u in _UNITS if not u.isascii()), key=len, reverse=True))
_EN_UNIT = "|".join(sorted((u for u in _UNITS if u.isascii()), key=len, reverse=True))
_COUNTED = "[口个名位人次条张份件种项户家辆台部套间层楼号路栋桶袋瓶只支株棵场班步级档类区环代届]"

_PATTERNS = (
    ("phone", r"(?<!\d)(?:0\d{2,3}-\d{7,8}|\d{3}-\d{4}(?!\d)|\d{3}-\d{3}-\d{4}|[2-8]\d{3}[ -]\d{4}|\d{7,12})(?!\d)"
              r"|[〇零一二三四五六七八九]{7,12}"),
    ("clock", rf"(?P<part>{_PART})?\s?(?P<h>\d{{1,2}}):(?P<m>\d\d)(?!\d)\s?(?P<half>{_HALF})?"),
    ("clock_en", rf"(?P<h2>\d{{1,2}}|{_ONES})\s?(?P<half2>{_HALF}|o'clock)"),
    ("noon", r"\bnoon\b|\bmidnight\b"),
    ("clock_zh", rf"(?P<part3>{_PART})?(?<![\d.])(?P<h3>\d{{1,2}}|{_ZH}{{1,3}})[点时](?!候|间|段|起?[限效长代])"
                 rf"(?:(?P<half3>半)|整|(?P<m3>\d{{1,2}}|{_ZH}{{1,3}})分)?(?!{_ZH})"),
    ("date", rf"(?:(?P<y>\d{{4}})年)?(?P<mo>\d{{1,2}}|{_ZH}{{1,2}})月(?:(?P<d>\d{{1,2}}|{_ZH}{{1,3}})[日号]|[底末])"),
    ("date_en", rf"\b(?P<moe>{'|'.join(_MONTHS)}) (?P<de>\d{{1,2}})\b"
                rf"|\b(?P<mof>{'|'.join(month for month in _MONTHS if month != 'may')})\b"),
    ("weekday", rf"(?:周|星期|礼拜)(?P<wd>[一二三四五六日天])(?!次)|\b(?P<wde>{'|'.join(_WEEKDAYS)})s?\b"),
    ("percent", rf"(?P<pc>{_NUM})\s?%|百分之(?P<pcz>{_NUM})|(?P<fold>[一二三四五六七八九]|\d(?:\.\d)?)折"
                r"|(?P<tenth>[一二三四五六七八九])成(?!功|立|为|员)|(?P<halfprice>半价|half[- ]price)"),
    ("money_en", rf"[$£¥€]\s?(?P<me>{_EN_NUM})(?:\s?(?P<mk>k|m)\b)?"),
    ("dollars", r"(?P<dd>\d+|one|two|three|five) dollars? (?P<dc>\d\d)\b"),
    ("half_zh", rf"(?:(?P<hn>{_NUM})个)?半个?(?P<hu>小时|钟头|月|天|年|日)(?!度)"),
    ("after_half", rf"(?P<an>{_NUM})(?P<au>小时|个小时|年|天|个月)(?P<ah>半|零?\d{{1,2}}分钟?|{_ZH}{{1,3}}分钟?)"),
    ("half_en", rf"(?:(?P<en>a|an|{_EN_NUM})\s(?P<eu>{_EN_UNIT}) and a half|half an? (?P<eh>hour|day|year|month|mile)"
                rf"|(?P<e3>{_EN_NUM}) and a half (?P<u3>{_EN_UNIT}))\b"),
    ("workday", rf"(?P<wn>{_EN_NUM}|\ban?)\s(?:business|working|work)\s?days?\b"),
    ("nth", rf"第\s?(?P<nz>{_ZH}{{1,6}}|\d{{1,6}})(?P<nu>[条款项步]?)|\b(?P<ne>{'|'.join(_ORDINALS)})\b"
            r"|\b(?P<nf>\d{1,3})(?:st|nd|rd|th)\b"),
    ("measured", rf"(?P<qn>{_NUM})\s?[余多]?(?P<qu>{_ZH_UNIT})"),
    ("measured_en", rf"(?P<ten>\b{_EN_NUM}|\ban?)[ -](?P<teu>{_EN_UNIT})\b"),
    ("listed", rf"{_NUM}[种个]?(?:选择|方式|办法|途径|情形|情况|步|类)"
               rf"|\b{_EN_NUM} (?:ways|kinds|answers|choices|options|things|steps)\b"),
    ("counted", rf"(?P<cn>{_NUM})\s?{_COUNTED}"),
    ("bare", r"(?<![a-z\d-])(?P<bn>\d[\d,]*(?:\.\d+)?(?:\s?[万亿])?)(?![a-z])"),
    ("numeral", rf"(?<!{_ZH})(?P<zn>{_ZH}{{2,}})(?!{_ZH})"),
    ("word", rf"\b(?P<we>{_IN_WORDS}|twice|once)\b"),
)
_QUANTITY = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value of some measure ("" where the text names none), and how it is written; ``is_weak`` where polishing may
    leave it out: one, once, a day."""

    measure: str
    value: str
    text: str
    is_weak: bool = False

    def equals(self, other: Quantity) -> bool:
        """Whether both say the same, as far as they say; a telephone's area code may be left out."""
        if self.measure == other.measure == "phone":
            return self.value.endswith(other.value) or other.value.endswith(self.value)
        return self.value == other.value and (self.measure == other.measure or "" in (self.measure, other.measure))


def taken_out(text: str) -> tuple[str, tuple[Quantity, ...]]:
    """A normalised text with a HOLE for each of its quantities, and these in their order."""
    found: list[Quantity] = []
    late = ""  # the last time of day that was said to be one of the afternoon or evening

    def hole(match: re.Match[str]) -> str:
        nonlocal late
        quantity = _read(match)
        if quantity is None:
            return match[0]
        if quantity.measure == "clock":
            if late and not any(match[name] for name in ("half", "half2", "part", "part3")) and not _NEXT_DAY.search(
                    match.string, max(0, match.start() - _BEFORE), match.start()):
                quantity = _after(quantity, late)
            late = quantity.value if _number(quantity.value.partition(":")[0]) > 12 else ""
        found.append(quantity)
        return HOLE

    return _QUANTITY.sub(hole, text.replace(HOLE, " ")), tuple(found)


def missing(of: Sequence[Quantity], among: Sequence[Quantity]) -> list[Quantity]:
    """Those of the first that no one of the second equals."""
    return [one for one in of if not any(one.equals(other) for other in among)]


def _read(match: re.Match[str]) -> Quantity | None:
    kind = next((name for name, _ in _PATTERNS if match[name] is not None), "")
    g = {name: value or "" for name, value in match.groupdict().items()}
    is_weak = kind == "listed" or (g["qn"] or g["ten"] or g["wn"]) in ("a", "an", "one", "一")
    if kind in ("measured", "measured_en", "half_zh", "half_en", "after_half"):
        measure, value = _measured(kind, g)
    elif kind == "nth":
        number = _number(g["nz"] or g["nf"]) if g["nz"] or g["nf"] else _ORDINALS.index(g["ne"]) + 1
        measure, value, is_weak = "nth", f"{number:g}", number == 1 or bool(g["nu"])
    elif kind in _PLAIN:
        measure, value = _PLAIN[kind](g, match[0])
    else:
        number = _number(g["cn"] or g["bn"] or g["zn"] or g["we"])
        if kind == "numeral" and chinese_number(g["zn"]) is None:
            return None
        measure, value, is_weak = "", f"{number:.10g}", number == 1
    return Quantity(measure, value, match[0].strip(), is_weak)


def _clock(g: dict[str, str], text: str) -> tuple[str, str]:
    if text in ("noon", "midnight"):
        return "clock", "12:00" if text == "noon" else "24:00"
    part = g["part"] or g["half"] or g["half2"] or g["part3"]
    hour, minute = _number(g["h"] or g["h2"] or g["h3"]), 30.0 if g["half3"] else _number(g["m"] or g["m3"])
    is_late = part in _LATE or part.startswith("p") or part in ("in the evening", "in the afternoon", "at night")
    hour += 12 if is_late and hour < 12 else 0
    return "clock", f"{0 if part.startswith('a') and hour == 12 else hour:g}:{minute:02g}"


def _after(clock: Quantity, late: str) -> Quantity:
    """A time without its half of the day, behind one of the afternoon: of the afternoon where that makes it later."""
    hour, _, minute = clock.value.partition(":")
    later = int(hour) + 12
    is_late = int(hour) < 12 and (later, int(minute)) > tuple(map(int, late.split(":")))
    return replace(clock, value=f"{later}:{minute}") if is_late else clock


def _date(g: dict[str, str], _text: str) -> tuple[str, str]:
    if g["mof"]:
        return "in", str(_MONTHS.index(g["mof"]) + 1)
    if g["moe"]:
        return "date", f"-{_MONTHS.index(g['moe']) + 1}-{g['de']}"
    day = _number(g["d"]) or monthrange(int(g["y"] or 2025), min(max(int(_number(g["mo"])), 1), 12))[1]
    return "date", f"{g['y']}-{_number(g['mo']):g}-{day:g}"


def _weekday(g: dict[str, str], _text: str) -> tuple[str, str]:
    day = "一二三四五六日".index(g["wd"].replace("天", "日")) if g["wd"] else _WEEKDAYS.index(g["wde"])
    return "weekday", str(day + 1)


def _percent(g: dict[str, str], _text: str) -> tuple[str, str]:
    fold = _number(g["fold"])
    value = 50 if g["halfprice"] else fold * 10 if 0 < fold < 10 else fold or _number(g["tenth"]) * 10
    return "percent", f"{value or _number(g['pc'] or g['pcz']):.10g}"


def _money(g: dict[str, str], _text: str) -> tuple[str, str]:
    if g["dd"]:
        return "money", f"{_number(g['dd']) + _number(g['dc']) / 100:g}"
    return "money", f"{_number(g['me']) * {'k': 1000, 'm': 1_000_000}.get(g['mk'], 1):.10g}"


_FIGURES = str.maketrans("〇零一二三四五六七八九", "00123456789")
_PLAIN: dict[str, Callable[[dict[str, str], str], tuple[str, str]]] = {
    "phone": lambda _g, text: ("phone", re.sub(r"\D", "", text.translate(_FIGURES))), "noon": _clock,
    "clock": _clock, "clock_en": _clock, "clock_zh": _clock, "date": _date, "date_en": _date, "weekday": _weekday,
    "percent": _percent, "money_en": _money, "dollars": _money, "listed": lambda _g, _text: ("listed", ""),
    "workday": lambda g, _text: ("workday", f"{_number(g['wn']):g}"),
}


def _measured(kind: str, g: dict[str, str]) -> tuple[str, str]:
    """The measure and the value of a number with its unit, halves added."""
    if kind == "half_zh":
        value, unit = _number(g["hn"]) + 0.5, "个月" if g["hu"] == "月" else g["hu"]
    elif kind == "after_half":
        more = 0.5 if g["ah"] == "半" else _number(re.sub("[零分钟]", "", g["ah"])) / 60
        value, unit = _number(g["an"]) + more, g["au"]
    elif kind == "half_en":
        value, unit = _number(g["en"] or g["e3"]) + 0.5, g["eu"] or g["eh"] or g["u3"]
    else:
        value, unit = _number(g["qn"] or g["ten"]), g["qu"] or g["teu"]
    measure, factor = _UNITS[unit]
    return measure, f"{value * factor:.10g}"


def _number(text: str) -> float:
    """A number in figures, Chinese or English words; 0 where it is none."""
    text = text.strip().replace(",", "")
    if text in ("a", "an", "once"):
        return 1.0
    if text == "twice":
        return 2.0
    ten = re.fullmatch(r"(\d+(?:\.\d+)?)\s?([万亿]?)", text)
    if ten:
        return float(ten[1]) * {"": 1, "万": 10_000, "亿": 100_000_000}[ten[2]]
    if text.isascii():
        return _in_words(text)
    whole, _, rest = text.partition("点")
    digits = "".join(str(chinese_number(c)) for c in rest) or "0"
    return float(chinese_number(whole.replace("亿", "万")) or 0) + float(f"0.{digits}")


def _in_words(text: str) -> float:
    total = 0.0
    for word in re.split("[ -]", text):
        if word in _SCALES:
            total = (total or 1) * _SCALES[word]
        else:
            total += _WORDS.get(word, float(word) if re.fullmatch(r"\d+(?:\.\d+)?", word) else 0)
    return total

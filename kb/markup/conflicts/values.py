"""Whether two figures of one kind say the same: in other units, as a share and its rest, a month and twelve of them.

Lenient on purpose: what may be the same is. A contradiction that is missed costs less than one that is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import product

from kb.markup.facts.fact import Fact

COMPARED = frozenset(("money", "free", "percent", "duration", "age", "quantity", "phone", "hours", "date",
                      "address"))
_MINUTES = {"minute": 1, "hour": 60, "day": 1440, "week": 10_080, "month": 43_200, "year": 525_600}
_TIMES = {"日": 1, "天": 1, "day": 1, "周": 7, "week": 7, "月": 30, "month": 30, "季": 90, "季度": 90, "quarter": 90,
          "年": 360, "year": 360, "学年": 360, "season": 0, "学期": 180}
_YEAR_OF = (12, 4, 3, 365, 360)  # months and quarters of a year, months of a quarter, days
_NEAR = Decimal("0.04")  # three months and ninety days, a year and twelve months
_ALIKE_UNITS = (frozenset("辆台部"), frozenset("只条头匹"), frozenset("人名位"), frozenset("份张"), frozenset("套处户"),
                frozenset("次趟回"), frozenset(("件", "items", "pieces", "个")), frozenset(("公里", "千米")),
                frozenset(("度", "千瓦时", "kWh")))
_OFF = re.compile(r"减免|减收|减[征免半轻]|优惠|少[交收付缴]|[扣降免]减|扣除|降低|补贴|补助|报销|救助|支付|返还"
                  r"|资助|财政|政府|基金"
                  r"|奖励|优待|宽|\boff\b|discount|rebate|reduc|cut\b|city pays|covers|\bless\b|lower", re.IGNORECASE)
_KEPT = re.compile(r"自付|自[己负担]|个人|承担|负担|自缴|自掏|收取|计收|[付交收缴](?!补|纳|的)|折|结算"
                   r"|\bowe|you pay|share", re.IGNORECASE)
_ABOUT_A_DAY = re.compile("元旦|春节|国庆|五一|劳动节|六一|儿童节|重阳|清明|端午|中秋|[月年]底|月末|年末|月初|年初"
                          "|[上中下]旬|前后|左右|次年|每月|"
                          r"\b(?:end of|mid-|early|late|about|around|holiday|Christmas|Easter|New Year)",
                          re.IGNORECASE)
_SAID = re.compile(r"(?:每人每|每户每|每|一|/)个?(?P<zh>月|年|日|天|季度)"
                   r"|\b(?:a|per|each|every) (?P<en>month|year|day|week)\b", re.IGNORECASE)
# What an age is up to, so that one is a year younger.
_BIRTHDAY = re.compile(r"生日|\bturn(?:s|ed)?\b|\bbirthday|\binclusive\b", re.IGNORECASE)
_HOUSE = re.compile("[\\d一二三四五六七八九十百零〇]+(?:-\\d+)?(?:号|$)")
_WAY = re.compile(r" (?:St(?:reet)?|Ave(?:nue)?|R(?:oa)?d|Blvd|Boulevard|Dr(?:ive)?|Ln|Lane|Pl(?:ace)?|Sq(?:uare)?|Way)"
                  r"\b.*$")
_TOTAL = re.compile("合计|总共|共计|一共|共|另加|in all|total|altogether|plus")


def comparable(one: Fact, other: Fact) -> bool:
    """Whether two figures are of a kind that can be compared: the same, and not a lower bound with an upper one."""
    kinds = {one.kind, other.kind}
    if not kinds <= COMPARED:
        return False
    if kinds == {"money", "free"}:
        return True
    if len(kinds) > 1:
        return False
    if one.kind in ("age", "quantity", "money", "percent", "duration") and not _goes_with(one, other):
        return False
    if one.kind == "quantity":
        return _is_same_unit(one.unit.partition("/")[0], other.unit.partition("/")[0])
    if one.kind == "money":
        return one.unit[:3] == other.unit[:3] and _is_same_rate(one.unit, other.unit)
    if one.kind == "date":
        return len(one.value) > 4 and len(other.value) > 4 and _date_form(one.value) == _date_form(other.value)
    return True


def agrees(one: Fact, other: Fact, around: tuple[str, str], near: Sequence[Fact], others: Sequence[Fact]) -> bool:
    """Whether two comparable figures may say the same. ``around`` are the words of their sentences, ``near`` and
    ``others`` the figures beside each."""
    if one.key == other.key:
        return one.kind != "percent" or not _opposed(one.number, around)
    match one.kind if one.kind == other.kind else "free":
        case "free":
            return one.value == other.value
        case "money":
            return _sums(one, other, near, others, around)
        case "percent":
            return _shares(one, other, around)
        case "duration":
            return _times(one, other)
        case "age":
            apart = 2 if _BIRTHDAY.search("".join(around)) else 1
            return abs(_bound(one) - _bound(other)) < apart or (one.op != other.op and one.number == other.number)
        case "quantity":
            return one.number == other.number
        case "phone":
            return _digits(one.value).endswith(_digits(other.value)) or _digits(other.value).endswith(
                _digits(one.value))
        case "hours":
            return _hours(one.value, other.value)
        case "date":
            return _dates(one.value, other.value) or bool(_ABOUT_A_DAY.search("".join(around)))
        case _:
            return _is_same_street(one.value, other.value)


def side_of(fact: Fact) -> int:
    """1 for a lower bound, -1 for an upper one, 0 for none."""
    return {"ge": 1, "gt": 1, "le": -1, "lt": -1}.get(fact.op, 0)


def _goes_with(one: Fact, other: Fact) -> bool:
    """Whether both are bounds of one side, or none is one; a time limit is one whether it says so or not."""
    if one.kind == "age":
        return side_of(one) * side_of(other) >= 0
    if one.kind == "duration":  # a time limit is one whether it says so or not
        return side_of(one) * side_of(other) >= 0
    return side_of(one) == side_of(other) and (one.kind != "quantity" or bool(side_of(one)))


def _is_same_rate(one: str, other: str) -> bool:
    """Whether two sums are for the same thing, as far as both say for what."""
    mine, theirs = _things(one), _things(other)
    return not mine or not theirs or any(a == b or any(a in units and b in units for units in _ALIKE_UNITS)
                                         for a in mine for b in theirs)


def _things(unit: str) -> set[str]:
    return {part for part in re.split("[/·]", unit)[1:] if part and part not in _TIMES}


def _is_same_unit(one: str, other: str) -> bool:
    if one == other or "个" in (one, other) or one.rstrip("s") == other.rstrip("s"):
        return True
    return any(one in units and other in units for units in _ALIKE_UNITS) or (
        len(one) > 1 and len(other) > 1 and (one.endswith(other) or other.endswith(one)))


def _sums(one: Fact, other: Fact, near: Sequence[Fact], others: Sequence[Fact],
          around: tuple[str, str]) -> bool:
    """The same sum, by the month or by the year, or what a share or a number of times makes of it."""
    a, b = one.number, other.number
    if a == b:
        return True
    if a == 0 or b == 0:
        return False
    rate, rated = _rate(one.unit) or _rate_said(around[0]), _rate(other.unit) or _rate_said(around[1])
    if rate and rated and rate != rated:
        return abs(a * rated / rate - b) <= _NEAR / 4 * b
    if rate != rated and (b / a in _YEAR_OF or a / b in _YEAR_OF):
        return True
    return _product(one, other, near, others, is_total=bool(_TOTAL.search("".join(around))))


def _rate_said(text: str) -> int:
    found = _SAID.search(text)
    return _TIMES.get(found["zh"] or (found["en"] or "").lower(), 0) if found else 0


def _rate(unit: str) -> int:
    for part in re.split("[/·]", unit)[1:]:
        if part in _TIMES:
            return _TIMES[part]
    return 0


def _product(one: Fact, other: Fact, near: Iterable[Fact], others: Iterable[Fact], *, is_total: bool) -> bool:
    """Whether a number beside them makes one of the other: five years of 6,000 are 30,000; half of 40 are 20."""
    a, b = one.number, other.number
    beside = [fact for fact in (*near, *others) if fact is not one and fact is not other]
    is_by_time = bool(_rate(one.unit) or _rate(other.unit))
    for fact in beside:
        if fact.kind not in ("percent", "quantity") and not (fact.kind == "duration" and is_by_time):
            continue
        times = fact.number / 100 if fact.kind == "percent" else fact.number
        if times in (0, 1):
            continue
        if times * a == b or times * b == a or (fact.kind == "percent" and (1 - times) * a == b):
            return True
    sums = {fact.number for fact in beside if fact.kind == one.kind} - {a, b}
    return is_total and any(x + y == z for x, y, z in product((a, b), sums, (a, b)) if x != z)


def _shares(one: Fact, other: Fact, around: tuple[str, str]) -> bool:
    a, b = one.number, other.number
    first, second = _direction(around[0]), _direction(around[1])
    if first and second:
        return a == b if first == second else a + b == 100
    return a == b or a + b == 100


def _opposed(share: Decimal, around: tuple[str, str]) -> bool:
    """Whether one says what is paid and the other what is not, of the same share: 按60%收取, 减免60%."""
    first, second = _direction(around[0]), _direction(around[1])
    return bool(first and second and first != second and share != 50)


def _direction(clause: str) -> str:
    off, kept = bool(_OFF.search(clause)), bool(_KEPT.search(clause))
    return ("off" if off else "kept") if off != kept else ""


def _times(one: Fact, other: Fact) -> bool:
    if one.unit == other.unit:
        return one.number == other.number
    if "workday" in (one.unit, other.unit):
        work, rest = (one, other) if one.unit == "workday" else (other, one)
        if rest.unit not in _MINUTES:
            return False
        days = rest.number * _MINUTES[rest.unit] / 1440
        return days != work.number and (days - 1) / 2 <= work.number <= days * Decimal("0.8") + 1
    if one.unit not in _MINUTES or other.unit not in _MINUTES:
        return True
    a, b = one.number * _MINUTES[one.unit], other.number * _MINUTES[other.unit]
    return abs(a - b) <= _NEAR * max(a, b)


def _bound(fact: Fact) -> Decimal:
    """An age as a bound that is still meant; 不满16 and 15岁以下 are the same."""
    value = fact.number / 12 if fact.unit == "month" else fact.number
    return value - 1 if fact.op == "lt" else value + 1 if fact.op == "gt" else value


def _is_same_street(one: str, other: str) -> bool:
    """Whether two addresses are in one street, whatever the house: two houses may be two doors of one."""
    mine, theirs = _street(one), _street(other)
    return mine.endswith(theirs) or theirs.endswith(mine)  # with its district, or without


def _street(value: str) -> str:
    """The name of a street, without house number and what stands behind it."""
    if value.isascii():
        return re.sub(r"[^a-z]", "", _WAY.sub("", re.sub(r"^\d+[A-Z]? ", "", value)).lower())
    return _HOUSE.split(value)[0].strip()


def _digits(value: str) -> str:
    return re.sub(r"\D", "", value)


def _hours(one: str, other: str) -> bool:
    """Whether the times of one are all among the other's, or both begin and end alike."""
    a, b = ([_on_the_dial(time) for time in value.split(",")] for value in (one, other))
    return set(a) <= set(b) or set(b) <= set(a) or (a[0], a[-1]) == (b[0], b[-1])


def _on_the_dial(time: str) -> str:
    """A time without its half of the day: half past six in the evening may be said without it."""
    hour, _, minute = time.partition(":")
    return f"{int(hour) % 12:02}:{minute}"


def _date_form(value: str) -> tuple[bool, bool, int]:
    """What of a date is said: begin, end, how finely."""
    first, slash, last = value.partition("/")
    part = (last or first).removeprefix("--").split("-")
    return bool(first) or not slash, bool(last) or not slash, len([p for p in part if len(p) == 2])


def _dates(one: str, other: str) -> bool:
    def ends(value: str) -> list[str]:
        return [re.sub(r"^\d{4}-", "--", part) for part in value.split("/") if part]

    return not set(ends(one)).isdisjoint(ends(other)) and not _years_differ(one, other)


def _years_differ(one: str, other: str) -> bool:
    years, more = re.findall(r"\d{4}", one), re.findall(r"\d{4}", other)
    return bool(years and more and set(years).isdisjoint(more))

"""The figures of a statement as they are compared: those of the extractor, and what it leaves out on purpose.

The extractor is to be right, this is to be complete: times in words, numbers without a name, a bounded "one". All the
times of day of a statement are one figure, as opening and closing are stated in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from kb.markup.conflicts.point import HOLE, Point, above_of, matter_of
from kb.markup.conflicts.statement import Statement, Text
from kb.markup.conflicts.values import COMPARED
from kb.markup.facts.fact import Fact, Line
from kb.markup.facts.numerals import chinese_number

_FILLING = re.compile(r"[#\W]")
_LITTLE = 8  # characters of a clause beside its figure that do not say what it is of
_AROUND, _BEFORE = 40, 30  # characters of the sentence before
_C = "零〇一二两三四五六七八九十"
_PHONE = re.compile(r"(?<![\d.,¥$£€A-Za-z/〔\[])(?:[(（]?(?:区号)?0\d{2,4}[)）]?[-\s]?)?(?:[2-9]\d{2,3}[-\s]?\d{4}"
                    r"|\d{6})(?!\d|\.\d|,\d{3}(?!\d)|\s?[元块%年月日万人户])")
_SPOKEN_PHONE = re.compile(r"[零〇一二三四五六七八九幺]{3,5}[,，\-\s]?[零〇一二三四五六七八九幺]{4}(?![十百千万])")
_SPOKEN = {**{c: str(n) for n, c in enumerate("零一二三四五六七八九")}, "〇": "0", "幺": "1"}
_LATE = ("下午", "晚上", "傍晚", "夜里", "晚间", "夜间", "午后", "晚")
_CLOCK = re.compile(
    rf"(?P<half>凌晨|清晨|早上|早晨|上午|中午|下午|午后|傍晚|晚上|晚间|夜间|夜里|早|晚)?(?:的)?\s?"
    rf"(?:(?P<hour>[{_C}]{{1,3}})[点时](?!间|段|候)(?P<half_past>半|一刻|三刻|[{_C}]{{1,3}}分?|整)?"
    r"|(?P<h>[01]?\d|2[0-4])(?:[:：](?P<m>[0-5]\d)|[点时](?!间|段|候)(?P<q>半|[0-5]?\d分)?))")
_EN_HOURS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_EN_NUMBER = {word: n for n, word in enumerate(_EN_HOURS.split("|"), 1)}
_EN_CLOCK = re.compile(
    rf"\b(?:(?P<past>half past|a? ?quarter past|a? ?quarter to)\s)?(?P<h>{_EN_HOURS}|1[0-2]"
    rf"|[1-9])(?:[:.](?P<m>[0-5]\d))?"
    r"(?:\s?(?P<ap>a\.?m\b|p\.?m\b)|\so'clock)?(?P<part> in the (?:morning|afternoon|evening)| at night)?"
    r"(?=\s?(?P<to>until|till|to|-|–|and)\b|[^\w]|$)", re.IGNORECASE)
_EN_SPAN = re.compile(rf"\b(?P<a>{_EN_HOURS}|1[0-2]|[1-9])\s?(?:until|till|to|-|–)\s?(?P<b>{_EN_HOURS}|1[0-2]"
                      rf"|[1-9])\b"
                      r"(?=[,.;)]|$| (?:on|every|daily|each))", re.IGNORECASE)
_LATER = re.compile("afternoon|evening|night")
_ALL_DAY = re.compile(r"24\s?小时|全天候|昼夜|通宵|二十四小时|\b24 hours\b|round the clock|day or night|at any"
                      r" hour|day and night",
                      re.IGNORECASE)
_ONE = re.compile(r"(?:限|只[能可批准收许办]?|仅[能可限]?|最多|至多|不超过"
                  r"|每[人户家位车])[^\d，。；,;]{0,6}?一(?P<of>[只条头辆台部个处套次项门件张名位栋间本把]"
                  r"|份)")
_HALVES = re.compile(r"(?:打)?对折|半价|减半|(?:少|省)[交缴付收]?一半|一半|五五折|\bhalf(?: off| price| the"
                     r" (?:price|fee|fare|cost))",
                     re.IGNORECASE)
_FROM_DAY = re.compile(r"-\d\d-\d\d/$")
_GOES_ON = re.compile("[一二三四五六七八九](?![次年月天日人户份本张件个季度台辆位套页周])")  # 三块五, and not 三元一次
_NOT_MORE = re.compile(r"\b(?:not|never|no)\b[^.;]{0,20}\b(?:more|over|exceed)", re.IGNORECASE)
_AT_MOST = re.compile(r"^(?P<n>\d+)(?: (?:at most|maximum|max))?$", re.IGNORECASE)
_AGE_AT = re.compile(r"(?:minimum|maximum|lowest|youngest) age[^.;,\d]{0,40}?\b(?P<n>\d{1,2})\b", re.IGNORECASE)


def figures(statement: Statement, source: str) -> tuple[Fact, ...]:
    """The figures of a statement in their order."""
    facts = [fact for fact in statement.facts
             if fact.kind not in ("hours", "document", "clause") and not _is_cut(fact, source)]
    taken = [(fact.start, fact.end) for fact in statement.facts]
    found = list(_more(statement))
    facts += [fact for fact in found if not any(fact.start < end and start < fact.end for start, end in taken)]
    facts = [_as_bound(fact, statement) for fact in facts]
    times = _hours(statement)
    return tuple(_periods(sorted([*facts, *times], key=lambda fact: (fact.start, fact.end))))


def _is_cut(fact: Fact, source: str) -> bool:
    """Whether a figure goes on behind what was read: 一米三, 三块五."""
    return fact.kind in ("quantity", "money") and bool(_GOES_ON.match(source, fact.end)) and fact.value != "0"


def _as_bound(fact: Fact, statement: Statement) -> Fact:
    """A figure that may not be exceeded is an upper bound: do not bring more than ten gallons."""
    if fact.op not in ("gt", "ge"):
        return fact
    _, _, clause = statement.clause_at(fact.start)
    return replace(fact, op="le") if _NOT_MORE.search(clause) else fact


def _periods(facts: list[Fact]) -> Iterator[Fact]:
    """The figures; a day from which and the next until which are one period."""
    waiting: Fact | None = None
    for fact in facts:
        if waiting and fact.kind == "date" and fact.value.startswith("/"):
            yield replace(waiting, value=waiting.value + fact.value[1:], end=fact.end, core=(0, 0))
            waiting = None
            continue
        if waiting:
            yield waiting
        waiting = fact if fact.kind == "date" and _FROM_DAY.search(fact.value) else None
        if waiting is None:
            yield fact
    if waiting:
        yield waiting


def _more(statement: Statement) -> Iterator[Fact]:
    text, names = statement.text, statement.names
    folded, place = Line(text).text, statement.source_of
    for found in _PHONE.finditer(folded):
        digits = re.sub(r"\D", "", found[0])
        if 7 <= len(digits) <= 12:
            yield Fact("phone", digits, *place(*found.span()))
    for found in _SPOKEN_PHONE.finditer(text):
        digits = "".join(_SPOKEN.get(c, "") for c in found[0])
        yield Fact("phone", digits, *place(*found.span()))
    for found in _ONE.finditer(text):
        yield Fact("quantity", "1", *place(*found.span()), found["of"], "le")
    for found in _HALVES.finditer(text):
        yield Fact("percent", "50", *place(*found.span()))
    for found in _AGE_AT.finditer(text):
        yield Fact("age", found["n"], *place(*found.span("n")), "", "ge")
    at_most = _AT_MOST.match(folded)
    if names and at_most:
        yield Fact("quantity", at_most["n"], *place(0, len(text)), names[0].split(" ")[-1].lower(), "le")


def _hours(statement: Statement) -> Iterator[Fact]:
    """All the times of day of a statement as one figure."""
    times: set[str] = set()
    spans: list[tuple[int, int]] = []
    for fact in statement.facts:
        if fact.kind == "hours":
            times.update(part for span in fact.value.split(",") for part in span.split("-"))
            spans.append((fact.start, fact.end))
    busy = [(fact.start, fact.end) for fact in statement.facts]
    for start, end, found in _clocks(statement.text):
        low, high = statement.source_of(start, end)
        if not any(low < b and a < high for a, b in busy):
            times.update(found)
            spans.append((low, high))
    if "00:00" in times and "24:00" in times:
        times = {"00:00", "24:00"}
    if times:
        yield Fact("hours", ",".join(sorted(times)), min(a for a, _ in spans), max(b for _, b in spans))


def _clocks(text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    for found in _ALL_DAY.finditer(text):
        yield *found.span(), ("00:00", "24:00")
    late = False
    for found in _CLOCK.finditer(text):
        hour = chinese_number(found["hour"]) if found["hour"] else int(found["h"])
        if hour is None or hour > 24:
            continue
        minute = _minute(found)
        if found["half"]:
            late = found["half"] in _LATE or (found["half"] == "中午" and hour < 5)
        if late and hour < 12:
            hour += 12
        yield *found.span(), (f"{hour:02}:{minute:02}",)
    for found in _EN_SPAN.finditer(text):
        first, last = (_EN_NUMBER.get(part.lower()) or int(part) for part in (found["a"], found["b"]))
        last = last + 12 if last <= first or last < 7 else last
        yield *found.span(), (f"{first:02}:00", f"{last:02}:00")
    for found in _EN_CLOCK.finditer(text):
        if not (found["part"] or found["past"]):
            continue
        hour = _EN_NUMBER.get(found["h"].lower()) or int(found["h"])
        past = (found["past"] or "").lower()
        minute = int(found["m"] or (30 if "half" in past else 15 if "past" in past else 0))
        if "to" in past.split():
            hour, minute = hour - 1, 45
        part = found["part"] or ""
        if hour < (12 if _LATER.search(part) else 0 if part else 7):
            hour += 12
        yield *found.span(), (f"{hour:02}:{minute:02}",)


def _minute(found: re.Match[str]) -> int:
    word = found["half_past"] or found["q"] or ""
    if word == "半":
        return 30
    if word.endswith("刻"):
        return 15 if word[0] == "一" else 45
    if found["m"]:
        return int(found["m"])
    digits = word.removesuffix("分")
    return int(digits) if digits.isdigit() else (chinese_number(digits) or 0) if digits and digits != "整" else 0


def figures_of(text: Text) -> Iterator[Point]:
    """All figures of a text that can be compared."""
    for statement in text.statements:
        for fact in figures(statement, text.source):
            if fact.kind not in COMPARED:
                continue
            clause = statement.clause_at(fact.start)
            matter = _matter(text.source, statement, fact, clause)
            above = above_of(text, statement)
            around = matter if statement.names else statement.before[-_AROUND:] + statement.text
            yield Point(fact.kind, fact.start, fact.end, statement, clause, matter,
                        f"{above} {statement.lead} {around}", above, fact)


def _matter(source: str, statement: Statement, fact: Fact, clause: tuple[int, int, str]) -> str:
    """What a figure is of: its clause without it, with the clause before where little else is in its own."""
    low, high, _ = clause
    start, end = (fact.start, fact.end) if fact.kind == "hours" else fact.figure
    own = (source[low:max(low, start)] + HOLE + (source[end:high] if end < high else "")).replace("*", "")
    at = next((n for n, one in enumerate(statement.clauses) if one == clause), 0)
    if len(_FILLING.sub("", own)) < _LITTLE and not statement.names:
        own = (statement.clauses[at - 1][2] if at else statement.before[-_BEFORE:]) + own
    return matter_of(statement, own)

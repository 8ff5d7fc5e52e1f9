"""How long something lasts that a text itself begins: 有效期五年, 本办法施行之日起六个月内, 5月20日起闭馆三个月."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from kb.markup.facts.numerals import chinese_number

# How long a text itself holds, from the day on which it came into force: 本办法自发布之日起施行，有效期五年.
_ITSELF = re.compile(
    r"本(?:办法|规定|规范|细则|通知|通告|公告|意见|方案|政策|措施|决定|标准|条例|制度|规程|指引|指南)|施行|试运|试点|试用|试行(?=[期\d一二三两半])|[自从]\d[^，。；]{4,12}起(?:执行|启用)|印发之日|发布之日|公布之日"
    r"|政策(?=有效期|执行期|实施期)|(?:活动|优惠|补贴|政策)期限?"
    r"|\b(?:this|the) (?:order|notice|rule|regulation|by-?law|policy|scheme|pilot|program(?:me)?)\b", re.IGNORECASE)
_HOLDS = re.compile(
    r"(?:有效期限?|试运[行营]期?|试行期?限?|试[点用]期?限?|执行期限?|实施期限?)(?:为|是|持续|共)?\s?(?P<n>\d{1,2}|[一二两三四五六七八九十])个?(?P<unit>年|月)"
    r"(?!\d|以?[内上下]|的)"
    r"|(?P<gn>\d{1,2}|[一二两三四五六七八九十]{1,2})个?(?P<gu>年|月)的?(?:过渡|缓冲|宽限)期"
    r"|期限?[为：]?自[^，。；]{0,8}之日起[计算]{0,2}(?P<an>\d{1,2}|[一二两三四五六七八九十]{1,2})个?(?P<au>年|月)(?![前以内])"
    r"|\b(?:runs|lasts|is valid|remains in force|expires|lapses)(?: for)? "
    r"(?P<en>\d{1,2}|one|two|three|four|five|six|nine|ten|twelve|eighteen) "
    r"(?P<eu>year|month)s?\b", re.IGNORECASE)
# What is to be done, or is let pass, so long after the text itself came into force: 本办法施行之日起六个月内.
_AFTER_ENTRY = re.compile(
    r"(?:本(?:办法|规定|规范|细则|通知|通告|公告|意见|方案|政策|标准|条例|指南)[^，。；]{0,4}(?:发布|公布|印发|施行|实施|生效)"
    r"|(?<![\u4e00-\u9fff])自?(?:施行|实施))之?日起(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3})个?(?P<unit>工作日|日|天|月|年)之?内"
    r"|\bwithin (?P<en>\d{1,3}|one|two|three|six|nine|twelve) (?P<eu>day|month|year)s (?:of|after|from) (?:the )?"
    r"(?:effective date|(?:date )?this (?:order|notice|rule|regulation|ordinance|by-?law|policy)\b)", re.IGNORECASE)
_FROM_DAY = re.compile(r"[自从]\s?(?P<y>20\d\d)年(?P<m>1[0-2]|0?[1-9])月(?P<d>[12]\d|3[01]|0?[1-9])日")
# A day from which something is so for so long: 5月20日起闭馆三个月.
_FROM_THEN = re.compile(
    r"(?:(?P<y>20\d\d)年)?(?P<m>1[0-2]|0?[1-9])月(?:(?P<d>3[01]|[12]\d|0?[1-9])日)?\s?(?:\d{1,2}时)?(?:起|开始)[^，。；]{0,12}?[，,]?"
    r"(?:为期|工期|共|的|持续|连续)?(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,2})(?P<unit>个?月|天|周|个?星期|日|年)"
    r"(?![\d月]|之?以?[内后前上下]|[未不起])")
_FOR_A_WHILE = re.compile("闭|封|停[^车]|试|施工|改造|维修|检修|优惠|免费|展[出览期]|活动|公示|过渡|宽限"
                          "|半价|折|临时|暂")
_YEARLY = re.compile("每年|每[逢到]|当年|次年")
_LATE = 10  # the month from which on January is the next year's
_DAYS_OF = {"月": 30.5, "周": 7.0, "期": 7.0, "天": 1.0, "日": 1.0, "年": 365.25}
# What is so at first, or for the time being, for so long: 先执行半年.
_AT_FIRST = re.compile(
    r"(?:先行?|暂(?:定|行|按)?)(?:执行|试行|实施|试用|按)?(?P<n>半|\d{1,2}|[一二两三四五六七八九十])个?(?P<unit>年|月)(?![\d月前内])(?:执行)?"
    r"|(?:试行|试运行|试营业|试点)期?限?(?:为|是)?(?P<half>半年)")
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "nine": 9, "ten": 10,
          "twelve": 12, "eighteen": 18, "few": 3}
Found = tuple[re.Match[str], str, date]  # where it is said, of which kind, and its last day


def terms(sentence: str, written: date) -> Iterator[Found]:
    """How long the text itself is in force, where it says that as a number of years or months."""
    for allowed in _AFTER_ENTRY.finditer(sentence):
        days = {"月": 30.5, "month": 30.5, "年": 366, "year": 366, "工作日": 1.5}.get(
            (allowed["unit"] or allowed["eu"]).lower(), 1) * number_of(allowed["n"] or allowed["en"])
        yield allowed, "end", written + timedelta(days=int(days))
    yield from _from_then(sentence, written)
    for first in _AT_FIRST.finditer(sentence):
        is_half = first["half"] or first["n"] == "半"
        months = 6 if is_half else number_of(first["n"]) * (12 if first["unit"] == "年" else 1)
        yield first, "end", written + timedelta(days=int(30.5 * months))
    itself = _ITSELF.search(sentence)
    found = _HOLDS.search(sentence, itself.start()) if itself else None
    if not found:
        return
    day = _FROM_DAY.search(sentence)
    begins = date(int(day["y"]), int(day["m"]), min(28, int(day["d"]))) if day else written
    number = number_of(found["n"] or found["en"] or found["gn"] or found["an"])
    unit = found["unit"] or found["eu"] or found["gu"] or found["au"]
    months = number * 12 if unit.lower() in ("年", "year") else number
    year, month = divmod(begins.year * 12 + begins.month - 1 + months, 12)
    yield found, "end", date(year, month + 1, min(begins.day, 28)) - timedelta(days=1)


def _from_then(sentence: str, written: date) -> Iterator[Found]:
    for found in _FROM_THEN.finditer(sentence) if _FOR_A_WHILE.search(sentence) else ():
        if _YEARLY.search(sentence[:found.end()]):
            continue
        month = int(found["m"])
        year = int(found["y"]) if found["y"] else written.year + (month < 4 and written.month >= _LATE)
        begins = date(year, month, min(28, int(found["d"] or 1)))
        until = begins + timedelta(days=int(_DAYS_OF[found["unit"][-1]] * number_of(found["n"])) + 3)
        if until >= written:
            yield found, "end", until


def number_of(text: str) -> int:
    return int(text) if text.isdecimal() else _WORDS.get(text.lower()) or chinese_number(text.replace("两", "二")) or 1

"""What a text says relative to when it was written: 今年起, 本周六, 目前, this summer, for the next weeks, 试行两年.

Each has a last day, reckoned from the day on which the text came into force. Words that a standing rule uses as well
(本月, this month) count only where the sentence tells of an occasion (``timely``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from kb.markup.facts.epidemics import epidemics
from kb.markup.facts.numerals import chinese_number
from kb.markup.facts.timely import is_law, is_of_occasion, is_rule, is_timely
from kb.markup.facts.years import month_end

NEWS_AGES = timedelta(days=90)  # after which "at present" in news is no longer so
_DAYS_AGE = timedelta(days=1)  # today is over tomorrow
_WEEKS_AGE = timedelta(days=14)  # next week is over by then
_STATES_AGE = timedelta(days=366)  # a trial, a soon: longer than that nobody means
_TELLS = re.compile(r"[。；！？;\n|]|\.(?=\s)")

_RELATIVE = re.compile(
    r"今年(?:以来|起|内|底前?|年底|上半年|下半年)?|今[春夏秋](?!天的)|今冬(?!明春)|明年|去年(?![审检度])"
    r"|(?:预计|计划|力争|争取|有望|将于)[到在]?年底(?=[^，。]{0,12}(?:开通|建成|完[成工]|竣工|通车|投入|启用|开[业放]|交付|运[营行]))"
    r"|(?<![\d一二三四五六七八九十两半几每当])年内(?=[^，。]{0,12}(?:完成|建成|实现))"
    r"|\b(?:from|since|starting|until|later|earlier|by the end of) this year\b"
    r"|\b(?:will|expects?|plans?|hopes?|is to|are to)\b[^.;|]{0,50}\bby the end of the year\b"
    r"|\bwill [^.;|]{0,40}\bnext year\b|(?<!\bthe )\bnext (?:spring|summer|autumn|fall|winter|season)\b", re.IGNORECASE)
# A year that is said to end, and years that are two: of school, of heating.
_YEARS_END = re.compile(
    r"(?:延续|延长|执行|保留|顺延|持续|使用|有效)?(?<!截)[至到](?P<to>20\d\d)年(?:12月)?[底末](?:前|止|为止)?"
    r"|(?P<by>20\d\d)年(?:12月)?(?:[底末](?:前|(?=[^，。]{0,4}(?:结束|完成|到期|截止|停)))|年?内(?![^，。]{0,10}(?:累计|共|已|曾|发生|查处|新增\d)))"
    r"|(?:(?P<term>20\d\d)年[春秋]季学期(?!起|开始)|\bthe (?P<season>20\d\d) season\b)"
    r"|20\d\d\s?[-—–~至]{1,2}\s?(?P<two>20\d\d)(?=学年|年?采暖季|年?供暖季|年度(?!汇算))"
    r"|\b(?:the (?P<rate>20\d\d) (?:\w+ ){0,2}(?:rates?|fees?|limits?|amounts?|premiums?|cap|thresholds?)"
    r" (?:is|are|for)"
    r"|in (?P<in>20\d\d),? (?:the|it|each) (?:[^.;| ]+ ){0,4}(?:is|are|costs?)"
    r"|(?:may|can|will) ?not [^.;|]{0,20}\bin (?P<not>20\d\d)"
    r"|(?:frozen|waived|free|capped|unchanged|suspended) (?:for|in|during|throughout) (?P<during>20\d\d)(?![-–/])"
    r"|for 20\d\d[–/](?P<fiscal>\d\d))\b"
    r"|\b20\d\d\s?[-–/]\s?(?P<short>20\d\d|\d\d)(?= (?:school|academic|winter|heating|snow)? ?(?:year|season))",
    re.IGNORECASE)
_HISTORY = re.compile(r"出生|伤亡|去世|\b(?:was|were|had)\b")
_ENGLISH = re.compile("[A-Za-z]{3}")
_WHENEVER = re.compile(r"如[果需遇]|若|凡|应当|每|当年|之日起|\bif\b", re.IGNORECASE)
_NOW = re.compile("目前|当前|现阶段|眼下"
                  "|近期(?=[^，。；]{0,12}(?:持续|高温|降雨|少雨|多雨|寒潮|频发|多发|高发|出现|流行))")
_TOLD = re.compile(
    "指定了|正在|共有|推出|投放|处于|暂停|暂不|试点|试运行|尚未|[^，。]了[^，。]"
    r"|(?:全省|全市|全国|全区|全县|我省|我市)[^，。]{0,16}(?:已|共|累计|\d)")
_IS_SHUT = re.compile(
    r"\b(?:(?:is|are|remains?) (?:currently|temporarily|at present)|ha(?:s|ve) (?:been )?temporarily|temporarily) "
    r"(?:been )?(?:closed?|suspended|unavailable|out of (?:service|order)|moved|relocated)\b"
    r"|(?:^|[.;,] )(?:right now|at the moment|for the time being)\b|\b(?:is|are|has|have) (?:been )?(?:closed|moved"
    r"|relocated|suspended) temporarily\b", re.IGNORECASE)
_DAYS = re.compile("今天|今日(?!头条)|明天|明日|昨天|昨日")
_ONE_DAY = re.compile("[今明]|to", re.IGNORECASE)
_WEEKS = re.compile("本周(?!期|岁)|下周(?!期|岁)|近两天|这几天|未来[一二三两几\\d]天")
_NEAR_DAYS = re.compile(
    "今[晚晨夜]|今早|明[晚早晨]|[本这下]周[一二三四五六日末](?:[、至到][一二三四五六日末周]+)?"
    r"|\b(?:tonight|tomorrow(?= (?:morning|afternoon|evening|night|from|at|between|only)\b)"
    r"|(?:this|next) (?:week(?:end)?\b(?!')|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b))", re.IGNORECASE)
_MONTHS = re.compile(
    "(?P<zh>本月(?!度)|这个月|下个?月(?!起))[底初]?|\\b(?:(?:later|earlier) )?(?P<en>this|next) month\\b(?!')",
    re.IGNORECASE)
_SPAN = re.compile(
    r"\b(?:for|over|during|in) the (?:next|coming) (?P<n>\d{1,2}|two|three|four|five|six|eight|ten|twelve|few)? ?"
    r"(?P<unit>week|month)s?\b|未来(?P<zn>[一二两三四五六七八九十\d]{1,2})个(?P<zu>月|星期)|未来半年", re.IGNORECASE)
# A closure, or works, of so many days.
_LASTS = re.compile(
    r"(?:将|拟|预计|计划|因)[^，。；]{0,14}(?:封闭|施工|停[业运]|关闭|闭馆|改造|工期)[^，。；\d]{0,6}?"
    r"(?P<n>\d{1,3}|[一二两三四五六七八九十])个?(?P<unit>月|天|周)")
_HOLIDAYS = {"元旦": (1, 3), "春节": (2, 28), "清明": (4, 6), "五一": (5, 5), "劳动节": (5, 5), "端午": (6, 30),
             "中秋": (10, 8), "国庆": (10, 8), "寒假": (2, 28), "暑假": (8, 31)}  # by which day it is over
_HOLIDAYS_CALLED = {"春节": "春节|春运", "寒假": "寒假|寒期", "暑假": "暑假|暑期"}  # in titles
_HOLIDAY = re.compile(rf"(?P<plan>(?:将|拟|预计|计划|力争)[于在]?)?(?P<name>{'|'.join(_HOLIDAYS)})[节假]?(?:前|期间)")
_OF_YEAR = re.compile(r"本年度(?=[^，。；]{0,20}(?:[为按是]|上限|下限|每)[^，。；]{0,8}\d)")
_YEARS_LAST = re.compile("(?<![\\d年每当次])(?:年底前)|(?<=用)[到至]年底|[延续][到至]年底|\\bthis season\\b")
_TERM = re.compile(
    r"[本这](?:个)?(?:学期|学年)|新学[期年]|\b(?:the rest of )?(?:this|the current) "
    r"(?:school year|academic year|term|semester)\b", re.IGNORECASE)
_SEASON = re.compile(
    r"(?P<cold>今冬明春|[本这](?:个)?(?:采暖|供暖)[季期]|\bthis heating season)|(?P<named>\bthis "
    r"(?P<season>spring|summer|autumn|fall|winter)\b)", re.IGNORECASE)
_SEASON_ENDS = {"spring": (5, 31), "summer": (8, 31), "autumn": (11, 30), "fall": (11, 30), "winter": (2, 28)}
_SEASON_OF = re.compile(
    r"\b(?:will|is to|are to|(?:is|are) (?:expected|due|scheduled|planned) to|should)\b[^.;|]{0,40}?\b(?:in|by|until) "
    r"(?:early |late |mid-)?(?P<season>spring|summer|autumn|fall"
    r"|winter)(?:(?: of)? (?P<year>20\d\d)\b)?", re.IGNORECASE)
_ONCE = re.compile(r"\b(?:(?:re)?open|be (?:completed|finished|ready)|finish|return|launch)\b", re.IGNORECASE)
_THIS_YEAR = re.compile(r"\b(?:this|last) year(?:'s)?\b", re.IGNORECASE)
_FOR_YEAR = re.compile(r"\b(?:for|of|in|from|since|until|during|by) $", re.IGNORECASE)
_IN_FORCE = re.compile(r"\b(?:rates?|fees?|prices?|fares?)\b[^.;|]*\b(?:appl(?:y|ies)|stays?|remains?|hold)\b",
                       re.IGNORECASE)
_DONE = re.compile(r"\b(?:will|ha(?:s|ve) been|(?:is|are) being|\w+ed) ", re.IGNORECASE)
_PERSON = re.compile(r"\b(?:you|your|he|she|his|her|I|my)\b", re.IGNORECASE)
_SOON = re.compile(
    "(?:即将|近期[内将]?|不日|不久)(?=[^，。；]{0,14}(?:启用|开通|上线|投入|搬迁|迁|开放|施行|实施|出台|推出|开业|运行"
    "|竣工|完工|通车|开工|动工|开建|启动|发放|公布|发布|关闭|改造|封闭|停)(?!的))"
    "|尚未(?:公布|出台|开通|启用|开放)(?!的|前|之前)|暂时(?:迁|搬|移)|临时(?:迁|搬|移|设)|正在(?:进行|开展)(?=[，。；])"
    "|正在[^，。的]{0,6}(?:改造|施工|建设|装修|筹建|维修|修订|制定|升级|优化)(?![的中]的?|期间)"
    "|(?:因|由于)[^。；]{0,24}暂停(?:使用|接种|开放|受理|办理|服务|营业)(?=[，。；])|试运[营行]期(?:间|内)|试营业期(?:间|内)|试点期(?:间|内)|(?:恢复|开学|开放|复工|返校)[^，。]{0,6}时间另行(?:通知|公告)"
    r"|\b(?:will soon|soon (?:to|be)|coming soon|until further notice)\b"
    r"|(?:\b(?:is|are)|'re) (?:currently|now) (?:reviewing|working on|hiring|accepting|recruiting|building|updating"
    r"|testing"
    r"|planning|under construction)\b", re.IGNORECASE)
# A quarter or half of a year for which something is waived or planned; what was counted in it is no such thing.
_PART = re.compile(
    r"(?P<year>20\d\d)年(?:第?(?P<quarter>[一二三四1-4])季度|(?P<half>[上下])半年)"
    r"(?=[^，。；]{0,24}(?:免|减[半征收免]|缓|补贴|启用|完成|开放|开工|完工|实施|出台|申[请报领]|报名))"
    r"(?![^，。；]{0,24}(?:累计|同比|增长|下降|了|已|共))")
# How long a text itself holds, from the day on which it came into force: 本办法自发布之日起施行，有效期五年.
_ITSELF = re.compile(
    r"本(?:办法|规定|规范|细则|通知|通告|公告|意见|方案|政策|措施|决定|标准|条例|制度|规程|指引|指南)|施行|试运|试点|试用|试行(?=[期\d一二三两半])|印发之日|发布之日|公布之日"
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
_FROM_DAY = re.compile(r"自\s?(?P<y>20\d\d)年(?P<m>1[0-2]|0?[1-9])月(?P<d>[12]\d|3[01]|0?[1-9])日")
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "nine": 9, "ten": 10,
          "twelve": 12, "eighteen": 18, "few": 3}
_Found = tuple[re.Match[str], str, date]


@dataclass(frozen=True, slots=True)
class Said:
    """Where something is said that had its time, of which kind it is, and its last day."""

    start: int
    end: int
    kind: str
    until: date


def said(text: str, title: str, written: date) -> Iterator[Said]:
    """What a leaf of a text, which came into force on a day, says relative to that day; overlaps are possible."""
    yield from _years(text, written)
    for start, end in _sentences(text):
        sentence = text[start:end]
        for found, kind, until in (*_states(sentence, text, title, written), *_calendar(sentence, title, written),
                                   *_terms(sentence, written)):
            yield Said(start + found.start(), start + found.end(), kind, until)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in _TELLS.finditer(text):
        yield start, found.end()
        start = found.end()
    yield start, len(text)


def _years(text: str, written: date) -> Iterator[Said]:
    for found in _YEARS_END.finditer(text):
        last = found["to"] or found["by"] or found["term"] or found["season"] or found["two"] or found["short"]
        last = last or found["rate"] or found["in"] or found["not"] or found["during"] or found["fiscal"]
        is_split = found["two"] or found["short"] or found["fiscal"]
        until = date(int(last[-2:]) + 2000, *((8, 31) if is_split else (12, 31)))
        if written <= until and not _HISTORY.search(text[found.end():found.end() + 20]):
            yield Said(found.start(), found.end(), "end", until)
    for found in _RELATIVE.finditer(text):
        yield Said(found.start(), found.end(), "relative", date(written.year, 12, 31))
    for found in _PART.finditer(text):
        quarter = "一二三四".find(found["quarter"]) + 1 or int(found["quarter"]) if found["quarter"] else 0
        until = month_end(int(found["year"]), quarter * 3 or (6 if found["half"] == "上" else 12))
        if written <= until:
            yield Said(found.start(), found.end(), "end", until)
    for found in _SEASON_OF.finditer(text):
        until = _season_ends(found["season"], date(int(found["year"]), 1, 1) if found["year"] else written)
        if written <= until and (found["year"] or _ONCE.search(found[0])):
            yield Said(found.start("season"), found.end(), "announced", until)


def _states(sentence: str, leaf: str, title: str, written: date) -> Iterator[_Found]:
    """What was so when it was written: 目前, 今天, currently closed."""
    is_told = is_timely(leaf, title) or _TOLD.search(leaf) is not None
    is_now = not _ENGLISH.search(sentence) or is_of_occasion(sentence) or is_timely(leaf, title)
    looks = [(_NEAR_DAYS, is_now and not _WHENEVER.search(sentence) and "“" not in sentence, _WEEKS_AGE),
             (_NOW, is_told, NEWS_AGES), (_DAYS, is_told, _DAYS_AGE), (_WEEKS, is_told, _WEEKS_AGE),
             (_IS_SHUT, True, NEWS_AGES),
             (_SOON, not _WHENEVER.search(sentence) and not is_law(title), _STATES_AGE)]
    for look, holds, lasts in looks:
        for found in look.finditer(sentence) if holds else ():
            yield found, "now", written + (_DAYS_AGE if _ONE_DAY.match(found[0]) else lasts)
    for found, until in epidemics(sentence, title):
        yield found, "now", until


def _calendar(sentence: str, title: str, written: date) -> Iterator[_Found]:
    """What names the month, season, term or year of the writing."""
    is_occasion = is_of_occasion(sentence)
    if is_occasion or (is_timely(sentence, title) and not is_rule(sentence)):
        for found in _MONTHS.finditer(sentence):
            is_next = (found["zh"] or found["en"]).lower().startswith(("下", "next"))
            yield found, "relative", month_end(written.year, written.month + is_next)
        for found in _YEARS_LAST.finditer(sentence):
            yield found, "relative", date(written.year, 12, 31)
        for found in _TERM.finditer(sentence):
            is_year = re.search("学年|year", found[0]) is not None
            yield found, "relative", _term_ends(written, is_year=is_year)
    for found in _OF_YEAR.finditer(sentence):
        yield found, "relative", date(written.year, 12, 31)
    if is_occasion or _IN_FORCE.search(sentence):
        for found in _SPAN.finditer(sentence):
            number = found["n"] or found["zn"] or ("6" if found[0] == "未来半年" else "few")
            days = (30.5 if (found["unit"] or found["zu"]) in ("month", "月", None) else 7) * _number(number)
            yield found, "relative", written + timedelta(days=int(days))
        for found in _LASTS.finditer(sentence):
            days = {"月": 30.5, "周": 7, "天": 1}[found["unit"]] * _number(found["n"])
            yield found, "end", written + timedelta(days=int(days) + _WEEKS_AGE.days)
    for found in _HOLIDAY.finditer(sentence) if not _WHENEVER.search(sentence) else ():
        if found["plan"] or re.search(_HOLIDAYS_CALLED.get(found["name"], found["name"]), title):
            month, day = _HOLIDAYS[found["name"]]
            yield found, "relative", date(written.year + (written > date(written.year, month, day)), month, day)
    for found in _SEASON.finditer(sentence) if not _WHENEVER.search(sentence) else ():
        yield found, "relative", _season_ends(found["season"] or "heating", written)
    if _DONE.search(sentence) and not _PERSON.search(sentence):
        for found in _THIS_YEAR.finditer(sentence):
            if not _FOR_YEAR.search(sentence[:found.start()]):
                yield found, "relative", date(written.year, 12, 31)


def _terms(sentence: str, written: date) -> Iterator[_Found]:
    """How long the text itself is in force, where it says that as a number of years or months."""
    for allowed in _AFTER_ENTRY.finditer(sentence):
        days = {"月": 30.5, "month": 30.5, "年": 366, "year": 366, "工作日": 1.5}.get(
            (allowed["unit"] or allowed["eu"]).lower(), 1) * _number(allowed["n"] or allowed["en"])
        yield allowed, "end", written + timedelta(days=int(days))
    itself = _ITSELF.search(sentence)
    found = _HOLDS.search(sentence, itself.start()) if itself else None
    if not found:
        return
    day = _FROM_DAY.search(sentence)
    begins = date(int(day["y"]), int(day["m"]), min(28, int(day["d"]))) if day else written
    number = _number(found["n"] or found["en"] or found["gn"] or found["an"])
    unit = found["unit"] or found["eu"] or found["gu"] or found["au"]
    months = number * 12 if unit.lower() in ("年", "year") else number
    year, month = divmod(begins.year * 12 + begins.month - 1 + months, 12)
    yield found, "end", date(year, month + 1, min(begins.day, 28)) - timedelta(days=1)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else _WORDS.get(text.lower()) or chinese_number(text.replace("两", "二")) or 1


def _term_ends(day: date, *, is_year: bool) -> date:
    """The last day of the school term, or year, that a day is in, or in whose holidays before."""
    if 2 <= day.month <= 7:
        return date(day.year, 8, 31)
    return date(day.year + (day.month >= 8), *((8, 31) if is_year else (1, 31)))


def _season_ends(season: str, day: date) -> date:
    """The first end of a season, or of a time of heating, that follows a day."""
    month, last = _SEASON_ENDS.get(season.lower(), (4, 30))
    return date(day.year + (day.month > month), month, last)

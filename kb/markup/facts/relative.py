"""What a text says relative to when it was written: 今年起, 本周六, 目前, this summer, for the next weeks, 试行两年.

Each has a last day, reckoned from the day on which the text came into force. Words that a standing rule uses as well
(本月, this month) count only where the sentence tells of an occasion (``timely``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from kb.markup.facts.epidemics import epidemics
from kb.markup.facts.lasting import Found, number_of, terms
from kb.markup.facts.timely import is_law, is_of_occasion, is_rule, is_timely
from kb.markup.facts.year_ends import HOLIDAYS, Said, year_ends
from kb.markup.facts.years import month_end, season_ends

NEWS_AGES = timedelta(days=90)  # after which "at present" in news is no longer so
_DAYS_AGE = timedelta(days=1)  # today is over tomorrow
_WEEKS_AGE = timedelta(days=14)  # next week is over by then
_STATES_AGE = timedelta(days=366)  # a trial, a soon: longer than that nobody means
_TELLS = re.compile(r"[。；！？;\n|]|\.(?=\s)")

_ENGLISH = re.compile("[A-Za-z]{3}")
_WHENEVER = re.compile(r"如[果需遇]|若|凡|应当|每|当年|之日起|\bif\b", re.IGNORECASE)
_NOW = re.compile("目前|当前|现阶段|眼下"
                  "|近期(?=[^，。；]{0,12}(?:持续|高温|降雨|少雨|多雨|寒潮|频发|多发|高发|出现|流行))")
_TOLD = re.compile(
    "眼下|目前[^，。；的]{0,6}已[^，。；的]{0,8}[，。；]|"
    r"(?:目前|眼下|当前)[^，。；]{0,16}?(?:\d[\d.]*|[两三四五六七八九十]+)(?:余|多|万)*(?:家|人|户|[处所间台辆套张对]|条线|名|亿|个百分点)"
    "|指定了|正在|共有|推出|投放|处于|暂停|暂不|试点|试运行|尚未|[^，。]了[^，。]"
    r"|(?:全省|全市|全国|全区|全县|我省|我市)[^，。]{0,16}(?:已|共|累计|\d)")
_IS_SHUT = re.compile(
    r"\b(?:(?:is|are|remains?) (?:currently|temporarily|at present)|ha(?:s|ve) (?:been )?temporarily|temporarily) "
    r"(?:been )?(?:closed?|suspended|unavailable|out of (?:service|order)|moved|relocated)\b"
    r"|(?:^|[.;,] )(?:right now|for now|at the moment|for the time being)\b"
    r"|\b(?:is|are|has|have) (?:been )?(?:closed|moved"
    r"|relocated|suspended) temporarily\b", re.IGNORECASE)
_ASKED_NOW = re.compile(
    r"(?<!who )(?<!you )(?<!if )\b(?:is|are) (?:currently|now|presently) (?:asked|advised|required|limited|being|not"
    r"|under|offered|held|based|experiencing|seeing|working|unable)\b"
    r"|\b(?:this|next) (?:week|weekend|month) only\b", re.IGNORECASE)
_DAYS = re.compile("今天|今日(?!头条)|明天|明日|昨天|昨日")
_ONE_DAY = re.compile("[今明]|to", re.IGNORECASE)
_WEEKS = re.compile("[本上]周(?!期|岁|[一二三四五六日末])|下周(?!期|岁)|近两天|这几天|未来[一二三两几\\d]天")
_NEAR_DAYS = re.compile(
    "今[晚晨夜]|今早|本周内|明[晚早晨]|[本这下]周[一二三四五六日末](?:[、至到][一二三四五六日末周]+)?"
    r"|\b(?:tonight|tomorrow(?=,? (?:\d|(?:morning|afternoon|evening|night|from|at|between|only)\b))"
    r"|(?:this|next) (?:week(?:end)?\b(?!')|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b))", re.IGNORECASE)
_MONTHS = re.compile(
    "(?P<zh>本月(?!度)(?:\\d{1,2}[日号])?|这个月|下个?月(?!起))[底初]?"
    "|\\b(?:(?:later|earlier) )?(?P<en>this|next) month\\b(?!')",
    re.IGNORECASE)
_SPAN = re.compile(
    r"\b(?:for|over|during|in) the (?:next|coming) (?P<n>\d{1,2}|two|three|four|five|six|eight|ten|twelve|few)? ?"
    r"(?P<unit>week|month)s?\b|未来(?P<zn>[一二两三四五六七八九十\d]{1,2})个(?P<zu>月|星期)|未来半年", re.IGNORECASE)
# A closure, or works, of so many days.
_LASTS = re.compile(
    r"(?:将|拟|预计|计划|因)[^，。；]{0,14}(?:封闭|施工|停[业运]|关闭|闭馆|改造|工期)[^，。；\d]{0,6}?"
    r"(?P<n>\d{1,3}|[一二两三四五六七八九十])个?(?P<unit>月|天|周)")
_HOLIDAYS_CALLED = {"春节": "春节|春运", "寒假": "寒假|寒期", "暑假": "暑假|暑期"}  # in titles
_HOLIDAY = re.compile(rf"(?P<plan>(?:将|拟|预计|计划|力争)[于在]?)?(?P<name>{'|'.join(HOLIDAYS)})[节假]?(?:前|期间)")
_FROM_THIS = re.compile("本月\\d{1,2}[日号](?:起|开始|至|到)(?![^。；]{0,24}[次下上当]月)")
_MONTHS_END = re.compile("(?<![每当次上下各本个份\\d月])月底前?"
                         "(?=(?:将|可|拟|全面|正式)?(?:启用|开通|完工|竣工|开放|搬|投入|上线|通车|开业|撤|结束|收官|应复))|(?:力争|确保|争取)月底前")
# So much in the time up to the writing.
_LATELY = re.compile("近(?:半年|[一两三]年|[一二两三四五六\\d]个?(?:月|周)|[一两]周)来?(?=[^，。；]{0,12}\\d)")
_OF_YEAR = re.compile(
    r"本(?P<of>年度|学[期年]|季度|[采供]暖[季期])(?=[^，。；]{0,20}(?:[为按是收缴交]|上限|下限|每)[^，。；]{0,8}\d)")
_HALVES = re.compile(  # of the year of the writing: 上半年完成产值3亿元, 下半年补齐
    r"(?<![年度个每去前后\d、和])(?P<half>[上下])半年(?=[^，。；的]{0,12}(?:完成|实现|补[齐发]|开通|启用|建成|竣工|投入|推出|出台|累计|新增|同比|共))")
_YEARS_LAST = re.compile("(?<![\\d年每当次])(?:年底前)|(?<=用)[到至]年底|[延续][到至]年底|\\bthis season\\b")
_TERM = re.compile(
    r"[本这](?:个)?(?:学期|学年)|新学[期年]|\b(?:the rest of )?(?:this|the current) "
    r"(?:school year|academic year|term|semester)\b", re.IGNORECASE)
_SEASON = re.compile(
    r"(?P<cold>今冬明春|[本这](?:个)?(?:采暖|供暖)[季期]|\bthis heating season)|(?P<named>\bthis "
    r"(?P<season>spring|summer|autumn|fall|winter)\b)", re.IGNORECASE)
_THIS_YEAR = re.compile(r"\b(?:this|last) year(?:'s)?\b", re.IGNORECASE)
_FOR_YEAR = re.compile(r"\b(?:for|of|in|from|since|until|during|by) $", re.IGNORECASE)
_THIS = re.compile(r"(?:^|[.;,:] )(?P<this>(?:this|the current) (?:year|season|term)|this year's (?:rate|fee|price)s?)"
                   r" [^.;|]{0,30}?\b(?:costs?|is|are|pays?|opens?|starts?|ends?|runs?|closes?)\b", re.IGNORECASE)
_IN_FORCE = re.compile(r"\b(?:rates?|fees?|prices?|fares?)\b[^.;|]*\b(?:appl(?:y|ies)|stays?|remains?|hold)\b",
                       re.IGNORECASE)
_DONE = re.compile(r"\b(?:will|ha(?:s|ve) been|(?:is|are) being|\w+ed) ", re.IGNORECASE)
_PERSON = re.compile(r"\b(?:you|your|he|she|his|her|I|my)\b", re.IGNORECASE)
_SOON = re.compile(
    "(?:即将|近期[内将]?|不日|不久)(?=[^，。；]{0,14}(?:启用|开通|上线|投入|搬迁|迁|开放|施行|实施|出台|推出|开业|运行"
    "|竣工|完工|通车|开工|动工|开建|启动|发放|公布|发布|关闭|改造|封闭|停)(?!的))"
    "|尚未(?:公布|出台|开通|启用|开放)(?!的|前|之前)|暂时(?:迁|搬|移)|临时(?:迁|搬|移|设)|正在(?:进行|开展)(?=[，。；])"
    "|正在[^，。的]{0,6}(?:改造|施工|建设|装修|筹建|维修|修订|制定|升级|优化)(?![的中]的?|期间)"
    "|(?:因|由于)[^。；]{0,24}暂停(?:使用|接种|开放|受理|办理|服务|营业)(?=[，。；])|试运[营行]期(?:间|内)|试营业期(?:间|内)|试点期(?:间|内)|(?:恢复|开学|开放|复工|返校|到货|开课|启用)[^，。]{0,6}[^，。]{0,2}时间另行(?:通知|公告|公布)"
    r"|\b(?:will soon|soon (?:to|be)|coming soon)\b"
    r"|(?:\b(?:is|are)|'re) (?:currently|now) (?:reviewing|working on|hiring|accepting|recruiting|building|updating"
    r"|testing"
    r"|planning|under construction)\b", re.IGNORECASE)


def said(text: str, title: str, written: date) -> Iterator[Said]:
    """What a leaf of a text, which came into force on a day, says relative to that day; overlaps are possible."""
    yield from year_ends(text, written)
    for start, end in _sentences(text):
        sentence = text[start:end]
        for found, kind, until in (*_states(sentence, text, title, written), *_calendar(sentence, title, written),
                                   *terms(sentence, written)):
            yield Said(start + found.start(), start + found.end(), kind, until)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in _TELLS.finditer(text):
        yield start, found.end()
        start = found.end()
    yield start, len(text)


def _states(sentence: str, leaf: str, title: str, written: date) -> Iterator[Found]:
    """What was so when it was written: 目前, 今天, currently closed."""
    is_told = is_timely(leaf, title) or _TOLD.search(leaf) is not None
    is_now = not _ENGLISH.search(sentence) or is_of_occasion(sentence) or is_timely(leaf, title)
    looks = [(_NEAR_DAYS, is_now and not _WHENEVER.search(sentence) and "“" not in sentence, _WEEKS_AGE),
             (_LATELY, is_timely(leaf, title), NEWS_AGES), (_NOW, is_told, NEWS_AGES), (_DAYS, is_told, _DAYS_AGE),
             (_WEEKS, is_told, _WEEKS_AGE),
             (_IS_SHUT, True, NEWS_AGES), (_ASKED_NOW, not _WHENEVER.search(sentence), NEWS_AGES),
             (_SOON, not _WHENEVER.search(sentence) and not is_law(title), _STATES_AGE)]
    for look, holds, lasts in looks:
        for found in look.finditer(sentence) if holds else ():
            yield found, "now", written + (_DAYS_AGE if _ONE_DAY.match(found[0]) else lasts)
    for found, until in epidemics(sentence, title):
        yield found, "now", until


def _calendar(sentence: str, title: str, written: date) -> Iterator[Found]:
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
    for found in _FROM_THIS.finditer(sentence) if not _WHENEVER.search(sentence) else ():
        yield found, "relative", month_end(written.year, written.month)
    for found in _MONTHS_END.finditer(sentence):
        yield found, "relative", month_end(written.year, written.month)
    for found in _OF_YEAR.finditer(sentence):
        yield found, "relative", _part_ends(found["of"], written)
    if is_occasion or _IN_FORCE.search(sentence):
        for found in _SPAN.finditer(sentence):
            number = found["n"] or found["zn"] or ("6" if found[0] == "未来半年" else "few")
            days = (30.5 if (found["unit"] or found["zu"]) in ("month", "月", None) else 7) * number_of(number)
            yield found, "relative", written + timedelta(days=int(days))
        for found in _LASTS.finditer(sentence):
            days = {"月": 30.5, "周": 7, "天": 1}[found["unit"]] * number_of(found["n"])
            yield found, "end", written + timedelta(days=int(days) + _WEEKS_AGE.days)
    for found in _HOLIDAY.finditer(sentence) if not _WHENEVER.search(sentence) else ():
        if found["plan"] or re.search(_HOLIDAYS_CALLED.get(found["name"], found["name"]), title):
            month, day = HOLIDAYS[found["name"]]
            yield found, "relative", date(written.year + (written > date(written.year, month, day)), month, day)
    if not is_rule(sentence):
        for found in _HALVES.finditer(sentence):
            yield found, "relative", month_end(written.year, 6 if found["half"] == "上" and written.month < 7 else 12)
    for found in _SEASON.finditer(sentence) if not _WHENEVER.search(sentence) else ():
        yield found, "relative", season_ends(found["season"] or "heating", written)
    for found in _THIS.finditer(sentence) if not _PERSON.search(sentence) else ():
        yield found, "relative", date(written.year, 12, 31)
    if _DONE.search(sentence) and not _PERSON.search(sentence):
        for found in _THIS_YEAR.finditer(sentence):
            if not _FOR_YEAR.search(sentence[:found.start()]):
                yield found, "relative", date(written.year, 12, 31)


def _part_ends(part: str, day: date) -> date:
    """The last day of the year, quarter, school term or time of heating that a day is in."""
    if part.startswith("学"):
        return _term_ends(day, is_year=part == "学年")
    if part == "季度":
        return month_end(day.year, (day.month + 2) // 3 * 3)
    return date(day.year, 12, 31) if part == "年度" else season_ends("heating", day)


def _term_ends(day: date, *, is_year: bool) -> date:
    """The last day of the school term, or year, that a day is in, or in whose holidays before."""
    if 2 <= day.month <= 7:
        return date(day.year, 8, 31)
    return date(day.year + (day.month >= 8), *((8, 31) if is_year else (1, 31)))

"""The time that a question names (2025年, 去年, "on 1 March", "last year") as an interval of the hotline's calendar.

A time that belongs to the caller's story and not to the rule is none: "2025年毕业的学生现在能申请吗" asks of today, and
a date in a sentence that asks nothing, beside one that does, tells when something happened. So are durations (满3年,
5年以上), editions (2025年版) and document numbers (〔2025〕3号). In doubt there is none: a question read as of another
day than was meant is answered wrongly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from kb.markup.facts.numerals import chinese_number
from retriever.question.ago import AGO, is_of_a_rule
from retriever.question.documents import document_numbers

_MOST = 8  # times of a question that are looked at
_FIRST_YEAR, _LAST_YEAR = 1949, 2100
_NOW = timedelta(seconds=1)  # how long the present is, where a question says "this year" and means today
_DIGITS = "〇零○一二三四五六七八九"
_NUMERAL = "[一二三四五六七八九十]{1,3}"

Days = tuple[date, date]  # half-open


@dataclass(frozen=True, slots=True)
class NamedTime:
    """A time that a question names.

    ``words`` are the stretch as typed, without what leads to it (in, on, since); ``rest`` is the question without both.
    The interval is half-open, in UTC.
    """

    words: str
    start: datetime
    end: datetime
    rest: str


_YEAR_ZH = (
    rf"(?P<year>(?<![\d第])(?:19|20)\d\d|(?<![{_DIGITS}])[一二][九〇零○][{_DIGITS}]{{2}})\s?年"
    r"(?!版|第|初中|级|\s?(?:1[3-9]|[2-9]\d)月)度?"
    r"|(?P<short>(?<![\w])2\d)年"
    r"(?=度|\d{1,2}月|的?(?:社保|医保|养老|公积金|低保|最低|工资|缴费|基数|标准|个税|学费|中考|高考))度?"
    r"|(?P<relative>大前年|前年|去年(?!检(?![查测修出验举])|审(?![批核计理查]))|上一?年度?(?!级|限|龄)|今年|本年度|明年"
    r"|下一?年度|后年)(?!级)度?"
    rf"|(?P<ago>(?:(?<![\w])|(?<=[我在那约概的]))(?:\d{{1,2}}|[一两二三四五六七八九十])年(?:之|以)?前)")
_MONTH_ZH = rf"(?P<month>(?<!\d)(?:1[0-2]|0?[1-9])|{_NUMERAL})月份?(?![龄大嫂薪租供均内])"
_DAY_ZH = rf"(?P<day>[12]\d|3[01]|0?[1-9]|{_NUMERAL})[日号](?!线|楼|文|令)"
_PART_ZH = r"(?P<part>上半年|下半年|年?底|年?末|年?初|第?[一二三四1-4]季度)"
_ZH = re.compile(
    rf"(?:{_YEAR_ZH})(?:的?(?:{_PART_ZH}|{_MONTH_ZH}(?:{_DAY_ZH})?))?"
    .replace("(?P<month>", "(?P<y_month>").replace("(?P<day>", "(?P<y_day>").replace("(?P<part>", "(?P<y_part>")
    + r"|(?P<moon>上上[个個]?月|上[个個]?月|本月|[这這][个個]?月|下下[个個]?月|下[个個]?月)(?!份?的?工资)(?:份)?"
    + rf"(?:{_DAY_ZH})?".replace("(?P<day>", "(?P<m_day>")
    + rf"|{_MONTH_ZH}{_DAY_ZH}"
    + rf"|(?P<alone>(?<![\d个第{_DIGITS}十])(?:1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月"
      r"(?:份|(?=起|底|初|开始|[以之]后|的?[^,，。\s]{0,6}(?:标准|基数|价|额度|利率|政策|比例|时刻)))(?![龄大嫂薪租供均内]))"
    + r"|(?P<offset>大前天|前天|昨天|昨日|明天|明日|大后天|后天)"
    + r"|(?P<half>(?<!年)上半年|(?<!年)下半年|年底|年初)")
_RELATIVE_ZH = {"大前年": -3, "前年": -2, "去年": -1, "上年": -1, "上一年": -1, "今年": 0, "本年": 0,
                "明年": 1, "下年": 1, "下一年": 1, "后年": 2}
_MOONS = {"上上": -2, "上": -1, "本": 0, "这": 0, "這": 0, "下": 1, "下下": 2}
_OFFSETS = {"大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "明天": 1, "明日": 1, "后天": 2, "大后天": 3}

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december")
_MONTH_EN = "|".join(f"{m[:3]}(?:{m[3:]})?" if len(m) > 4 else m for m in _MONTHS) + "|sept"
_EN = re.compile(
    rf"\b(?:(?:in|on|for|during|since|from|by|as of|until)\s+)?(?:(?P<d1>[0-3]?\d)(?:st|nd|rd|th)?\s+(?:of\s+)?"
    rf"(?P<mon1>{_MONTH_EN})\b|(?P<mon2>{_MONTH_EN})\s+(?P<d2>[0-3]?\d)(?:st|nd|rd|th)?\b(?!\d))"
    r"(?:,?\s+(?P<y1>(?:19|20)\d\d)\b)?"
    rf"|\b(?:(?:in|for|during|since|from|by|as of|until)\s+)?(?P<mon3>{_MONTH_EN})\s+(?P<y2>(?:19|20)\d\d)\b"
    rf"|\b(?:in|during|from|by|since)\s+(?:(?P<rel3>last|next|this)\s+)?(?P<mon4>{_MONTH_EN})\b"
    r"|\b(?:in|for|during|as of|throughout)\s+(?:the\s+)?(?:year\s+)?(?P<y3>(?:19|20)\d\d)\b(?![-/]\d)"
    r"|(?:^|\bthe\s+)(?P<y4>(?:19|20)\d\d)(?=\s+[a-z])"
    r"(?!\s+(?:act|law|edition|model|car|version|form|regulations?|graduates?)\b)"
    r"|\b(?:in\s+|for\s+)?(?P<rel>the year before last|(?:last|next|this) (?:year|month))\b"
    rf"|\b(?P<ago>(?:about |some |around )?(?:{'|'.join(AGO)}|\d{{1,2}}) years? ago)\b"
    r"|\b(?P<off>the day before yesterday|yesterday|the day after tomorrow|tomorrow)\b", re.I)

_LEAD = r"(?:in|on|for|during|since|from|by|as of|until|throughout)\s+"
_LEADING = re.compile(rf"^(?:{_LEAD})?(?:the\s+)?(?:year\s+)?(?=\d)|^{_LEAD}", re.I)
_JOINT = re.compile("^(?:的|[之以]?[前后]|起|开始|里|间|期间|那时候?)(?![任夫妻妈期])")  # between a time and its matter

# The caller's story: the time qualifies what somebody did, or the question asks of the present beside it.
_PRESENT = re.compile(
    r"现在|目前|如今|这会儿|还能|还可以|还来得及|\b(?:now|still|today|nowadays|any more|anymore)\b", re.I)
_EVENT_ZH = (
    "毕业|出生|离职|辞职|辞工|退休(?!人员|金|待遇|年龄)|退伍|退役|转业|入伍|结婚|离婚|领证|再婚|入职|参加工作|上班"
    "|去世|过世|死亡|下岗|失业(?!金|保险)|被裁|被开除|入学|考上|考取|拿证|落户|迁入|迁户|搬家|搬来|搬到|购房|买房|买车|装修"
    "|住院(?!报销|费)|手术|确诊|受伤|工伤(?!保险)|生孩子|怀孕|开业|注册|登记结婚")
_STORY_ZH = re.compile(
    rf"[^,，。.?？!！;；\s]{{0,8}}?(?:(?:{_EVENT_ZH})"
    r"|[买办交领生丢租签贷考盖建修开拿发报转迁搬来走摔病结离补缴](?:下|到|完|好|上|出)?[的了过](?!话|时候?要|多少))")
_ASKS_ZH = re.compile("多少|几|什么|啥|哪|怎|咋|如何|吗|多久|是否|能不能|可不可以|有没有|要不要|[?？]")
_PAST_EVENT_EN = (
    r"(?:[a-z]+ed|got|bought|left|was|were|lost|died|came|went|took|paid|sold|built|had|made|began|gave|became|broke|fell)")
_STORY_EN = re.compile(
    r"\b(?:i|we|he|she|they|you|who|that|it|(?:my|our|his|her) \w+)(?:'ve|'d| have| had| only| just)?\s+"
    rf"{_PAST_EVENT_EN}\b"
    r"|\b(?:born|built|issued|graduated|married|retired|registered|hired|dated|expired|expires?|expiring|bought|made|divorced"
    r"|graduat(?:e|ing)|retir(?:e|ing)|marr(?:y|ying)|mov(?:e|ing)|turn(?:ing)?)\b[^,.;?]{0,15}$", re.I)
_ASKS_PAST_EN = re.compile(r"^\W*(?:so |and |ok |then )*"
                           r"(?:how|what|which|where|when|who|was|were|did|is|are|does)\b[^,.;]*"
                           r"\b(?:was|were|did)\b", re.I)


# Behind "this year" how old somebody is, which asks for no rule of another time.
_OF_AN_AGE = re.compile(
    rf"(?<=今年)(?:刚好|就|都|已经|才|刚|快|要|满)*(?:\d{{1,3}}|{_NUMERAL})(?:周?岁|[了,，。;；\s]|$)")
_SENTENCE = re.compile(r"[^。！？!?；;\n.]*(?:\.(?!\s|$)[^。！？!?；;\n.]*)*[。！？!?；;\n.]*")
_ASKS_ANY = re.compile(f"{_ASKS_ZH.pattern}|问|咨询|打听|了解|知道|查|告诉"
                       r"|\b(?:how|what|which|where|when|who|why|whether|tell me|let me know)\b"
                       r"|^\W*(?:and |so |ok |then |please )*"
                       r"(?:can|could|may|do|does|did|is|are|was|were|will|should)\b",
                       re.I)
_STORY_SENTENCES = 3  # of which none asks: all of it is told


def named_time(text: str, now: datetime, zone: ZoneInfo) -> NamedTime | None:
    """The time that a question (cleaned, see check_text) names for the rule that it asks about; None without one.

    "今年" alone is the present: an interval that begins now.
    """
    today = now.astimezone(zone).date()
    numbers = [(n.place, n.end) for n in document_numbers(text)]
    found: list[tuple[int, int, Days | None]] = []
    for pattern, days_of in ((_ZH, _days_zh), (_EN, _days_en)):
        for match in islice(pattern.finditer(text), _MOST):
            if _is_told(text, match) or any(match.start() < end and start < match.end() for start, end in numbers):
                continue
            if _is_story(text, match):
                return None
            if (match["ago"] and not is_of_a_rule(text)) or _OF_AN_AGE.match(text, match.end()):
                continue
            days = days_of(match, today)
            if days is not None or _is_present(match):
                found.append((*match.span(), days))
    if not found:
        return None
    start, end, days = found[0]
    if len(found) > 1 and re.fullmatch(r"\s*(?:和|与|跟|到|至|[-—~～]|and|to|vs\.?|、)\s*", text[end:found[1][0]]):
        other = found[1][2]
        if days is not None and other is not None:
            end, days = found[1][1], (min(days[0], other[0]), max(days[1], other[1]))
    rest = " ".join(f"{text[:start]} {_JOINT.sub('', text[end:])}".split()).strip(" ,，、")
    rest = re.sub(r"(?<=[一-鿿。！？；，]) (?=[一-鿿])| (?=[?.!])", "", rest)
    words = _LEADING.sub("", text[start:end])
    if days is None:
        return NamedTime(words, now, now + _NOW, rest)
    return NamedTime(words, _midnight(days[0], zone), _midnight(days[1], zone), rest)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _is_present(match: re.Match[str]) -> bool:
    return match[0].lower() in ("今年", "今年度", "本年度", "this year", "in this year", "for this year")


def _is_told(text: str, match: re.Match[str]) -> bool:
    """Whether the time stands in a sentence that asks nothing, beside others that do: the date of a long story."""
    told = [m.span() for m in _SENTENCE.finditer(text) if re.search(r"\w", m[0])]
    if len(told) < 2:
        return False
    asks = [_ASKS_ANY.search(text[start:end]) is not None for start, end in told]
    own = next((n for n, (start, end) in enumerate(told) if start <= match.start() < end), 0)
    return not asks[own] and (any(asks) or len(told) >= _STORY_SENTENCES)


def _is_story(text: str, match: re.Match[str]) -> bool:
    """Whether the time tells when something happened to the caller, while the question is one of today."""
    before, after = text[:match.start()], text[match.end():]
    if _PRESENT.search(before + " " + after):
        return True
    if not text.isascii():
        if _STORY_ZH.match(after):
            return True
        clause = re.split("[,，。;；!！?？\\s]", after)[0]
        told = _ASKS_ZH.split(clause)[0]
        is_told = re.search("[了过]|的$", clause) is not None and told == clause
        return len(clause) > 1 and (is_told or re.search("(?<!有)没(?!有)|未|被", told) is not None)
    clause = re.split(r"[,.;?!]", before)[-1]
    return bool(_STORY_EN.search(clause)) and not _ASKS_PAST_EN.search(clause)


def _days_zh(match: re.Match[str], today: date) -> Days | None:
    part = match.groupdict()
    if part["offset"]:
        return _day(today + timedelta(days=_OFFSETS[part["offset"]]))
    if part["moon"]:
        moon = re.sub("[个個]?月", "", part["moon"])
        year, month = _moved(today, _MOONS[moon])
        return _of(year, month, _number(part["m_day"]))
    if part["half"]:
        return _part_of(today.year, part["half"])
    if part["month"] or part["alone"]:
        return _of(today.year, _number(part["month"] or re.sub("月份?", "", part["alone"])), _number(part["day"]))
    if part["ago"]:
        year = today.year - (_number(re.sub("年.*", "", part["ago"]).replace("两", "二")) or 0)
    elif part["relative"]:
        year = today.year + _RELATIVE_ZH[part["relative"].removesuffix("度")]
        if year == today.year and not (part["y_part"] or part["y_month"]):
            return None
    else:
        year = _number(part["year"]) or 2000 + int(part["short"])
    if part["y_part"]:
        return _part_of(year, part["y_part"])
    return _of(year, _number(part["y_month"]), _number(part["y_day"]))


def _days_en(match: re.Match[str], today: date) -> Days | None:
    part = {name: (value or "").lower() for name, value in match.groupdict().items()}
    if part["off"]:
        moved = {"the day before yesterday": -2, "yesterday": -1, "tomorrow": 1}.get(part["off"], 2)
        return _day(today + timedelta(days=moved))
    if part["ago"]:
        written = re.sub("^(?:about|some|around) | years? ago$", "", part["ago"])
        return _of(today.year - (AGO.get(written) or int(written)), None, None)
    if part["rel"].endswith("month"):
        return _of(*_moved(today, {"last": -1, "this": 0, "next": 1}[part["rel"].split()[0]]), None)
    if part["rel"]:
        moved = {"the year before last": -2, "last year": -1, "next year": 1}.get(part["rel"], 0)
        return _of(today.year + moved, None, None) if moved else None
    name = part["mon1"] or part["mon2"] or part["mon3"] or part["mon4"]
    year = part["y1"] or part["y2"] or part["y3"] or part["y4"]
    moved = {"last": -1, "next": 1}.get(part["rel3"], 0)
    month = next((n for n, m in enumerate(_MONTHS, 1) if name and m.startswith(name[:3])), None)
    return _of(int(year) if year else today.year + moved, month, _number(part["d1"] or part["d2"]))


def _number(figure: str | None) -> int | None:
    if not figure:
        return None
    return int(figure) if figure.isdecimal() and figure.isascii() else chinese_number(figure.replace("○", "〇"))


def _of(year: int, month: int | None, day: int | None) -> Days | None:
    """The days of a year, a month or a day; None when the calendar has none such."""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return _day(first)
    return first, date(*_moved(first, 1), 1) if month else date(year + 1, 1, 1)


def _day(day: date) -> Days:
    return day, day + timedelta(days=1)


def _moved(day: date, months: int) -> tuple[int, int]:
    count = day.year * 12 + day.month - 1 + months
    return count // 12, count % 12 + 1


def _part_of(year: int, part: str) -> Days | None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    if part == "上半年":
        months = (1, 7)
    elif part == "下半年":
        months = (7, 13)
    elif part.endswith("季度"):
        quarter = _number(part.removeprefix("第").removesuffix("季度")) or 1
        months = (3 * quarter - 2, 3 * quarter + 1)
    else:
        months = (1, 2) if part.endswith("初") else (12, 13)
    return date(year, months[0], 1), date(year, months[1], 1) if months[1] < 13 else date(year + 1, 1, 1)

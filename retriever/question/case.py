"""The caller's own case, as far as rules hang on it: how many persons, what age, what kind of person, whether it is
the first time; zh and en.

A text fits where it names this case and conflicts where it is about another one on the same dimension: the row "1人户"
for two persons, 65周岁以上 for somebody of 62, 低保边缘 for 低保. It judges only what both sides state, for a wrong
verdict hides the right row: a text that names both cases, or none, says nothing. Longer words are looked for first, so
that 低保边缘家庭 is never read as 低保.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

from kb.markup.facts.numerals import chinese_number
from retriever.language.analysis import normalise
from retriever.question.denied import affirms, denied, denies

_N = r"(?:\d{1,3}|[零〇一二两三四五六七八九十百]{1,4})"
_EN_NUMBERS = {word: n for n, word in enumerate(
    ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
     "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"))}
_EN_N = rf"(?:\d{{1,3}}|{'|'.join(_EN_NUMBERS)})"
_ME = ("[我妈爸爹娘爷奶婆公他她舅叔姨姑哥姐弟妹]|儿子|女儿|闺女|孩子|娃|小孩|老人|老伴|老太太|老爷子|老头|今年|都"
       "|快|已经|宝宝")

_AGED = re.compile(
    rf"(?P<a>{_N})\s?周?岁(?!以[上下]|及以|或以|起)"
    rf"|(?:{_ME})(?:今年|都|快|已经|才|刚|刚满|满)?"
    r"(?P<b>[1-9]\d|[一二三四五六七八九]?十[一二三四五六七八九]?)(?=[了的啦,，。 ]|$)"
    r"|\b(?:i'm|i am|she's|he's|she is|he is|aged?|turned|turning|(?:just )?only|mum's|mom's|dad's"
    r"|(?:mother|father|wife|husband|son|daughter)(?:'s| is)) (?:only |just |nearly |about )?"
    rf"(?P<c>{_EN_N})\b(?! (?:weeks?|months?|days?|hours?|miles?|%|percent|of|people|children|kids|thousand|hundred))"
    rf"|\b(?P<d>{_EN_N})[- ]years?[- ]olds?\b|\b(?P<e>{_EN_N}) years? of age\b")
_PERSONS = re.compile(
    rf"(?<![\d第每])(?P<a>{_N})(?:个人|口人?(?!之上)|口之家|人户|人家庭)"
    r"|(?<![\d第每])(?P<b>\d|[一二两三四五六七八九])人(?=[低户家租住申公有在,，。 ]|$)"
    r"|(?P<one>单身|一个人|独居|独自|\b(?:just me|only me|on my own|live alone|single person)\b)"
    rf"|\b(?:family|household|party|group) of (?P<c>{_EN_N})\b|\b(?P<d>{_EN_N}) of us\b"
    rf"|\b(?P<e>{_EN_N})[- ](?:person|people)\b")
# How a rule words the household that it is for. A bare "2人" counts where a row or item begins with it.
_HOUSEHOLD = re.compile(
    rf"(?<![\d.第每])(?P<a>{_N})(?:人户|人家庭|口之家|口人?户?家庭|口人)(?P<a_or>[及或]?以[上下])?"
    rf"|(?:^|[|\n:(（])\s*(?P<b>{_N})\s?[人口](?P<b_or>[及或]?以[上下])?(?:户|家庭)?\s*(?=[|:：,，;；)）]|\s|$)"
    r"|(?P<one>单人户|单身家庭|单人家庭|\bsingle[- ]person household|\bsingle person\b)"
    rf"|\b(?P<c>{_EN_N})(?:[- ]person|[- ]people|[- ]member)s?(?: household| family)?"
    r"(?P<c_or> or more| and over| or fewer)?"
    rf"|\b(?:family|household)s? of (?P<d>{_EN_N})(?P<d_or> or more| and over| or fewer)?")
_AGES = re.compile(
    rf"(?:年?满|已满)?(?P<lo>{_N})\s?(?:周?岁)?\s?"
    r"(?:[-—–~～至到]{1,2}|以上\s?,?(?:不满|未满|至)?|,?\s?(?:但)?(?:不满|未满))\s?"
    rf"(?P<hi>{_N})\s?周?岁(?P<hi_not>\(不含(?:{_N}周?岁?)?\))?(?:以下)?"
    rf"|(?P<under>(?:未满|不满|不足|低于|小于)\s?)(?P<u>{_N})\s?周?岁"
    rf"|(?:年?满|已满|达到|超过)?\s?(?P<o>{_N})\s?周?岁\s?"
    r"(?P<o_way>\(?[及或]?\(?含?\)?以上|[及或]?以下|\(?不含\)?以上|起|$)(?P<o_not>\(不含[^)]{0,8}\))?"
    rf"|(?:年满|已满|满)(?P<m>{_N})\s?周?岁"
    rf"|\b(?:aged? )?(?P<elo>{_EN_N})\s?(?:-|–|to|and|through)\s?(?P<ehi>{_EN_N})"
    r"(?= years?\b| year[- ]olds?|\s?\(?(?:inclusive)|$|[,.;:|])"
    rf"|\b(?:under|below|younger than)(?: the age of)? (?P<eu>{_EN_N})\b"
    rf"|\b(?:over|above|older than)(?: the age of)? (?P<eo>{_EN_N})\b"
    rf"|\b(?:aged? |age )?(?P<ep>{_EN_N})(?: years?(?: of age)?)?"
    r"(?: or over| and over| or older| and older| and above| or above|\+| plus)", re.M)

_ACT = r"(?:replacement|application|applicant|registration|offen[cs]e|violation|renewal|issue|cop(?:y|ie))s?\b"
# Dimensions of a case: name -> how question and text name it. Within a dimension the longest words are taken first.
_KINDS: Mapping[str, Mapping[str, str]] = {
    "allowance": {
        "low_margin": "低保边缘(?:家庭|户|人口|对象)?|最低生活保障边缘(?:家庭|户)?|low[- ]income margin",
        "low": "低保(?:户|家庭|对象|人员)?|最低生活保障(?:家庭|对象|户)?|minimum living allowance|dibao",
        "destitute": "特困(?:供养)?(?:人员|对象)?|五保户?|destitute",
        "low_income": "(?:中等偏下|中低|低)收入(?:家庭|人口|户)?|low[- ]income"},
    "stage": {
        "old": "老年人?(?!大学|公寓|证|卡|食堂|活动)|老人|老头|老太|长者|seniors?|elderly|pensioners?|older people",
        "child": "学龄前?儿童|少年儿童|少儿|儿童|小孩子?|孩子|未成年人?|婴幼儿|宝宝|children|child|kids?|minors?"
                 "|infants?",
        "student": "大学生|中学生|小学生|学生|students?|pupils?",
        "adult": "成年人|成人|adults?"},
    "insured": {
        "employee": "(?:在职|退休)?职工(?!宿舍)|城镇职工|企业职工",
        "resident": "(?:城乡|城镇)?居民(?=医保|医疗|养老|$|\\W)",
        "flexible": "灵活就业(?:人员)?"},
    "working": {"working": "在职", "retired": "退休(?!年龄|后|前|金)|离退休"},
    "registered": {
        "outside": "非本[市地区](?:户籍|户口)?|外地(?:户籍|户口|人|来的)?|外省(?:户籍|户口)?|外来(?:务工)?人员"
                   "|不是本地(?:户口|人|的)?|non[- ]residents?|out[- ]of[- ](?:state|town)",
        "here": "本[市地](?:户籍|户口|人)|(?<!非)本市户籍|city residents?"},
    "origin": {
        "foreign": "外国人|外籍(?:人士|人员)?|老外|外国公民|foreigners?|foreign nationals?",
        "hmt": "港澳台(?:居民|同胞)?|香港|澳门|台湾|hong kong|macau|taiwan(?:ese)?",
        "mainland": "内地居民|大陆居民|中国公民"},
    "sex": {
        "female": "女性|女职工|女的|女工|女方|女(?=\\d)|妇女|\\bwom[ae]n\\b|\\bfemale",
        "male": "男性|男职工|男的|男工|男方|男(?=\\d)|\\bm[ae]n\\b|\\bmale"},
    "time": {
        "first": f"首次|初次|头一[次回]|第[一1][次回]|\\bfirst[- ]time\\b|\\bfirst {_ACT}",
        "again": f"再次|第[二三四五2-5][次回]|重复(?=补|申|办|违)|\\bsecond time\\b"
                 f"|\\b(?:second|third|repeat(?:ed)?|subsequent|further) {_ACT}"},
}
_OLD = frozenset({62, 72, 82, 92})  # ages of which "old" may be any: each range that a rule has for the old holds one
_GROWN_UP = 18
_CELLS = re.compile("[;；|]")
_NOT = "(?:不是|并非|非|没有?|不算|不属于|除|not |non-)"


@dataclass(frozen=True, slots=True)
class Case:
    """What a caller told of the persons that it is about; ``kinds`` are names by dimension."""

    persons: frozenset[int] = frozenset()
    ages: frozenset[int] = frozenset()
    kinds: Mapping[str, frozenset[str]] = field(default_factory=dict)
    denied: frozenset[str] = frozenset()  # what is not so: see denied.py

    @classmethod
    def of(cls, text: str) -> Case:
        """The case that a question, or a dialogue put together, tells."""
        text = normalise(text)
        persons = {1 if match["one"] else _first(match, "abcdef") for match in _PERSONS.finditer(text)}
        ages = {_first(match, "abcde") for match in _AGED.finditer(text)}
        kinds = _kinds(text)
        told = frozenset(n for n in ages if n is not None and n < 120)
        if not told and kinds.get("stage") == frozenset({"old"}):
            told = _OLD
        if told and max(told) < _GROWN_UP:
            kinds.setdefault("stage", frozenset({"child", "student"}))
        return cls(frozenset(n for n in persons if n), told, kinds, denied(text))

    def __bool__(self) -> bool:
        return bool(self.persons or self.ages or self.kinds or self.denied)

    def fits(self, text: str) -> bool:
        """Whether a text names this case."""
        return True in self._verdicts(text)

    def conflicts(self, text: str) -> bool:
        """Whether a text is about another case alone, on one dimension at least."""
        return False in self._verdicts(text)

    def fits_row(self, text: str) -> bool | None:
        """Whether a row, read out as "column: value; …", is this case's; None where it says nothing of it. The first
        value that states a dimension names whose the row is: "children's books only" further on does not."""
        found = self._stated(text)
        for cell in reversed(_CELLS.split(text)):
            found |= self._stated(re.split("[:：]", cell, maxsplit=1)[-1])
        return False not in found.values() if found else None

    def _verdicts(self, text: str) -> list[bool]:
        return list(self._stated(text).values())

    def _stated(self, text: str) -> dict[str, bool]:
        """For each dimension that the case and the text state: whether they agree."""
        text = normalise(text)
        found: dict[str, bool] = {}
        for name, stated, ranges in (("persons", self.persons, _households), ("ages", self.ages, _age_ranges)):
            if stated and (spans := list(ranges(text))):
                found[name] = any(low <= n <= high for n in stated for low, high in spans)
        if self.kinds:
            named = _kinds(text)
            found |= {dimension: not names.isdisjoint(named[dimension]) for dimension, names in self.kinds.items()
                      if dimension in named}
        if self.denied and denies(text, self.denied):
            found["denied"] = True
        elif self.denied and affirms(text, self.denied):
            found["denied"] = False
        return found


def _kinds(text: str) -> dict[str, frozenset[str]]:
    """The kinds that a normalised text names, by dimension; one that it denies is left out."""
    found: dict[str, frozenset[str]] = {}
    for dimension, pattern in _PATTERNS.items():
        names = frozenset(match.lastgroup or "" for match in pattern.finditer(text)) - {"denied"}
        if names:
            found[dimension] = names
    return found


def _pattern(names: Mapping[str, str]) -> re.Pattern[str]:
    """One dimension's names: what is denied before what is named, and names that are denials (非本市) before both."""
    first = [name for name in names if name == "outside"]
    rest = [name for name in names if name != "outside"]
    denied = f"(?P<denied>{_NOT}(?:{'|'.join(names.values())}))"
    return re.compile("|".join([*(f"(?P<{n}>{names[n]})" for n in first), denied,
                                *(f"(?P<{n}>{names[n]})" for n in rest)]))


_PATTERNS = {dimension: _pattern(names) for dimension, names in _KINDS.items()}


def _number(text: str) -> int | None:
    if text.isdecimal():
        return int(text)
    return _EN_NUMBERS.get(text, chinese_number(text))


def _first(match: re.Match[str], groups: Iterable[str]) -> int | None:
    return next((_number(match[g]) for g in groups if match[g]), None)


def _households(text: str) -> Iterable[tuple[float, float]]:
    """The numbers of persons that a normalised text is for, both ends counted."""
    for match in _HOUSEHOLD.finditer(text):
        n = 1 if match["one"] else _first(match, "abcd")
        if n is None:
            continue
        way = next((match[f"{g}_or"] for g in "abcd" if match[f"{g}_or"]), "")
        if way:
            yield (0, n) if "下" in way or "fewer" in way else (n, inf)
        else:
            yield n, n


def _age_ranges(text: str) -> Iterable[tuple[float, float]]:
    """The ages that a normalised text is for, both ends counted in years."""
    for match in _AGES.finditer(text):
        part = {name: _number(value) if name not in ("under", "o_way", "o_not", "hi_not") else None
                for name, value in match.groupdict().items() if value}
        if "lo" in part or "elo" in part:
            low, high = part.get("lo", part.get("elo")), part.get("hi", part.get("ehi"))
            if low is not None and high is not None and low < high:
                excludes = match["hi_not"] or re.search("不满|未满", match[0])
                yield low, high - 1 if excludes else high
        elif "u" in part or "eu" in part:
            yield 0, (part.get("u", part.get("eu")) or 0) - 1
        elif "eo" in part:
            yield (part["eo"] or 0) + 1, inf
        elif "o" in part:
            n, way = part["o"] or 0, match["o_way"]
            if "下" in way:
                yield 0, n
            elif "上" in way or way == "起":
                yield _from(n, (match["o_not"] or "") + way)
            elif re.match("年?满|已满|达到|超过", match[0]):
                yield n, inf
        elif "m" in part or "ep" in part:
            yield part.get("m", part.get("ep")) or 0, inf


def _from(n: int, left_out: str) -> tuple[float, float]:
    """From so many years on: 60以上(不含65) ends before 65, 60以上(不含60) begins after it."""
    figure = re.search(_N, left_out.partition("不含")[2])
    other = _number(figure[0]) if figure else None
    if other is not None and other > n:
        return n, other - 1
    return (n + 1 if "不含" in left_out else n), inf

"""Whether two statements differ for a reason: another person, place, year, procedure or time of day is meant.

The words that stand above and around each are compared by groups of which one excludes the other. Where a text says
itself that both cases are treated alike, only place and year still tell them apart.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kb.markup.conflicts.alternatives import ENGLISH, PERSONS, PROCEDURES, STEPS, THINGS, TIMES


def _alternatives(*blocks: str) -> tuple[tuple[re.Pattern[str], ...], ...]:
    groups = [group.replace("\n    ", "") for block in blocks for group in re.split(r"\n(?! )", block.strip())]
    return tuple(tuple(re.compile(words, re.IGNORECASE) for words in group.split(";")) for group in groups)


_ALTERNATIVES = _alternatives(PERSONS, PROCEDURES, THINGS, TIMES, ENGLISH)
_OF_LIMITS = _alternatives(STEPS)
_PLACE = re.compile(r"[\u4e00-\u9fff]{2}(?:新区|区|县|镇|乡(?![镇村下])|村(?![民庄委里镇集])|街道|分局|分馆|分院|分中心"
                    r"|分点)(?!域|间|别|分)"
                    r"|\d+\s?号线|\d+路(?=公交|车)"
                    r"|\b(?!The|This|Your|Our|Each|Any|Every|All|In|Of|School|Water|Park|Fire|Police|Court|City)[A-Z][a-z]+"
                    r"(?= (?:[Dd]istrict|[Qq]uarter|[Vv]illage|[Tt]own(?:ship)?|[Cc]ounty|[Bb]orough|[Ww]ard|[Pp]arish"
                    r"|[Ii]sland|[Bb]ranch)\b)")
_NO_PLACE = re.compile("辖区|地区|小区|城区|社区|市区|园区|校区|景区|片区|郊区|山区|库区|林区|牧区|各区|全区|本区"
                       "|[返下家城同离回各本全]乡|[农乡本全各山新渔]村"
                       "|(?:行政|自然|城中|贫困|示范)村|(?:所在|那个|这个|每个|一个|哪个)[村镇乡县区]"
                       "|馆区|街区|厂区|院区|乡镇|两区")
# In titles and headings alone: a text mostly means whichever it is.
_COMMUNITY = re.compile("[\u4e00-\u9fff]{2}社区")
_NO_NAME = re.compile("^(?:户籍|居住|所在|老旧|智慧|街道|乡镇|城市|农村|城乡|和谐|完整|未来|平安|文明|示范|绿色"
                      "|新型|大型|国家|各个|[全本我][市区县镇]|[进走到在由向]|.[和与及的])")
# A case that costs or takes something else for a reason, and is named where it is meant.
_SPECIAL = re.compile(
    r"加急|特急|加快办理"
    r"|\b(?:urgent|expedited|express|rush (?:service|processing|order|fee)|fast[- ]track|same[- ]day)\b",
    re.IGNORECASE)
_OFF_HOURS = re.compile(r"夜间|夜里|凌晨|节假日|\bat night\b|\bon (?:weekends|public holidays)\b", re.IGNORECASE)
_REST = re.compile("非([\u4e00-\u9fff]{2})")
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_SAME = re.compile(
    r"(?:条件|要求|标准|时限|规定|办法|口径|手续|材料|政策|时间|规则)[^，。,;；]{0,12}(?:相同|一致|一样|同样)|通用"
    r"|(?:相同|一致|一样)[,，。；;]"
    r"|(?:不论|无论|不管|不分)|\bsame (?:conditions?|rules?|fees?|rates?|limits?|requirements?|for both|as)\b"
    r"|\b(?:whether|regardless|both groups)\b",
    re.IGNORECASE)


def differs_by_words(one: str, other: str, *, is_limit: bool = False) -> bool:
    """Whether a group has one of its alternatives in one text and another in the other, and none in common; of time
    limits (``is_limit``) also the step that they are of."""
    mine, theirs = _chosen(one), _chosen(other)
    return any(mine[group].isdisjoint(theirs[group]) for group in mine.keys() & theirs.keys()
               if is_limit or group < len(_ALTERNATIVES))


def differs_by_place(one: str, other: str, above: tuple[str, str] = ("", "")) -> bool:
    """Whether both name districts, branches or lines, and none that is the same; of what stands ``above`` them also
    communities."""
    mine, theirs = (places_in(text) | _communities(head) for text, head in zip((one, other), above, strict=True))
    return bool(mine and theirs) and not any(a.endswith(b) or b.endswith(a) for a in mine for b in theirs)


def is_the_rest(one: str, other: str) -> bool:
    """Whether one name is of something, and the other of all but it: 非住宅, 住宅."""
    return any(re.search(f"(?<!非){thing}", theirs) and f"非{thing}" not in theirs
               for mine, theirs in ((one, other), (other, one)) for thing in _REST.findall(mine))


def is_special(statement: str, section: str, *, is_sum: bool = False) -> bool:
    """Whether a statement is of an urgent case, or a sum of the night or of holidays, and the section that it is
    compared with is of none."""
    return any(words.search(statement) and not words.search(section)
               for words in ((_SPECIAL, _OFF_HOURS) if is_sum else (_SPECIAL,)))


def differs_by_year(one: str, other: str) -> bool:
    """Whether both name years, and none that is the same."""
    mine, theirs = set(_YEAR.findall(one)), set(_YEAR.findall(other))
    return bool(mine and theirs) and mine.isdisjoint(theirs)


def says_same(text: str) -> bool:
    """Whether a text says that what it tells holds alike for several cases."""
    return bool(_SAME.search(text))


@lru_cache(4096)  # the same headings stand above many statements, and each is compared with many
def _chosen(text: str) -> dict[int, frozenset[int]]:
    """Which alternatives of which groups a text names."""
    found = {at: frozenset(n for n, words in enumerate(group) if words.search(text))
             for at, group in enumerate((*_ALTERNATIVES, *_OF_LIMITS))}
    return {at: chosen for at, chosen in found.items() if chosen}


def _communities(head: str) -> set[str]:
    return {found[0] for found in _COMMUNITY.finditer(head) if not _NO_NAME.search(found[0])}


def places_in(text: str) -> set[str]:
    """The districts, branches and lines that a text names."""
    return {found[0] for found in _PLACE.finditer(text) if not _NO_PLACE.search(found[0])}

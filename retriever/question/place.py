"""The district that a question names, and what a text says of districts.

A city's districts are content (``hotline.districts``). A rule that names none holds in all of them; one that names
others alone is not the rule of this one. A place outside the list that no text names is unknown, and no other place's
rule may answer for it. A name is taken for a place only where its end says so (区, 县, 镇, District): in doubt there is
none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from retriever.language.analysis import normalise

_SEPARATOR = "｜"
_END_ZH = "(?:自治县|新区|区|县|镇|乡|市)$"
_END_EN = re.compile(r"\s+(?:district|county|borough|township|town)$")
# 北港区 out of 我住在北港区那边: two characters and the end, or three where the first is no word that leads there
_NAMED_ZH = re.compile(
    r"(?P<name>(?:(?<=[住在到去搬从])[一-鿿]{2,3}|[一-鿿]{2})(?:新区|(?<![一-鿿]新)区(?!分)|县(?!城)"
    r"|镇(?![压痛静定守馆])))(?![长域别间属里级政])")
# Zones that are named by what they are: 高新区, 开发区, 新区. A city that has one lists it, or a text names it.
_ZONE_ZH = re.compile(
    r"(?P<name>(?:国家级?)?(?:经济技术|高新技术(?:产业)?|经济|高新|工业|技术|产业)?开发区|高新区|经开区"
    r"|(?<![一-鿿])新区|(?<=[在到去住从搬回])新区)(?![域间别划位块长])")
_LEADING = re.compile(
    "^[我你他她咱们住在到去是和跟与的家从搬迁口那个这给于由往请问归属来]+(?=[一-鿿]{2}(?:新?区|县|镇)$)")
_COMMON = re.compile(  # words that end like a district and are none
    "[小社景学郊市辖园库片禁山灾老地各全本个类特军厂校院牧林矿房战街集乡半]区$|[各全本个哪该同邻外贫]县$"
    "|[乡城集街各全本个哪古小外]镇$"
    "|(?:老|主|中心|新|全|市|旧|本)城区$|[哪那这几多某一两三四五六七八九十所跨邻外](?:个|一)?(?:区|县|镇)$"
    "|(?:保护|行政|自治|工业|商业|住宅|居住|生活|营业|服务|休息|核心|养殖|疗养|文教|功能|管理|处理|候诊|候车|吸烟|停车"
    "|办公|保税|自贸|示范|度假|风景|旅游|所在|户籍|建成|限行"
    "|禁养|禁放|禁停|上车|下车|安全|候机|儿童|老年|母婴|隔离|封控|试验|专属|等候|免税|城乡"
    "|历史街|别墅|封闭|公共|自助|综合|作业|施工)区$")
_NO_NAME = re.compile(  # what stands in no name, but before 区 and 镇 in a sentence: 想在镇上, 怎么区分, 我们县
    "[的了得给被把就会能么候们我你他您谁么]|在[区县镇]$|^(?:隔壁|危险|居民|安置|规划|建筑|限制|占领|中心|加工)区$")
_OF_A_HILL = re.compile("[南房香昆黄金青江铁泉宝坪良狮燕鼓]山区")  # names, where other 山区 are hills
_NAMED_EN = re.compile(
    r"\b(?P<name>[A-Z][a-z]+(?: [A-Z][a-z]+)?|[a-z]{4,})(?P<end> [Dd]istrict| [Cc]ounty| [Bb]orough| New Area"
    r"| new area)\b"
    r"|\b(?:[Dd]istrict|[Cc]ounty|[Bb]orough) of (?P<of>[A-Z][a-z]+(?: [A-Z][a-z]+)?)\b")
_ZONE_EN = re.compile(
    r"\b(?:(?:economic|technological|industrial|(?:hi|high)[- ]?tech)(?: and [a-z]+)?(?: development)?"
    r"|development) zone\b"
    r"|\b(?:hi|high)[- ]?tech district\b", re.I)
_COMMON_EN = frozenset({
    "school", "this", "that", "which", "what", "each", "every", "same", "historic", "business", "city", "their", "your",
    "another", "other", "local", "whole", "different", "downtown", "from", "with", "central", "residential",
    "shopping", "tourist", "financial", "commercial", "conservation", "water", "fire", "police", "court", "election",
    "rural", "urban", "nature", "parking", "improvement", "special", "new", "old", "home", "birth", "right", "wrong",
    "is", "are", "does", "do", "can", "in", "where", "how", "will", "my", "the", "for", "has", "of", "at", "i", "we",
    "live", "lives", "living", "moved", "what's", "who", "whose", "both", "either", "neither", "neighbouring",
    "neighboring", "next", "nearest", "certain", "given", "relevant", "respective", "district", "county"})


@dataclass(frozen=True, slots=True)
class District:
    """A district by all its names, the official one first."""

    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its official name."""
        return self.names[0]


def districts_of(setting: str) -> tuple[District, ...]:
    """The districts of ``hotline.districts``: 望海区/Wanghai District｜港东区/Gangdong District."""
    listed = (tuple(n.strip() for n in entry.split("/") if n.strip()) for entry in setting.split(_SEPARATOR))
    return tuple(District(names) for names in listed if names)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question asks about: ``known`` districts of the list, by their official names, and ``unknown`` places."""

    known: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    districts: tuple[District, ...] = ()

    @classmethod
    def of(cls, text: str, districts: Sequence[District]) -> Place:
        """The places that a question (cleaned, see check_text) names."""
        known = _named(text, tuple(districts))
        listed = [_plain(name) for district in districts for name in district.names]
        unknown = [name for name in _names(text)
                   if not any(_plain(name).endswith(own) or own.endswith(_plain(name)) for own in listed)]
        return cls(known, tuple(dict.fromkeys(unknown)), tuple(districts))

    def __bool__(self) -> bool:
        return bool(self.known or self.unknown)

    def fits(self, text: str) -> bool:
        """Whether a text names this place."""
        said = normalise(text)
        return bool(set(self.known).intersection(named_districts(text, self.districts))) or any(
            normalise(name) in said for name in self.unknown)

    def conflicts(self, text: str) -> bool:
        """Whether a text is about other districts alone."""
        return bool(self) and not self.fits(text) and bool(named_districts(text, self.districts))

    def not_known_for(self, texts: Iterable[str]) -> str | None:
        """The place that none of these texts (title, headings and body of what was found) may answer for; None when
        each is in the city, or named by one of them.

        A district of the city is answered by a rule that names none; a place outside the list by nothing.
        """
        found = list(texts)
        for name in self.unknown:
            if not any(normalise(name) in normalise(text) for text in found):
                return name
        if self.known and found and all(self.conflicts(text) for text in found):
            return self.known[0]
        return None


def named_districts(text: str, districts: Sequence[District]) -> tuple[str, ...]:
    """The official names of the districts that an article's text names, in the list's order."""
    return _kept(text, tuple(districts))


def _named(text: str, districts: tuple[District, ...]) -> tuple[str, ...]:
    said = normalise(text)
    return tuple(d.name for d in districts if any(_stands(name, said) for name in d.names))


# Articles' texts are looked at several times for one answer, and for the next; what callers say is not kept.
_kept = lru_cache(maxsize=4_096)(_named)


def districts_apart(place: Place, texts: Sequence[str]) -> tuple[str, ...]:
    """The districts that the rules differ by, for a question that names none; ``texts`` are the first articles' titles,
    or first sections' headings, best first. Empty where fewer than two of them are one district's own."""
    if place or len(texts) < 2:
        return ()
    own = [named for text in texts if len(named := named_districts(text, place.districts)) == 1]
    apart = {named[0] for named in own}
    return tuple(d.name for d in place.districts if d.name in apart) if len(apart) > 1 else ()


def _stands(name: str, said: str) -> bool:
    """Whether a normalised text says the name, or what is left of it without its end: 望海, Wanghai."""
    short, word = _looked_for(name)
    return short in said and (word is None or word.search(said) is not None)


@lru_cache(maxsize=512)
def _looked_for(name: str) -> tuple[str, re.Pattern[str] | None]:
    """What a text must hold to say a configured name, and an English one as a word."""
    name = normalise(name)
    if name.isascii():
        short = _END_EN.sub("", name)
        return short, re.compile(rf"\b{re.escape(short)}\b")
    short = re.sub(_END_ZH, "", name)
    return (short if len(short) > 1 else name), None


def _plain(name: str) -> str:
    name = normalise(name)
    return _END_EN.sub("", name) if name.isascii() else name


def _names(text: str) -> Iterable[str]:
    """What looks like the name of a district."""
    zones = [match.span() for match in _ZONE_ZH.finditer(text)]
    yield from (text[start:end] for start, end in zones)
    for match in _NAMED_ZH.finditer(text):
        name = _LEADING.sub("", match["name"])
        is_zone = any(start < match.end() and match.start() < end for start, end in zones)
        is_name = not _NO_NAME.search(name) and (not _COMMON.search(name) or _OF_A_HILL.fullmatch(name) is not None)
        if len(name) > 2 and is_name and not is_zone:
            yield name
    for match in _ZONE_EN.finditer(text):
        yield match[0]
    for match in _NAMED_EN.finditer(text):
        name = match["of"] or match["name"]
        first, _, rest = name.partition(" ")
        if rest and first.lower() in _COMMON_EN:  # Is Northbank District
            name = rest
        if name.lower() not in _COMMON_EN and not _ZONE_EN.search(match[0]):
            yield name if match["of"] else f"{name}{match['end']}"

"""What the words of two statements say for or against their contradicting each other, and what rules it out."""

from __future__ import annotations

import re
from decimal import Decimal
from math import log

from kb.markup.conflicts.contrast import (
    differs_by_place,
    differs_by_words,
    differs_by_year,
    is_special,
    is_the_rest,
    says_same,
)
from kb.markup.conflicts.point import HOLE, Point
from kb.markup.conflicts.values import side_of
from kb.markup.facts.fact import MEASURES
from retriever.checking.compared import Compared, overlap, shared
from retriever.checking.own_words import OwnWords, count_in
from retriever.checking.subjects import differs_by_subject

KINDS = ("money", "free", "percent", "duration", "age", "quantity", "phone", "hours", "date", "agent", "stance")
STANCES = {"needed_waived": frozenset(("needed", "waived")), "allowed_forbidden": frozenset(("allowed", "forbidden"))}
_LITTLE = 4  # characters of what a statement is about, beside what any office says
_ABOUT = 0.2  # of the characters of the titles of two such statements in common, for them to be about one matter
_LONGEST = 8  # characters in a row that both say, from which more says nothing more
_MOST = 1.5  # how far apart two numbers can count, as a logarithm
_TWIN = 4  # parts of a name that its twin has others for
_WORDS = 3  # own words that count at most
_HAN = re.compile("[\u4e00-\u9fff]")
_EXCEPTS = re.compile(r"除[^，。；]{1,20}[外的]|除外|例外|不受此限|\b(?:except|unless|exempt)\b", re.IGNORECASE)
_USUAL = re.compile(
    r"[\W\d_]|咨询|电话|热线|拨打|拨|致电|来电|联系|号码|服务|办理|受理|申请|办公|工作日|工作|时间"
    r"|周[一二三四五六日末]|至|每[天日月年]|上午|下午|节假日|休息|地址|地点"
    r"|收费|标准|费用|金额|材料|期限|时限|条件|请|可|的|\b(?:call|phone|hours?|open|mon\w*|tue\w*|wed\w*|thu\w*"
    r"|fri\w*|sat\w*|sun\w*|through|from|to|and|the|at|on|or|contact|questions?|weekdays)\b", re.IGNORECASE)
# What any office does with any matter, or pays into an account: how long it takes does not say which matter that is.
_ROUTINE = re.compile(
    r"部门|人社|住建|民政|公安|卫健|教育|中心|街道|社区|审核|核定|审批|审查|核准|核实|复核|完成|资格|决定|作出|答复|打入|打到|发到"
    r"|发放|到账|拨付|账户|银行|社会?保障?卡|申请人|本人|次月|当月|季度|末月|[日月年]前|以[前内]|之前|[内前末区市县镇起从自后]"
    r"|\b(?:decisions?|decided?|takes?|taken|made|issued|working|days?|within|by|in|a|an|is|are|be|will|office|bureau"
    r"|processing|time|permits?|cards?|certificates?)\b", re.IGNORECASE)
_TIMES = frozenset(("duration", "date"))
_ANY_TITLE = re.compile(
    r"申领|申请|登记|认定|指南|须知|办法|标准|条件|管理|规定|与|和|及|\b(?:permits?|foreign\w*|your|how)\b",
    re.IGNORECASE)



class Evidence:
    """Reads what two texts say around two statements. Safe for several threads."""

    def __init__(self, words: OwnWords) -> None:
        self._words = words

    def rules_out(self, one: Compared, other: Compared, a: Point, b: Point, *, by_words: bool) -> bool:
        """Whether another person, place, year, procedure or step explains that two statements differ, or they are about
        other matters."""
        first, second = f"{a.above} {a.statement.text}", f"{b.above} {b.statement.text}"
        if differs_by_year(first, second) or differs_by_place(first, second, (a.above, b.above)):
            return True
        if is_the_rest(a.above, b.above) or not _are_about_one(a, b):
            return True
        if _is_excepted(a, b) or (a.kind == "date" and _years_apart(a, b)):
            return True
        if by_words and not _is_alike(one, other, a, b) and (_are_told_apart(a, b)
                                                             or differs_by_subject(a.clause[2], b.clause[2])):
            return True
        is_sum = {a.kind, b.kind} <= {"money", "free"}
        if (is_special(a.statement.whole, other.section(b), is_sum=is_sum)
                or is_special(b.statement.whole, one.section(a), is_sum=is_sum)):
            return True
        own, others = self.own(one, other, a, b)
        return _says(own, a) or _says(others, b)

    def features(self, one: Compared, other: Compared, a: Point, b: Point) -> dict[str, float]:
        """What of the words is weighed."""
        own, others = self.own(one, other, a, b)
        kinds = {a.kind, b.kind}
        words = shared(a.statement.whole, b.statement.whole)
        bounds = sum(point.fact is not None and side_of(point.fact) != 0 for point in (a, b))
        found = {
            "own": (min(len(own), _WORDS) + min(len(others), _WORDS)) / _WORDS,
            "both_own": float(bool(own) and bool(others)), **_of_headings(a, b),
            "headings": (shared(a.above, other.section(b)) + shared(b.above, one.section(a))) / 2,
            "sections": overlap(one.marks(a), other.marks(b)),
            "words": words, "in_a_row": _in_a_row(a, b),
            "apart": _apart(a, b), "same_unit": float(a.fact is None or b.fact is None or a.fact.unit == b.fact.unit),
            "same_bound": float(a.fact is None or b.fact is None or a.fact.op == b.fact.op),
            "bounds": float(bounds), "in_passing": float(a.kind == "duration" and not bounds),
            "free_of_other": (1 - words) * ("free" in kinds and len(kinds) > 1),
        }
        found |= {f"is_{kind}": float(kind in kinds) for kind in KINDS}
        return found | {name: float({a.stance, b.stance} == stances) for name, stances in STANCES.items()}

    def own(self, one: Compared, other: Compared, a: Point, b: Point) -> tuple[list[str], list[str]]:
        """What title, headings and the name of a row say that the other section nowhere does."""
        return (self._words.of(" ".join((a.above, *a.statement.names[:1])), other.section(b)),
                self._words.of(" ".join((b.above, *b.statement.names[:1])), one.section(a)))


FEATURES = ("own", "both_own", "title", "heading", "twins", "headings", "sections", "words", "in_a_row", "apart",
            "same_unit", "same_bound", "bounds", "in_passing", "free_of_other", *(f"is_{kind}" for kind in KINDS),
            *STANCES)


def _are_told_apart(a: Point, b: Point) -> bool:
    """Whether groups of words tell two statements apart: their own, what stands near, what stands above, both together.
    """
    near, others = f"{a.statement.lead} {a.matter}", f"{b.statement.lead} {b.matter}"
    return any(differs_by_words(mine, theirs, is_limit=a.kind == "duration") for mine, theirs in (
        (a.clause[2], b.clause[2]), (near, others), (a.above, b.above), (f"{a.above} {near}", f"{b.above} {others}")))


def _is_alike(one: Compared, other: Compared, a: Point, b: Point) -> bool:
    """Whether one of two sections says that what it tells holds for several cases."""
    return says_same(one.section(a)) or says_same(other.section(b))


def _is_excepted(a: Point, b: Point) -> bool:
    """Whether what one allows may be what the other excepts from what it forbids."""
    return a.kind == "stance" and bool(_EXCEPTS.search(a.statement.text) or _EXCEPTS.search(b.statement.text))


def _years_apart(a: Point, b: Point) -> bool:
    years = [set(re.findall(r"\d{4}", point.fact.value)) if point.fact else set() for point in (a, b)]
    return all(years) and years[0].isdisjoint(years[1])


def _are_about_one(a: Point, b: Point) -> bool:
    """Whether two statements may be about one matter: of one that says no more than a number to call, hours, or how
    long an office takes, the title must say it."""
    if min(len(_own_of(point)) for point in (a, b)) >= _LITTLE:
        return True
    titles = [_USUAL.sub(" ", point.above.partition(" › ")[0]) for point in (a, b)]
    if {a.kind, b.kind} & _TIMES:
        titles = [_ANY_TITLE.sub(" ", title) for title in titles]
    return shared(*titles) >= _ABOUT


def _own_of(point: Point) -> str:
    """What a statement is about, beside what any office says."""
    own = _USUAL.sub(" ", point.matter)
    return "".join((_ROUTINE.sub(" ", own) if point.kind in _TIMES else own).split())


def _says(words: list[str], point: Point) -> bool:
    """Whether a statement itself says what only its own headings do: it is about a case of its own."""
    return bool(count_in(words, f"{point.matter} {point.statement.lead} {point.statement.text}"))


def _of_headings(a: Point, b: Point) -> dict[str, float]:
    """How alike titles and last headings are; twins are names that differ in one part alone: 日场, 夜场."""
    titles, lasts = zip(*(_heads(point) for point in (a, b)), strict=True)
    names = [point.statement.names[0] if point.statement.names else "" for point in (a, b)]
    return {"title": shared(*titles), "heading": shared(*lasts),
            "twins": float(_are_twins(*titles)) + float(_are_twins(*lasts)) + float(_are_twins(*names))}


def _heads(point: Point) -> tuple[str, str]:
    title, _, path = point.above.partition(" › ")
    return title, path.rpartition(" › ")[2]


def _are_twins(one: str, other: str) -> bool:
    """Whether two short names are the same but for a part that each has of its own."""
    a, b = (_parts(name) for name in (one, other))
    if a == b or not a or not b:
        return False
    start = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    end = next((n for n, (x, y) in enumerate(zip(a[start:][::-1], b[start:][::-1], strict=False)) if x != y),
               min(len(a), len(b)) - start)
    own = [parts[start:len(parts) - end] for parts in (a, b)]
    return bool(start + end) and all(0 < len(part) <= _TWIN for part in own)


def _parts(name: str) -> list[str]:
    """The characters of a Chinese name without what any office says, the words of an English one."""
    return list(re.sub(r"\W", "", _USUAL.sub("", name))) if _HAN.search(name) else re.findall(r"\w+", name.lower())


def _in_a_row(a: Point, b: Point) -> float:
    """How much both say word for word, in a row."""
    one, other = (re.sub(r"\W", "", point.matter.replace(HOLE, "")) for point in (a, b))
    if not _HAN.search(one):
        words = [set(point.matter.lower().split()) for point in (a, b)]
        return min(len(words[0] & words[1]) / 5, 1.0)
    best = 0
    for at in range(len(one)):
        while at + best < len(one) and one[at:at + best + 1] in other:
            best += 1
    return min(best, _LONGEST) / _LONGEST


def _apart(a: Point, b: Point) -> float:
    """How far apart two numbers are: a slip of a figure is near, the figure of another thing is far."""
    numbers = [point.fact.number if point.fact and point.kind in MEASURES else Decimal(0) for point in (a, b)]
    if min(numbers) <= 0:
        return 1.0
    return min(_MOST, abs(log(numbers[0] / numbers[1])))

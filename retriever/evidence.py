"""Evidence: the sentences, list items and table rows of the best passages that answer, with what they depend on.

A unit is the smallest thing that may be quoted. A list item depends on its lead-in, a table row on its header: they are
quoted together, because "up to 2,000 yuan" without "only for tenants who have filed" is a wrong answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from retriever.analysis import Analyser, normalise
from retriever.query import Question
from retriever.ranking import Ranked

SENTENCE_END = re.compile(
    r"[。！？；!?]+[”’」』）)]*|(?<![A-Z])(?<!\b[A-Z]\.[A-Z])(?<!\bNo)(?<!\bDr)(?<!\bMr)(?<!\bSt)\.[\"”’)]*(?=\s|$)")
_HEADING = re.compile(r"#{1,6}[ \t]")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)、])[ \t]+|[ \t]*[（(][一二三四五六七八九十\d]{1,3}[）)][ \t]*")
_RULE = re.compile(r"[\s:|-]+")
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]?)+")

# What kind of thing the question wants, and what a unit that gives it looks like.
_WANTS = (
    (re.compile(r"多少钱|费用|收费|价格|几块|多少元|要钱|how much|\bcost|\bfee|\bprice|\bpay\b"),
     re.compile(r"\d[\d,.]*\s*(?:元|万元|块|%|％)|免费|[¥$£€]\s*\d|yuan|free of charge|no fee|%")),
    (re.compile(r"多久|几天|多长时间|什么时候|何时|期限|几点|几号|时间|how long|\bwhen\b|how soon|deadline|opening"),
     re.compile(r"\d+\s*(?:个)?(?:工作日|日|天|个月|月|年|小时|分钟|周)|[一二三四五六七八九十]+(?:个)?(?:工作日|日|天|个月|年|小时)|"
                r"\d{1,2}[:：]\d{2}|\b(?:days?|weeks?|months?|years?|hours?|minutes?)\b|am\b|pm\b")),
    (re.compile(r"电话|号码|联系|打给|\bphone|telephone|\bcall\b|number"),
     re.compile(r"\d{3,4}-\d{6,8}|\b1\d{4}\b|\b12345\b|电话|热线|phone|call")),
    (re.compile(r"哪里|在哪|哪儿|地址|去哪|什么地方|\bwhere\b|address|which office"),
     re.compile(r"路|街|号|大厅|窗口|中心|网站|网址|官网|\bAPP\b|小程序|office|centre|center|counter|online|website|street|road")),
    (re.compile(r"材料|证件|带什么|带哪些|手续|需要什么|what (?:do i|documents)|bring|documents"),
     re.compile(r"材料|证件|身份证|证明|复印件|原件|申请表|照片|passport|certificate|copy|form|photo|proof|id card")),
    (re.compile(r"谁|哪些人|什么人|条件|资格|能不能|可以吗|\bwho\b|eligible|qualify|can i|am i"),
     re.compile(r"条件|符合|年满|户籍|具有|可以|不得|不能|仅限|除外|应当|eligible|must|may|only|cannot|can\b|if you")),
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A quotable stretch of a source and the stretches it depends on (lead-in, header row)."""

    start: int
    end: int
    kind: str  # sentence, item, row
    leads: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """A unit chosen as evidence, where it stands and how well it answers (0 to about 1)."""

    ranked: Ranked
    unit: Unit
    score: float


def units(source: str, start: int, end: int) -> list[Unit]:
    """The quotable units between two offsets; lead-ins and header rows may lie before them."""
    found: list[Unit] = []
    lead: tuple[int, int] | None = None
    header: tuple[int, int] | None = None
    offset = 0
    for line in source.split("\n"):
        begin, offset = offset, offset + len(line) + 1
        if begin >= end:
            break
        body = line[len(m[0]):] if (m := _QUOTE.match(line)) else line
        begin += len(line) - len(body)
        if not body.strip() or _HEADING.match(body):
            header = None
            lead = lead if not body.strip() else None
            continue
        if body.lstrip().startswith("|"):
            span = _trim(source, begin, begin + len(body))
            if header is None:
                header = span
            elif not _RULE.fullmatch(body):
                _keep(found, Unit(*span, "row", (header,)), start, end)
            continue
        header = None
        item = _ITEM.match(body)
        skip = len(item[0]) if item else 0
        pieces = _sentences(source, begin + skip, begin + len(body))
        for piece in pieces:
            kind = "item" if item else "sentence"
            _keep(found, Unit(*piece, kind, (lead,) if item and lead and lead != piece else ()), start, end)
        if pieces and not item:
            last = pieces[-1]
            lead = last if source[last[1] - 1] in "：:" else None
    return found


def _keep(found: list[Unit], unit: Unit, start: int, end: int) -> None:
    if unit.start >= start and unit.end <= end and unit.end > unit.start:
        found.append(unit)


def _trim(source: str, start: int, end: int) -> tuple[int, int]:
    """The span without blanks at its ends."""
    while start < end and source[start].isspace():
        start += 1
    while end > start and source[end - 1].isspace():
        end -= 1
    return start, end


def _sentences(source: str, start: int, end: int) -> list[tuple[int, int]]:
    """Sentences of one line, trimmed."""
    bounds = [start, *(m.end() for m in SENTENCE_END.finditer(source, start, end)), end]
    spans = [_trim(source, a, b) for a, b in pairwise(bounds)]
    return [s for s in spans if s[1] > s[0]]


# A neighbour that continues the thought is worth a part of what it stands beside.
KEEP = 0.55  # units that score at least this share of the best are quoted too
MOST_UNITS = 3
_CONTEXT = 0.25  # share of a unit's score that comes from its heading and lead
_WANTED = 0.15  # bonus for a unit that gives the kind of thing asked for
_PASSAGES = 3  # passages of the best article that may give evidence


def choose(question: Question, ranked: Sequence[Ranked], analyser: Analyser, rarity: Mapping[str, float], *,
           most: int = MOST_UNITS, most_chars: int = 600) -> list[Chosen]:
    """The best units of the best article, in reading order. ``rarity`` weighs the terms of ``question.focus``."""
    if not ranked:
        return []
    article = ranked[0].allowed.live.article_id
    pool: list[tuple[Ranked, Unit, list[str], list[str]]] = []
    for item in [r for r in ranked if r.allowed.live.article_id == article][:_PASSAGES]:
        source, passage = item.allowed.live.source, item.hit.passage
        for unit in units(source, passage.start, passage.end):
            about = " ".join((*passage.heading_path, *(source[a:b] for a, b in unit.leads)))
            pool.append((item, unit, analyser.terms(source[unit.start:unit.end]), analyser.terms(about)))
    if not pool:
        return []
    weights = {term: weight * rarity.get(term, 1.0) for term, weight in question.focus}
    top = ranked[0].hit.score or 1.0
    wanted = [look for ask, look in _WANTS if ask.search(normalise(question.text))]
    scored = []
    for item, unit, own, above in pool:
        text = item.allowed.live.source[unit.start:unit.end]
        score = _overlap(weights, own, above) + _WANTED * any(look.search(normalise(text)) for look in wanted)
        scored.append(Chosen(item, unit, score * (item.hit.score / top) ** 2))
    scored.sort(key=lambda c: (-c.score, c.unit.start))
    best = scored[0].score
    chosen: list[Chosen] = []
    length = 0
    for one in scored[:most]:
        size = one.unit.end - one.unit.start
        if chosen and (one.score < KEEP * best or length + size > most_chars):
            continue
        chosen.append(one)
        length += size
    return sorted(chosen, key=lambda c: c.unit.start)


def _overlap(weights: Mapping[str, float], terms: Sequence[str], about: Sequence[str]) -> float:
    """Share of the question's weight that the unit covers, by itself and by what it stands under."""
    whole = sum(weights.values()) or 1.0
    own = sum(weights[t] for t in set(terms) if t in weights)
    above = sum(weights[t] for t in set(about) - set(terms) if t in weights)
    return (own + _CONTEXT * above) / whole

"""Where an answer stands: its section whole with the part marked, the sections offered to check, and what comes next.

A section is a heading with what stands directly below it. One that is far too long to be read on a call (a law without
headings) is narrowed to the blocks around what is marked. What a caller asks next (papers, time, fee …) is told by the
headings of the neighbours alone: under the same heading, or below this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kb.markup.parse import parse
from kb.markup.shown import shown_source
from retriever.answer import NextStep, Section
from retriever.answering.closure import close
from retriever.answering.quote import citation_url
from retriever.answering.structure import opens_clause
from retriever.language.analysis import normalise
from retriever.passages import sections as cut
from retriever.question.case import Case
from retriever.question.understanding import Question
from retriever.ranking.order import Ranked
from retriever.records import LiveText, Passage

Span = tuple[int, int]

CHOICES = 3  # sections offered to check, one key each
_STEPS = 6  # next steps shown
_LONGEST = {"zh": 1_500, "en": 2_000}  # characters of a section that is shown whole
_ALL = 1_000_000  # characters: a choice is marked, not said, and its part has no length

# What a heading says its section gives, the narrower words first: 办理时限 is a time, 申请条件 says who.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple((kind, re.compile("|".join(words))) for kind, words in (
    ("who", (r"^\W*(?:[\d一二三四五六七八九十]+\W*)?(?:谁|哪些人|什么人)|对象|条件|资格|人群|(?:适用|参加|服务)范围",
             r"^\W*(?:\d+\W*)?who (?:can|may|is|qualifies|must|has|gets|should|pays?|cannot)\b|eligib|qualif")),
    ("fee", (r"费用|[收交缴]费|工本费|服务费|管理费|多少钱|要钱|价格|票价|价目|金额"
             "|(?:补贴|补助|待遇|发放)标准|怎么算|领多少|费$",
             r"\bfees?\b|\bcosts?\b|\bprices?\b|\bcharges?\b|\bfares?\b|how much|\bfines?\b|what you pay|what to pay")),
    ("papers", ("材料|证件|带什么|带啥|带哪些|要带|准备什么|手续",
                r"\bdocuments?\b|paperwork|\bbring\b|what (?:do )?(?:you|i)(?:'ll)? need|\bpapers$")),
    ("time", ("时限|时间|期限|多久|几天|多长|何时|什么时候|截止|时效|有效期|办结",
              r"how long|\bwhen (?:to|is|are|do|does|will|can)\b|\bhours$|\bhours\b.*open|deadline|time limits?|opening"
              r"|\bdates\b|processing time")),
    ("place", ("地点|地址$|在哪|到哪|去哪|哪里可以|哪里办|窗口|受理点|网点|办理机构|受理机关",
               r"\bwhere (?:to|is|are|do|does|can|may)\b|\blocations?\b|^address|\boffices$|^places$")),
    ("number", ("电话(?!诈)|热线|联系|咨询|号码", r"\bcontacts?\b|phone numbers?|whom? to call|hotline")),
    ("allowed", ("不得|禁止|限制|可以吗|能不能|能否|可否|不予|不能|不可以|允许|例外|什么能",
                 r"\bcan i\b|\bmay (?:i|you|not)\b|allowed|permitted|restrictions|^rules|prohibited|exceptions")),
    ("do", ("流程|步骤|程序|怎么|怎样|如何|办理|申请|申领|申报|登记|预约|办法",
            r"\bhow (?:to|do|can)\b|\bsteps?\b|^apply|applying|application|procedure|what to do|registering|reporting"
            r"|booking")),
))


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A passage that was read: how likely it answers, and for each of its units that it belongs to the answer."""

    live: LiveText
    passage: Passage
    score: float
    logits: Sequence[float]


def section_of(live: LiveText, marked: Sequence[Span], best: Span | None = None) -> Section:
    """The section that holds the best of these places (the first, where none is named; there is one at least), with
    those of them that stand in it."""
    spans = sorted(marked)
    best = best or spans[0]
    section = _section_at(live, best[0])
    start, end = _narrowed(live, section, best, spans)
    return Section(
        article_id=live.article_id, slug=live.slug, revision=live.number, revision_id=live.revision_id,
        title=live.title, department=live.department, heading_path=section.path, start=start, end=end,
        text=shown_source(live.source, start, end),
        marked=tuple(span for span in spans if start <= span[0] and span[1] <= end),
        url=citation_url(live.slug, live.number, start, end), effective_from=live.effective_from,
        effective_to=live.effective_to)


def choices(read: Sequence[ReadPassage], question: Question, *, threshold: float, case: Case | None = None,
            near: float = 0.0, most: int = CHOICES) -> tuple[Section, ...]:
    """The sections that answer most likely, each with its probable part marked; the best first, none twice.

    Passages of one section are one choice; of one too long to be shown whole, each is.
    """
    held: dict[tuple[str, int], list[ReadPassage]] = {}
    for one in sorted(read, key=lambda one: -one.score):
        if one.passage.units:
            section = _section_at(one.live, one.passage.units[0].start)
            place = one.passage.start if _is_long(one.live, section) else section.start
            held.setdefault((one.live.revision_id, place), []).append(one)
    found: list[Section] = []
    for parts in held.values():
        inside = sorted(parts, key=lambda one: one.passage.start)
        closed = close(inside[0].live, [one.passage for one in inside], [one.logits for one in inside], question,
                       threshold=threshold, most_chars=_ALL, case=case, near=near)
        if closed.units:
            best = next(one.unit for one in closed.units if one.why == "best")
            offered = section_of(inside[0].live, [(one.unit.start, one.unit.end) for one in closed.units],
                                 (best.start, best.end))
            twice = next((n for n, other in enumerate(found) if _overlap(offered, other)), None)
            if twice is not None:
                found[twice] = _with_marks(found[twice], offered.marked)
            elif len(found) < most:
                found.append(offered)
    return tuple(found)


def each_article(ranked: Sequence[Ranked], offered: Sequence[Section], *, from_the_top: bool) -> tuple[Section, ...]:
    """A section of every article that was found, best first: what is offered of it, or where its best passage begins
    (``from_the_top``: its first one); then what else is offered. For a question to which all of them belong, whatever a
    reader makes of it."""
    best: dict[str, Ranked] = {}
    for item in ranked:
        if item.hit.passage.units:
            held = best.setdefault(item.allowed.live.article_id, item)
            if from_the_top and item.hit.passage.ordinal < held.hit.passage.ordinal:
                best[item.allowed.live.article_id] = item
    found: list[Section] = []
    for article, item in best.items():
        own = next((one for one in offered if one.article_id == article), None)
        unit = item.hit.passage.units[0]
        found.append(own or section_of(item.allowed.live, [(unit.start, unit.end)]))
    return tuple(dict.fromkeys((*found, *offered)))[:CHOICES]


def _overlap(one: Section, other: Section) -> bool:
    return one.revision_id == other.revision_id and one.start < other.end and other.start < one.end


def _with_marks(section: Section, spans: Sequence[Span]) -> Section:
    inside = {span for span in spans if section.start <= span[0] and span[1] <= section.end}
    return replace(section, marked=tuple(sorted({*section.marked, *inside})))


def next_steps(live: LiveText, section: Section) -> tuple[NextStep, ...]:
    """The neighbouring sections whose headings say what a caller asks next, in reading order.

    Where there are many, one of each kind goes before a second one.
    """
    found = list(_neighbours(live, section))
    seen: set[str] = set()
    first: list[bool] = []
    for _, kind in found:
        first.append(kind not in seen)
        seen.add(kind)
    order = sorted(range(len(found)), key=lambda n: not first[n])[:_STEPS]
    return tuple(NextStep(found[n][0].path, found[n][1],
                          citation_url(live.slug, live.number, found[n][0].start, found[n][0].end))
                 for n in sorted(order))


def kind_of(heading: str) -> str:
    """What a heading says its section gives: a kind of :class:`NextStep`."""
    text = normalise(heading)
    return next((kind for kind, words in _KINDS if words.search(text)), "other")


def _neighbours(live: LiveText, section: Section) -> Iterator[tuple[cut.Section, str]]:
    """The sections beside this one and right below it that say something, with the kinds of their headings."""
    path = section.heading_path
    for other in cut.sections(parse(live.source)):
        is_near = bool(other.path) and other.path[:-1] in (path[:-1], path)
        if is_near and other.body < other.end and not other.start <= section.start < other.end:
            kind = kind_of(other.path[-1])
            if kind != "other":
                yield other, kind


def _section_at(live: LiveText, place: int) -> cut.Section:
    found = cut.sections(parse(live.source))
    return next((section for section in reversed(found) if section.start <= place), found[0])


def _longest(live: LiveText) -> int:
    return _LONGEST["zh" if live.lang == "zh" else "en"]


def _is_long(live: LiveText, section: cut.Section) -> bool:
    return bool(section.blocks) and section.end - section.start > _longest(live)


def _narrowed(live: LiveText, section: cut.Section, best: Span, marked: Sequence[Span]) -> Span:
    """The section's range, or of a very long one's blocks as many as may be shown: first the best's, back to where its
    clause begins, then what else is marked, the nearest first, then what stands around."""
    if not _is_long(live, section):
        return section.start, section.end
    blocks, longest = section.blocks, _longest(live)

    def at(place: int) -> int:
        return next((n for n, block in enumerate(blocks) if place < block.end), len(blocks) - 1)

    def fits(first: int, last: int) -> bool:
        return blocks[last].end - blocks[first].start <= longest
    first = last = at(best[0])
    opening = next((n for n in range(first, -1, -1) if opens_clause(live.source[blocks[n].start:blocks[n].end])), first)
    if fits(opening, last):
        first = opening
    for n in sorted({at(span[0]) for span in marked if section.start <= span[0] < section.end},
                    key=lambda n: abs(n - last)):
        if fits(min(first, n), max(last, n)):
            first, last = min(first, n), max(last, n)
    while True:
        if last + 1 < len(blocks) and fits(first, last + 1):
            last += 1
        elif first > 0 and fits(first - 1, last):
            first -= 1
        else:
            return blocks[first].start, max(blocks[last].end, best[1])

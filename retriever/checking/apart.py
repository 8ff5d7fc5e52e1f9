"""What tells two statements apart that seem to be about one matter: another case, place or year, or a heading of their
own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.markup.conflicts.contrast import differs_by_place, differs_by_words, differs_by_year
from kb.markup.conflicts.point import Point
from retriever.checking.compared import Compared, shared
from retriever.checking.own_words import OwnWords, count_in

_LITTLE = 4  # characters of what a statement is about, beside what any office says
_ABOUT = 0.2  # of the characters of the titles of two such statements in common, for them to be about one matter
_USUAL = re.compile(
    r"[\W\d_]|咨询|电话|热线|拨打|拨|致电|来电|联系|号码|服务|办理|受理|申请|办公|工作日|工作|时间"
    r"|周[一二三四五六日末]|至|每[天日月年]|上午|下午|节假日|休息|地址|地点"
    r"|收费|标准|费用|金额|材料|期限|时限|条件|请|可|的|\b(?:call|phone|hours?|open|mon\w*|tue\w*|wed\w*|thu\w*"
    r"|fri\w*|sat\w*|sun\w*|through|from|to|and|the|at|on|or|contact|questions?|weekdays)\b", re.IGNORECASE)


def differs_for_a_reason(a: Point, b: Point) -> bool:
    """Whether another person, place, year, procedure or step explains that two statements differ."""
    first, second = f"{a.above} {a.statement.text}", f"{b.above} {b.statement.text}"
    near, others = f"{a.statement.lead} {a.matter}", f"{b.statement.lead} {b.matter}"
    return (differs_by_year(first, second) or differs_by_place(first, second) or differs_by_words(a.above, b.above)
            or differs_by_words(near, others) or differs_by_words(f"{a.above} {near}", f"{b.above} {others}"))


def are_about_one(a: Point, b: Point) -> bool:
    """Whether two statements may be about one matter: of one that says no more than a number to call, or hours, the
    title must say it."""
    if min(len("".join(_USUAL.sub(" ", point.matter).split())) for point in (a, b)) >= _LITTLE:
        return True
    titles = [_USUAL.sub(" ", point.above.partition(" › ")[0]) for point in (a, b)]
    return shared(*titles) >= _ABOUT


def own_words(words: OwnWords, one: Compared, other: Compared, a: Point, b: Point) -> tuple[list[str], list[str]]:
    """What title, headings and the name of a row say that the other section nowhere does."""
    return (words.of(" ".join((a.above, *a.statement.names[:1])), other.section(b)),
            words.of(" ".join((b.above, *b.statement.names[:1])), one.section(a)))


def says(words: Sequence[str], point: Point) -> bool:
    """Whether a statement itself says what only its own headings do: it is about a case of its own."""
    return bool(count_in(words, f"{point.matter} {point.statement.lead} {point.statement.text}"))

"""Whether a figure is a bound: 不超过, 以内, 至少, 满, under, or more. Only what the text itself says counts."""

from __future__ import annotations

import re

# In the order in which they are asked: "no more than" is not "more than". What stands between word and figure says no
# figure, but for 最高 … 5 … 8, which bounds all that its clause says.
_BEFORE: tuple[tuple[str, re.Pattern[str]], ...] = tuple((op, re.compile(f"(?:{look})$",
    re.IGNORECASE)) for op, look in (
    ("ge",
        r"(?:不低于|不少于|不得低于|不得少于|不小于|不短于|不应少于|不应低于|应不少于"
        r"|不早于)[^\d零一二两三四五六七八九十]{0,12}"),
    ("le",
        r"(?:不超过|不得超过|不超出|未超过|不多于|不高于|不得高于|不大于|不得多于|不长于|不应超过|不能超过|至多"
        r"|上限为?|控制在|限(?!期|价|时|额)|限额为?|封顶)[^\d零一二两三四五六七八九十]{0,10}"),
    ("le", r"(?:最高(?!人民|法|检|学历)|最多|最长|最大|最迟|最晚|最远)[^，。；]{0,16}"),
    ("ge", r"(?:至少|最低(?!工资|生活|价|保障|限度)|最少|最短|起码|最早)[^\d零一二两三四五六七八九十]{0,10}"),
    ("lt", r"(?:不足|不满|未满|未达到?|低于|少于|小于|短于|不到)[^\d零一二两三四五六七八九十]{0,5}"),
    ("gt", r"(?:超过|大于|高于|多于|超出|逾(?!期)|长于|高出)[^\d零一二两三四五六七八九十]{0,6}"),
    ("gt", "(?<!不)超"),
    ("ge",
        r"(?:(?<![未不期届圆充])满|年满|已满"
        r"|达到?(?=[^\d零一二两三四五六七八九十]{0,8}$))[^\d零一二两三四五六七八九十]{0,6}"),
    ("ge",
        r"\b(?:at least|(?:no|not) (?:less|fewer|shorter|younger|lower|smaller|earlier) than|a minimum of|minimum of"
        r"|minimum)\s(?:(?:the|a|an|age|of)\s)*"),
    ("le",
        r"\b(?:up to|(?:no|not) (?:more|longer|higher|larger|wider|taller|older|heavier|bigger|greater|later"
        r"|over) than|at most|a maximum of|maximum of|maximum|max\.?|within|limited to|limit of"
           r"|(?:do|does|must|may|can|should) not exceed|not exceeding|not over|not to exceed|capped at|not above)"
           r"\s(?:(?:the|a|an|about|first|next|last|age|of|is|another|its)\s){0,3}"),
    ("gt",
        r"\b(?:(?:more|longer|greater|older|higher|larger|bigger|heavier|wider|taller|farther) than|over|above"
        r"|exceeds?|exceeding|beyond)\s(?:(?:the|age|of|an?)\s){0,3}"),
    ("lt",
        r"\b(?:(?:less|fewer|shorter|younger|lower|smaller|sooner) than|under|below)\s(?:(?:the|age|of|an?)\s){0,3}"),
    ("ge", r"\bfrom (?:the )?age (?:of )?"), ("lt", r"<\s?"), ("gt", r">\s?"), ("le", r"[≤≦]\s?"), ("ge", r"[≥≧]\s?"),
))
_AFTER: tuple[tuple[str, re.Pattern[str]], ...] = tuple((op, re.compile(look, re.IGNORECASE)) for op, look in (
    ("ge",
        r"\s?(?:[（(](?:不?含[^（()）]{0,8})[）)])?\s?(?:及其?|或|或者|\s)?(?:以上|起步(?!价)|及以上)"
        r"|\s?起(?![诉算止草点步付火草航飞码])(?=[，。；、）)|,;\s]|$)"),
    ("le",
        r"\s?(?:[（(](?:不?含[^（()）]{0,8})[）)])?\s?(?:的时间|时间|期限)?(?:及|或|\s)?(?:以内|之内|以下|封顶|为限"
        r"|为上限|内(?![容部科外地蒙阁涵置饰存衣]))"),
    ("ge", r"\s?(?:\+|(?:or|and)\s(?:more|over|older|above|longer|up|later|greater|higher|upwards?)\b)"),
    ("le", r"\s?(?:or|and)\s(?:less|fewer|under|younger|below|shorter|lower)\b"),
    ("le", r"\s(?:maximum|max\.?|at most|or less)\b"), ("ge", r"\s(?:minimum|min\.|at least)(?=[\s,.;)]|$)"),
))
_CONDITION = re.compile(r"的|者|时|可|后|才|即|能|[（(]|以上")


def bound_before(head: str, tail: str, kind: str) -> tuple[str, int]:
    """What the words of its clause before a figure make of it, and how many characters before it they begin."""
    for op, look in _BEFORE:
        found = look.search(head)
        if not found:
            continue
        if found[0].startswith("达") and not (kind in ("percent",
            "age") or _CONDITION.match(tail[:1]) or "的" in tail[:12]):
            continue
        return op, len(head) - found.start()
    return "eq", 0


def bound_after(text: str, at: int) -> tuple[str, int]:
    """What the words right after a figure make of it, and where they end."""
    for op, look in _AFTER:
        found = look.match(text, at)
        if found:
            return op, found.end()
    return "eq", at

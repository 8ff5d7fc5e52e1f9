"""What a sum or a count is for: 每人每月300元, 25元/平方米, $10 per week, 12 visits a year."""

from __future__ import annotations

import re

from kb.markup.facts.fact import HAN

_LONG = ("平方公里|平方千米|平方米|立方米|公里|千米|公斤|千克|毫升|小时|分钟|学期|学年|年度|季度|工作日|千瓦时|人次"
         "|车次|班次|课时|学时|半年|海里|公顷|星期")
_ONE = ("人户家亩月年日天周次件份张本辆台车间套栋位名班例只头斤升吨度米克条项岁票课场桌床晚针桶袋层页字幅孩胎座"
        "所队组生师点席")
_EACH = re.compile(
    rf"每(?:一)?(?:(?P<n>\d+)\s?)?(?:个(?P<thing>[{HAN}]{{1,6}}?)(?=每"
    rf"|[最可给收补发交缴按不限至约为一二两三四五六七八九十测留记只有配放须应均的内加共\d(（]|$)"
    rf"|(?P<long>{_LONG})|(?P<one>[{_ONE}]))")
_GAP = re.compile(rf"(?:(?![二两三四五六七八九十])[{HAN}A-Za-z\s$£€¥]){{0,12}}$")
_WHAT = rf"(?:{_LONG}|勘查年度|[{_ONE}]|[{HAN}]{{1,4}}|[a-z]{{1,12}})"
_SLASH = re.compile(rf"\s?/\s?[(（]?(?P<what>{_WHAT}(?:[·./每]{_WHAT})*)[)）]?")
_EVERY = re.compile(rf"\s?每(?:(?P<long>{_LONG})|(?P<one>[{_ONE}]))")
_A = re.compile(r"\s(?:(?:a|an|per|every|each)\s)(?P<what>half-day|half-hour|day|week|month|year|person|household"
                r"|visit|child|hour|night|term|season|adult|family|vehicle|trip|minute"
                r"|session|page|copy|document|item|bag|mile|km|square met(?:re|er)|cubic met(?:re|er)|acre|ton|tonne"
                r"|night|semester|permit|car|dog|pet|head|kg|card|bin|plot|student|pupil|shift|room"
                r"|lesson|class|set|certificate|applicant|resident|meal|ticket|bundle|tree|unit|pair|book|load)\b",
                re.IGNORECASE)
_PER = re.compile(r"\sper\s(?P<what>[a-z]+)\b")


def rate_before(head: str) -> tuple[str, int]:
    """What 每 … before a figure says that it is for, and where in its clause that begins."""
    found = list(_EACH.finditer(head))
    if not found or not _GAP.search(head[found[-1].end():]) or _GAP.fullmatch(head[found[-1].end():]) is None:
        return "", len(head)
    names = []
    for each in found:
        names.append((each["n"] or "") + (each["thing"] or each["long"] or each["one"]))
    return "·".join(dict.fromkeys(names)), found[0].start()


def rate_after(text: str, at: int, kind: str) -> tuple[str, int]:
    """What the words after a figure say that it is for, and where they end."""
    names: list[str] = []
    while len(names) < 3:
        found = _SLASH.match(text, at) or _EVERY.match(text, at) or _A.match(text, at) or (
            _PER.match(text, at) if kind == "money" else None)
        if not found:
            break
        parts = found.groupdict()
        what = parts.get("what") or parts.get("long") or parts.get("one") or ""
        names.append(re.sub(r"[./每]", "·", what))
        at = found.end()
    return "·".join(names), at

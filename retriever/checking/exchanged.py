"""Whether two clauses that are the same otherwise name another district, another office, or another person.

Words are cut by a dictionary that knows few names, and of a short clause most words are left where one name is put in
another's place; so the clauses are compared by characters here. A name in full is its short form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST = 12  # characters that differ
_ENDS = ("区", "县", "镇", "乡", "街道", "村", "局", "委", "法院", "检察院", "银行", "大队", "派出所", "分局")
_GENERIC = re.compile("[本各全城市小社郊辖园校景库片]区?$|办公$")  # 本区, 各区, 城区: no names
_PERSONS = (("自己", "本人", "个人", "自行", "申请人", "当事人"), ("单位", "用人单位", "企业", "公司", "雇主"),
            ("他人", "代办人", "受托人", "代理人"), ("业主", "房东", "出租人"), ("租户", "租客", "承租人"),
            ("父母", "监护人", "家长"), ("物业", "物业公司"), ("房管所",), ("社区", "居委会"), ("学校",), ("医院",))
_WHO = {word: n for n, words in enumerate(_PERSONS) for word in words}
_WHOSE = re.compile("|".join(sorted(_WHO, key=len, reverse=True)))


def is_exchanged(old: str, new: str, around: str) -> bool:
    """Whether the one names what the other has something else for; ``around`` is what the new text says near by."""
    start, end = common_ends(old, new)
    was, now = old[start:len(old) - end], new[start:len(new) - end]
    if not was or not now or len(was) > _LONGEST or len(now) > _LONGEST:
        return False
    behind = old[len(old) - end:]
    return _is_other_name(was, now, behind, around) or _is_other_person(was, now, behind)


def _is_other_name(was: str, now: str, behind: str, around: str) -> bool:
    ending = next((one for one in _ENDS if behind.startswith(one)), "")
    if not ending:
        ending = next((one for one in _ENDS if was.endswith(one)), "")
        if not ending or not now.endswith(_ENDS):
            return False
        was, now = was.removesuffix(ending), re.sub("|".join(_ENDS) + "$", "", now)
    if not was or not now or _GENERIC.search(was) or _GENERIC.search(now) or was + ending in around:
        return False
    return not (_is_short_for(was, now) or _is_short_for(now, was))


def _is_other_person(was: str, now: str, behind: str) -> bool:
    mine, theirs = _WHO.get(was), _WHO.get(now)
    return mine is not None and theirs is not None and mine != theirs and not _WHOSE.match(behind)


def _is_short_for(short: str, name: str) -> bool:
    """Whether the characters of the one stand in the other in their order: 人社, 人力资源和社会保障."""
    rest = iter(name)
    return all(character in rest for character in short)


def common_ends(one: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    """How many characters, or words, both begin with, and how many of the rest they end with."""
    start = _common(one, other)
    return start, _common(one[start:][::-1], other[start:][::-1])


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))

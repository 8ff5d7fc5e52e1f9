"""Whether two statements that are the same otherwise are of different persons or papers.

Of two clauses that say the same in every word but the group of persons, or the paper, each is right of its own. Groups
that exclude each other are listed elsewhere (kb/markup/conflicts); here any two names do that have nothing in common.
"""

from __future__ import annotations

import re

from retriever.checking.exchanged import common_ends

_COMMON = 4  # characters that two clauses say alike besides; of English words one fewer
_LONGEST = 24  # characters of what Chinese ones say otherwise
_HAN = re.compile("[\u4e00-\u9fff]")
_GROUPS = "老年人|老人|残疾人|人员|人才|劳动力|居民|职工|学生|家庭|儿童|妇女|产妇|军人|企业|公司"
_PERSONS = re.compile(f"(?:{_GROUPS}|户|者|生|人|员)$")
_PAPERS = re.compile("(?:证明|报告|证书|证件|证|书|表|卡|簿)$")
_PERSONS_EN = frozenset((
    "people", "persons", "residents", "families", "households", "women", "men", "workers", "students", "graduates",
    "veterans", "seniors", "children", "applicants", "owners", "tenants", "adults", "citizens", "parents", "carers",
    "pensioners", "employees", "visitors", "patients", "drivers", "members", "companies", "businesses"))
_PEOPLE = frozenset(("people", "persons"))  # they say no more than that there are some
_PAPERS_EN = frozenset((
    "passport", "card", "report", "certificate", "licence", "license", "permit", "letter", "statement", "form", "deed",
    "contract", "receipt", "bill", "visa", "policy"))
_WHO_BEGINS = re.compile(f"(.{{0,14}}?(?:{_GROUPS}|毕业生|监护人|外国人|工商户))"
                         "(?:须|应|可|每|住|需|必|在|自|凭|持|领|享|不|按|由|免|只|最|均|都|才|要|能)")
# Whoever asks, or everybody: names of no group.
_ANYBODY = re.compile("^(?:申请|当事|办理|参保|本|个|有关|每|所有|全体)?(?:居民|市民|公民|人员|人|者|员)$")
_OLD = re.compile("老|岁|龄")  # an age and a word for it may be of the same persons
_SMALL = frozenset(("a", "an", "the", "is", "are", "of", "for", "to", "and", "or", "any", "each", "every", "all"))


def differs_by_subject(one: str, other: str) -> bool:
    """Whether two clauses, their figures aside, differ in one name alone, of persons or of papers that have nothing in
    common; or begin with such persons."""
    first, second = (re.sub(r"[^\w ]|\d", "", clause).strip().lower() for clause in (one, other))
    if _HAN.search(first) or _HAN.search(second):
        start, end = common_ends(first, second)
        was, now = first[start:len(first) - end], second[start:len(second) - end]
        if _are_apart(_subject(first), _subject(second)):
            return True
        # what both end with belongs to the names where nothing stands before them: 外国人, 老人 end with the same
        while end and not (_is_named(was) and _is_named(now)) and start + end > _COMMON:
            end -= 1
            was, now = first[start:len(first) - end], second[start:len(second) - end]
        return (start + end >= _COMMON and max(len(was), len(now)) <= _LONGEST and _are_apart(was, now))
    return _differs_in_english(first.split(), second.split())


def _subject(clause: str) -> str:
    """The persons that a clause begins with: whom it gives something, or asks for it."""
    found = _WHO_BEGINS.match(clause)
    return found[1] if found else ""


def _is_named(name: str) -> bool:
    return bool(_PERSONS.search(name) or _PAPERS.search(name))


def _are_apart(was: str, now: str) -> bool:
    for kind in (_PERSONS, _PAPERS):
        ends = kind.search(was), kind.search(now)
        if all(ends):
            own = [kind.sub("", name) or name for name in (was, now)]
            return (set(own[0]).isdisjoint(own[1]) and not was.endswith(now) and not now.endswith(was)
                    and not any(_ANYBODY.search(name) for name in (was, now))
                    and not (kind is _PERSONS and all(_OLD.search(name) for name in (was, now))))
    return False


def _differs_in_english(first: list[str], second: list[str]) -> bool:
    start, end = common_ends(first, second)
    if end and first[len(first) - end] in _PERSONS_EN | _PAPERS_EN:  # what both names end with
        end -= 1
    was, now = ([word for word in words[start:len(words) - end] if word not in _SMALL] for words in (first, second))
    for kind in (_PERSONS_EN, _PAPERS_EN):
        if not kind.isdisjoint(was) and not kind.isdisjoint(now) and max(len(was), len(now)) > 1:
            mine, theirs = set(was) - kind, set(now) - kind  # a death certificate, a health certificate
            return start + end >= _COMMON - 1 and was != now and (
                set(was).isdisjoint(set(now) - _PEOPLE) or bool(mine and theirs and mine.isdisjoint(theirs)))
    return False

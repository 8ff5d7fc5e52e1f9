"""What a clause allows, forbids, asks for or waives, by its own words and by what opens its list or names its"
  " column."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.markup.conflicts.point import Point, above_of, matter_of
from kb.markup.conflicts.statement import Statement, Text

WAIVED, NEEDED, ALLOWED, FORBIDDEN = "waived", "needed", "allowed", "forbidden"
# In the order in which they are asked: 不必 is no 必, "may not" no "may".
_LOOKS = tuple((stance, re.compile(look, re.IGNORECASE)) for stance, look in (
    (WAIVED, r"无需|无须|毋须|不需要?|不必|不用(?!于)|不要求|免于|不再(?:提交|要求|需要|提供|收取)|免(?:交|予|提交"
             r"|带)|(?:不|没)有?限制|不设限|不看|也不用"
             r"|\bnot (?:needed|required|necessary)\b|\bneed not\b|\b(?:do|does)(?: not|n't) (?:need|have to"
             r"|require)\b|\bno [\w' ]{1,40}?(?:is|are) (?:needed|required)\b"
             r"|\bwithout needing\b|\bwaived\b"),
    (ALLOWED, r"没有(?:禁止|限制)|不(?:予)?禁止|不受此限|照常(?:办理|受理)"),
    (FORBIDDEN, r"不得|禁止|严禁|不能(?!够?超)|不可(?!回收|抗)|不准|不许|不予|不允许|不让|谢绝|拒绝|暂不|不纳入"
                r"|不在[^，。]{0,8}范围|不受理|不接受|不办理|不提供|不行|不可以|仅限|只限|仅(?:供|对|面向|由)"
                r"|只(?:能|有|限|接受|收|对)"
                r"|\b(?:may|must|can|shall)(?: not|n't)\b(?![^.;]{0,40}\bmore than)"
                r"|\bcannot\b|\bnot (?:allowed|permitted|accepted|eligible"
                r"|available)\b|\bprohibited\b|\bforbidden\b|\bbanned\b|\brefused\b|\brejected\b"
                r"|\bonly\b|\bno [\w ]{1,20} (?:is|are) (?:allowed|accepted|permitted)\b|\boff limits\b"),
    (NEEDED, r"必须|务必|应当|应(?=[\u4e00-\u9fff])(?!急|用|届|对|征|试|付)|均?须|需(?!求|量)|要(?=有|带|交|先|到"
             r"|办|经|凭|求|提)|缺一不可|凭(?!借)|请备齐|提交|携带|出具"
             r"|\bmust\b|\bshall\b|\brequired?\b|\bneeds?\b|\bha(?:s|ve) to\b|\bbring\b"),
    (ALLOWED, r"可以|可(?!能|靠|持续|回收|燃|疑|惜)|(?<![功职才机性智])能(?!力|源|耗|效|级|够?否)|允许|准许"
              r"|照样|也行|都行|不受影响|\bmay\b|\bcan\b|\bare allowed\b|\bpermitted\b|\bwelcome\b|\beligible\b"),
))
_OPPOSED = frozenset((frozenset((WAIVED, NEEDED)), frozenset((WAIVED, FORBIDDEN)),
                      frozenset((ALLOWED, FORBIDDEN))))
_PAPERS = re.compile(r"材料|所需|证件|手续|要带|documents?|bring|required", re.IGNORECASE)
_FILLING = re.compile(r"\W")
_LITTLE = 10  # characters of a clause beside its stance that do not say what it is about


def opposed(one: Point, other: Point) -> bool:
    """Whether what one asks for or forbids the other waives or allows."""
    return frozenset((one.stance, other.stance)) in _OPPOSED


def stances_of(text: Text) -> Iterator[Point]:
    """The clauses of a text that take a stance."""
    for statement in text.statements:
        under = _under(statement)
        for n, clause in enumerate(statement.clauses):
            found = _stance(clause[2])
            stance, bare = found if found else (under, clause[2])
            if stance:
                before = statement.clauses[n - 1][2] if n else statement.before
                yield _point(text, statement, clause, stance, bare, before)


def _point(text: Text, statement: Statement, clause: tuple[int, int, str], stance: str, bare: str,
           before: str) -> Point:
    own = (before[-30:] + bare) if len(_FILLING.sub("", bare)) < _LITTLE else bare
    above = above_of(text, statement)
    return Point("stance", clause[0], clause[1], statement, clause, matter_of(statement, own),
                 f"{above} {statement.lead} {before[-40:]} {clause[2]}", above, stance=stance)


def _stance(clause: str) -> tuple[str, str] | None:
    """A clause's stance, and the clause without the words that take it."""
    for stance, look in _LOOKS:
        if look.search(clause):
            return stance, look.sub("", clause)
    return None


def _under(statement: Statement) -> str:
    """The stance that a list's opening or a column's name gives to what stands below."""
    if statement.names and _PAPERS.search(statement.names[1]):
        return NEEDED
    found = _stance(statement.lead) if statement.lead else None
    return found[0] if found else ""

"""Who deals with a matter by what a text says: 由城管局负责, 派给属地街道, handled by the water company.

Names are compared by what tells one office from another: 市场监管部门 is 市市场监督管理局, 镇街 is 街道（乡镇）.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.markup.conflicts.point import HOLE, Point, above_of, matter_of
from kb.markup.conflicts.statement import Text
from kb.markup.facts.fact import Fact

_H = "\u4e00-\u9fff"
_OFFICE = (
    rf"[{_H}·、（）()]{{0,18}}?(?:局|委员会|委|办事处|街道办?|乡镇|镇街|中心|公司|物业|社区|居委会|村委会|部门"
    r"|大队|支队|总队|机构|派出所|养护处|管理处|开发商|企业|单位|房东|出租人|承租人|租户|业主|产权人|商家|经营者"
    rf"|学校|医院|银行|(?:城管|环卫|园林|住建|交警|消防|水务|法院)(?![{_H}])|[{_H}]{{2}}(?:所|处|站|队|科|馆))"
    r"(?:[（(][^（()）]{1,14}[）)])?")
_DOES = (
    r"(?:统一)?(?:负责|受理|处理|处置|维修|修复|维护|养护|管护|管理|承担|出人|组织|实施|牵头|查处|答复|赔偿|清理"
    r"|清运|审批|核发|办理|巡查|监管|提出|申请|解决|管(?!理|道)|出(?:资|钱)|买单|支付)")
_LOOKS = (
    re.compile(rf"(?:由|归|属于?)(?P<who>{_OFFICE})(?:统一|依法|具体|出面|直接)?(?={_DOES})"),
    re.compile(r"(?:转派|派给|派往|派|转给|转交|转请|转|交由|交给|移交|报送|请找|找)(?:相应|属地|当地|所在)?"
               rf"(?P<who>{_OFFICE})"),
    re.compile(rf"^(?P<who>{_OFFICE})(?={_DOES})"),
)
_NAME = r"(?P<who>(?:the |your |our |a )?(?:[\w'-]+ ){0,3}?[\w'-]+)"
_ENGLISH = (
    re.compile(r"\b(?:handled|repaired|maintained|cleared|removed|fixed|paid|collected|run|dealt with|mended|cleaned"
               rf"|done|filed) by {_NAME}(?=[,.;]|$| and | not | who | which )", re.IGNORECASE),
    re.compile(rf"\b(?:send|refer|route|pass|transfer|report)(?: it| them| the \w+| these)? to {_NAME}"
               r"(?=[,.;]|$| and )", re.IGNORECASE),
    re.compile(rf"^\W*{_NAME} (?:is|are) responsible\b", re.IGNORECASE),
)
_WHOLE = re.compile(rf"(?:市|区|县|属地|所在|当地|相应)?{_OFFICE}")
_FILLING = re.compile(
    r"^[市区县省本我各该]+|属地|所在地?|当地|相应|小区|有关|相关|部门|机关|政府|人民|统一|直接|[（(].*?[）)]|[、·]"
    r"|\b(?:the|your|our|city|council|department|office|of|and|local)\b", re.IGNORECASE)
_SHORT = (  # short names, and what they are short for
    ("镇街", "街道乡镇"), ("城管", "城市管理"), ("住建", "住房建设"), ("住房和城乡建设", "住房建设"),
    ("市监", "市场监督"), ("市场监管", "市场监督"), ("质监", "市场监督"), ("环保", "生态环境"), ("人社", "人力资源"),
    ("卫健", "卫生健康"), ("医保", "医疗保障"), ("自规", "自然资源"), ("规自", "自然资源"), ("交管", "公安交通"),
    ("交警", "公安交通"), ("派出所", "公安"), ("开发商", "建设单位"), ("园林绿化", "园林"), ("环卫", "环境卫生"),
    ("居委会", "社区"), ("物业", "物业公司"), ("文旅", "文化旅游"), ("文广旅", "文化旅游"), ("供电", "电力"),
    ("自来水", "水务"), ("房东", "出租人"), ("租户", "承租人"),
)
_USUAL = frozenset(("管理", "中心", "公司", "单位"))
_HAN = re.compile(f"[{_H}]")
_LITTLE, _BEFORE = 10, 30
_PRONOUN = re.compile("^(?:该|本|我|此|各|有关|相关)?(?:局|单位|部门|中心|机构|公司|机关)$")


def agents_of(text: Text) -> Iterator[Point]:
    """Who deals with what, one point for each clause that says it."""
    for statement in text.statements:
        before = statement.before
        for low, high, clause in statement.clauses:
            is_named = statement.is_cell or before.endswith((":", "："))
            for start, end, who in _agents(clause, is_named=is_named):
                bare = clause[:start] + HOLE + clause[end:]
                is_little = len(re.sub(r"\W", "", bare)) < _LITTLE and not statement.names
                own = before[-_BEFORE:] + bare if is_little else bare
                above = above_of(text, statement)
                at = text.source.find(who, low, high)
                place = (at, at + len(who)) if at >= 0 else (low, high)
                if _PRONOUN.match(who):
                    continue
                yield Point("agent", *place, statement, (low, high, clause), matter_of(statement, own),
                            f"{above} {statement.lead} {statement.text}", above, Fact("agent", who, *place))
                break
            before = clause


def same_agent(one: str, other: str) -> bool:
    """Whether two names may be of one office."""
    a, b = _plain(one), _plain(other)
    if not a or not b or a in b or b in a:
        return True
    if not _HAN.search(a):
        return bool({w for w in a.split() if len(w) > 3} & set(b.split()))
    return not ({a[n:n + 2] for n in range(len(a) - 1)} & {b[n:n + 2] for n in range(len(b) - 1)}) <= _USUAL


def _agents(clause: str, *, is_named: bool) -> Iterator[tuple[int, int, str]]:
    for look in _LOOKS if _HAN.search(clause) else _ENGLISH:
        for found in look.finditer(clause):
            yield *found.span("who"), found["who"]
    whole = clause.strip(" 。；;，,")
    if is_named and _HAN.search(clause) and _WHOLE.fullmatch(whole):
        at = clause.find(whole)
        yield at, at + len(whole), whole


def _plain(name: str) -> str:
    folded = name.lower()
    for short, full in _SHORT:
        folded = folded.replace(short, full) if full not in folded else folded
    return re.sub(r"\s+", " ", _FILLING.sub("", folded)).strip()

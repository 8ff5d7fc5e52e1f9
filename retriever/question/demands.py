"""What a question cannot be answered without: a sum of money, a length of time, a number to call, an hour, papers.

Kinds of question (:mod:`retriever.question.kinds`) are hints, weighed; what stands here is asked for in so many words,
and a text that has none of it is no answer, however near (docs/quality.md has the figures).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from retriever.language.analysis import normalise

_NUMBER = r"(?:\d|[一二三四五六七八九十百千万两半])"
_UNIT_OF_TIME = "(?:天|个?月(?!份)|个?工作日|个?星期|周(?!岁|年)|个?小时|分钟)"

# For each kind how it is demanded, and how a text tells it; both on normalised text. What is told may be no figure:
# nothing to pay, whatever the two agree on, at once. "好几天", "这几个月" are what callers tell, and demand nothing.
_DEMANDS = {
    "money": (
        "(?<![有欠保])多少钱|(?<![十百千])几块钱?|几毛|[什啥]么?价(?!什么)|多少(?:元|块)"
        "|(?:要|收|交|缴|罚|赔|补|贴|发|领|付|退|扣|花)(?:我们?|你们?|他们?|人|了|给|得|到|起)?多少(?=$|[,。?!;、\\s啊呀呢吧哦])"
        "|(?:工本|挂号|停车|物业|取暖|手续|学|票|车|押|罚)(?:费|金|价|款)(?:是|要|得|收|交)?多少"
        r"|\bhow much (?:does|do|is|are|will|would|money)\b"
        r"|\bwhat (?:does|do|would|will|did) [^.?!]{1,60}\bcosts?\b|\b(?:cost|price|fee) (?:of|for)\b",
        rf"{_NUMBER}\s{{0,3}}(?:余|多)?(?:万|亿|千|百)?(?:元|块|角|%|‰|倍|成)|分之"
        r"|[¥$£€]\s{0,3}\d|\d\s{0,3}(?:yuan|rmb|cny|dollars?|pounds?|pence|cents?|per ?cent)\b"
        "|免|不收|不得收|不(?:用|必|需|须)(?:交|缴|付)|不要钱|不花钱|不补|不赔|不罚|自愿|自费|协商|约定|自主|定价|市场|全额|标准执行"
        r"|\bfree\b|\bno (?:\w{1,20} )?(?:fees?|charge|cost)|\bwithout charge|waive|\bmarket\b|agree"
        r"|(?:[:;,|]|^)\s{0,3}\d[\d,.]*\s{0,3}(?:$|[;,|。])"),
    "time": (
        f"多久(?!没)|多长时间|(?<![好这那十了隔过停断拖歇前头后有])几{_UNIT_OF_TIME}(?=能|可|给|办|出|下|批|到|才|内|回|答|送|来|拿|退|[,。?!]|$)"
        rf"|多少{_UNIT_OF_TIME}|\bhow long (?:does|do|is|are|will|would|can|until|before)\b"
        r"|\bhow many (?:days|weeks|months|hours|minutes)\b",
        rf"{_NUMBER}\s{{0,3}}(?:余|多)?个?(?:工作日|日|天|月|年|小时|分钟|周|星期|季)"
        "|当[场天日]|即[时办刻]|立[即刻等]|随时|长期|永久|终身|[次同]日|当年|之日|每[日天月年季]|现场|不限|一直|尽快"
        r"|\b(?:days?|weeks?|months?|years?|hours?|minutes?|immediately|on the spot|at once|straight away|right away)\b"
        r"|\b(?:permanent|overnight|today|tomorrow|next|anytime|forever|life|(?:as )?soon)\b|月\d"),
    "number": (
        "电话(?:号码?)?(?:是|要)?(?:多少|几号|哪个|什么)|[打拨](?:哪个|什么|啥)(?:电话|号)|号码(?:是)?多少"
        r"|\b(?:phone|telephone) number\b|\b(?:what|which) number\b",
        r"\d{3}|热线"),
    "hour": (
        r"几点(?!建议|意见|要求|问题|出门|回来|睡)|\bwhat time\b(?! off)|\bopening hours\b",
        rf"\d{{1,2}}[:点时]|{_NUMBER}[点时]|24小时|全天|昼夜|[晚早]上?"
        r"|\bat \d{1,2}\b|\d ?[ap]\.?m\b|o'?clock|\bnoon\b|midnight|\bhours\b"),
    "papers": (
        "(?:什么|啥|哪些|哪几样|几样)(?:材料|证件|手续|资料|证明)(?!都|也)"
        "|(?:带|拿|备|准备|交|提供)(?:些|点|齐)?(?:什么|啥|哪些|哪几样)(?=东西|去|过去|来|[,。?!、\\s]|$)"
        r"|\bwhat (?:documents?|papers?|paperwork|id|proof)\b|\bwhich (?:documents|papers)\b"
        r"|\bwhat (?:do|should|must) (?:i|we|you) (?:need to |have to )?(?:bring|take (?:along|with))\b",
        "证|件|书|表|照片|凭|材料|户口|簿|本|票|合同|协议|单|无需|不用"
        r"|\b(?:passport|id|cards?|proof|certificates?|forms?|documents?|photo\w*|cop(?:y|ies)|permit|licen[cs]e|letters?"
        r"|bills?|slip|contract|statements?|records?|nothing|papers?|receipts?|tags?|registration)\b"),
}
_KINDS = {name: (re.compile(asked), re.compile(told)) for name, (asked, told) in _DEMANDS.items()}

# A question that speaks of no fault asks for a price, and a fine, however near, is none.
_FAULT = re.compile(
    "罚|处分|违|扣[多几]|赔|滞纳|逾期|超[期速时]|被|[没不未](?!同|少|多|动)|[乱私偷]|闯|弄[丢坏]"
    r"|\bfine[sd]?\b|penalt|punish|\bif i\b|\bnot\b|n't\b|without|illegal|overdue|\blate\b|\blost\b|overstay")
_FINE = re.compile(r"罚款|处罚|罚金|滞纳金|违约金|\bfine[sd]?\b|penalt")
_CLAUSE = re.compile("[,;。]")


def demanded(question: str) -> frozenset[str]:
    """The kinds of thing without which a question is not answered."""
    text = normalise(question)
    found = frozenset(name for name, (asked, _) in _KINDS.items() if asked.search(text))
    return found - {"money"} | {"price"} if "money" in found and not _FAULT.search(text) else found


def meets(kinds: Iterable[str], texts: Iterable[str]) -> bool:
    """Whether the texts together tell something of every kind that is demanded."""
    lines = [normalise(text) for text in texts]
    return all(any(_tells(kind, line) for line in lines) for kind in kinds)


def _tells(kind: str, line: str) -> bool:
    if kind == "price":
        kind, line = "money", ",".join(clause for clause in _CLAUSE.split(line) if not _FINE.search(clause))
    return _KINDS[kind][1].search(line) is not None

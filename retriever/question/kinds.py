"""Kinds of question: what kind of thing a question, or a heading worded as one, asks for."""

from __future__ import annotations

import re

from retriever.language.analysis import normalise

# How a question asks for each kind; on normalised text. retriever/passages/facts.py has what a text looks like that
# gives it, under the same names.
WANTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile("|".join(ask))) for name, ask in (
        ("amount",
         ("多少钱|费用|收费|价格|几块|多少元|要钱|花钱|免费|什么价|补贴多少|能提多少|额度|票价|车费|学费|工本费|押金|"
         "(?:交|缴|提|贷|补|给|发|领|罚|付|拿|退|(?<![招吸])收|扣|赔|花|每月|每年|一年|标准是?|税率是?|费率是?|比例是?)"
         "多少(?!天|户|岁|人|次|个|年|日|家|分|时)"
         "|多少(?:补助|补贴|奖励|资金|金额|费|税)|最高.{0,9}多少(?!人|天|个|年|家)",
         r"how much|\bcost|\bfees?\b|\bprice|\bcharge|\bfree\b|\brate")),
        ("duration",
         ("多久|几(?:天|个月|个工作日|年(?!级|来)|周(?!岁|年)|个?小时|分钟)|多长时间|什么时候|啥时候|何时|期限|几点|几号|时间|哪天|截止",
         r"how long|\bwhen\b|how soon|deadline|opening|hours")),
        ("date", ("什么时候|啥时候|何时|哪天|哪年|几月|几号|日期|截止", r"\bwhen\b|what date|what day|deadline")),
        ("count",
         ("多少(?:人|个|家|名|次|户|位|种|所|张|份|本|件|项|年|天|日|岁)"
         "|几(?:个(?!月|工作日|小时)|家|名|次|位|种|人|周?岁|项|级)|多大|年龄",
         r"how many|how old|number of|\bage\b")),
        ("phone",
         ("电话|号码|打给|打哪|热线|联系(?!不上)|邮箱",
         r"\bphone|telephone|\bcall\b|number to|contact|e-?mail")),
        ("place", ("哪里|在哪|哪儿|哪个地方|地址|去哪|什么地方|上哪", r"\bwhere\b|address|which office")),
        ("papers",
         ("材料|证件|带什么|带啥|带哪些|手续|需要什么|要什么|准备什么",
         "what (?:do i|documents|papers)|bring|documents|paperwork")),
        ("whether",
         ("能不能|可以吗|可不可以|能否|行不行|行吗|能.{0,12}吗|可以.{0,12}吗|算不算|要不要|是不是",
         r"\bcan i\b|\bmay i\b|am i|do i (?:have|need)|is it")),
        ("body",
         ("[哪什][个些么](?:部门|单位|机关|机构)|哪家|哪级|谁负责|归谁|主管|牵头|找谁",
         r"which (?:agency|department|office|court)|who (?:is responsible|runs|handles|decides|issues)")),
        ("list",
         ("哪些|有什么|有啥|包括|包含|哪几|分别",
         r"\bwhat are\b|\bwhich\b|list of|what (?:kind|type)|include")),
        ("meaning",
         ("什么是|是什么|什么意思|啥意思|定义|界定|指什么|是指|何谓|什么叫",
         r"what (?:is|are|does)\b|\bmeans?\b|define")),
        ("reason", ("为什么|为何|为啥|原因|目的|凭什么|依据|意义", r"\bwhy\b|reason|purpose")),
        ("consequence",
         ("后果|处罚|罚|责任|会怎|怎么处理|赔偿|违法|犯法",
         r"penalt|\bfined?\b|what happens|consequence|liable")),
        ("who", (r"谁|哪些人|什么人|条件|资格|符合|\bwho\b|eligible|qualify|entitled",)),
        ("how", (r"怎么|怎样|咋|如何|流程|步骤|办理|申请|\bhow (?:do|can|to)\b|apply|procedure|steps",)),
    )
)

FACTS = frozenset({"amount", "duration", "date", "count", "phone", "place"})  # kinds whose answer is one short fact


_WAY = re.compile(
    "(?:怎么?样?|咋个?|如何)(?:去|来)?(?:办理?|申请|申领|申报|领取?|报名|预约|登记|操作|弄)(?!砸)"
    "|流程|步骤|(?:办理|申请|申领|报名|预约)(?:方式|程序|渠道)"
    r"|\bhow (?:do|can|should|would) (?:i|we|you|one) (?:apply|claim|register|book|sign up|enrol|enroll|file)\b"
    r"|\bhow to (?:apply|claim|register|book|sign up|enrol|enroll|file)\b|\bsteps\b")


def asks_the_way(question: str) -> bool:
    """Whether a question asks how a thing is done, and for no figure."""
    return _WAY.search(normalise(question)) is not None and not FACTS & wanted(question)


_WAY_HEADING = re.compile(
    "(?:^|[:、.\\s])(?:怎样?么?|如何|去?哪里?|网上|线上|现场|窗口)?(?:办理?|申请|申领|申报|报名|登记|领取)(?:手续|流程|方式|程序|步骤|渠道)?$"
    "|^(?:办|怎样办|怎么办|咋办)(?:,.{1,8})?$|第[一1]步"
    r"|^how (?:to|you) |^(?:apply|applying|application|registering|registration|booking|steps)$")


def tells_the_way(heading: str) -> bool:
    """Whether a heading names the way in which a thing is done."""
    return asks_the_way(heading) or _WAY_HEADING.search(normalise(heading)) is not None


def asks_for_another(heading: str) -> bool:
    """Whether a heading is worded as a question that how a thing is done does not answer: what to bring belongs to it.
    """
    kinds = wanted(heading)
    return bool(kinds) and "papers" not in kinds and not asks_the_way(heading)


def wanted(question: str) -> frozenset[str]:
    """The kinds of thing that a question, or a heading worded as one, asks for."""
    text = normalise(question)
    return frozenset(name for name, ask in WANTS if ask.search(text))

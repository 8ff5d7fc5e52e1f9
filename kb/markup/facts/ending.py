"""What a sentence does with a day: whether something ends on it, or it is told of for another reason.

A day alone says nothing: texts name the day of a meeting, of an update, of a version. Something ends on it where a sign
of an end stands beside it (截止, 有效期至, 前, until, the last day). Even then the sentence may speak of what is over
as over (已于…到期, 原定…), of an example, of figures, or of what people had done by then (某日前已签订合同的).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kb.markup.facts.fact import Fact

_NAMES = re.compile(r"《[^》]*》|“[^”]*”|\"[^\"]*\"")  # of documents, whose words say nothing of the day
_CLAUSE = re.compile(r"[，。；！？：,;|]|(?<![ap]\.m)\.(?=\s)")
_SENTENCE = re.compile(r"[。；！？;|]|(?<![ap]\.m)\.(?=\s)")
_AFTER = 40  # characters that are looked at behind a date
_CAPTION = 60  # of a line over a table

_SIGN_BEFORE = re.compile(
    r"截止|到期日|期限|有效期|执行|试行|暂(?!行)|临时|延长|延期|延至|顺延|宽限|过渡期|最迟|最晚|迟于|不得?早于|逾期|最后一?[天日]"
    r"|(?:^|[^直])[至到]\s?$"
    r"|\b(?:deadline|closing date|due date|last (?:day|date)|end date|expiry|extended|valid (?:to|till|until|through)"
    r"|(?:ends?|closes?|expires?|finish(?:es)?|stops?|due|runs out)(?= on\b| at\b|\s?$)|no later than)\b"
    r"|\b(?:moved|extended|postponed|pushed back) to $|\b(?:by|until) (?:[^.;|]{1,40} )?or $"
    r"|\b(?:until|till|by|before|through)(?: (?:the|end of|midnight|noon|\d{1,2}(?::\d\d)? ?[ap]\.?m\.?|on"
    r"|\w+day,?)){0,5}\s$", re.IGNORECASE)
_TIME = r"\s?(?:[（(][^）)]{1,8}[）)])?(?:\d{1,2}[:：时点]\d{0,2}分?)?(?:晚|中午|上午|下午|下班)?"
_SIGN_AFTER = re.compile(
    rf"{_TIME}(?:之?前|[及或]?以前|(?:为?止|截止|到期|期满|届满|结束|失效|作废|过期|终止|停止|停用|停办|关闭|下线|撤销)(?![以之]?后)"
    r"|[为是](?:最后|最终|最迟|截止))"
    r"|\s(?:is|as) (?:the|your) (?:deadline|last (?:day|date)|closing date)", re.IGNORECASE)
_WINDOW = re.compile("(?:报名|申[报请领]|受理|征集|招募|投票|接种|预约|优惠|活动|领取|登记|缴费)(?:时间|期限|日期)?$")
_HOUR = re.compile(r"日(?:[（(][^）)]{1,6}[）)])?\s?(?:上午|下午|中午|晚|夜|早|凌晨|傍晚|\d{1,2}[时点:：])"
                   r"|日[、和]\d{1,2}日[两三四]天|\b(?:midnight|noon)\b"
                   r"|(?:,| from| at)? \d{1,2}(?::\d\d)? ?[ap]\.?m", re.IGNORECASE)
_HOURS = 12  # characters behind a day that its hour stands in
_NAMES_END = re.compile(r"截止|期限|有效期|到期|最后(?:一?[天日]|期限|时[间限])"
                        r"|\b(?:deadline|closing|due|expir|valid until|last day|ends?\b)", re.IGNORECASE)

_EXAMPLE = re.compile(r"例如|比如|譬如|举例|示例|案例|假[如设定]|设想|[，。：]如(?:[：:]|\s?(?=20\d\d年|\d{1,2}月))"
                      r"|(?:^|[\s，])以[^，]{1,12}为例|问[：:][^？]{0,4}我|[\u4e00-\u9fff](?:某(?![些种个项日年月地])|女士|先生)"
                      r"|\b(?:for example|for instance|e\.g\.|suppose|supposing|assum(?:e|ing)|imagine"
                      r"|my (?:lease|contract|visa|permit|job))\b",
                      re.IGNORECASE)
_SAMPLE = re.compile("[（(]?(?:样例|示例|样本|范本|例)[）)]")
_AGED = re.compile(r"\b(?:be|are|is|turns?|turned|reach(?:es)?|aged?|older?)(?: at least)? "
                   r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|ten|twelve|eighteen|old|age)"
                   r"(?: years?(?: old| of age)?)? $", re.IGNORECASE)
_IF = re.compile(r"^\W*(?:如果?(?![下实期上前何])|若|倘若?|要是)|\bif\b", re.IGNORECASE)
_TO_DO = ("办理?|申请|申报|申领|补[缴交办报登]|缴[清纳存]|交(?=的)|交[清纳存]|报名|登记|提交|提出|领取?|换[领证]"
          "|预约|填报|递交|购买|购置"
          "|报送")
_TO_HAVE_DONE = "报废|完成|建成|开工|安装|开票|下单|签约|复工|搬迁|拆除"  # of what a window rewards
_CAN_ACT = re.compile(rf"[^，。；]{{0,8}}(?:{_TO_DO}|未|没有?|不)")
_YOU_ACT = re.compile(
    r"\b(?:apply|register|pay|send|file|renew|return|book|submit|enroll?|sign up|hand in|buy|claim|join)\b",
    re.IGNORECASE)
_IS_OVER = re.compile(
    r"已经?(?:于|在|到|至|从|自)?\s?$|业已|曾经?(?:于|在)?|原(?:定|计划|拟|先|本|订|应|安排|预计|来(?:定|计划)?)|此前"
    r"|沿革|\b(?:earlier|former(?:ly)?|previous(?:ly)?|originally|once)\b", re.IGNORECASE)
_WAS_SO = re.compile(rf"{_TIME}(?:已(?!经?[^，。]{{0,4}}(?:延|顺延|推迟))|曾)")
_OVER_AFTER = re.compile(r"[^。；]{0,20}(?:[，,](?:现|今|目前|之后|此后|后)?(?:已经?|不再)(?:[^，。]{0,6})"
                         r"(?:恢复|取消|结束|停止|失效|关闭|到期|保留))")
_FIGURES = re.compile(r"更新(?:时间|日期)?(?:[至到于：:]|$)|据[^，。]{0,6}统计|统计(?:[^，。]{0,4}显示|口径|数据|期"
                      r"|时[间段]|范围|区间)|口径"
                      r"|\b(?:figures|statistics|data|averages?d?)\b", re.IGNORECASE)
_COUNTED = re.compile(rf"{_TIME}[^。；]{{0,12}}"
                      r"(?:累计|合计|(?<!公)共(?![同享用]|\d+[天日])|总[计数共]|已[^，。]{0,8}\d|达到?\d[\d.]*(?![\d.])[%万亿元人家]?(?!%|及?以上|的))"
                      r"|(?![^.;|]{0,40}\bwill have)[^.;|]{0,40}\b(?:had|have|has) \w+(?:ed|ven|en|ne|id|ilt)\b",
                      re.IGNORECASE)
_BY_THEN = re.compile(  # what was so of people and things by a day
    rf"{_TIME}[^，。；]{{0,6}}(?:出生|参加|参保|取得|获得|签订|签署|成立|设立|注册|建成|建设|建造|竣工|开工|盖|入职|退休|失业"
    r"|离职|生育|结婚|工作|毕业|入学|购买|买|缴纳|交纳|发生|生产|出厂|上市|批准|审批|核发|颁发|发放|立案|受理)[^，。；]{0,16}"
    r"(?:的|者|工伤)"
    r"|登记在[^，。；]{0,8}名下|(?:之|以)?前?的(?!申请|申报|办理|优惠)")
# What was left undone by then, and an age reached by it: of them the text speaks, whatever may still be done.
_OF_THEN = re.compile(r"(?:年满|满\d|未[^，。；]{0,20}的[，,]已|[^，。；]{0,6}(?:应[缴办报交]未|欠[缴费交]|拖欠|遗留))")
_WHO_ACT = re.compile(rf"[^，。；]{{0,6}}(?:{_TO_DO}|{_TO_HAVE_DONE})[^，。；]{{0,8}}的[，,][^。；]{{0,12}}"
                      r"(?:免|减|可|享|不收|报销|退|优惠|补[贴助]?|给予|奖|返|按[^，。]{0,8}折)")
# What is asked or granted: a text that still asks for it after the day misleads, however late it came into force.
_ASKS = re.compile(
    r"请(?![^，。]{0,4}示)|务必|逾期|(?:应当?|须|需|可以?)(?:在|于)|[免减缓][收征缴交半]|给予|优惠|延长|暂停|期限|活动"
    r"|\b(?:please|must|may|can|apply|register|valid|free|waived)\b", re.IGNORECASE)
_DONE_THEN = re.compile(
    r"了|累计|共[计有收\d]|已(?!经?[^，。]{0,4}(?:延|顺延|推迟))|曾|增长|同比|达到?\d|以来|施行|成立|[取获参加购登签授][^，。]{0,8}的|前[^，。；]{0,10}的|出生"
    r"|\b(?:was|were|had|did|\w+ed)\b", re.IGNORECASE)
_PLAN = re.compile("时间(?:安排|表)|安排|日程|[第首]?[一二三四1-4末][轮批]|招生|报名")
_AMOUNT = re.compile(
    r"度?[^，。；]{0,16}?(?:标准|缴费|限额|基数|保费|每[人份户张月次]|票价|收费|档)[^。；]{0,16}?\d[\d,.]*\s?(?:元|万元|%)|为每[^，。；]{0,6}\d+元"
    r"|度?[^，。；起前后届版以]{0,16}?(?:免征|免收|减免|减按|暂不|暂免|评价工作|评审|招生|招聘|申报|消费券)")
_OF_PEOPLE = re.compile(r"[^，。；、,;|]{0,24}的[，,；;。|]|[^，。；、,;|]{0,8}者|[^。；|]{0,60}的[，,]")
_DONE_BY = re.compile(r"\b(?!received|submitted|postmarked|accepted|returned|filed|waived)"
                      r"\w+(?:ed|ilt|ught|orn|aid)\s$", re.IGNORECASE)
_TO_BE = re.compile(r"\b(?:be|is|are)\s\w+\s$", re.IGNORECASE)
_BEFORE = re.compile(r"(?:on or )?(?:before|by|prior to)\b", re.IGNORECASE)


def _caption(above: str) -> str:
    """The short line over the table whose row follows."""
    line = next((line for line in reversed(above.splitlines()) if line and not line.startswith("|")), "")
    return line if len(line) < _CAPTION else ""


@dataclass(frozen=True, slots=True)
class Place:
    """The line that a date stands in, what of it stands around the date, and what names the date above it."""

    line: str
    before: str
    quote: str
    after: str
    named: str
    caption: str = ""

    @classmethod
    def of(cls, fact: Fact, source: str) -> Place:
        start, end = source.rfind("\n", 0, fact.start) + 1, source.find("\n", fact.end)
        end = end if end >= 0 else len(source)
        return cls(source[start:end], source[start:fact.start], source[fact.start:fact.end],
                   source[fact.end:min(end, fact.end + _AFTER)], fact.attribute,
                   _caption(source[:start]) if source[start:start + 1] == "|" else "")

    @property
    def near(self) -> str:
        """The clause up to the date."""
        return _CLAUSE.split(self.before)[-1]

    @property
    def told(self) -> str:
        """The sentence up to the date."""
        return _SENTENCE.split(self.before)[-1]

    @property
    def rest(self) -> str:
        """The sentence behind the date."""
        return _SENTENCE.split(self.after, maxsplit=1)[0]

    def is_in_plan(self, conditions: tuple[str, ...]) -> bool:
        """Whether the date stands in a list of what is done when."""
        return any(_PLAN.search(text) for text in conditions) or _PLAN.search(self.told + self.rest[:8]) is not None

    @property
    def is_amount_of_year(self) -> bool:
        """Whether what follows a year is what is paid, waived or applied for in it: 2026年度每人400元."""
        is_said = _AMOUNT.match(self.rest.lstrip("：: ")) and not _DONE_THEN.search(self.rest)
        return bool(is_said and not self.line.startswith("#"))

    @property
    def clause(self) -> str:
        """What follows the date in its own clause; the whole sentence in English, whose clauses are not set apart."""
        return re.split("[，；]", self.rest, maxsplit=1)[0]

    @property
    def is_cell(self) -> bool:
        """Whether the date has a cell of a table, or a label, to itself."""
        is_closed = re.match(r"(?:上午|下午|晚上?)?\**\s*(?:[|。]|$)", self.after)
        return is_closed is not None and re.search(r"[|：:]\s*\**$", self.before) is not None

    @property
    def has_hour(self) -> bool:
        """Whether a day is told with its hour or part of the day, or with the day after it."""
        return _HOUR.search(self.quote + self.after[:_HOURS]) is not None

    @property
    def counts_down(self) -> bool:
        """Whether 截至 stands for 截止: what is named before it ends on the day, and nothing is counted."""
        is_named = self.told.removesuffix("截至").strip("， ")
        if _WINDOW.search(is_named):
            return True
        return bool(is_named and re.match(rf"{_TIME}(?:止|$|，逾期|，过期|，请|，欲)", self.rest))

    @property
    def ends(self) -> bool:
        """Whether something is said to end on the day."""
        label = re.split(r"[：:]", self.told.rstrip("：: "))[-1] if re.search(r"[：:]\s*$", self.before) else ""
        near = _NAMES.sub("", self.near)
        return bool(_SIGN_BEFORE.search(near) or _SIGN_AFTER.match(self.after) or _SIGN_BEFORE.search(label)
                    or _NAMES_END.search(label) or (self.is_cell and _NAMES_END.search(self.named)))

    @property
    def asks(self) -> bool:
        """Whether the sentence asks for something or grants it, and does not tell of what was done."""
        sentence = self.told + self.quote + self.rest
        return bool(_ASKS.search(sentence)) and not _DONE_THEN.search(sentence)

    def misleads_nobody(self, *, is_to_come: bool = False) -> bool:
        """Whether the sentence speaks of the day in the name of a document, in an example, as over, or for figures,
        where it does not announce it (``is_to_come``)."""
        if self.before.rfind("《") > self.before.rfind("》") or _EXAMPLE.search(self.told) or _SAMPLE.search(self.rest):
            return True
        if _IF.search(self.near) and not (_CAN_ACT.match(self.rest) or _YOU_ACT.search(self.near)):
            return True
        is_moved = self.quote.startswith(("延", "顺延", "推迟"))  # 已延长至: what holds until then
        if (_IS_OVER.search(self.near) and not is_moved) or _WAS_SO.match(self.rest) or _OVER_AFTER.match(self.rest):
            return True
        return bool(_FIGURES.search(self.told) or (_COUNTED.match(self.rest) and not is_to_come))

    def is_of_people(self, *, is_ahead: bool) -> bool:
        """Whether a limit tells people apart by what they did, or things by what they were, before or until it.

        What they could still do when it was written (``is_ahead``) is a window: 某日前补缴的，免收.
        """
        if _BEFORE.match(self.quote) and _DONE_BY.search(self.near) and not _TO_BE.search(self.near):
            return True
        if _OF_THEN.match(self.rest) or _AGED.search(self.near):
            return True
        if is_ahead and re.match("，(?!已|曾|在)", self.rest):
            return False  # 某日前，…的，可以申请: a window for whom it concerns
        if is_ahead and _WHO_ACT.match(self.rest):
            return False
        if re.search(r"\bin (?:place|use|effect|service)\s$", self.near):
            return True
        return bool(_BY_THEN.match(self.rest) or _OF_PEOPLE.match(self.rest))

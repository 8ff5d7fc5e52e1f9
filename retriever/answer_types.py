"""Answer types: what kind of thing a question wants, and whether a text gives such a thing."""

from __future__ import annotations

import re

from retriever.analysis import normalise
from retriever.numerals import numbers

# (name, how a question asks for it, what a text that gives it looks like); all on normalised text. A run of digits is
# looked at once, from its beginning: from every digit on, a long run would take quadratic time.
WANTS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (name, re.compile("|".join(ask)), re.compile("|".join(look))) for name, ask, look in (
        ("amount",
         ("多少钱|费用|收费|价格|几块|多少元|要钱|花钱|免费|什么价|补贴多少|能提多少|额度|票价|车费|学费|工本费|押金|"
          "(?:交|缴|提|贷|补|给|发|领|罚|付|拿|退|(?<![招吸])收|扣|赔|花|每月|每年|一年|标准是?|税率是?|费率是?|比例是?)"
          "多少(?!天|户|岁|人|次|个|年|日|家|分|时)"
           "|多少(?:补助|补贴|奖励|资金|金额|费|税)|最高.{0,9}多少(?!人|天|个|年|家)",
          r"how much|\bcost|\bfees?\b|\bprice|\bcharge|\bfree\b|\brate"),
         (r"(?<!\d)(?<!\d[,.])\d[\d,.]*\s*(?:元|万元|块|%)|免费|不收",
          r"[¥$£€]\s{0,9}\d|\d\s{0,9}yuan|free of charge|no fee|no charge")),
        ("duration",
         ("多久|几(?:天|个月|个工作日|年(?!级|来)|周(?!岁|年)|个?小时|分钟)|多长时间|什么时候|啥时候|何时|期限|几点|几号|时间|哪天|截止",
          r"how long|\bwhen\b|how soon|deadline|opening|hours"),
         (r"(?<!\d)\d+\s*(?:个)?(?:工作日|日|天|个月|月|年|小时|分钟|周(?!岁))",
          "(?<![一二三四五六七八九十])[一二三四五六七八九十]+(?:个)?(?:工作日|日|天|个月|年|小时)",
          r"\d{1,2}:\d{2}|\b(?:days?|weeks?|months?|years?|hours?|minutes?)\b|\d ?[ap]\.?m")),
        ("date", ("什么时候|啥时候|何时|哪天|哪年|几月|几号|日期|截止", r"\bwhen\b|what date|what day|deadline"),
         (r"(?<!\d)\d{1,2}月(?:\d|底|初)|(?<!\d)\d{4}年|即日起|之日起",
          r"\b(?:january|february|march|april|june|july|august|september|october|november|december)\b|\bmay \d"
          r"|\b(?:19|20)\d\d\b")),
        ("count", ("多少(?:人|个|家|名|次|户|位|种|所|张|份|本|件|项|年|天|日|岁)"
                   "|几(?:个(?!月|工作日|小时)|家|名|次|位|种|人|周?岁|项|级)|多大|年龄",
                   r"how many|how old|number of|\bage\b"),
         (r"(?<!\d)(?<!\d[,.])\d[\d,.]*\s*(?:余|多)?(?:万|亿)?(?:人|个|家|名|次|户|位|种|所|张|份|本|件|项|年|天|日|周?岁)",
          "(?<![一二三四五六七八九十两])[一二三四五六七八九十两]+(?:人|个|家|名|次|户|位|种|所|张|份|本|件|项|周岁)",
          r"(?<!\d)(?<!\d,)\d[\d,]* [a-z]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve) [a-z]")),
        ("phone", ("电话|号码|打给|打哪|热线|联系(?!不上)|邮箱",
                   r"\bphone|telephone|\bcall\b|number to|contact|e-?mail"),
         (r"\d{3,4}-\d{6,8}|\b1\d{4}\b|\b12345\b|热线|(?<!\d)(?:\d{7,8}|1\d{10}|9[56]\d{3,4})(?!\d)|@",)),
        ("place", ("哪里|在哪|哪儿|哪个地方|地址|去哪|什么地方|上哪", r"\bwhere\b|address|which office"),
         (r"路\d|街\d|\d号|大厅|窗口|中心|网站|网址|官网|\bapp\b|小程序",
          "office|cent(?:re|er)|counter|online|website|street|road")),
        ("papers",
         ("材料|证件|带什么|带啥|带哪些|手续|需要什么|要什么|准备什么",
          "what (?:do i|documents|papers)|bring|documents|paperwork"),
         ("材料|证件|身份证|证明|复印件|原件|申请表|照片|户口簿",
          "passport|certificate|copy|form|photo|proof|id card")),
        ("whether",
         ("能不能|可以吗|可不可以|能否|行不行|行吗|能.{0,12}吗|可以.{0,12}吗|算不算|要不要|是不是",
          r"\bcan i\b|\bmay i\b|am i|do i (?:have|need)|is it"),
         ("可以|不得|不能|不予|仅限|除外|无需|不用|应当|必须|不算|按.{1,8}处理",
          r"must|may\b|only|cannot|can\b|do not|need")),
        ("body", ("[哪什][个些么](?:部门|单位|机关|机构)|哪家|哪级|谁负责|归谁|主管|牵头|找谁",
                  r"which (?:agency|department|office|court)|who (?:is responsible|runs|handles|decides|issues)"),
         ("局|委员会|委(?![托任屈派])|厅|部门|法院|机关|政府|公安|单位|机构|银行|协会",
          r"department|agency|\boffice\b|\bcourt\b|bureau|authority|council|ministry|commission")),
        ("list", ("哪些|有什么|有啥|包括|包含|哪几|分别",
                  r"\bwhat are\b|\bwhich\b|list of|what (?:kind|type)|include"),
         ("、[^、。;]{1,40}、|等(?![待候级于额同])|包括|一是|(?<![及\\d岁元年])以下|下列|;[^;]{2,80};",
          r", [a-z][^,.;]{1,60}, |\binclud|following|\bsuch as\b")),
        ("meaning", ("什么是|是什么|什么意思|啥意思|定义|界定|指什么|是指|何谓|什么叫",
                     r"what (?:is|are|does)\b|\bmeans?\b|define"),
         ("是指|指的是|所称|称为|就是|即(?![时日可使将刻])|是为",
          r"\bmeans\b|refers? to|\bis (?:an?|the)\b|\bare (?:an?|the)\b|called")),
        ("reason", ("为什么|为何|为啥|原因|目的|凭什么|依据|意义", r"\bwhy\b|reason|purpose"),
         ("因为|由于|因此|所以|为了|旨在|以便|目的|鉴于|根据",
          r"\bbecause\b|\bdue to\b|\bsince\b|in order to|so that|\breason|\bto (?:help|make|protect|ensure)\b")),
        ("consequence", ("后果|处罚|罚|责任|会怎|怎么处理|赔偿|违法|犯法",
                         r"penalt|\bfined?\b|what happens|consequence|liable"),
         ("罚款|责任|处[一二三四五六七八九十以]|处\\d|撤销|吊销|没收|赔偿|拘留|不予|警告|追究|无效|取消",
          r"penalt|\bfined?\b|liable|lose|denied|revoke|suspend|cancel")),
        ("who", (r"谁|哪些人|什么人|条件|资格|符合|\bwho\b|eligible|qualify|entitled",),
         ("条件|符合|年满|周岁|户籍|具有|连续|eligible|must|aged|resident|if you",)),
        ("how", (r"怎么|怎样|咋|如何|流程|步骤|办理|申请|\bhow (?:do|can|to)\b|apply|procedure|steps",),
         ("申请|提交|登录|选择|填写|预约|受理|领取|办理|apply|submit|register|fill|book|log in",)),
    )
)


FACTS = frozenset({"amount", "duration", "date", "count", "phone", "place"})  # kinds whose answer is one short fact


def wanted(question: str) -> frozenset[str]:
    """The kinds of thing that a question, or a heading worded as one, asks for."""
    text = normalise(question)
    return frozenset(name for name, ask, _ in WANTS if ask.search(text))


_MONEY = re.compile("元|价|费|yuan|fare|fee|price|cost")


def facts_of(text: str, *, under: str = "") -> list[str]:
    """What a unit of text gives: the kinds of :data:`WANTS`, its figures as ``#20``, how it ends.

    ``under`` are a table row's heading and header: there the unit of its figures stands.
    """
    text = normalise(text).rstrip()
    found = [name for name, _, look in WANTS if look.search(text)]
    figures = sorted(numbers(text))
    if figures and under and "amount" not in found and _MONEY.search(normalise(under)):
        found.append("amount")
    if figures:
        found.append("figure")
    if text.endswith(":"):
        found.append("opens")
    if "?" in text[-3:]:
        found.append("asks")
    return found + [f"#{figure}" for figure in figures]

"""Aspects: what a question asks of a matter without naming it ("要带什么材料", "how long does it take"), zh and en.

The lists hold how callers word fee, time, papers, place, contact, way, opening hours and conditions. They are words of
the language, not of a city. All work on normalised text (see language/analysis.py).
"""

from __future__ import annotations

import re

from retriever.question.budget import Size, size_of

_LONGEST: Size = (40, 90)  # what is longer says what it is about
_FEW: Size = (12, 45)  # of a remark; one that is longer tells a story of its own

# Repeated groups are possessive or bounded: a run of 要 must not be tried in every way that it may be cut.
_NEED = "(?:[要得需都还]|大概|一般|应该){0,4}+"
_MAY = "(?:能不能|可不可以|可以|能|可)?"
_OR_NOT = "(?:吗|不|么|没|吧)?"
_WEEKEND = "(?:周末|周六|周日|星期六|星期天|礼拜六|礼拜天|礼拜日|节假日|中午|晚上)"
_ZH = re.compile("|".join((
    # who may
    "(?:要|需要|有|都|得|符合|够)?(?:什么|啥|哪些)(?:条件|要求|资格)|条件(?:是)?(?:什么|啥)?",
    "谁(?:能|可以|有资格)(?:申请|办|领)?",
    # fee
    f"{_NEED}(?:收|交|花|付|给)?(?:多少钱|多钱|几块钱?|几个?钱|多少费用?|啥钱|什么钱)",
    f"(?:要不要|要|收不收|收|交|花)(?:钱|费){_OR_NOT}",
    f"(?:收费|费用|工本费|手续费|价格|免费|掏钱)(?:标准)?(?:是|要|得)?(?:多少|怎么算|咋算)?{_OR_NOT}|贵不贵|贵吗",
    # time
    f"{_NEED}(?:最快|最多|最晚)?(?:等个?|办|拿){{0,3}}+(?:多久|多长时间|几个?工作日|几天|几个?月|几个?小时|多少天|多少时间|什么时候"
    "|啥时候|何时|哪天|几号|几点)",
    "(?:时限|期限|时间|有效期)(?:是)?(?:多久|多少|多长|到哪天|呢)?",
    "(?:能|可以)?(?:办好|办完|办下来|下来|拿到[证卡钱本]?|[拿出下发]证|到手|出来|到账|截止)",
    # papers
    f"{_NEED}(?:带|交|准备|提供|拿|提交|用)?(?:什么|啥|些啥|哪些|些什么|哪几样|几样)(?:材料|证件|手续|东西|资料|证明|单据)?",
    "(?:材料|证件|手续|资料)(?:清单)?(?:有|要)?(?:哪些|什么|啥)?",
    # place, and whom to ask
    r"[在去到上]?(?:哪里|哪儿|哪个窗口|哪个地方|什么地方|哪边|哪)(?=$|[办交领申报拿去问取弄里的呢啊呀\W])",
    "(?:地址|地点|位置|窗口)(?:在哪里?儿?|是哪里?)?",
    "(?:找|问|打给)(?:谁|哪个|哪家)|谁(?:负责|管|来办|审批?|给办)|归谁管",
    "(?:哪个|什么|哪家|归哪个)(?:部门|单位|机构)(?:负责|管|办)?",
    "(?:联系)?电话(?:号码)?(?:是)?(?:多少|几号)?|(?:哪|什么)电话",
    # how, by which way, and who goes
    "(?:具体)?(?:怎么|咋个?|怎样|如何|怎么个)(?:申请|办理?|弄|领|走|报名?|交|操作|搞|查|预约)?[法样]?",
    "(?:流程|步骤|手续|程序)(?:是)?(?:怎样|怎么走|什么)?",
    f"{_MAY}在?(?:网上|线上|手机上?|微信上?|网络){_MAY}也?能?(?:办理?|申请|弄|交|查|预约|报|搞)?{_OR_NOT}",
    f"{_MAY}(?:代办|代领|代理|帮(?:他|她|忙)?(?:代)?办|别人(?:代)?办|邮寄|寄){_OR_NOT}",
    f"(?:要不要|要|需要|必须|得|一定要)?(?:本人|亲自|自己)(?:去|到场|来|办)?{_OR_NOT}",
    f"(?:要不要|要|需要|得)?(?:提前)?预约{_OR_NOT}",
    # opening hours
    f"{_WEEKEND}?(?:上不上班|上班|开门|开不开门|办公){_OR_NOT}|{_WEEKEND}(?:能|可以)?(?:办|去|开|有人){_OR_NOT}",
)))
_ZH_FILLER = re.compile(
    "那么|那|嗯+|哦+|噢|好的?|行|请问|然后|还有|另外|再问一?个?下?|顺便|问一?下|我想|您|你们|我们|我|咱|这个|那个|它|这|的话"
    "|一共|总共|大概|一般|到底|具体|一下|可以|需要|要|能|去|办理|办|交|领|拿|取|等|申请|得|会|是|有|的|了|呢|吗|嘛|么|啊|呀|吧"
    r"|不|没|给|多|都|就|还|也|又|个|谢谢|\W+")
_ZH_ASKS = re.compile("多[少久长钱]|几|什么|啥|哪|谁|怎|咋|如何|何时")
_ZH_POLITE = re.compile(
    "请问一?下?|麻烦问?一?下?|你好|您好|那个?我?想问一?下?啊?|我?想问一?下?|问一?下|我想知道|咨询一?下")
_ZH_ENDS = re.compile(
    "(?:怎么办|咋办|怎么弄|咋弄|咋整|怎么搞|行不行|行吗|行不|成不|可以吗|可以不|能不能|吗|呢|啊|吧|不|没|的)++$")

_I = "(?:i|we|you|one)"
_IT = "(?:it|that|this)"
_IT_OR_YOU = "(?:it|you|they|that|the office)"
_DO = "(?:do|can|should|would|could|will)"
_EN = re.compile("|".join((
    rf"how much(?: is {_IT}| does {_IT} cost| do i pay| would {_IT} (?:be|cost)| will {_IT} cost)?",
    rf"what(?:'s| is| are|s| does)? (?:{_IT} )?(?:the )?(?:cost|fees?|price|charge|deadline|(?:phone )?number|address"
    rf"|(?:opening )?hours|limit|rate|amount)(?: me| us)?(?: for {_IT})?",
    rf"how (?:long|soon|fast|many days|many weeks)(?: (?:does|will) {_IT} (?:take|last)| is the wait| do i have"
    rf"| do {_I} (?:have to )?wait| till {_I} (?:hear|get it))?",
    rf"when {_DO} {_I} (?:get {_IT}|hear(?: back)?|apply|pick it up|know)|when is it (?:due|ready)|by when",
    rf"what (?:papers?|documents?|paperwork|forms?|proof|id)(?: {_DO} {_I} (?:need|bring|have to bring|take))?"
    r"(?: to bring)?",
    rf"what (?:{_DO}|must) {_I} (?:need(?: to (?:bring|take))?|bring|take|have to bring)(?: with (?:me|us))?",
    rf"where {_DO} {_I} (?:go|do {_IT}|apply|get it|send it|call|pay)|where(?: is (?:{_IT}|the office))?(?= |$)",
    rf"who {_DO} {_I} (?:call|ask|contact|talk to|see|write to)|who(?: is|'s) (?:responsible|in charge)",
    rf"how {_DO} {_I} (?:apply|do {_IT}|go about {_IT}|sign up|register|get (?:{_IT}|one)|start)",
    rf"{_DO} {_I} (?:need|have to make) an appointment",
    rf"{_DO} {_I} (?:do {_IT}|apply|pay) (?:online|by (?:post|mail|phone))",
    rf"is (?:{_IT}|there) (?:free|a fee|a charge|any charge|a deadline|a limit)",
    rf"{_DO} {_I} (?:have to )?pay(?: for {_IT})?",
    rf"does {_IT} cost (?:anything|money|something)|(?:am i|are we) eligible|{_DO} {_I} qualify",
    rf"who (?:can apply|is eligible|qualifies|can get {_IT})",
    rf"{_DO} (?:someone|somebody) else (?:do|go)(?: it)?(?: for me)?",
    rf"{_DO} {_I} have to (?:come|go|be there)(?: in person| myself| ourselves)?",
)))
# Bare names of aspects, which are one where nothing else is said: "opening hours?", "and the fee".
_EN_NAMED = re.compile(
    r"\b(?:(?:opening|closing|business|office) (?:hours|times?)|hours|fees?|costs?|prices?|charges?|address|location"
    r"|deadlines?|documents|papers|paperwork|requirements|(?:phone|telephone) number|phone|number|processing time"
    rf"|(?:when|what (?:time|days?))(?: {_DO}| are| is| does)? {_IT_OR_YOU} (?:open|close|shut)(?: till| until| at)?"
    rf"|(?:are|is) {_IT_OR_YOU} (?:open|closed|shut)(?: on| at| over)?(?: the)?(?: (?:week)?ends?| weekends?"
    r"| (?:mon|tues|wednes|thurs|fri|satur|sun)days?| holidays| now| today| tomorrow)?)(?=$|[\s?!.,])")
_EN_FILLER = re.compile(
    r"\b(?:and|ok|okay|so|well|then|also|please|thanks|thank|you|it|that|this|to|do|does|i|we|is|are|the|a|an|there|for|of"
    r"|yes|no|right|alright|got|great|good|exactly|about|now|in|total|all|usually|normally|just|with|me|us|how|what|one|be"
    r"|will|need|hi|um|uh|er|oh)\b|\W+")
_EN_ASKING = re.compile(
    r"^(?:\W|hi|hello|so|ok|okay|well|and|please|thanks|um|hey)*(?:i (?:want|need|would like|'d like) to know\W*)?(?:"
    rf"how (?:much|long|soon|many)(?: (?:is|does|do|did|will|would|are)(?: it| {_I})?)?(?: (?:cost|take|pay))?"
    r"(?: (?:to|for))?"
    rf"|how (?:{_DO}|does) (?:{_I}|they)(?: go about)?"
    rf"|(?:what|which) (?:documents|papers?|paperwork|forms?) {_DO} {_I} need(?: (?:to|for))?"
    r"|what(?:'s| is| are|s) the (?:cost|fees?|price|charge|deadline|rules?) (?:of|for|to|on)"
    rf"|what {_DO} {_I} (?:need|do|bring)(?: (?:to|for|when|if|about))?|(?:where|when) {_DO} {_I}|when is"
    rf"|who {_DO} {_I} (?:call|ask|contact)(?: (?:about|for|to))?|(?:can|could|may|do|should|must|am|will) i)\b\s*")

_ASKS = re.compile(
    r"[?吗嘛么呢不没]\W*$|多[少久长大高远]|几|[哪啥谁什]|怎|咋|如何|何时|能不能|是不是|可不可以|有没有|要不要|会不会|是否|\?"
    r"|\b(?:what|when|where|who|whom|which|why|how|can|could|may|do|does|did|is|are|am|will|would|should|must|have|has)\b")
_SAYS = re.compile(
    "[我你他她咱俩人了过的是有在没不想要来去]"
    r"|\b(?:i|we|he|she|they|it|my|our|his|her|you|there|not|no|never|already|only|just)\b|'(?:s|m|re|ve|ll)\b|ed\b")


# That another person stands in the way of what is asked about: 房东不肯签字咋办, my landlord won't sign.
_HINDERED = re.compile(
    r"(?:房东|房主|中介|物业|邻居|业主|单位|公司|老板|工厂|厂里|学校|老师|医院|银行|商家|店家|对方|人家|前夫|前妻|老公|老婆|丈夫"
    r"|妻子|父母|爸|妈|儿子|女儿|孩子|兄弟|姐妹|亲戚|配偶|保险公司|开发商|窗口|村里|社区|居委会|[他她])[^,。;]{0,6}"
    "(?:不肯|不愿|不配合|不同意|不答应|不给|不让|不签|不认|不理|不来|不出|不开|不盖|拒绝|推脱|联系不上|找不到人|跑了)"
    r"|\b(?:landlord|landlady|owner|agent|neighbou?rs?|boss|employer|company|school|teacher|hospital|bank|shop|seller"
    r"|husband|wife|ex|parents?|father|mother|son|daughter|brother|sister|office|clerk|he|she|they)\b[^,.;]{0,12}"
    r"\b(?:won't|will not|wouldn't|would not|refuse[sd]?|(?:do|does|is|are)(?: not|n't) (?:want|agree|willing|sign"
    r"|cooperate)|unwilling|says? no|ran away)\b")


def is_hindrance(text: str) -> bool:
    """Whether a few words tell, or ask about, somebody who stands in the way of what was asked before."""
    return size_of(text, _LONGEST) <= 1 and _HINDERED.search(text) is not None


def is_aspect(text: str) -> bool:
    """Whether a text names an aspect and no matter that it is an aspect of."""
    ways, filler = ((_EN, _EN_NAMED), _EN_FILLER) if text.isascii() else ((_ZH,), _ZH_FILLER)
    return size_of(text, _LONGEST) <= 1 and any(
        aspects.search(text) and not filler.sub("", aspects.sub(" ", text)).strip() for aspects in ways)


def is_remark(text: str) -> bool:
    """Whether a few words say something and ask nothing, as in "家里已经有两个娃了" or "i only rent here".

    The name of a thing alone says nothing.
    """
    return size_of(text, _FEW) <= 1 and not _ASKS.search(text) and _SAYS.search(text) is not None


def stands_alone(text: str) -> bool:
    """Whether a text asks something and says enough of what it asks about."""
    if text.isascii():
        return bool(_EN_ASKING.match(text)) and len(_EN_FILLER.sub(" ", _EN.sub(" ", text)).split()) >= 3
    return len(_ZH_FILLER.sub("", _ZH.sub("", text))) >= 5 and bool(_ZH.search(text) or _ZH_ENDS.search(text))


def opens_with_asking(text: str) -> bool:
    """Whether an English text begins as a question does."""
    return _EN_ASKING.match(text) is not None


def names_aspect(word: str) -> bool:
    """Whether a Chinese word is an aspect's name and no matter's, as 材料 is."""
    return _ZH.fullmatch(word) is not None


def plain(text: str) -> str:
    """A Chinese question without greeting, politeness and its last mark."""
    return _ZH_POLITE.sub("", text).rstrip(" ?!。,.;")


def subject(text: str) -> str:
    """What a text is about, without what it asks of it."""
    if text.isascii():
        return " ".join(re.sub(r"[?!.,]+", " ", _EN.sub(" ", _EN_ASKING.sub("", text))).split())
    asked = _ZH.sub(lambda match: " " if _ZH_ASKS.search(match[0]) else match[0], _ZH_ENDS.sub("", plain(text)))
    return " ".join(asked.split())

"""Whether a text is of its own days, news or a notice, and whether a sentence tells of what passes.

A standing rule says the same every year: its 5月10日 comes again, its 本月 is whichever month it is read in. News,
notices and sentences on a closure, a move or a trial are of one occasion, so that what they leave out is the year and
month they were written in.
"""

from __future__ import annotations

import re

_NEWS = re.compile(
    "记者|新华社|日电|据介绍|介绍，|据悉|据了解|表示，|透露|报道|通报|发布会|已经?[^，。]{0,6}[了\\d]|累计|复工|复产")
_TITLES = re.compile(  # of news and notices, which are of their own days
    "通知|公告|通告|公开信|一封信|倡议|措施|举措|意见|延长|延期|推迟|暂停|暂缓|恢复|阶段性|疫情|防控|应急|紧急|此次|本次|专项行动"
    "|出台|推出|启动|部署"
    "|确保|发放(?=[^（(])|助力|助企|加强|严防|严打|全力|多措|上线|开通|投放|返校|口罩|抗击|打赢|阻击|新增|累计|发布|关心|惠企|暖企"
    "|(?:积极|全力|精准|切实|有序|率先|首批|首个|开辟|筑牢|破解|护航|暖心|送上|揭牌|亮相|走访|慰问|多举措|加大|强化|落地)"
    "|督导|走进|奔赴|驰援|(?:活动|考试|招生|放假|值班|开放|运力|寒假|暑假|会|日|节)安排$|招聘"
    "|春运|(?:告|致)[^，。]{0,8}(?:家长|居民|业主|市民|用户|企业)[^，。]{0,4}书?$|(?:开放|营业|运营|作息)[^，。]{0,4}时间调整$"
    r"|\b(?:news|announcement|press release|advisory|service alert)\b", re.IGNORECASE)
# What is held, open, shut or told of once, by the name that a title or heading ends with.
_EVENTS = re.compile(
    r"(?:活动|义诊|讲座|展览|特展|画展|演出|演唱会|音乐会|灯会|庙会|车展|房交会|博览会|听证会|宣讲会|招聘会|开放日|比赛|联赛|大赛|[^比竞]赛|马拉松|[冬夏]令营|招募|征集"
    r"|招新|竞赛|闭馆[^，。]{0,4}|闭园|封闭施工|抢修|冲洗|消费券|惠民月|动态|新闻|快讯|简报|[周月]报|(?:工程)?进展|提醒|公示|预告|(?:交通|出行|天气|温馨|安全|停水|停电)提示"
    r"|(?:期间|假期|假日|节日|当天)[^，。：:]{0,10}(?:安排|提示|指南|须知|服务))(?:[（(][^）)]*[）)])?$"
    r"|\b(?:news|updates?|notice|closures?|road ?work|holiday hours)$", re.IGNORECASE)
_PLACES = ("北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南"
           "|四川|贵州|云南"
           "|陕西|甘肃|青海|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|石家庄|太原|呼和浩特|沈阳|大连|长春|哈尔滨|南京|苏州|无锡|杭州|宁波"
           "|温州|合肥|福州|厦门|南昌|济南|青岛|郑州|武汉|长沙|广州|深圳|佛山|东莞|珠海|南宁|海口|成都|贵阳|昆明|拉萨|西安|兰州"
           "|西宁|银川|乌鲁木齐")
# A headline opens with who did something, and is no name of a guide or rule.
_HEADLINE = re.compile(
    rf"(?:[^：:]{{2,14}}[省市区县部局厅委院会行][：:]|(?:{_PLACES})[^：:]{{0,12}}[：:]|(?:{_PLACES}).{{6}}|.*！)")
_STANDING = re.compile(
    r"(?:指南|办法|条例|规[定则程范]|细则|须知|问答|答复|手册|流程|标准|制度|准则|目录|清单|解释|批复|决定|章程|法|简介|政策|待遇|补贴"
    r"|津贴|申[请领报]|办理|登记|查询|服务|证|费|汇编|问题|热线|条件|材料|地址|电话|时间)(?:[（(][^）)]*[）)])?$")
_RULES = re.compile("(?:指南|问答|须知|规[定则程范]|办法|条例|细则|手册|流程|清单)(?:[（(][^）)]*[）)])?$")
_LAWS = re.compile("(?:法|条例|规[定则程]|办法|细则|解释|决定)(?:[（(][^）)]*[）)])?$")
_EMERGENCY = re.compile("疫情|肺炎|防控|通[知告]|公告")
_NOTED = re.compile("记者|新华社|日电|据悉|据介绍")
_REPLIES = re.compile("^您好|经核实|经了解|经调查|回复如下|列入[^，。]{0,6}计划")
_PASSES = re.compile(
    "请[于在]本月(?![^。；]{0,20}[次当]月)|装修|搬迁|迁[入至往移]|检修|抢修|因[^，。]{0,12}(?:施工|升级|切换|维护)|改造[^，。]{0,6}(?:期间|工程|暂停)|绕行|改道|工期"
    "|停[水电气运业]|临时|暂停|暂缓|暂不|阶段性|本次(?![^，。；]{0,8}的)|此次|首[批轮场期](?![^，。；]{0,4}款)"
    r"|第[一二三四五六七八九十\d]{1,3}[批轮](?=[^，。；]{0,10}(?:时间|将|定|\d))"
    r"|交通管制|封闭|闭馆|停课|展期\s?(?:[为自从：:]|\d)|临展|招聘会|义诊|专场|试运[营行]|试营业|征求意见|延长至"
    r"|\b(?:closed (?:to traffic|this|[^.;|]{0,40}while)|(?:for|due to|because of) [^.;,|]{0,20}"
    r"(?:works?|construction|renovations?|repairs?)"
    r"|road ?work|detour(?:ed)?|moving|being moved|relocating|temporarily|suspended|pilot|as a trial|trial period)\b",
    re.IGNORECASE)
_OCCASION = re.compile(
    "将|拟|正在|已|因|由于|调整|延长|推迟|恢复|举[办行]|启动|新增|优惠|免费|推出|限购|打折|半价"
    r"|\b(?:will|(?:is|are) (?:\w+ing|closed|open|expected|free)|ha(?:s|ve) (?:been|now)|because|due to|free|waived"
    r"|starting|as a trial)\b", re.IGNORECASE)
# A rule for whoever it concerns, whenever it does: 本月10日前缴纳, if you are away this month.
_RULE = re.compile(
    r"每(?![人户张套件辆车趟位名家只台亩吨度瓶份本册间处班期])|如[果遇需有]?|若|凡|上月|次月|当月|应当|应在|不得|须在|计算|计入|计发|缴纳"
    r"|\b(?:if|whenever|each|any|must|per|your|you have|you are|you were|after)\b", re.IGNORECASE)


def is_timely(line: str, title: str) -> bool:
    """Whether a text is of its own days, so that a date without a year is of the year it is from."""
    if _RULES.search(title) and not _EMERGENCY.search(title) and not is_event(title):
        return _REPLIES.search(line) is not None or _NOTED.search(line) is not None
    return bool(_NEWS.search(line) or _REPLIES.search(line) or _NEWS.search(title) or _TITLES.search(title)
                or is_event(title)
                or (_HEADLINE.match(title) and not _STANDING.search(title)))


def is_event(name: str) -> bool:
    """Whether a title or heading names what takes place, or is told of, once."""
    return _EVENTS.search(name) is not None


def is_law(title: str) -> bool:
    """Whether a text is a law or rule, which announces nothing: its 正在 and 即将 are of whoever it concerns."""
    return _LAWS.search(title) is not None


def is_reply(line: str) -> bool:
    """Whether somebody is answered on what is planned or done for them."""
    return _REPLIES.search(line) is not None


def tells_of_passing(sentence: str) -> bool:
    """Whether a sentence tells of what is so for a while: a closure, a move, works, a trial, one event."""
    return _PASSES.search(sentence) is not None


def is_of_occasion(sentence: str) -> bool:
    """Whether a sentence tells of what somebody does now or soon, and lays down no rule."""
    return tells_of_passing(sentence) or (_OCCASION.search(sentence) is not None and _RULE.search(sentence) is None)


def is_rule(sentence: str) -> bool:
    """Whether a sentence lays down what holds whenever the case arises."""
    return _RULE.search(sentence) is not None

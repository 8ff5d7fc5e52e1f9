"""Whether a sentence speaks of a day or month as of what is still to come: 将于…启用, 3月3日开课, opens in May 2026.

What starts and goes on (自3月3日起施行) and what took place is no such thing.
"""

from __future__ import annotations

import re

from kb.markup.facts.ending import Place
from kb.markup.facts.timely import is_reply
from kb.markup.facts.years import starts_once

_ANNOUNCED = re.compile(r"(?:(?<!可)(?<!可以)(?<!应)(?<!须)将(?:于|在|从|自)?|定[于在]"
                        r"|(?:拟|预计|计划|力争|争取|有望|确保)(?:于|在|从|自|到|至|[为是])?)\s?$"
                        r"|\b(?:will|is to|are to|expected|scheduled|planned|should)\b"
                        r"(?:[^.;|]|\.\d){0,40}$", re.IGNORECASE)
_WILL_THEN = re.compile(
    r"[^。；]{0,24}?(?<![即必])将(?![来近军被]|[^，。]{0,6}的)[^，。；]{0,10}?(?:启用|开通|上线|投入|迁|搬|关闭|停|取消|不再"
    r"|封闭|改造|恢复|开放|开业|施工|更换)"
    r"|,[^.;|]{0,40}\b(?:will|\w+'ll) (?:open|close|move|launch|stop|reopen|rise|increase|go (?:up|down)"
    r"|take effect|be (?:closed|moved|replaced|available))\b",
    re.IGNORECASE)
_WILL = re.compile(r"\s?[，,]?(?:将(?![^，。]{0,4}(?:满|届))|拟|计划|力争|争取|确保|预计)")
_PLANNED = re.compile("份?[底上中下]?旬?(?:\\s?[、，。；）|]|公布|发放|拨付|开始|启动|进行|$)")
_FREE_IN = re.compile("(?:、\\d{1,2}月)?[^，。；]{0,8}(?:全免|减半|[免减缓][收征缴交])")
_OF_MONTH = re.compile("[免减缓][收征缴交半]?[^，。]{0,4}$")
_MONTH_WILL = re.compile("份?[，,][^，。；]{0,10}(?<![即必])将(?![来近军被])")
_MOVED = re.compile("[^，。]{0,14}(?:延长|顺延|推迟|延期)")
HAPPENED = re.compile("[^，。]{0,16}(?:了|召开|印发|下发|联合)")
# What takes place on a day: 3月3日开课, opens in May, no trains on 5 April. What starts and goes on is no such thing.
_TO_COME = re.compile(
    r"\b(?:closes?|ends?|moves|takes place|takes effect|(?:fees|fares|rates|prices|taxes) (?:rise|increase|go up)"
    r"|(?:round|pickup|collection|classes|courses|registration|enroll?ment|applications?|season) (?:opens?|starts?"
    r"|begins?))\b"
    r"(?:[^.;|]|\.\d){0,24}\b(?:on|in|the week of)\s(?:\w+day,?\s)?$"
    r"|\b(?:go(?:es)? on sale (?:on )?|takes? effect |check back in )$", re.IGNORECASE)
_HELD = re.compile(
    r"\s?(?:[（(][^）)]{1,8}[）)])?(?:[上下]午|晚)?(?:\d{1,2}[:：时点]\d{0,2}分?)?[^，。；]{0,12}?"
    "(?:上演|开营|开市|开幕|开课|开班|开讲|开演|开赛|开抢|报到|开考|笔试|面试|摇号|停止服务|停止使用|停用|下线|正式(?:营业|开业|启用))")
_HELD_ON = re.compile("(?:笔试|面试|体检|考试|报到|开幕|开课|开班|摇号|抽签|竞价|拍卖|投票|放榜|开标|听证)(?:时间"
                      "|日期)?[为：:于在]{0,2}$|(?:报名|预约|登记|领取|发放|采集|核验|培训|放假|值班)(?:时间|日期)[为是：:]{1,2}$")
_WHEN = re.compile("(?:恢复|开放|开通|启用|完工|竣工|通车|开学|复工|复课|停靠)"
                   "[^，。；]{0,4}(?:时间|日期)[为是：:]{1,2}$")
_ON = re.compile(r"\bon (?:\w+day, )?(?:\d{1,2} (?:and|or) )?$", re.IGNORECASE)
_SHOWN = re.compile(
    r"\bno (?:trains|bus(?:es)?|service|collection|school|pickup)|\b(?:free|clinic|screening|fair|market|festival"
    r"|workshop"
    r"|hearing|election|concert|sale|parade|(?:is|are) closed|fireworks|drive)\b", re.IGNORECASE)
_PAST = re.compile(
    r"\b(?:was|were|had|did|served|lived|issued|born|built|bought|filed|hired|updated|adopted|passed|signed|if"
    r"|effective|in force|rates?|amounts?|value)\b|[^，。]了[，。]|已[于在经]|如[果遇]?", re.IGNORECASE)

# What follows a day, or names it, where nothing is to come on it: it draws a line, or dates a paper.
_LINE_AFTER = re.compile(
    r"[^，。；]{0,40}?(?:施行|执行|实施|生效|印发|发布|公布|成立|颁布|通过(?!率)|修[订正改]|批准|出生)"
    r"|[^，。；]{0,16}?(?:起|开始|以来|签|为准|为界|基准|时点|在册|计算|后|前|的|满|余额|汇率|价格)", re.IGNORECASE)
_LINE_NAMES = re.compile(
    r"施行|执行|实施|生效|起始|起算|发布|公布|颁布|更新|成立|调整|修[订正]|签[订发署]|成文|印发|版本|出生|日期[：:]"
    r"|\b(?:effective|since|from|after|as of|dated|adopted|approved|passed|enacted|in (?:force|effect)"
    r"|updated|revised|posted|published|version|amended|born|issued|start date|started|starting"
    r"|beginning|began)\b", re.IGNORECASE)
_MONTHS = re.compile(r"份?[、和]\d{1,2}月")  # of which something is counted
_DATELINE = re.compile(r"[）)。.*\s]*(?:$|[-–—:：]\s?)")
_PAST_ENGLISH = re.compile(r"\b(?:was|were|had|did|if|who|came|went|got|took|made|gave|began"
                           r"|left|met|paid|sent|won|found|held|became|rose|fell|ran|saw|built|bought|\w{3,}ed)\b",
                           re.IGNORECASE)


def is_written_ahead(first: str, place: Place) -> bool:
    """Whether a day that was yet to come is told with what takes place on it, so that it can only be past by now."""
    if len(first) == len("2026-04") and place.before.endswith(("（", "(")):
        return False  # of what stands before the bracket: （2026年4月新开）
    if _MONTHS.match(place.rest):
        return False
    if not place.told and _DATELINE.match(place.after):
        return False  # the day of the paper, alone or before its news
    if _LINE_NAMES.search(place.near[-24:]) or HAPPENED.match(place.after) or place.after.startswith(("》", "〕", "]")):
        return False
    if place.is_cell:
        return bool(place.named) and _LINE_NAMES.search(place.named) is None
    if _PAST.search(place.told + place.rest) or _PAST_ENGLISH.search(place.told + place.rest):
        return False
    return not _LINE_AFTER.match(place.rest)


def is_announced(first: str, place: Place, *, is_start: bool) -> bool:
    """Whether what stands before a date, or behind a year or a start, says that something will be so from then on."""
    if _ANNOUNCED.search(place.before) or (len(first) == 4 and _WILL.match(place.after)):
        return True
    return is_start and _WILL_THEN.match(place.rest) is not None


def is_to_come(first: str, place: Place, *, is_period: bool) -> bool:
    """Whether a sentence speaks of what takes place on one day, or in a month, as something that is still to come."""
    if len(first) == 4 and not is_period and starts_once(place.after) and not HAPPENED.match(place.after):
        return True
    if is_reply(place.line) and len(first) == 4 and not is_period:
        return not HAPPENED.match(place.after) and "已于" not in place.near
    if _WHEN.search(place.near) and not HAPPENED.match(place.after):
        return True
    is_day = re.fullmatch(r"(?:\d{4}|-)-\d\d-\d\d", first) is not None and not is_period
    if _PAST.search(place.told + place.quote + place.rest):
        return False
    if _TO_COME.search(place.near) and (is_day or len(first) == 7):
        return True
    if not is_day or HAPPENED.match(place.after):
        return False
    if _ON.search(place.near) and _SHOWN.search(place.told + place.rest):
        return True
    return bool(_HELD.match(place.after) or _HELD_ON.search(place.near))


def is_told_of(month: str, place: Place, title: str, *, is_named: bool) -> bool:
    """Whether news is about a month: in its title, in what it says is waived or put off, or in its plan of a year."""
    is_planned = is_named and _PLANNED.match(place.after)
    is_in_title = f"{int(month[2:])}月" in title
    return bool(is_planned or is_in_title or _FREE_IN.match(place.rest) or _OF_MONTH.search(place.near)
                or _MOVED.match(place.rest) or _MONTH_WILL.match(place.after))

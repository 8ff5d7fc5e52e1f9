"""Words that bind a rule to an epidemic: 疫情防控期间，进入大厅须出示健康码. It is over since the epidemic is.

Texts of those years name it in nearly every paragraph: what was done then, what a law lays down for any epidemic and
the titles of documents mislead nobody. Only a temporary rule that is told as in force does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from kb.markup.facts.timely import is_law

_EPIDEMIC = re.compile(
    r"(?P<zh>(?<!重大)(?<!病)(?:防疫|疫情(?:防控|应对|防治)?的?(?:特殊|关键)?)(?:期间|时期|阶段)"
    r"(?![^，。]{0,20}的[^，。]{0,4}(?:通知|公告|意见|措施))"
    r"|疫情(?:完全|彻底|防控)?(?:解除|结束)之?前"
    r"|受疫情影响[，,](?=[^。]{0,20}(?:暂停|推迟|延期|取消|关闭)))"
    r"|\b(?:due to|because of|during) (?:the )?(?:current )?(?:covid(?:-19)?|coronavirus)?"
    r"(?: ?pandemic| outbreak| emergency|(?<=19)|(?<=covid)|(?<=virus))\b",
    re.IGNORECASE)
# When they were declared over: COVID-19 in China and in the United States.
_ENDS = {True: date(2023, 1, 8), False: date(2023, 5, 11)}
_RULED = re.compile(  # of whoever reads it
    "实行|暂[停缓不]|推迟|延[期长]|取消|关闭|[须需请应]|不得|不予|禁止|[免减缓][收征缴交]|出示|预约|改为|调整|错峰|网上|线上|可以?|凭|无需|不影响|不受|视同|视为|顺延|逾期")
_TOLD_OF = re.compile("累计|曾|以来|[^，。为]了[^解]|同比|增长|已经?[^，。]{0,8}\\d|荣获|表彰|奋战")


def epidemics(sentence: str, title: str) -> Iterator[tuple[re.Match[str], date]]:
    """What a sentence says of an epidemic as of the present, and when that was over."""
    is_ruled = bool(_RULED.search(sentence)) and not _TOLD_OF.search(sentence) and not is_law(title)
    for found in _EPIDEMIC.finditer(sentence):
        is_zh = found["zh"] is not None
        if is_ruled or not is_zh:
            yield found, _ENDS[is_zh]

"""What in a caller's words may tell who is calling: such a question is kept from becoming one that everybody reads.

Refusing too much costs a proposal, refusing too little a person's privacy: the patterns are broad. Each is linear in
the text.
"""

from __future__ import annotations

import re

from kb.masking import mask_personal

_SURNAME = ("[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏"
            "吕丁任沈姚卢姜崔钟谭陆汪范石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧]")
_HAN = "[\u3400-\u9fff]"
_NO_END = "(?![生人民工员户者师家])"  # "I am a pupil, a citizen, a worker": what ends so is no given name
_TITLES = "先生|女士|小姐|太太|师傅|阿姨|大爷|大妈|大叔|大伯|奶奶|爷爷|同志"
_POSTS = "老师|医生|经理|主任|老板|科长|局长"
_NAME = re.compile("|".join((
    rf"(?:我叫|名叫|姓名|名字是|联系人|当事人|申请人)\s*[是叫为:：]?\s*{_SURNAME}{_HAN}{{1,2}}",
    rf"我是{_SURNAME}{_HAN}?{_NO_END}{_HAN}(?!{_HAN})",
    rf"{_SURNAME}(?:{_HAN}{{0,2}}(?:{_TITLES})|(?:{_POSTS}))",
    r"(?i:\bmy (?:full )?name(?: is|'s)\b|\bI am called\b|\bname:)",
    r"\b(?:I am|I'm|[Tt]his is) [A-Z][a-z]+ [A-Z][a-z]+",
    r"\b(?:Mr|Mrs|Ms|Miss|Dr|Mx)\b\.? ?[A-Z]\w+",
)))
_WAY = r"(?:St|Street|Ave|Avenue|Rd|Road|Blvd|Boulevard|Drive|Lane|Ln|Court|Ct|Way|Place|Pl|Terrace|Crescent)"
_ADDRESS = re.compile("|".join((
    r"[路街道巷弄里村苑园庄区]\s*\d{1,5}\s*[号弄]",
    r"\d{1,4}\s*(?:号楼|号院|栋|幢|单元|门牌)|\d{3,4}\s*(?:室|房间)|[一二三四五六七八九十]{1,3}(?:号楼|栋|幢|单元)",
    rf"\b\d{{1,5}}[A-Za-z]? (?:[A-Z][\w']* ){{1,3}}{_WAY}\b",
    r"(?i:\b(?:apt|apartment|flat|suite)\b\.? ?#?\d+)",
)))
_NUMBER = re.compile("|".join((
    r"\*\*",  # what the log has masked
    r"(?<![\d$£€¥￥])\d{6,}(?!\d| ?(?:元|块|万|yuan|dollars|pounds|euros))",
    r"\d{3,4}[ -]\d{7,8}|\(?\b\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b|\b\d{3}-\d{4}\b(?!年)",
    rf"{_HAN}[A-Z][ ·]?[A-Z0-9]{{5,6}}(?![A-Za-z0-9])",  # a number plate
)))
_KINDS = (("name", _NAME), ("address", _ADDRESS), ("number", _NUMBER))


def personal_in(text: str) -> str | None:
    """What the text seems to tell of a person: ``number``, ``name`` or ``address``; None when it tells nothing."""
    if mask_personal(text) != text:
        return "number"
    return next((kind for kind, pattern in _KINDS if pattern.search(text)), None)

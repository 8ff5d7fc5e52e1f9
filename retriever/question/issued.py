"""Papers that another place issues: 香港身份证, a Canadian passport, the residence card of another city.

They are worded like this city's own, whose rule is none for them. A text may answer for one where it speaks of that
place, or of whoever comes from there (港澳台居民, foreign, 外地). A place is taken for the issuer only right before the
paper's name; the hotline's own city, by its name, issues its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from retriever.language.analysis import normalise

_CITIES = (
    "北京|上海|天津|重庆|广州|深圳|杭州|南京|苏州|成都|武汉|西安|长沙|郑州|青岛|济南|厦门|福州|宁波|合肥|南昌|昆明|贵阳|南宁|海口"
    "|沈阳|大连|长春|哈尔滨|石家庄|太原|兰州|西宁|银川|乌鲁木齐|拉萨|呼和浩特|东莞|佛山|珠海|无锡|常州|温州|泉州")
_LANDS = (
    "美国|英国|加拿大|澳大利亚|澳洲|新西兰|日本|韩国|法国|德国|意大利|西班牙|俄罗斯|印度|越南|泰国|新加坡|马来西亚|菲律宾|印尼|缅甸"
    "|巴基斯坦|巴西|墨西哥|南非|埃及|荷兰|瑞士|瑞典|欧盟|外国|国外|境外")
_PAPERS = ("身份证|护照|驾驶?[证照]|居住证|暂住证|社保卡?|医保卡?|市民卡|老年卡|敬老卡|户口本?|户籍|签证|绿卡|永居卡?"
           "|通行证|公积金|结婚证|离婚证|出生证|营业执照|车牌|牌照|低保|退休金|养老金")
_ZH = re.compile(rf"(?P<from>香港|澳门|台湾|{_LANDS}|{_CITIES})(?:市|那边|当地|办)?的?(?P<paper>{_PAPERS})"
                 "|(?P<taiwan>台胞证|台湾同胞证)")
_LANDS_EN = (
    "american|us|u\\.s\\.|british|uk|u\\.k\\.|irish|canadian|australian|new zealand|japanese|korean|french|german"
    "|italian|spanish|russian|ukrainian|indian|pakistani|vietnamese|thai|singaporean?|malaysian|filipino|philippine|indonesian"
    "|burmese|brazilian|mexican|south african|nigerian|egyptian|dutch|swiss|swedish|foreign")
_EN = re.compile(
    rf"\b(?P<from>hong kong|macau|macao|taiwan(?:ese)?|{_LANDS_EN})\s+(?P<paper>passports?"
    r"|(?:identity|id|identification) cards?|driv(?:ing|er'?s?) licen[cs]es?|visas?|green cards?"
    r"|residence (?:permit|card)s?|social security cards?)\b")
# What speaks of papers from there, beside the place's own name.
_HMT = frozenset({"香港", "澳门", "台湾", "hong kong", "macau", "macao", "taiwan", "taiwanese"})
_OF_HMT = "港、?澳|台胞|台湾居民|hong kong|maca[uo]|taiwan"
_PRONOUNS, _AMERICAN = frozenset({"us"}), r"u\.s\.|american|united states"
_FOREIGN = "外国|外籍|境外|国外|外宾|老外|使领?馆|foreign|abroad|overseas|embassy|consulate|other countr"
_ELSEWHERE = "外地|异地|外省|省外|跨省|非本[市地]|全国|市外|原参保地|转移"


@dataclass(frozen=True, slots=True)
class Issued:
    """A paper that another place issues: as the question words it, and what a text must speak of to answer for it."""

    words: str
    speaks: re.Pattern[str]

    def is_told_in(self, text: str) -> bool:
        """Whether a text speaks of papers from there."""
        return self.speaks.search(normalise(text)) is not None


def issued_elsewhere(question: str, hotline: str) -> Issued | None:
    """The first paper of another place that the question names; ``hotline`` is the hotline's name, which tells the
    city."""
    text = normalise(question)
    for match in (*_ZH.finditer(text), *_EN.finditer(text)):
        place = match.groupdict()["from"] or "台湾"
        if place in normalise(hotline) or (place in _PRONOUNS and place.upper() not in question):
            continue
        if place in _HMT:
            told = _OF_HMT
        elif re.fullmatch(_CITIES, place):
            told = _ELSEWHERE
        else:
            told = _FOREIGN
        named = rf"\b{re.escape(place)}(?!\w)" if place.isascii() else place
        return Issued(match[0], re.compile(f"{told}|{_AMERICAN if place in _PRONOUNS else named}"))
    return None

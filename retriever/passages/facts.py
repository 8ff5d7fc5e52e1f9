"""What a unit of text gives: the kinds of thing that a question may want, its figures, how it ends."""

from __future__ import annotations

import re

from retriever.language.analysis import normalise
from retriever.language.numerals import numbers

# What a text looks like that gives a thing of each kind; on normalised text: with Chinese words or signs, with figures,
# with Latin letters. The last two are looked for where there are any. Looks begin with a character where they can, so
# that the places where one may begin are found fast. A run of digits is looked at once, from its beginning: from every
# digit on, a long run would take quadratic time.
_Look = re.Pattern[str] | None


def _looks(words: str, figures: str = "", letters: str = "") -> tuple[re.Pattern[str], _Look, _Look]:
    return (re.compile(words), re.compile(figures) if figures else None, re.compile(letters) if letters else None)


_FIGURE = re.compile(r"[\d零〇一二三四五六七八九十两百千万]")
_LETTER = re.compile("[a-z]")
GIVES = (
    ("amount", _looks(
        r"免费|不收|[¥$£€]\s{0,9}\d",
        r"\d(?<!\d\d)(?<!\d[,.]\d)[\d,.]*\s*(?:元|万元|块|%)",
        r"\d\s{0,9}yuan|free of charge|no fee|no charge")),
    ("duration", _looks(
        r"[一二三四五六七八九十](?<![一二三四五六七八九十]{2})[一二三四五六七八九十]*(?:个)?(?:工作日|日|天|个月|年|小时)",
        r"\d(?:(?<!\d\d)\d*\s*(?:个)?(?:工作日|日|天|个月|月|年|小时|分钟|周(?!岁))|:\d{2})",
        r"\b(?:days?|weeks?|months?|years?|hours?|minutes?)\b|\d ?[ap]\.?m")),
    ("date", _looks(
        "即日起|之日起",
        r"\d(?:(?<!\d\d)(?:\d?月(?:\d|底|初)|\d{3}年)|(?<=\b1)9\d\d\b|(?<=\b2)0\d\d\b)",
        r"\b(?:january|february|march|april|june|july|august|september|october|november|december)\b|\bmay \d")),
    ("count", _looks(
        "[一二三四五六七八九十两](?<![一二三四五六七八九十两]{2})[一二三四五六七八九十两]*"
        "(?:人|个|家|名|次|户|位|种|所|张|份|本|件|项|周岁)",
        r"\d(?<!\d\d)(?<!\d[,.]\d)[\d,.]*\s*(?:余|多)?(?:万|亿)?(?:人|个|家|名|次|户|位|种|所|张|份|本|件|项|年|天|日|周?岁)",
        r"(?<!\d)(?<!\d,)\d[\d,]* [a-z]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve) [a-z]")),
    ("phone", _looks(
        "热线|@",
        r"\d(?:\d\d-\d{6,8}|(?<=\b1)\d{4}\b|(?<!\d\d)(?:\d{6,7}|(?<=1)\d{10}|(?<=9)[56]\d{3,4})(?!\d))")),
    ("place", _looks(
        r"路\d|街\d|大厅|窗口|中心|网站|网址|官网|小程序",
        r"\d号",
        r"\bapp\b|office|cent(?:re|er)|counter|online|website|street|road")),
    ("papers", _looks(
        "材料|证件|身份证|证明|复印件|原件|申请表|照片|户口簿",
        "",
        "passport|certificate|copy|form|photo|proof|id card")),
    ("whether", _looks(
        "可以|不得|不能|不予|仅限|除外|无需|不用|应当|必须|不算|按.{1,8}处理",
        "",
        r"must|may\b|only|cannot|can\b|do not|need")),
    ("body", _looks(
        "局|委员会|委(?![托任屈派])|厅|部门|法院|机关|政府|公安|单位|机构|银行|协会",
        "",
        r"department|agency|\boffice\b|\bcourt\b|bureau|authority|council|ministry|commission")),
    ("list", _looks(
        "、[^、。;]{1,40}、|等(?![待候级于额同])|包括|一是|以(?<![及\\d岁元年]以)下|下列|;[^;]{2,80};",
        "",
        r", [a-z][^,.;]{1,60}, |\binclud|following|\bsuch as\b")),
    ("meaning", _looks(
        "是指|指的是|所称|称为|就是|即(?![时日可使将刻])|是为",
        "",
        r"\bmeans\b|refers? to|\bis (?:an?|the)\b|\bare (?:an?|the)\b|called")),
    ("reason", _looks(
        "因为|由于|因此|所以|为了|旨在|以便|目的|鉴于|根据",
        "",
        r"\bbecause\b|\bdue to\b|\bsince\b|in order to|so that|\breason|\bto (?:help|make|protect|ensure)\b")),
    ("consequence", _looks(
        r"罚款|责任|处[一二三四五六七八九十以]|处\d|撤销|吊销|没收|赔偿|拘留|不予|警告|追究|无效|取消",
        "",
        r"penalt|\bfined?\b|liable|lose|denied|revoke|suspend|cancel")),
    ("who", _looks(
        "条件|符合|年满|周岁|户籍|具有|连续",
        "",
        "eligible|must|aged|resident|if you")),
    ("how", _looks(
        "申请|提交|登录|选择|填写|预约|受理|领取|办理",
        "",
        "apply|submit|register|fill|book|log in")),
)

_MONEY = re.compile("元|价|费|yuan|fare|fee|price|cost")


def facts_of(text: str, *, under: str = "") -> list[str]:
    """What a unit of text gives: the kinds of :data:`GIVES`, its figures as ``#20``, how it ends.

    ``under`` are a table row's heading and header: there the unit of its figures stands.
    """
    return facts_in(normalise(text), under=under)


def facts_in(text: str, *, under: str = "") -> list[str]:
    """:func:`facts_of` a text that is normalised already."""
    text = text.rstrip()
    has_figure, has_letter = _FIGURE.search(text) is not None, _LETTER.search(text) is not None
    found = [name for name, (words, figures, letters) in GIVES
             if words.search(text) or (has_figure and figures and figures.search(text))
             or (has_letter and letters and letters.search(text))]
    stated = sorted(numbers(text)) if has_figure else []
    if stated and under and "amount" not in found and _MONEY.search(normalise(under)):
        found.append("amount")
    if stated:
        found.append("figure")
    if text.endswith(":"):
        found.append("opens")
    if "?" in text[-3:]:
        found.append("asks")
    return found + [f"#{figure}" for figure in stated]

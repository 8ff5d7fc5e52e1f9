"""How a line of text reads once its slips are set right: two lines that read alike differ by nothing that matters.

Everything that is not written down here as harmless counts: a word, a figure, a sign, and the order in which they
stand. Set right are widths and spaces, marks that stand for the same, a doubled character of a common word, spellings
of a short list, 的/地/得 where only the particle can be meant, and 请/please. Every rule works on the line alone, and
so takes time in proportion to it.
"""

from __future__ import annotations

import re

_HAN = "\u3400-\u9fff"
_WIDTHS = {0xFF01 + n: 0x21 + n for n in range(94)} | {0x3000: 0x20, 0xFFE5: 0xA5, 0xFFE1: 0xA3, 0xFF61: 0x3002,
                                                      0xFF64: 0x3001, 0x2019: 0x27}
_DOUBLED_MARK = re.compile("([，。；：、])\\1(?!\\1)")
_AT_HAN = re.compile(f"(?<=[{_HAN}，。；：、！？（）“”《》])\\s+|\\s+(?=[{_HAN}，。；：、！？（）“”《》])")
_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[-_@./:+&=%#?,~–—'][A-Za-z0-9]+)*|\S")
_SAME_MARKS = {"、": ",", "。": ".", "!": ".", "“": '"', "”": '"', "「": '"', "」": '"', "‘": "'"}

# Another way to write the same word.
_SPELLINGS = {
    "帐号": "账号", "帐户": "账户", "帐单": "账单", "帐目": "账目", "登陆": "登录", "其它": "其他", "部份": "部分",
    "做为": "作为", "按排": "安排", "既使": "即使", "座落": "坐落", "撤消": "撤销", "身分证": "身份证", "图象": "图像",
    "等侯": "等候", "侯诊": "候诊", "通迅": "通讯", "携带": "带", "户口本": "户口簿", "备按": "备案",
    "反应问题": "反映问题", "反应情况": "反映情况",
}
_SPELLING = re.compile("|".join(sorted(_SPELLINGS, key=len, reverse=True)))
_COMMON = (
    "办理", "申请", "提交", "材料", "窗口", "审核", "登记", "受理", "领取", "缴纳", "咨询", "服务", "中心", "电话",
    "时间", "证明", "单位", "人员", "部门", "机构", "网站", "居民", "政府", "业务", "携带", "现场", "预约", "查询",
    "打印", "身份", "信息", "手续", "流程", "地址",
)
_DOUBLED_WORD = re.compile("|".join(f"{a}{a}{b}(?!{b})|{a}{b}{b}|{a}{b}{a}{b}" for a, b in map(tuple, _COMMON)))
_DOUBLED_PARTICLE = re.compile("([的了和将被把与])\\1")
# Where 地 and 得 can be nothing but particles; elsewhere they are the ground, must, and get.
_ADVERBS = (
    "及时", "认真", "仔细", "如实", "完整", "准确", "清楚", "主动", "耐心", "积极", "逐一", "逐步", "逐项", "严格",
    "顺利", "快速", "迅速", "有序", "充分", "全面", "详细", "随意", "擅自", "自觉", "合理", "慢慢", "好好",
)
_PARTICLE = re.compile(f"(?<={'|'.join(_ADVERBS)})地(?![址区点方铁图下段块税面产])|"
                       "(?<=[说写填讲看听做])得(?=清楚|明白|很|非常|比较)")
# At the head of a clause; within one 请 may be to hire, to ask, or half of 申请.
_PLEASE = re.compile("(?:^|(?<=[，。；：,.;:!！]))请(?![假求示愿帖柬客人律专医教领])")

_ENGLISH = (
    "accommodation", "address", "applicant", "application", "appointment", "approximately", "available",
    "beginning", "business", "calendar", "category", "certificate", "committee", "community", "comparison",
    "convenient", "definitely", "department", "disability", "document", "documents", "embarrass", "employment",
    "enquiries", "environment", "equipment", "government", "guarantee", "immediately", "information", "insurance",
    "maintenance", "necessary", "occasionally", "occurred", "office", "parliament", "permanent", "possession",
    "preferably", "privilege", "procedure", "receive", "received", "recommend", "reference", "registration",
    "relevant", "residence", "schedule", "separate", "separately", "signature", "successful", "surveillance",
    "telephone", "temporary", "tomorrow", "transferred", "unfortunately", "welcome",
)
_BY_ENDS: dict[tuple[str, str], list[str]] = {}
for _word in _ENGLISH:
    if len(_word) > 6:
        _BY_ENDS.setdefault((_word[0], _word[-1]), []).append(_word)
_SPELLED = {"colour": "color", "centre": "center", "enquiry": "inquiry", "cancelled": "canceled", "e-mail": "email",
            "licence": "license", "teh": "the", "wich": "which", "untill": "until", "organisation": "organization",
            "adress": "address", "recieve": "receive"}
_DOUBLED_ENGLISH = frozenset((
    "the", "a", "an", "to", "of", "in", "is", "are", "and", "or", "for", "on", "at", "with", "from", "your", "you",
    "be", "it",
))
_NAMES = frozenset((
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "polish", "will", "mark", "bill", "grant", "turkey", "china",
))


def reading(text: str) -> tuple[str, ...]:
    """The words, figures and marks of a line, as they read without its slips."""
    plain = _AT_HAN.sub("", _DOUBLED_MARK.sub("\\1", text))
    for pattern, instead in ((_DOUBLED_WORD, _single), (_DOUBLED_PARTICLE, "\\1"), (_SPELLING, _spelled),
                             (_PARTICLE, "的"), (_PLEASE, "")):
        plain = pattern.sub(instead, plain)
    tokens = [_SAME_MARKS.get(token, token) for token in _TOKEN.findall(plain.translate(_WIDTHS))]
    return tuple(tokens if re.search(f"[{_HAN}]", text) else _english(tokens))


def as_written(tokens: tuple[str, ...]) -> str:
    """Tokens as a line again, with blanks only between words of letters."""
    return re.sub("\\s(?=[,.;:)])", "", re.sub(f"(?<=[{_HAN}])\\s|\\s(?=[{_HAN}])", "", " ".join(tokens)))


def _single(found: re.Match[str]) -> str:
    seen = dict.fromkeys(found.group())
    return "".join(seen)


def _spelled(found: re.Match[str]) -> str:
    return _SPELLINGS[found.group()]


def _english(tokens: list[str]) -> list[str]:
    words: list[str] = []
    for token in tokens:
        word = _word_of(token)
        if word != "please" and not (word in _DOUBLED_ENGLISH and words[-1:] == [word]):
            words.append(word)
    return words


def _word_of(token: str) -> str:
    """An English word in small letters and without its slip; what is no plain word stays as it is."""
    if token[1:].islower() and token[0].isupper() and token.isalpha() and token.lower() not in _NAMES:
        token = token.lower()
    if token in _SPELLED:
        return _SPELLED[token]
    if len(token) < 6 or not (token.isascii() and token.isalpha() and token.islower()):
        return token
    return next((word for word in _BY_ENDS.get((token[0], token[-1]), ()) if _is_slip(token, word)), token)


def _is_slip(token: str, word: str) -> bool:
    """Whether one letter inside the word is missing, too many, a wrong vowel, or changed places with the next."""
    if token == word or abs(len(token) - len(word)) > 1:
        return False
    n = next((n for n, (one, other) in enumerate(zip(token, word, strict=False)) if one != other), 0)
    is_swapped = token[n:n + 2] == word[n:n + 2][::-1] and token[n + 2:] == word[n + 2:]
    is_vowel = {token[n], word[n]} <= set("aeiou") and token[n + 1:] == word[n + 1:]
    return is_swapped or is_vowel or token[n + 1:] == word[n:] or token[n:] == word[n + 1:]

"""What is starred out of a caller's words before they are stored or sent on: numbers of every kind, and e-mails.

Seven digits are somebody's number however they are grouped or written, unless they are seen to be a date, an amount, a
document's number or a hotline's. Every pattern is linear in the text: no repetition inside another over the same
characters.
"""

from __future__ import annotations

import re
import unicodedata

_ASCII = {0xFEE0 + code: code for code in range(0x21, 0x7F)} | {0x3000: 0x20}  # full-width forms, one for one
_HAN_DIGITS = "〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖"
_TO_DIGITS = str.maketrans(_HAN_DIGITS, "001234567891123456789")
_BETWEEN = "[\\s\\-./()_·\u2010-\u2015\u200b-\u200d\u2060\ufeff]{0,3}"
_HAN_RUN = re.compile(f"[{_HAN_DIGITS}](?:{_BETWEEN}[{_HAN_DIGITS}])+")  # one alone is a word: 一直, 统一
_RUN = re.compile(rf"\+?\(?\d(?:{_BETWEEN}\d)*")
_FEWEST = 7  # digits of a local telephone number; a hotline's or a service's short number has at most six
_LEAD = re.compile(r"(?<![A-Za-z])[A-Za-z]{1,2}[ -]?\Z")  # of a passport's number
_IDENTITY_END = re.compile(r"[ -]?[Xx](?![A-Za-z0-9])")

_NAME_CHAR = "(?![是为箱到给发码叫件址号至向寄])[\u3400-\u9fff]"  # the words before a name are none of it
_AT = r"(?:@| ?[(\[【] ?(?i:at|艾特|@) ?[)\]】] ?)"
_PROVINCE = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
_WORDED = re.compile("|".join((
    rf"(?:(?:{_NAME_CHAR}){{1,4}}[A-Za-z0-9_.%+-]{{0,64}}|[A-Za-z0-9_.%+-]{{1,64}})"
    rf"{_AT}[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,6}}",  # e-mail
    rf"{_PROVINCE}[A-Z][ ·]?(?=[A-Z]{{0,5}}\d)[A-Z0-9]{{5,6}}(?![A-Za-z0-9])",  # a number plate
    r"(?<![A-Za-z0-9_])wxid_[A-Za-z0-9_-]{5,30}",
    r"(?:(?<=微信)|(?<=微信号)|(?<=[Vv]信)|(?<![A-Za-z][VvWw][Xx])(?<=[VvWw][Xx]))"
    r"[是为: ]{0,3}(?=[a-zA-Z_-]{1,19}\d|wxid)[a-zA-Z][a-zA-Z0-9_-]{5,19}",
    r"(?:(?<=[Qq]{2})|(?<=[Qq]{2}号))[是为: ]{0,3}[1-9]\d{4,11}(?!\d)",
    r"(?:(?<=护照)|(?<=护照号)|(?<=护照号码))[是为: ]{0,3}(?=[A-Za-z]{0,8}\d)[A-Za-z0-9]{6,12}",
    r"(?i:(?<=passport)(?: number| no\.?)?(?: is)?[: ]{1,3}(?=[a-z]{0,8}\d)[a-z0-9]{6,12})",
)))

# A mobile or an identity number, with whatever is no letter and no digit between its digits: commas, soft hyphens, the
# frames of keycaps. Only of these two, by their length: elsewhere such marks part the figures of a list.
_GAP = "[\\W_]{0,3}"
_SPREAD = re.compile(rf"(?<!\d)(?:1{_GAP}[3-9](?:{_GAP}\d){{9}}|[1-9](?:{_GAP}\d){{16}}{_GAP}[\dXx])(?!\d)")
_ANY_DIGIT = re.compile(f"[{_HAN_DIGITS}]|[^\\x00-\x7f]")

# Of a call's reference: the hotline's own numbers are as long as anybody's, and must stay, so that a call is found by
# them. Only what is built as a mobile, a long-distance number or an identity number with its day of birth is taken out.
_REFERRED = re.compile("|".join((
    rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)",
    r"(?<!\d)0\d{2,3}[ -]?\d{7,8}(?!\d)",
    rf"(?<!\d)[1-8](?:{_GAP}\d){{5}}{_GAP}(?:19|20)(?:{_GAP}\d){{2}}{_GAP}(?:0{_GAP}[1-9]|1{_GAP}[0-2])"
    rf"(?:{_GAP}\d){{5}}{_GAP}[\dXx](?![\dXx])",
)))

_DATE = re.compile("|".join((
    r"(?<!\d)(?:19|20)\d\d(?P<a>[-./ ])(?:0?[1-9]|1[0-2])(?P=a)(?:0?[1-9]|[12]\d|3[01])(?!\d)",
    r"(?<!\d)\d{1,2}(?P<b>[-./])\d{1,2}(?P=b)(?:19|20)\d\d(?!\d)",
    r"(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)",
    r"(?<!\d)(?:19|20)\d\d ?[-/\u2010-\u2015] ?(?:19|20)\d\d(?!\d)",
)))
_PUBLIC = re.compile(r"1[01]\d|12[02]|12\d{3}|100\d\d|9[56]\d{3,4}|(?:19|20)\d\d")  # short numbers, and years
_SERVICE = re.compile(r"[48]00[ -]?(?:\d{3}[ -]?\d{4}|\d{4}[ -]?\d{3})")  # a firm's or an office's
_MOBILE = re.compile(r"1[3-9]\d{9}")
_MONEY_AFTER = re.compile(r" ?(?:万|亿)?(?:元|圆|美元|港元|欧元|日元|yuan|dollars|pounds|euros|RMB|CNY)", re.IGNORECASE)
_MANY_AFTER = re.compile(r" ?(?:块|万|亿|平方米|公里|吨|%)")
_MONEY_BEFORE = re.compile(r"(?:[$£€¥]|人民币|RMB|CNY|USD) ?\Z", re.IGNORECASE)
_CALLED = re.compile(r"(?:座机|电话|手机|号码|打给|回电|拨打)(?:号码?)?[是为:. ]{0,3}\Z"
                     r"|\b(?:call|phone|tel)(?: is| me on| me at| on)?[:. ]{0,3}\Z", re.IGNORECASE)
_NUMBERED = re.compile(r"[条款项页期批号]")
_STANDARD = re.compile(r"(?<![A-Za-z])[A-Z]{2,4}\d{0,2}(?:/[A-Z])?[ -]?\Z")  # GB 50016-2014, DB44/T 1234-2020
_STANDARD_NUMBER = re.compile(r"\d{2,6}(?:\.\d+)?-(?:19|20)\d\d")


def mask_personal(text: str) -> str:
    """The text with every letter and digit of e-mails and of people's numbers starred out, same length."""
    plain = text.translate(_ASCII)
    digits = _HAN_RUN.sub(lambda run: run.group().translate(_TO_DIGITS), plain)
    masked = list(text)
    spans = [found.span() for found in _WORDED.finditer(plain)]
    spans += [_with_letters(digits, *run.span()) for run in _RUN.finditer(digits) if _is_personal(digits, run)]
    spans += [_with_letters(plain, *run.span()) for run in _SPREAD.finditer(_in_digits(plain))
              if not _is_money(*_around(plain, run))]
    for span in spans:
        for at in range(*span):
            masked[at] = "*" if masked[at].isalnum() else masked[at]
    return "".join(masked)


def mask_reference(text: str) -> str:
    """A call's reference with e-mails, and numbers that a person could be rung or told by, starred out, same length."""
    plain = text.translate(_ASCII)
    masked = list(text)
    for found in (*_WORDED.finditer(plain), *_REFERRED.finditer(_in_digits(plain))):
        for at in range(*found.span()):
            masked[at] = "*" if masked[at].isalnum() else masked[at]
    return "".join(masked)


def _in_digits(text: str) -> str:
    """The text with digits of every script and dress as ASCII ones, same length: ① and ² as much as 八."""
    def digit(found: re.Match[str]) -> str:
        value = unicodedata.numeric(found.group(), -1)
        return str(int(value)) if value in range(10) else found.group().translate(_TO_DIGITS)
    return _ANY_DIGIT.sub(digit, text)


def _around(text: str, run: re.Match[str]) -> tuple[str, str]:
    return text[max(0, run.start() - 10):run.start()], text[run.end():run.end() + 8]


def _is_money(before: str, after: str) -> bool:
    return bool(_MONEY_AFTER.match(after) or _MONEY_BEFORE.search(before))


def _with_letters(text: str, start: int, end: int) -> tuple[int, int]:
    """The number with the letters that belong to it: a passport's first ones, the X that ends an identity number."""
    lead = _LEAD.search(text, max(0, start - 4), start)
    last = _IDENTITY_END.match(text, end)
    return lead.start() if lead else start, last.end() if last else end


def _is_personal(text: str, run: re.Match[str]) -> bool:
    number, (before, after) = run.group(), _around(text, run)
    count = sum(map(str.isdigit, number))
    if count < _FEWEST:
        return False
    return number.startswith("+") or not (_is_public(number) or _is_figure(number, before, after)
                                          or _is_of_document(number, before, after))


def _is_public(number: str) -> bool:
    """A date, years, or numbers that everybody may ring."""
    left = _DATE.sub(" ", number)
    if left != number and sum(map(str.isdigit, left)) <= 2:  # the hour may follow
        return True
    return bool(_SERVICE.fullmatch(number)) or all(_PUBLIC.fullmatch(part) for part in re.split(r"[\s/]+", number))


def _is_figure(number: str, before: str, after: str) -> bool:
    """An amount; what is built like a mobile number is one only where money is named."""
    if _is_money(before, after):
        return True
    if _MOBILE.fullmatch(number) or number.startswith("0"):
        return False
    is_round = (number.isdigit() and number.endswith("000") and len(number) < 11) and not _CALLED.search(before)
    return bool(_MANY_AFTER.match(after) or re.fullmatch(r"\d+\.\d{1,2}", number)) or is_round


def _is_of_document(number: str, before: str, after: str) -> bool:
    """The number of a document, of an article of a law or of a standard."""
    if _STANDARD.search(before) and _STANDARD_NUMBER.fullmatch(number):
        return True
    is_bracketed = before.endswith(("〕", "]", "】")) or re.match(r"\((?:19|20)\d\d\)", number)
    is_counted = (is_bracketed or before.endswith("第")) and _NUMBERED.match(after)
    return bool(is_counted) and not _MOBILE.fullmatch(number)

"""The forms by which phones and documents are compared, the same for a register's rows, an article's basis and a text.

They are those in which the figures of texts are kept, so that a document of the register is found wherever a text names
it. A number after 第 is written in Arabic figures here, though texts may write it in either way: who looks among the
figures of texts asks for all :func:`written_forms`.
"""

from __future__ import annotations

import re
import unicodedata

from kb.markup.facts.fact import Line
from kb.markup.facts.numerals import chinese_number, in_chinese
from kb.markup.facts.references import documents
from kb.markup.facts.sought import kept_value

LONGEST_NUMBER = 100  # characters of a document's number
_SHORTEST_PHONE, _LONGEST_PHONE = 3, 20  # digits
_AREA = re.compile(r"(?:010|02\d|0[3-9]\d\d)([2-9]\d{6,7})")
_SERVICE = re.compile(r"[48]00\d{7}")
_NO_TRUNK = re.compile(r"(?:10|2\d|[3-9]\d\d)[2-9]\d{6,7}")
_PHONE = re.compile(r"\+?[\d\s().-]+")
_ORDINAL = re.compile(r"第([零〇一二三四五六七八九十百千]{1,9}|\d{1,5})号")
_WRAPPED = re.compile(r"\[(第[^\[\]]{1,12}号)\]")
_DECREE = re.compile(r"(令|公告|通告)(第[^号]{1,12}号)")
_OF_YEAR = re.compile(r"\]第?0*(\d{1,5})号")
_NO_ISSUER = re.compile(r"^(?:\[|令|公告|通告|第)")
_TITLE_DRESS = re.compile(r"[\s《》〈〉「」『』“”\"'·・]")
_BRACKETS = str.maketrans("（〔［【）〕］】", "(((())))")
_NUMBER_BRACKETS = str.maketrans("（(〔［【）)〕］】", "[[[[[]]]]]")


def phone_key(written: str) -> str:
    """A phone's digits; empty where it is none."""
    text = unicodedata.normalize("NFKC", written).strip()
    if not _PHONE.fullmatch(text):
        return ""
    digits = re.sub(r"\D", "", text)
    if digits.startswith("86") and len(digits) >= 12:
        digits = digits[2:]
        if text.startswith("+") and _NO_TRUNK.fullmatch(digits):
            digits = f"0{digits}"  # what is dialled from abroad without it
    return digits if _SHORTEST_PHONE <= len(digits) <= _LONGEST_PHONE else ""


def phone_shown(key: str) -> str:
    """A number as people write it: its area code set apart, so that no spreadsheet takes it for a quantity either."""
    local = local_form(key)
    if local:
        return f"{key[:-len(local)]}-{local}"
    return f"{key[:3]}-{key[3:6]}-{key[6:]}" if _SERVICE.fullmatch(key) else key


def local_form(key: str) -> str:
    """The number as it is dialled within its area; empty where it has no area code."""
    found = _AREA.fullmatch(key)
    return found[1] if found else ""


def phone_forms(key: str) -> frozenset[str]:
    """All forms in which the figures of texts may hold this number, but for the one without its area code."""
    return frozenset({key, key[1:]} if _AREA.fullmatch(key) else {key})


def document_key(written: str) -> str:
    """A document's number in the one form by which documents are compared; empty for an empty one."""
    text = written.strip()[:LONGEST_NUMBER]
    found = {kept_value(fact) for fact in documents(Line(text))}
    if len(found) == 1:
        return _arabic(found.pop())
    return _arabic(re.sub(r"[\s《》]", "", unicodedata.normalize("NFKC", text.translate(_NUMBER_BRACKETS))).casefold())


def is_telling(key: str) -> bool:
    """Whether a number says whose it is: 令第5号 alone is anybody's."""
    return bool(key) and _NO_ISSUER.match(key) is None


def written_forms(key: str) -> frozenset[str]:
    """All forms in which the figures of texts may hold this number."""
    def in_words(found: re.Match[str]) -> str:
        return f"第{in_chinese(int(found[1]))}号" if found[1].isdecimal() else found[0]

    forms = {key, _ORDINAL.sub(in_words, key), _OF_YEAR.sub(r"]第\1号", key)}
    forms |= {_DECREE.sub(r"\1[\2]", form) for form in forms}
    return frozenset(forms | {f"{form}]" for form in forms if _DECREE.search(form)})  # the end of a bracket around it


def title_key(title: str) -> str:
    """A title in the one form by which titles are compared: without its marks, its brackets alike."""
    text = unicodedata.normalize("NFKC", title.translate(_BRACKETS)).casefold()
    return _TITLE_DRESS.sub("", text)[:300]


def _arabic(key: str) -> str:
    """With the number after 第 in Arabic figures and without brackets around it."""
    def figure(found: re.Match[str]) -> str:
        number = int(found[1]) if found[1].isdecimal() else chinese_number(found[1])
        return f"第{number}号" if number else found[0]

    return _OF_YEAR.sub(r"]\1号", _ORDINAL.sub(figure, _WRAPPED.sub(r"\1", key)))[:200]

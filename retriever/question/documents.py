"""Document numbers (文号) as people write and type them: 某政规〔2026〕16号, [2026] (2026) 2026年16号文, 公告第33号.

A number is compared by its year, its figure and the end of its issuer, which other words may precede. One that is
``certain`` can be nothing else; one that is not (第5号, 2026年5号) may be a window or a day, so nothing may be refused
for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from kb.markup.facts.numerals import chinese_number
from retriever.language.analysis import normalise

_YEAR = "(?:19|20)\\d\\d|[一二][九零〇○][零〇○一二三四五六七八九]{2}"
_FIGURE = "\\d{1,5}(?!\\d)|[一二三四五六七八九十百零〇]{1,6}"
_KIND = "文件?|令|公告|通告"
# What has a number and is no document: 5号楼, 3号线, 2号窗口.
_NONE = "(?![楼线院门窗台桌机桩地床房店车座栋幢厅井船泊棚仓库球馆])"
_MOST = 6  # numbers of a question that count
_LONGEST_TYPED = 40
_FORMS = tuple(re.compile(pattern) for pattern in (
    # 某政规[2026]16号; a round bracket without 号 is a remark in brackets
    rf"(?P<issuer>[一-鿿]{{0,14}}|[a-z]{{0,24}}\s?)\[\s?(?P<year>{_YEAR})\s?年?\s?\]\s?(?:第"
    rf"|no\.?\s?)?(?P<n>{_FIGURE})\s?号?",
    rf"(?P<issuer>[一-鿿]{{0,14}}|[a-z]{{0,24}}\s?)\(\s?(?P<year>{_YEAR})\s?年?\s?\)\s?第?(?P<n>{_FIGURE})\s?号",
    # 某政规2026年16号, 2026年16号文, 公告2026年第5号
    rf"(?P<issuer>[一-鿿]{{0,14}}?)\s?(?<!\d)(?P<year>{_YEAR})(?:年度?的?|年份的?|[-—–_/])?\s?第?\s?(?P<n>{_FIGURE})"
    rf"\s?号(?P<what>{_KIND})?{_NONE}",
    rf"(?P<before>公告|通告|令|文件)?\s?第\s?(?P<n>{_FIGURE})\s?号(?P<what>{_KIND}|通知|决定)?{_NONE}",
    rf"(?P<before>公告|通告|令)\s?(?P<n>{_FIGURE})\s?号{_NONE}",
    rf"(?<![\d月日.一二三四五六七八九十])(?P<n>{_FIGURE})\s?号(?P<what>文件?|令|公告(?!结果|名单)|通告|通知|决定)",
    r"(?<!my )(?<!your )(?<!his )(?<!her )\b(?P<en>notice|decree|document|circular|announcement|regulations?|ordinance"
    r"|bulletin|directive|resolution|order)\s+(?:no\.?|number|#)\s*(?P<n>\d{1,5})\b"
    r"(?:\s*(?:of|/|,)\s*(?P<year>(?:19|20)\d\d)\b)?",
))
_NEEDED = ("[", "号", "号", "号", "号", "号", "")  # what a text holds where one of the form stands in it
_ENDS = tuple("规发办函字告令通委党")  # of the letters of an issuer that number their documents
_LEADS = re.compile(
    r"^.*(?:请问|问一?下|问问|查一?下|查查|看一?下|看看|看到|关于|按照|根据|依据|了解|咨询|知道|有个|那个|这个|那份"
    r"|这份|文号|文件|通知|[的是和与跟及在说叫找给按查问])"
    r"(?=[一-鿿]{2})")
_ASKED_OF = re.compile("是|讲|说|怎|什么|的|里|规|内|上|$|[?？,，。 ]")  # behind 33号公告, else the day of one
_SURE = frozenset({"文", "文件", "令"})


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """A document's number; ``year`` and ``issuer`` (the last of its letters) are empty where it does not say them.

    ``typed`` are the words, from ``start`` to ``end`` of the normalised text; the year, or the number, is at ``place``.
    """

    issuer: str
    year: str
    figure: str
    is_certain: bool = field(default=False, compare=False)
    typed: str = field(default="", compare=False)
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)
    place: int = field(default=0, compare=False)

    def is_same(self, other: DocumentNumber) -> bool:
        """Whether both may be one document's; what one of them does not say, the other may."""
        return (self.figure == other.figure and (not self.year or not other.year or self.year == other.year)
                and (not self.issuer or not other.issuer or self.issuer.endswith(other.issuer)
                     or other.issuer.endswith(self.issuer)))


def document_numbers(text: str) -> list[DocumentNumber]:
    """The document numbers that a text states, in their order, as many as are looked at."""
    said = normalise(text)
    return sorted(_found(text, said), key=lambda number: number.start)


def of_normalised(said: str) -> Iterator[DocumentNumber]:
    """The same of a text that is normalised already, whatever their order and however many."""
    return _found(said, said, most=1_000)


def _found(text: str, said: str, *, most: int = _MOST) -> Iterator[DocumentNumber]:
    taken: list[tuple[int, int]] = []
    is_as_typed = len(text) == len(said)
    for n, (form, needed) in enumerate(zip(_FORMS, _NEEDED, strict=True)):
        for match in form.finditer(said) if needed in said else ():
            start, end = match.span()
            if len(taken) == most:
                return
            if any(start < high and low < end for low, high in taken):
                continue
            number = _number(match, is_bracketed=n < 2)
            if number is not None:
                taken.append((start, end))
                at = match.start("issuer") + len(match["issuer"]) - len(_issuer(match["issuer"])) \
                    if match.groupdict().get("issuer") else start
                place = match.start("year") if number.year else match.start("n")
                words = (text if is_as_typed else said)[at:end].strip()[-_LONGEST_TYPED:]
                yield replace(number, typed=words, start=start, end=end, place=place)


def _number(match: re.Match[str], *, is_bracketed: bool) -> DocumentNumber | None:
    parts = {name: value or "" for name, value in match.groupdict().items()}
    figure, year = _value(parts["n"]), _value(parts.get("year", ""))
    what, before, written = parts.get("what", ""), parts.get("before", ""), _issuer(parts.get("issuer", ""))
    issuer = written[-2:]
    if not figure or (is_bracketed and not parts["issuer"].strip() and not match[0].endswith("号")):
        return None
    kind = before or what
    if is_bracketed:
        is_certain = True
    elif parts.get("en"):
        is_certain = parts["en"] != "order" or bool(year)
    elif year:
        own = written.endswith(_ENDS)
        is_certain = bool(own or what)
        if not own and what:  # 文号2026年5号文: no issuer's letters
            issuer = ""
    else:
        is_certain = bool(before or what in _SURE or (what in ("公告", "通告") and _ASKED_OF.match(match.string,
                                                                                              match.end())))
    if kind in ("公告", "通告"):
        issuer = issuer if issuer.endswith("告") else "告"
    elif kind == "令":
        issuer = issuer if issuer.endswith("令") else "令"
    return DocumentNumber(issuer, year, figure, is_certain)


def _issuer(words: str) -> str:
    """What of the words before a number may be its issuer's letters."""
    words = words.strip()
    return "" if words.isascii() else _LEADS.sub("", words)


def _value(numeral: str) -> str:
    if not numeral:
        return ""
    if numeral.isdecimal() and numeral.isascii():
        return str(int(numeral))
    value = chinese_number(numeral.replace("○", "〇"))
    return "" if value is None else str(value)

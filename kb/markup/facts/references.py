"""Numbers of documents and clauses: 国发〔2020〕5号, 国务院令第547号, GB 7258-2017, VA Form 10-10EZ, 第十条, § 12.

An article's own number at the head of its line (第七条 …) is numbering and no clause that is referred to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.markup.facts.fact import HAN, Fact, Line
from kb.markup.facts.numerals import chinese_number

_CN = "零〇一二三四五六七八九十百千"
_DOCUMENTS = tuple(re.compile(pattern) for pattern in (
    rf"(?P<issuer>[{HAN}]{{1,14}})\s?[〔\[（(【]\s?(?:19|20)\d\d\s?(?:年)?\s?[〕\]）)】]\s?第?\s?(?:\d{{1,5}}"
    rf"|[{_CN}]{{1,5}})\s?号",
    # a bracket behind the number is its own only where one stands before it: （国务院令第258号）
    rf"(?P<issuer>[{HAN}]{{0,20}})(?:令|公告|通告)\s?(?P<open>[（(])?\s?(?:(?:19|20)\d\d年?)?第\s?(?:\d{{1,5}}"
    rf"|[{_CN}]{{1,5}})\s?号(?(open)[）)\]〕】]?)",
    rf"(?P<issuer>[{HAN}]{{0,14}})(?:公告|通告)(?:19|20)\d\d年第?\s?\d{{1,4}}号",
    r"(?<![A-Za-z])(?:GB|GBZ|DB\d{2}|HJ|JGJ|CJJ|CJ|YY|WS|DL|JT|JTG|SL|TSG|QB|LY|GA|AQ|YD"
    r"|DBJ)(?:/[TZ])?[-\s]?\d{1,6}(?:\.\d+)?(?:-(?:19|20)?\d\d)?(?!\d)",
    rf"《?[{HAN}]{{2,12}}修正案[（(][{_CN}]{{1,4}}[）)]",
    r"\b(?:Title \d{1,2},?\s)?(?:\d{1,3}\s)?(?:Code of Federal Regulations?|CFR|U\.?S\.?C\.?)(?:,?\s(?:[Ss]ection"
    r"|[Pp]art|§)?\s?\d[\w.]*(?:\([a-z0-9]{1,3}\))*)?",
    r"\b(?:(?:VA|IRS|SSA|DD|SF|DS|USCIS|PTAX|SSP|ID|AF"
    r"|DA)\s)?[Ff]orm\s(?:No\. ?)?(?=[A-Z0-9-]*\d)[A-Z0-9]+(?:-?[A-Za-z0-9]+)*",
    r"\b(?:DD|SF|SSA|DS)[-\s]?\d{2,5}[A-Za-z]?\b",
    r"\b(?:Public Law|P\.L\.|Pub\. L\.)\s?\d{2,3}-\d{1,4}\b",
    r"\b(?:Ordinance|Resolution)\s(?:No\. ?)?\d[\d/-]*|\b(?:Order|Decree|Regulation|Circular|Statutory Instrument"
    r"|Act)\s(?:No\.?\s?)\d[\d/-]*",
    r"\b(?:ISO|EN|BS|ANSI|NFPA|ASTM)\s\d{2,6}(?:[-:]\d+)*\b",
))
_ISSUER_ENDS = re.compile(rf"^.*(?:根据|按照|依据|按|依照|详见|执行|依|和|与|及|以|见|的|了|即|《|为|由|发布|公布"
    rf"|下发|印发|对|被|号)(?=[{HAN}]{{2}})")
_LONGEST_ISSUER = 10
_STATE = "中华人民共和国"
_CLAUSE = re.compile(
    rf"第\s?(?P<a>\d{{1,4}}|[{_CN}]{{1,9}})\s?条(?!件|款项|目)(?:之(?P<sub>[一二三四五六七八九十]|\d))?"
    rf"(?:\s?第?\s?(?P<b>\d{{1,2}}|[{_CN}]{{1,3}})\s?款)?(?:\s?第?\s?[（(]?(?P<c>\d{{1,2}}"
    rf"|[{_CN}]{{1,3}})[）)]?\s?项(?!目))?")
_ENGLISH_CLAUSE = re.compile(r"(?:\b(?:[Ss]ections?|[Aa]rticles?|[Cc]lauses?|[Rr]ule|[Rr]egulation|[Pp]aragraphs?)\s"
    r"|§§?\s?)"
                             r"(?P<a>\d{1,5}(?:[.-]\d{1,4})*[A-Za-z]?)(?:\((?P<b>[a-z0-9]{1,3})\))?(?:\((?P<c>[a-z0-9]{1,4})\))?")
_NUMBERING = re.compile(r"^\s*[-*+>#\s]*$")


def documents(line: Line) -> Iterator[Fact]:
    """The documents that a line names by their number, as written."""
    for pattern in _DOCUMENTS:
        for found in pattern.finditer(line.text):
            start, end = found.span()
            issuer = found.groupdict().get("issuer")
            if issuer:
                kept = _ISSUER_ENDS.sub("", issuer.rpartition(_STATE)[2])[-_LONGEST_ISSUER:]
                start += len(issuer) - len(kept)
            while line.text[start] in "《 ":
                start += 1
            if line.is_free(start, end):
                line.take(start, end)
                yield Fact("document", line.written[start:end].strip(), start, end)


def clauses(line: Line, *, is_cell: bool = False) -> Iterator[Fact]:
    """The clauses that a line refers to, as 10, 10.2 or 10.2.3; a cell has no number of its own."""
    for found in _CLAUSE.finditer(line.text):
        if not line.is_free(*found.span()):
            continue
        is_numbering = not is_cell and _NUMBERING.match(line.text[:found.start()]) and (
            found.end() == len(line.text) or line.text[found.end()] in " \t（(【：:、.")
        line.take(*found.span())
        if is_numbering:
            continue
        parts = [_figure(part) for part in (found["a"], found["b"], found["c"])]
        if found["sub"]:
            parts[0] += f"-{_figure(found['sub'])}"
        while parts and not parts[-1]:
            parts.pop()
        yield Fact("clause", ".".join(part or "0" for part in parts), *found.span())
    for found in _ENGLISH_CLAUSE.finditer(line.text):
        if line.is_free(*found.span()):
            line.take(*found.span())
            yield Fact("clause", ".".join(part for part in (found["a"], found["b"], found["c"]) if part), *found.span())


def _figure(text: str | None) -> str:
    if not text:
        return ""
    return text if text.isdecimal() and text.isascii() else str(chinese_number(text) or "")

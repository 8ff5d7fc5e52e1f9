"""Telephone numbers, as written, and street addresses; a number is the same however its parts are set apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.markup.facts.fact import HAN, Fact, Line

_EDGE = r"(?<![\d.,¥$£€A-Za-z/-])"
_END = r"(?![\d-]|[.,]\d|\s?[元块%％年月日]|\s?万)"
_EXTENSION = r"(?:\s?(?:转|-|ext\.?|extension)\s?\d{1,5}(?!\d))?"
_FULL = re.compile(
    _EDGE + r"(?:\(0\d{2,3}\)\s?\d{7,8}|0\d{2,3}-(?:12\d{3}|9[56]\d{3,4})|0\d{2,3}(?:[-\s]\d{3,4}[-\s]?"
    r"|\.\d{3,4}\.?)\d{4}"
            r"|0[1-9]\d{1,2}\d{7,8}|\+\d{1,3}[-\s]\d{2,4}[-\s]\d{3,8}(?:[-\s]\d{3,4})?"
    r"|(?:\+86[-\s]?)?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}|[48]00[-\s]?\d{3}[-\s]?\d{4}|[48]00[-\s]\d{4}[-\s]\d{3}"
    r"|[48]00[-\s]?\d{7}"
    r"|(?:\+?1[-\s.])?\(?[2-9]\d{2}\)?[-\s.][2-9]\d{2}[-.\s]\d{4}|(?:1-)?[2-9]\d{2}-\d{4}|0\d{2,4}\s\d{3,4}\s\d{3,4}"
    r"|0\d{4}\s\d{6}"
    r")" + _END)
_LOCAL = re.compile(_EDGE + r"[2-9]\d{6,7}" + _END + rf"(?!\s?[{HAN}]{{0,2}}(?:人|户|家|次|吨|份|米|亩|公里|号令|名"
    rf"|件|个|台|套|只|例|万|亿))")
_SHORT = re.compile(_EDGE + r"(?:12[0-9]{3}|1[01][0-9]|12[0-2]|122|9[56]\d{3,4}|100\d{2}|[2-9]11|988|999)" + _END +
    r"(?!\s?(?:人|户|家|次|吨|份|米|亩|公里|号|名|件|个|台|套|只|例|小时|分|天|种|项|条|周|[（(]万|days|people))")
_SPACED = re.compile(_EDGE + r"[2-9]\d{3}[-\s]\d{4}" + _END)
_CALLED = re.compile(r"(?:电话|热线|拨打|拨|转|联系|致电|来电|打|电|号码|咨询|投诉|举报|求助|报警|专线|致电|急救"
                     r"|火警|平台"
                     r"|短号|服务台|call(?:ing)?|dial(?:ing)?|phone|telephone|tel\.?|hotline|helpline|TTY|text|ring"
                     r"|police|emergency|on)"
                     r"\s?[:：(（]?\s?(?:市|市民|政务|服务|热线|统一|的|是|为|at|on|to|the|number"
                     r"|TTY)*\s?[:：(（]?\s?$", re.IGNORECASE)
_NAMED = re.compile(r"\s?(?:\)|）)?\s?(?:热线|电话|平台|市民服务|政务服务|客服|hotline|helpline|转\d"
                    r"|[（(](?:[^（()）]{0,6}(?:电话|热线)))")
_LONG_SHORT = re.compile(r"12[0-9]{3}|9[56]\d{3,4}")
_STREET = re.compile(
    rf"(?P<name>[{HAN}]{{1,12}}(?:路|街|大道|巷|道|弄|胡同|村))\s?(?P<n>\d{{1,5}}(?:-\d{{1,4}})?"
    rf"|[一二三四五六七八九十百]{{1,5}})\s?号"
    rf"(?P<inside>(?:\s?[{HAN}A-Za-z]{{0,10}}?\d{{0,4}}(?:楼|层|栋|幢|座|室|厅)){{0,3}})")
_ENGLISH_STREET = re.compile(
    r"\b(?P<n>\d{1,5}[A-Z]?)\s(?P<name>(?:[A-Z][\w'.]*\s){1,4}(?:Road|Rd|Street|St|Avenue|Ave|Lane|Drive|Dr"
    r"|Boulevard|Blvd|Square|Way|Place|Court"
    r"|Terrace|Parkway|Highway|Row|Quay|Crescent)\b\.?)(?:,?\s(?:Suite|Room|Floor|Unit)\s\w{1,6})?")
_LEADS = re.compile(r"^.*(?:地址|位于|在|到|至|是|为|往|设于|搬到|迁至|和|及|去|请)(?=.{2})")


def phones(line: Line) -> Iterator[Fact]:
    """The telephone numbers of a line; a short one counts where the words say that it is one, or after another."""
    spans: list[tuple[int, int]] = []
    for pattern in (_FULL, _LOCAL):
        for found in pattern.finditer(line.text):
            if line.is_free(*found.span()):
                spans.append(found.span())
                line.take(*found.span())
    for found in _SPACED.finditer(line.text):
        head = line.text[max(0, found.start() - 24):found.start()]
        if line.is_free(*found.span()) and (_CALLED.search(head) or _NAMED.match(line.text, found.end())):
            spans.append(found.span())
            line.take(*found.span())
    for found in _SHORT.finditer(line.text):
        if line.is_free(*found.span()) and _is_called(line, found, spans):
            spans.append(found.span())
            line.take(*found.span())
    for start, end in sorted(spans):
        yield Fact("phone", line.text[start:end], start, end)


def _is_called(line: Line, found: re.Match[str], spans: list[tuple[int, int]]) -> bool:
    head = line.text[max(0, found.start() - 24):found.start()]
    if any(0 <= found.start() - end <= 5 for _, end in spans) and re.search(r"(?:[、,，/和或]|or|and)\s?$", head):
        return True
    if _CALLED.search(head) or _NAMED.match(line.text, found.end()):
        return True
    return bool(_LONG_SHORT.fullmatch(found[0])) and len(found[0]) == 5 and not re.match(
        rf"\s?[{HAN}A-Za-z]{{0,2}}(?:元|人|户)",
        line.text[found.end():]) and re.search(rf"(?:^|[{HAN}（(\s、/])$", head) is not None \
        and found[0].startswith(("123", "12345"))


def addresses(line: Line) -> Iterator[Fact]:
    """The streets with house numbers of a line: 朝阳路18号二楼 as 朝阳路18号, without what is inside the house."""
    for found in _STREET.finditer(line.text):
        if line.is_free(*found.span("n")):
            name = _LEADS.sub("", found["name"])
            start = found.end("name") - len(name)
            line.take(start, found.end())
            yield Fact("address", f"{name}{found['n']}号", start, found.end())
    for found in _ENGLISH_STREET.finditer(line.text):
        if line.is_free(*found.span()):
            line.take(*found.span())
            yield Fact("address", f"{found['n']} {found['name'].rstrip('.')}", *found.span())

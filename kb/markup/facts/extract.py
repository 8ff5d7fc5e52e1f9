"""The facts of one line of text: every reader in turn, the surest first; what one has read is closed to the others."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.markup.facts.amounts import amounts
from kb.markup.facts.bare import bare_figures
from kb.markup.facts.calendar import dates
from kb.markup.facts.contacts import addresses, phones
from kb.markup.facts.english_dates import english_dates
from kb.markup.facts.fact import Fact, Line
from kb.markup.facts.opening import hours
from kb.markup.facts.references import clauses, documents

_ANYTHING = re.compile(
    r"[\d０-９零〇一二两三四五六七八九十百双半免壹贰叁肆伍陆柒捌玖拾]|不收|不花|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|twenty|thirty|forty|fifty|sixty|hundred|dozen|half|double|fortnight|noon|midnight|free|charge|nothing|no fee"
    r"|january|february|march|april|may|june|july|august|september|october|november|december|clock|within)\b",
    re.IGNORECASE)  # without any of these a line states nothing; most lines do not
LONGEST = 20_000  # characters of one line that are read; no honest paragraph is longer
_CLOSED = re.compile(
    r"(?:https?://|www\.)[^\s，。；）)]{1,500}|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,63}){1,4}"
    r"|\bP\.?O\.? Box \d+|\b(?:Suite|Room|Window|Counter|Step|Route|Unit|Gate|Platform|Band|Zone|Bus|Line|Level"
    r"|Class|Table|Figure|Chapter|Part|Page|Box|No\.) \d+\b"
    r"|\b[A-Z]{2} \d{5}(?:-\d{4})?\b|(?<![A-Za-z])[A-Z]{1,3}\d{1,4}[A-Z]?(?![A-Za-z\d月])|\d{1,4}号(?:线|楼|窗口?|门"
    r"|院|馆|库|厅|桌|台|口)|\d{17}[\dXx]|\d{12,}", re.IGNORECASE)
_NOTHING_TO_PAY = re.compile(
    r"免费(?!用|额)|不(?:收取?|再收取?|另收|用交|需交|必交)(?:任何)?[^，。；、\d]{0,6}(?:费|钱|工本费|押金)"
    r"|免收[^，。；、\d]{0,8}费?|不收费|不花钱"
    r"|\b(?:free of charge|no charge|no fee|without charge|costs? nothing|at no cost|is free|are free|for free"
    r"|(?:travel|go|enter|park|get in)s? free)\b",
    re.IGNORECASE)


def facts_in(text: str, *, under: Sequence[str] = ()) -> list[Fact]:
    """The facts of a line in their order; ``under`` are the texts above it that name its bare figures, nearest first.
    """
    if not _ANYTHING.search(text):
        return []
    line = Line(text[:LONGEST])
    found = list(documents(line))
    for closed in _CLOSED.finditer(line.text):
        if line.is_free(*closed.span()):
            line.take(*closed.span())
    found += phones(line)
    found += addresses(line)
    found += clauses(line, is_cell=bool(under))
    found += dates(line)
    if line.has_latin:
        found += english_dates(line)
    found += [*hours(line), *amounts(line)]
    if under:
        found += bare_figures(line, under)
    found += [Fact("free", "0", *free.span()) for free in _NOTHING_TO_PAY.finditer(line.text)]
    return sorted(found, key=lambda fact: (fact.start, fact.end))

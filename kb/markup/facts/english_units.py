"""What a number counts in English: a measure, or the first plural of the words that follow it."""

from __future__ import annotations

import re
from decimal import Decimal

from kb.markup.facts.numerals import Number
from kb.markup.facts.units import Unit

_EN: tuple[tuple[str, str, str, str], ...] = (
    ("percent", "point", "1", "percentage points?"), ("percent", "", "1", "%|per ?cent"),
    ("money", "CNY", "1", "yuan|RMB|CNY|renminbi"), ("money", "USD", "1", r"(?:US )?dollars?|USD"),
    ("money", "EUR", "1", "euros?|EUR"), ("money", "GBP", "1", "pounds? sterling|GBP"),
    ("money", "USD", "0.01", "cents?"), ("money", "GBP", "0.01", "pence|p"),
    ("age", "month", "1", r"months?(?: |-)(?:old|of age)"),
    ("age", "", "1", r"(?:years?|yrs?)(?: |-)(?:olds?|of age)|year-olds?"),
    ("duration", "workday", "1", r"(?:working|business|work|week|court|bank(?:ing)?) ?days?"),
    ("duration", "minute", "1", "min(?:ute)?s?"), ("duration", "hour", "1", "hours?|hrs?"),
    ("duration", "second", "1", "seconds?"), ("duration", "day", "1", "days?"),
    ("duration", "week", "1", "weeks?|wks?"), ("duration", "month", "1", "months?"),
    ("duration", "year", "1", "years?|yrs?"),
)
_BETWEEN = (r"\s?(?:-|\s)?(?:(?:or|and) (?:more|less|fewer) )?(?:(?:of the|full|whole|calendar|consecutive"
            r"|continuous|clear|more|further|extra|additional|other|straight"
            r"|school|complete|successive|long|short|different|separate|financial|tax|academic)\s){0,2}")
_JOINED = r"\s?-?"
_EN_LOOKS = tuple((kind, unit, Decimal(worth),
                   re.compile(rf"{_BETWEEN if kind == 'duration' else _JOINED}(?:{look})(?![A-Za-z])", re.IGNORECASE))
                  for kind, unit, worth, look in _EN)
_LATIN = re.compile(r"\s?(?:(?:square|cubic|sq\.?) (?:feet|foot|met(?:re|er)s?|miles?|yards?|ft|kilomet(?:re|er)s)"
                    r"|km|kg|cm|mm|ml|mg|m|g|L|miles?|kWh|kW|GB|MB|dB|mph|lbs?|oz|ft|m²|sq ft)(?![A-Za-z])")
_WORD = re.compile(r"\s(?P<word>[A-Za-z][A-Za-z'’-]*)")
_OR_MORE = re.compile(r"\s(?:(?:or|and) (?:more|fewer|less)|different)(?:\sof(?:\s(?:the|these|your|our))?)?",
    re.IGNORECASE)
_STOP = frozenset(re.findall(
    r"\w+",
    "of or and in on at to from for by with is are was were be been has have had will would may can could must should "
    "shall the a an this that these those if when who which as than per not no you your we our they their it its "
    "after before during within until since more less fewer later earlier ago each every only also there here up down "
    "out off over under between st nd rd th am pm but so then where while because"))
_NOT_PLURAL = re.compile(r"(?:ss|us|ous|is|'s|’s)$|^(?:as|was|has|does|gas|perhaps|always|means|makes|gives|takes"
    r"|starts|ends|costs|pays|gets|needs|applies|comes|runs|covers|series|news|lives|deals|works|travels|lasts|thirds|quarters|halves|fifths)$")
_SINGLE = re.compile(r"\s(?:(?:small|large|new|old|free|single|whole|full|extra|recent|valid|clear|additional)\s)?"
                     r"(?P<thing>(?:[A-Za-z-]+\s){0,2}[A-Za-z-]{3,})"
                     r"(?=\s?[,.;:)|]|\s?$|\s(?:and|or|of|for|per|in|with|from|at|on|to)\b)")
_ANY_ONE = frozenset(("another", "person", "such", "time", "side", "hand", "way", "thing", "else", "place", "party",
                      "day", "end", "case", "only", "parent", "partner", "year", "level", "point"))
_IRREGULAR = frozenset(["people", "children", "men", "women", "feet", "inches", "police", "staff"])
_MOST_WORDS = 6


def english_unit(text: str, number: Number) -> Unit | None:
    """The unit after a number in English: a measure, or the first plural of the words that follow."""
    for kind, unit, worth, look in _EN_LOOKS:
        match = look.match(text, number.end)
        if match and not (unit == "GBP" and match[0].strip() == "p" and number.kind == "word"):
            return Unit(kind, unit, match.end(), worth)
    latin = _LATIN.match(text, number.end)
    if latin:
        return Unit("quantity", latin[0].strip(), latin.end())
    return _counted_thing(text, number)


def _counted_thing(text: str, number: Number) -> Unit | None:
    more = _OR_MORE.match(text, number.end)
    at = more.end() if more else number.end
    if number.value == 1 and not more:
        return _single_thing(text, number)
    for _ in range(_MOST_WORDS):
        found = _WORD.match(text, at)
        if not found or found["word"].lower() in _STOP:
            return None
        at = found.end()
        if is_plural(found["word"]):
            return Unit("quantity", found["word"], at)
    return None


def _single_thing(text: str, number: Number) -> Unit | None:
    """What 1 counts: up to three words before a mark or a small word, without what only describes it."""
    found = _SINGLE.match(text, number.end)
    words = set(found[0].lower().split()) if found else _STOP
    if not found or words & _STOP or (number.kind == "word" and words & _ANY_ONE):
        return None
    return Unit("quantity", found["thing"], found.end())


def is_plural(word: str) -> bool:
    """Whether an English word looks like several of a thing."""
    small = word.lower()
    return small in _IRREGULAR or (small.endswith("s") and len(small) > 2 and not _NOT_PLURAL.search(small))

"""Where sentences end in shown text, Chinese and English: a pure function of the text of one block.

A sentence ends at its mark (。！？； or . ! ?), never inside brackets or quotation marks that close again, never inside
an address, never after an abbreviation unless another sentence plainly begins. A line break that its author made ends
it too. An item of an enumeration in running text ((一), ①, 1．, a)) begins a sentence of its own, also after a colon.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

Range = tuple[int, int]

_PAIRS = {"（": "）", "(": ")", "【": "】", "〔": "〕", "[": "]", "《": "》", "“": "”", "「": "」", "『": "』"}
_CLOSING = "”’」』）)】〕\"'"
_LONGEST_PAIR = 300  # characters: what is longer in brackets is text, and its sentences count
_MOST_PAIRS = 2_000  # of one block that are looked at
_END = re.compile(rf"[。！？；]+[{re.escape(_CLOSING)}]*|[!?]+[{re.escape(_CLOSING)}]*|\.+[{re.escape(_CLOSING)}]*|\n")
_GOES_ON = re.compile(r"[，,、；;：的]|\s+[a-z]")  # after a closed quotation or bracket: the sentence around it goes on
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>，。；、！？（）“”《》\u4e00-\u9fff]+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,9}")
_WIDE = re.compile("[\u2e80-\u9fff\uff00-\uffef“‘「『（《]")
_OPENS = re.compile(r"[\s\"'“‘(\[]*(?:[A-Z0-9¥$£€•]|[\u2e80-\u9fff（《「“])")
# Words before a full stop: those after which a sentence never ends, those after which none ends before a figure, and
# those after which one ends only where what follows begins as sentences do.
_NEVER = re.compile(
    r"(?:^|[^A-Za-z])(?:e\.g|i\.e|cf|vs|viz|approx|Mr|Mrs|Ms|Dr|Prof|Rev|Hon|Gov|Sen|Rep|Gen|Col|Capt|Sgt|Lt)$")
_NUMBERED = re.compile(
    r"(?:^|[^A-Za-z])(?:nos?|pp?|paras?|arts?|secs?|sect|chs?|figs?|vol|reg|tel|ext|fl|apt|bldg|rm|ste|cl|sch|ca|c)$",
    re.IGNORECASE)
_PERHAPS = re.compile(
    r"(?:^|[^A-Za-z])(?:[A-Z]|(?:[A-Za-z]\.)+[A-Za-z]|etc|al|incl|excl|esp|[Gg]ovt|Inc|Ltd|Co|Corp|Jr|Sr|Ph\.D|St|Mt|Ft|Ave|Rd|Blvd|Ln|Hwy"
    r"|[Dd]ept|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mon|Tues?|Wed|Thu|Thurs?|Fri|Sat|Sun|min|max|hrs?|sq|wk|yrs?|mo)$")
_REST = re.compile(r"\s*\Z")
_FIGURE = re.compile(r"[\s(]*(?:[#\d]|[A-Z]{1,3}[-\d]|[A-Z]\b|[IVXLC]{1,5}\b)")
_BEGINS = re.compile(
    r"[\u2e80-\u9fff（《「“]|\s+[\"'“(\[]*(?:The|A|An|You|Your|If|We|Our|It|Its|This|That|These|Those|There|They|Their|He|She|For|To|In|On|At|By|"
    r"When|While|After|Before|Until|Unless|Please|Call|Bring|Visit|See|Ask|Send|Pay|Do|Don't|No|Not|All|Any|Each|Every|Some|Only|"
    r"Once|As|What|Where|Who|How|Why|Is|Are|Can|May|Must|Applications|Applicants|Children|People)\b")
MARKER = re.compile(
    r"(?P<zh>[一二三四五六七八九十]{1,3}、)|(?P<zh_in>[（(][一二三四五六七八九十]{1,3}[）)])"
    r"|(?P<figure>\d{1,2}(?:[．、](?!\d)|\.(?=\s?[\u4e00-\u9fff])|[)）]))"
    r"|(?P<figure_in>[（(]\d{1,2}[）)])|(?P<circle>[\u2460-\u2473])"
    r"|(?P<paren>[\u2474-\u2487])|(?P<roman>[Ⅰ-Ⅻ][．、.])|(?P<roman_in>[（(](?:i{1,3}|iv|vi{0,3}|ix|x)[)）])"
    r"|(?P<letter>[a-zA-Z](?:[)）]|．)|[（(][a-z][)）])")
_REFERRED = re.compile(r"\s*[项款条目类种档级章节点号]")  # 第二条（一）项: a reference, no item
_CIRCLE = re.compile("[\u2460-\u2487]")
_LISTED = re.compile(r"(?:^|(?<=[：:；;。\n]))[ \t]*")


def marker(text: str, at: int = 0) -> re.Match[str] | None:
    """The mark of an enumeration's item that stands here."""
    found = MARKER.match(text, at)
    return found if found and not _REFERRED.match(text, found.end()) else None


def sentences(text: str, wrapped: Sequence[int] = (), whole: Sequence[Range] = ()) -> list[Range]:
    """The sentences of a block's shown text, without blanks at their ends; none is empty.

    ``wrapped`` are the places where its source begins a new line, on which an enumeration's item may stand; ``whole``
    are stretches, in order, that are not cut.
    """
    inside = _inside(text)
    places = [*wrapped, *(found.end() for found in _LISTED.finditer(text)),
              *(found.start() for found in _CIRCLE.finditer(text))]
    marks = {at: found.end() for at in places if (found := marker(text, at)) and _holds(inside, at) is None}
    ends = set(_ends(text, inside)) - set(marks.values())  # the stop of "1." ends nothing
    bounds = [at for at in sorted({0, len(text), *marks, *ends}) if _holds(whole, at) is None]
    spans = (_trimmed(text, a, b) for a, b in pairwise(bounds))
    return [span for span in spans if span[1] > span[0]]


def clauses(text: str, most: int) -> list[Range]:
    """A sentence's shown text in parts of at most ``most`` characters, cut at commas where it has them."""
    found, start = [], 0
    while len(text) - start > most:
        window = text[start:start + most]
        at = max(window.rfind(mark) for mark in "；;，,、：: ") + 1
        cut = start + (at if at > most // 3 else most)
        found.append(_trimmed(text, start, cut))
        start = cut
    found.append(_trimmed(text, start, len(text)))
    return [span for span in found if span[1] > span[0]]


def is_question(text: str) -> bool:
    """Whether a block is one question and nothing else, as it is printed above its answer; speech is not."""
    return text.rstrip().endswith(("?", "？")) and len(sentences(text)) == 1


def asks(sentence: str) -> bool:
    """Whether a sentence is a question."""
    return sentence.rstrip(_CLOSING + " ").endswith(("?", "？"))


def _trimmed(text: str, start: int, end: int) -> Range:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _ends(text: str, inside: list[Range]) -> Iterator[int]:
    """Where sentences end, as offsets; marks inside brackets, quotations and addresses do not count."""
    addresses = [m.span() for m in _ADDRESS.finditer(text)]
    for found in _END.finditer(text):
        start, end = found.span()
        mark = text[start]
        if mark == "\n":
            yield end
            continue
        if mark in "!?." and _holds(addresses, start) is not None and not _is_free(text, end):
            continue
        pair = _holds(inside, start)
        if pair and (mark == "；" or end < pair[1] or _GOES_ON.match(text, end)):
            continue
        if mark in "。！？；" or (_is_free(text, end) and (mark != "." or _stops(text, start, end))):
            yield end


def _is_free(text: str, end: int) -> bool:
    """Whether an ASCII mark ends something: a blank, the end or Chinese text follows."""
    return end == len(text) or text[end].isspace() or bool(_WIDE.match(text, end))


def _stops(text: str, start: int, end: int) -> bool:
    """Whether a full stop, after which a blank, the end or Chinese text comes, ends a sentence."""
    if _REST.match(text, end):
        return True
    before = text[max(0, start - 12):start]
    if _NEVER.search(before) or (_NUMBERED.search(before) and _FIGURE.match(text, end)):
        return False
    return bool((_BEGINS if _PERHAPS.search(before) else _OPENS).match(text, end))


def _inside(text: str) -> list[Range]:
    """Stretches in brackets and quotation marks that close again, the outermost; straight quotes count in pairs."""
    found: list[Range] = []
    open_marks: list[tuple[str, int]] = []
    for match in _MARKS.finditer(text):
        at, mark = match.start(), match[0]
        if mark == '"':
            mark = "“" if _QUOTE_OPENS.match(text, at) and not any(closing == "”" for closing, _ in open_marks) else "”"
        if len(found) > _MOST_PAIRS:
            break
        if mark in _PAIRS:
            if len(open_marks) < 20:
                open_marks.append((_PAIRS[mark], at))
        else:
            for depth in range(len(open_marks) - 1, -1, -1):
                if open_marks[depth][0] == mark:
                    start = open_marks[depth][1]
                    del open_marks[depth:]
                    if at - start <= _LONGEST_PAIR:
                        while found and found[-1][0] >= start:
                            found.pop()
                        found.append((start, at + 1))
                    break
    return found


_MARKS = re.compile("[" + re.escape("".join({*_PAIRS, *_PAIRS.values(), '"'})) + "]")
_QUOTE_OPENS = re.compile(r"(?<![^\s(（:：,，])\"(?=\S)")


def _holds(ranges: Sequence[Range], at: int) -> Range | None:
    """Which of the sorted ranges holds this place, their first characters excepted."""
    n = bisect_left(ranges, at, key=lambda r: r[1] - 1)
    return ranges[n] if n < len(ranges) and ranges[n][0] < at else None

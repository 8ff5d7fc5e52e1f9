"""Whether an edit is minor: slips of the pen, wording, punctuation, and nothing that an answer could turn on.

Refused are changes of figures with their units and bounds, dates and times, contacts, addresses and links, negations
and obligations, headings, the number of list items and table rows, and every field beside the text. Both texts are read
as sequences of such marks; a sequence that differs is a change. The lists of words are wide on purpose: a mark that an
edit does not touch stands on both sides, and an edit that is refused takes the ordinary way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import fields

from kb.articles.revisions import RevisionText
from kb.markup.document import Block
from kb.markup.parse import parse

_FREE = ("source", "author", "change_note", "is_minor")  # fields that a minor edit may change, the source within limits

_HAN_NUMBER = "零〇一二三四五六七八九十百千万亿两廿卅半壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億"
# Words in which a numeral is no figure. Few: what is missing here only sends an edit the ordinary way.
_NO_FIGURE = re.compile("一般|一些|一下|一起|一样|一旦|进一步|统一|万一|十分|千万(?=[不别要])|百姓|第一时间")
_UNIT = ("个?工作日|自然日|个?小时|分钟|秒|周岁|岁|个月|月|星期|周|天|日|年|万元|元|角|分|平方米|公里|千米|米|公斤|"
         "千克|克|人次|人|户|次|份|张|套|间|号楼|号|楼|层|室|栋|单元|折|倍|级|成|℃|度|吨|立方米|升|"
         "working days?|business days?|days?|weeks?|months?|years?|hours?|minutes?|yuan|percent|am|pm|km|m2|kg")
_ENGLISH_NUMBER = ("one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
                   "seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|"
                   "thousands?|millions?|half|halves|third|quarter|quarters|double|twice|once|triple|first|second|"
                   "dozen|single|both")
_MARKS = (  # kind, what is a mark of it; the first that fits at a place counts
    ("contact", r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+|https?://[!-~]+|www\.[!-~]+|"
                r"(?:(?![到在于至往向从的])[一-鿿]){1,8}"
                r"(?:路|街|大道|巷|弄|广场|大厦|大楼)(?=[\s\d" + _HAN_NUMBER + r"号，。,;；)）]|$)|"
                r"\b[a-z][\w']{0,30}(?:\s[a-z][\w']{0,30}){0,3}\s(?:road|rd|street|st|avenue|ave|lane|square|"
                r"building)\b"),
    ("negation", r"\b\w{0,9}n['’]t\b"),  # before can, which is in can't
    ("date", r"星期[一二三四五六日天]|周[一二三四五六日]|上午|下午|中午|凌晨|晚上|节假日|工作日|双休日|周末|"
             r"今年|明年|去年|本月|次月|当日|次日|即日|年底|年初|月底|月初|季度|"
             r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:january|february|march|april|may|june|july|august|"
             r"september|october|november|december)\b|\b(?:weekdays?|weekends?|noon|midnight|tomorrow|today)\b"),
    ("figure", r"\d[\d,.:/~–—-]{0,80}\d|\d|(?<![a-z])[ivx]{1,4}(?![a-z])"),
    ("figure", f"[{_HAN_NUMBER}]+"),
    ("figure", rf"\b(?:{_ENGLISH_NUMBER})\b"),
    ("figure", r"[%％‰℃¥￥$€£]"),
    ("figure", r"以上|以下|以内|之内|以外|以前|之前|以后|之后|超过|不满|不足|未满|至少|至多|最多|最少|最高|最低|不超|"
               r"低于|高于|少于|多于|大于|小于|及以|起步|封顶|每|各|均|"
               r"\b(?:at least|at most|more than|less than|up to|over|under|within|before|after|until|above|below|"
               r"maximum|minimum|per|each|every)\b"),
    ("negation", r"[不没未无無非否勿莫别禁免拒停除]|取消|撤销|暂缓|仅|只|限|"
                 r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|except|unless|only|cannot|exempt|exempted|refuse|refused|prohibited|forbidden)\b|"
                 r"\b(?:un|non|in)(?=(?:able|eligible|available|paid|married|valid|resident)\b)"),
    ("negation", r"必须|应当|应该|须|需要|可以|不得|或者|或|并且|且|\b(?:must|shall|should|may|can|need|and|or)\b"),
)
_MARK = re.compile("|".join(f"(?P<k{n}_{kind}>{pattern})" for n, (kind, pattern) in enumerate(_MARKS)), re.IGNORECASE)
_UNIT_AFTER = re.compile(rf"\s*(?:{_UNIT})", re.IGNORECASE)


def major_changes(before: RevisionText, after: RevisionText) -> dict[str, str]:
    """What of the edit is not minor: the kind (or the field), with what stood and what stands; empty when it is minor.
    """
    found = {name: _told(str(getattr(before, name)), str(getattr(after, name)))
             for name in (f.name for f in fields(RevisionText)) if name not in _FREE
             and getattr(before, name) != getattr(after, name)}
    old, new = marks_of(before.source), marks_of(after.source)
    for kind in dict.fromkeys((*old, *new)):
        was, stands = old.get(kind, ()), new.get(kind, ())
        if was != stands:
            found[kind] = _first_difference(was, stands)
    return found


def marks_of(source: str) -> Mapping[str, tuple[str, ...]]:
    """What an answer could turn on, by kind, in the order of the text."""
    document = parse(source)
    found: dict[str, list[str]] = {"heading": [], "structure": [], "link": []}
    for block in _blocks(document.root):
        if block.kind == "heading":
            found["heading"].append(f"{'#' * block.level} {document.text_of(block)}")
        elif block.kind not in ("document", "paragraph"):
            found["structure"].append(f"{block.kind} {block.level} {block.label}".rstrip(" 0"))
    for piece in document.pieces:
        if piece.kind == "open" and piece.data[0] in ("a", "picture"):
            found["link"].append(str(piece.data[1]))
        elif piece.kind in ("note", "task"):
            found["structure"].append(f"{piece.kind} {piece.data}")
    found["structure"] += [f"{hidden.kind} {hidden.text}" for hidden in document.hidden]
    for kind, mark in _marks(document.visible(0, len(source))):
        found.setdefault(kind, []).append(mark)
    return {kind: tuple(marks) for kind, marks in found.items()}


def _marks(text: str) -> Iterator[tuple[str, str]]:
    folded = _NO_FIGURE.sub(lambda m: "口" * len(m.group()), unicodedata.normalize("NFKC", text)).lower()
    for found in _MARK.finditer(folded):
        kind = (found.lastgroup or "").partition("_")[2]
        mark = " ".join(found.group().split())
        if kind == "figure":
            unit = _UNIT_AFTER.match(folded, found.end())
            mark += "".join(unit.group().split()) if unit else ""
        yield kind, mark


def _blocks(block: Block) -> Iterator[Block]:
    yield block
    for inner in block.blocks:
        yield from _blocks(inner)


def _first_difference(was: tuple[str, ...], stands: tuple[str, ...]) -> str:
    n = next((n for n, (one, other) in enumerate(zip(was, stands, strict=False)) if one != other),
             min(len(was), len(stands)))
    return _told(was[n] if n < len(was) else "", stands[n] if n < len(stands) else "")


def _told(was: str, stands: str) -> str:
    return f"{was[:40] or '(none)'} -> {stands[:40] or '(none)'}"

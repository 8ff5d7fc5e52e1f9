"""Years, parts of them, and seasons that a text says something ends with: 至2026年底, 今年起, the 2026 season."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kb.markup.facts.years import month_end, season_ends

_RELATIVE = re.compile(
    r"今年(?:以来|起|内|底前?|年底|上半年|下半年)?|今[春夏秋](?!天的)|今冬(?!明春)|明年|去年(?![审检度])"
    r"|(?:预计|计划|力争|争取|有望|将于)[到在]?年底(?=[^，。]{0,12}(?:开通|建成|完[成工]|竣工|通车|投入|启用|开[业放]|交付|运[营行]))"
    r"|(?<![\d一二三四五六七八九十两半几每当])年内(?=[^，。；的]{0,12}(?:完成|建[成设]|实现|再|将|新[增建]|力争|计划|开工|推出|有望|启动|投入))"
    r"|\b(?:from|since|starting|until|later|earlier|by the end of) this year\b"
    r"|\b(?:will|expects?|plans?|hopes?|is to|are to)\b[^.;|]{0,50}\bby the end of the year\b"
    r"|\bwill [^.;|]{0,40}\bnext year\b|(?<!\bthe )\bnext (?:spring|summer|autumn|fall|winter|season)\b", re.IGNORECASE)
# A year that is said to end, and years that are two: of school, of heating.
_YEARS_END = re.compile(
    r"(?:延续|延长|执行|保留|顺延|持续|使用|有效)?(?<!截)[至到](?P<to>20\d\d)年(?:12月)?[底末](?:前|止|为止)?"
    r"|(?:政策|优惠|补贴|活动|期限|有效期|受理|申报|报名)(?:时间|期)?截至(?P<upto>20\d\d)年(?:12月)?[底末]"
    r"|(?P<by>20\d\d)年(?:12月)?(?:[底末](?:[之以]?前|(?=[^，。]{0,4}(?:结束|完成|到期|截止|停)))|年?度?内(?![^，。]{0,10}(?:累计|共|已|曾|发生|查处|新增\d)))"
    r"|(?:(?P<term>20\d\d)年[春秋]季学期(?!起|开始)|(?:\bthe )?\b(?P<season>20\d\d) (?:[a-z]+ )?season\b)"
    r"|20\d\d\s?[-—–~至]{1,2}\s?(?P<two>20\d\d)(?=年?(?:学年|[采供]暖[季期]|雪季|赛季|财年)|年度(?!汇算))"
    r"|\b(?:the (?P<rate>20\d\d) (?:\w+ ){0,2}(?:rates?|fees?|limits?|amounts?|premiums?|cap|thresholds?)"
    r" (?:is|are|for)"
    r"|(?:tolls?|rates?|fees?|fares?|prices?|limits?|hours|schedule|dates|calendar) for (?P<of>20\d\d)(?![-–/])"
    r"|(?P<sold>20\d\d) (?:[a-z]+ ){1,2}(?:is|are) (?:on sale|due|available|open|free)"
    r"|in (?P<in>20\d\d),? (?:the|it|each) (?:[^.;| ]+ ){0,4}(?:is|are|costs?)"
    r"|(?:may|can|will) ?not [^.;|]{0,20}\bin (?P<not>20\d\d)"
    r"|(?:frozen|waived|free|capped|unchanged|suspended) (?:for|in|during|throughout) (?P<during>20\d\d)(?![-–/])"
    r"|for (?:the )?20\d\d[–/](?P<fiscal>\d\d))\b"
    r"|\b20\d\d\s?[-–/]\s?(?P<short>20\d\d|\d\d)(?= (?:school|academic|winter|heating|snow)? ?(?:year|season))",
    re.IGNORECASE)
_IS_OVER = re.compile(r"已经?[于在]?$")
_HISTORY = re.compile(r"出生|伤亡|去世|\b(?:was|were|had)\b")
_SEASON_OF = re.compile(
    r"\b(?:will|is to|are to|(?:is|are) (?:expected|due|scheduled|planned) to|should)\b[^.;|]{0,40}?\b(?:in|by|until) "
    r"(?:early |late |mid-)?(?P<season>spring|summer|autumn|fall"
    r"|winter)(?:(?: of)? (?P<year>20\d\d)\b)?", re.IGNORECASE)
_ONCE = re.compile(r"\b(?:(?:re)?open|be (?:completed|finished|ready)|finish|return|launch)\b", re.IGNORECASE)
HOLIDAYS = {"元旦": (1, 3), "春节": (2, 28), "清明": (4, 6), "五一": (5, 5), "劳动节": (5, 5), "端午": (6, 30),
             "中秋": (10, 8), "国庆": (10, 8), "寒假": (2, 28), "暑假": (8, 31)}  # by which day it is over
_DAYS_KEPT = {"new year": (1, 1), "easter": (4, 25), "memorial day": (5, 31), "labor day": (9, 7),
              "labour day": (9, 7), "thanksgiving": (11, 28), "christmas": (12, 25)}  # the latest they can be
_OF_HOLIDAY = re.compile(
    rf"(?P<y>20\d\d)年(?P<zh>{'|'.join(HOLIDAYS)})(?:节|假期|长假)?(?:[之以]?[前后]|期间|结束)"
    rf"|\b(?:until|till|through|by|before|after|over) (?P<en>{'|'.join(_DAYS_KEPT)})(?:'s(?: day)?)?,? (?:of )?"
    r"(?P<ey>20\d\d)\b",
    re.IGNORECASE)
# A quarter or half of a year for which something is waived or planned; what was counted in it is no such thing.
_PART = re.compile(
    r"(?P<year>20\d\d)年(?:第?(?P<quarter>[一二三四1-4])季度|(?P<half>[上下])半年|(?P<season>[春夏秋冬])(?:季(?![^，。；]{0,4}学期)|天|(?=[，、至起前后])))"
    r"(?!度?[^，。；]{0,6}(?:起|开始|以来|[之以]?后(?!续))|[^。；]{0,30}(?:累计|同比|增长|下降|了|已|共))")


@dataclass(frozen=True, slots=True)
class Said:
    """Where something is said that had its time, of which kind it is, and its last day."""

    start: int
    end: int
    kind: str
    until: date


def year_ends(text: str, written: date) -> Iterator[Said]:
    """What a leaf says of whole years, or of parts of them, that were still to end when it was written."""
    for found in _YEARS_END.finditer(text):
        last = next(year for year in found.groups() if year)
        is_split = found["two"] or found["short"] or found["fiscal"]
        until = date(int(last[-2:]) + 2000, *((8, 31) if is_split else (12, 31)))
        if written <= until and not _HISTORY.search(text[found.end():found.end() + 20]) and not _IS_OVER.search(
                text[:found.start()]):
            yield Said(found.start(), found.end(), "end", until)
    for found in _RELATIVE.finditer(text):
        if text.rfind("“", 0, found.start()) > text.rfind("”", 0, found.start()):
            continue  # what a caller says
        yield Said(found.start(), found.end(), "relative", date(written.year, 12, 31))
    for found in _OF_HOLIDAY.finditer(text):
        month, day = HOLIDAYS[found["zh"]] if found["zh"] else _DAYS_KEPT[found["en"].lower()]
        until = date(int(found["y"] or found["ey"]), month, day)
        if written <= until:
            yield Said(found.start(), found.end(), "end", until)
    for found in _PART.finditer(text):
        quarter = "一二三四".find(found["quarter"]) + 1 or int(found["quarter"]) if found["quarter"] else 0
        month = quarter * 3 or {"上": 6, "春": 5, "夏": 8, "秋": 11}.get(found["half"] or found["season"], 12)
        until = month_end(int(found["year"]), month)
        if written <= until and not _HISTORY.search(text[:found.end() + 20]):
            yield Said(found.start(), found.end(), "end", until)
    for found in _SEASON_OF.finditer(text):
        until = season_ends(found["season"], date(int(found["year"]), 1, 1) if found["year"] else written)
        if written <= until and (found["year"] or _ONCE.search(found[0])):
            yield Said(found.start("season"), found.end(), "announced", until)

"""``kb draft check``: what a draft does to the answers, and other advice on it."""

from __future__ import annotations

import argparse

from kb.actor import Actor
from kb.articles.writing.check_report import CheckReport, Finding
from kb.articles.writing.check_words import kind_said, said
from kb.articles.writing.checks import keep_check
from kb.clock import utc_now
from kb.db import Database
from kb.settings import Settings
from retriever.factory import build
from retriever.shell import line, say, say_json

_QUOTED = 160  # characters of a stretch


def check(args: argparse.Namespace, settings: Settings, database: Database, actor: Actor) -> int:
    """Check the draft, keep what is found, and tell it: it is advice, so that all is well whatever is found."""
    retriever = build(settings, database)
    try:
        now = utc_now()
        report = retriever.check(args.id, actor, now=now)
    finally:
        retriever.close()
    with database.transaction() as session:
        keep_check(session, actor, report, now=now, origin="cli")
    if args.json:
        say_json(report.as_dict())
    else:
        _tell(report, args.lang)
    return 0


def _tell(report: CheckReport, lang: str) -> None:
    is_zh = lang == "zh"
    for finding in report.findings:
        line(f"{kind_said(finding, lang)}: {_question(finding, is_zh)}{said(finding, lang)}")
        for sign, stretches in (("-", finding.before), ("+", finding.after)):
            for one in stretches:
                line(f"  {sign} {' › '.join(one.heading_path)}{': ' if one.heading_path else ''}{one.quote[:_QUOTED]}")
    if is_zh:
        say(f"共看了 {report.questions} 个问过的问题，有 {len(report.findings)} 处请留意。"
            + ("" if report.is_complete else "时间不够，没有看完。"))
    else:
        say(f"{report.questions} questions of the log looked at, {len(report.findings)} things to look at"
            + ("" if report.is_complete else "; time was up before all were read"))


def _question(finding: Finding, is_zh: bool) -> str:
    if finding.question is None:
        return ""
    times = finding.question.asked
    return f"「{finding.question.text}」（问过{times}次）" if is_zh else f"“{finding.question.text}” (asked {times}×) "

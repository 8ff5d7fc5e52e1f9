"""``kb draft check``: what a draft does to the answers, and other advice on it."""

from __future__ import annotations

import argparse

from kb.actor import Actor
from kb.articles.writing.check_report import CheckReport, Finding
from kb.articles.writing.check_words import kind_said, said
from kb.articles.writing.checks import keep_check
from kb.clock import utc_now
from kb.db import Database
from kb.messages.catalogue import say as in_language
from kb.messages.catalogue import shell_language
from kb.messages.message import Message
from kb.settings import Settings
from retriever.factory import build
from retriever.shell import line, say_json

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
        _tell(report, args.lang or shell_language())
    return 0


def _tell(report: CheckReport, lang: str) -> None:
    is_zh = lang == "zh"
    for finding in report.findings:
        line(f"{kind_said(finding, lang)}: {_question(finding, is_zh)}{said(finding, lang)}")
        for sign, stretches in (("-", finding.before), ("+", finding.after)):
            for one in stretches:
                line(f"  {sign} {' › '.join(one.heading_path)}{': ' if one.heading_path else ''}{one.quote[:_QUOTED]}")
    for other in report.contradictions:
        line(in_language(Message("the article “{other}” states it differently", other=other["title"]), lang))
        line(f"  + {other['own'][:_QUOTED]}")
        line(f"  = {other['article']}: {other['quote'][:_QUOTED]}")
    line(in_language(Message("{questions} questions of the log looked at, {count} things to look at",
                             questions=report.questions, count=len(report.findings)), lang))
    if not report.is_complete:
        line(in_language(Message("time was up before all questions were read"), lang))


def _question(finding: Finding, is_zh: bool) -> str:
    if finding.question is None:
        return ""
    times = finding.question.asked
    return f"「{finding.question.text}」（问过{times}次）" if is_zh else f"“{finding.question.text}” (asked {times}×) "

"""``kb feedback``: what was said of answers, and answering it."""

from __future__ import annotations

import argparse

from kb.actor import OPERATOR
from kb.cli.acting import acting, add_as
from kb.cli.output import hint, line, say, say_json
from kb.clock import utc_now
from kb.db import Database
from kb.feedback import queue
from kb.feedback.queue import Item
from kb.feedback.verdicts import FeedbackState
from kb.settings import Settings

_MOST = 1_000  # verdicts that one listing shows


def feedback_(parser: argparse.ArgumentParser) -> None:
    """kb feedback list|resolve"""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = ("example: kb feedback list --department hrss\n"
                     '         kb feedback resolve ID accepted --reply "已修改" --as hrss-editor')
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    states = [state.value for state in FeedbackState]
    listed = verbs.add_parser("list", help="what was said, worst and latest first")
    listed.add_argument("--state", choices=states, default="open", help="in this state (default open)")
    listed.add_argument("--department", metavar="CODE", help="of this department's articles only")
    listed.add_argument("--article", metavar="SLUG", help="of this article only")
    listed.add_argument("--json", action="store_true", help="for programs")
    listed.set_defaults(run=_list)
    resolved = verbs.add_parser("resolve", help="say what becomes of it; whoever said it is told")
    resolved.add_argument("id", help="as `kb feedback list` shows it")
    resolved.add_argument("state", choices=states)
    resolved.add_argument("--reply", default="", metavar="TEXT", help="what to answer; declining needs the reason")
    resolved.add_argument("--seen", choices=states, metavar="STATE", help="the state in which you saw it; needed to "
                          "turn another's answer round")
    add_as(resolved)
    resolved.set_defaults(run=_resolve)


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        found = queue.waiting(session, OPERATOR, state=FeedbackState(args.state), department=args.department,
                              slug=args.article, limit=_MOST)
    if args.json:
        say_json([item.as_dict() for item in found])
    else:
        for item in found:
            line(_line(item))
    if not found:
        hint("nothing was said there that is in this state")
    return 0 if found else 1


def _line(item: Item) -> str:
    where = f"{item.slug} r{item.number}" if item.slug else item.department or "-"
    return "  ".join(part for part in (item.id, item.verdict.value, item.target.value, where,
                                       " ".join(item.question.split())[:60], " ".join(item.note.split())[:60]) if part)


def _resolve(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        queue.resolve(session, actor, args.id, FeedbackState(args.state), reply=args.reply,
                      seen=FeedbackState(args.seen) if args.seen else None, now=utc_now(), origin="cli")
    say("answered: {state}", state=args.state)
    return 0

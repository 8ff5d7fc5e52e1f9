"""``kb audit``: verify the chain, or show its end."""

from __future__ import annotations

import argparse

from kb.cli.output import say, say_json
from kb.db import Database
from kb.record import audit
from kb.settings import Settings


def audit_(parser: argparse.ArgumentParser) -> None:
    """kb audit verify|tail"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    checked = verbs.add_parser("verify", help="check that no entry was changed, removed or moved")
    checked.set_defaults(run=_verify)
    newest = verbs.add_parser("tail", help="the newest entries, newest first")
    newest.add_argument("-n", type=int, default=20, metavar="N", help="how many (default 20)")
    newest.set_defaults(run=_tail)
    for verb in (checked, newest):
        verb.add_argument("--json", action="store_true", help="for programs")


def _verify(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        verdict = audit.verify(session)
    if args.json:
        say_json({"entries": verdict.entries, "head": verdict.head, "broken_at": verdict.broken_at,
                  "reason": verdict.reason})
    else:
        say(f"{verdict.entries} entries hold; head {verdict.head}" if verdict.broken_at is None
            else f"broken at entry {verdict.broken_at}: {verdict.reason}")
    return 0 if verdict.broken_at is None else 1


def _tail(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        entries = audit.tail(session, max(1, args.n))
    if args.json:
        say_json([{"id": e.id, "at": e.at.isoformat(), "actor": e.actor, "action": e.action, "subject": e.subject,
                   "origin": e.origin, "before": e.before, "after": e.after, "hash": e.hash} for e in entries])
    else:
        for e in entries:
            say(f"{e.id} {e.at.isoformat()} {e.actor} {e.action} {e.subject}")
    return 0 if entries else 1

"""``kb notices``: mail of notices that was given up."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from kb.actor import OPERATOR
from kb.cli.output import hint, iso, line, padded, say, say_json
from kb.clock import utc_now
from kb.db import Database
from kb.messages.catalogue import in_shell
from kb.settings import Settings
from kb.upkeep import undelivered

_MOST = 1_000  # mails that one listing shows


def notices(parser: argparse.ArgumentParser) -> None:
    """kb notices dead|resend"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    dead = verbs.add_parser("dead", help="mail that could not be sent: for whom, and why; the newest first")
    dead.add_argument("--json", action="store_true", help="for programs")
    dead.set_defaults(run=_dead)
    again = verbs.add_parser("resend", help="try it once more, all of it or one")
    again.add_argument("--delivery", type=int, metavar="NUMBER", help="as `kb notices dead` shows it")
    again.set_defaults(run=_resend)


def _dead(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        found = undelivered.dead_mail(session, OPERATOR, limit=_MOST)[:_MOST]
    if args.json:
        say_json([{**asdict(one), "told_at": iso(one.told_at), "given_up_at": iso(one.given_up_at),
                   "failure": in_shell(one.failure)} for one in found])
    else:
        for one in found:
            line(f"{one.id:>8}  {padded(one.login, 16)}  {one.kind:10}  {in_shell(one.failure)}")
    if not found:
        hint("no mail was given up")
    return 0 if found else 1


def _resend(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        count = undelivered.send_anew(session, OPERATOR, delivery_id=args.delivery, now=utc_now(), origin="cli")
    say("{count} to be sent anew", count=count)
    return 0 if count else 1

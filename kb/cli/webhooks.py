"""``kb webhooks``: other systems that hear of notices."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from kb.actor import OPERATOR
from kb.cli.output import hint, iso, line, note, padded, say, say_json
from kb.clock import utc_now
from kb.db import Database
from kb.messages.catalogue import in_shell
from kb.messages.message import Message
from kb.settings import Settings
from kb.upkeep.notice_choices import Kind
from kb.upkeep.webhooks import keeping, log
from kb.upkeep.webhooks.keeping import Receiver
from kb.upkeep.webhooks.log import Delivery

_MOST = 1_000  # deliveries that one listing shows


def webhooks(parser: argparse.ArgumentParser) -> None:
    """kb webhooks add|list|test|pause|resume|secret|drop|deliveries|resend"""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = ("example: kb webhooks add oa https://oa.binhai.gov.cn/kb --kind task --kind escalation\n"
                     "         kb webhooks deliveries oa --state dead")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    added = verbs.add_parser("add", help="add a receiver; its secret is shown, this once")
    added.add_argument("name")
    added.add_argument("url", help="its host must be listed in the setting webhooks.hosts")
    added.add_argument("--kind", action="append", default=[], choices=[kind.value for kind in Kind],
                       help="only this kind; may be given again")
    added.set_defaults(run=_add)
    listed = verbs.add_parser("list", help="who is told, and how it goes")
    listed.add_argument("--json", action="store_true", help="for programs")
    listed.set_defaults(run=_list)
    for name, run, words in (
            ("test", _test, "call it now, and say what came of it"), ("pause", _pause, "tell it nothing until resumed"),
            ("resume", _resume, "tell it again"), ("secret", _secret, "a new secret, ending the old one"),
            ("drop", _drop, "take it away, with what waits for it")):
        verb = verbs.add_parser(name, help=words)
        verb.add_argument("name", help="or its id")
        verb.set_defaults(run=run)
    sent = verbs.add_parser("deliveries", help="what was sent to it, the newest first")
    sent.add_argument("name", help="or its id")
    sent.add_argument("--state", choices=log.STATES, default="", help="only those: dead were given up")
    sent.add_argument("--json", action="store_true", help="for programs")
    sent.set_defaults(run=_deliveries)
    again = verbs.add_parser("resend", help="send anew all that was given up, or one")
    again.add_argument("name", help="or its id")
    again.add_argument("--delivery", type=int, metavar="NUMBER", help="only this one, whatever became of it")
    again.set_defaults(run=_resend)


def _add(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        _, secret = keeping.add(session, OPERATOR, name=args.name, url=args.url, kinds=args.kind, now=utc_now(),
                                origin="cli")
    return _shown_once(secret)


def _secret(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        secret = keeping.renew_secret(session, OPERATOR, args.name, now=utc_now(), origin="cli")
    return _shown_once(secret)


def _shown_once(secret: str) -> int:
    note("the receiver's secret, shown this once:")
    line(secret)
    return 0


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        found = keeping.list_receivers(session, OPERATOR)
    if args.json:
        say_json([_as_dict(one) for one in found])
    else:
        width = max((len(one.name) for one in found), default=0) + 2
        for one in found:
            line(f"{padded(one.name, width)}{padded(in_shell(_state(one)), 44)}  {one.url}")
    if not found:
        hint("no other system is told; `kb webhooks add` adds one")
    return 0 if found else 1


def _test(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    from kb.upkeep.webhooks import sending

    outcome = sending.ping(database, settings, OPERATOR, args.name, now=utc_now(), origin="cli")
    say("{name}: {told}", name=args.name, told=outcome.told)
    return 1 if outcome.code else 0


def _pause(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        keeping.pause(session, OPERATOR, args.name, now=utc_now(), origin="cli")
    say("{name} is told nothing until `kb webhooks resume`", name=args.name)
    return 0


def _resume(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        keeping.go_on(session, OPERATOR, args.name, now=utc_now(), origin="cli")
    say("{name} is told again", name=args.name)
    return 0


def _drop(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        keeping.drop(session, OPERATOR, args.name, now=utc_now(), origin="cli")
    say("{name} is taken away", name=args.name)
    return 0


def _deliveries(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        found = log.deliveries(session, OPERATOR, args.name, state=args.state, limit=_MOST)[:_MOST]
    if args.json:
        say_json([_sent(one) for one in found])
    else:
        for one in found:
            why = f"  {in_shell(one.failure)}" if one.failure else ""
            line(f"{one.id:>8}  {one.state:8}{one.attempts:>3}  {one.key}{why}")
    if not found:
        hint("nothing of that kind was sent to {name}", name=args.name)
    return 0 if found else 1


def _resend(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.transaction() as session:
        count = log.resend(session, OPERATOR, args.name, delivery_id=args.delivery, now=utc_now(), origin="cli")
    say("{count} to be sent anew", count=count)
    return 0 if count else 1


def _state(one: Receiver) -> Message:
    if one.paused_at:
        return Message("paused; {waiting} wait", waiting=one.waiting)
    if one.failing:
        return Message("fails: {reason}; {waiting} wait, {dead} given up", reason=one.failing, waiting=one.waiting,
                       dead=one.dead)
    return Message("works; {waiting} wait, {dead} given up", waiting=one.waiting, dead=one.dead)


def _as_dict(one: Receiver) -> dict[str, Any]:
    return {**asdict(one), "kinds": list(one.kinds), "made_at": iso(one.made_at), "paused_at": iso(one.paused_at),
            "sent_at": iso(one.sent_at), "failing": in_shell(one.failing) if one.failing else None}


def _sent(one: Delivery) -> dict[str, Any]:
    return {**asdict(one), "failure": in_shell(one.failure) if one.failure else None, "tried_at": iso(one.tried_at),
            "next_at": iso(one.next_at)}

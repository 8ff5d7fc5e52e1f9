"""``kb callbacks``: calls that were told a text which has been replaced."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from kb.actor import OPERATOR
from kb.cli import verb_of
from kb.cli.acting import acting, add_as
from kb.cli.output import hint, line, say, say_json
from kb.clock import utc_now, zone
from kb.db import Database
from kb.messages.catalogue import in_shell
from kb.messages.message import Message
from kb.settings import Settings
from kb.upkeep import callback_list
from kb.upkeep.callback_list import Callback
from kb.upkeep.callbacks import CallbackState

_MOST = 10_000  # calls that one listing shows


def callbacks_(parser: argparse.ArgumentParser) -> None:
    """kb callbacks list|export|set|scan"""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = ("example: kb callbacks list --department hrss\n"
                     "         kb callbacks export calls.csv --state open\n"
                     '         kb callbacks set ID called --note "已告知" --as supervisor')
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    states = [state.value for state in CallbackState]
    listed = verbs.add_parser("list", help="the calls, those with a reference first")
    exported = verbs.add_parser("export", help="the same as a table for a spreadsheet")
    exported.add_argument("file", type=Path, metavar="FILE", help="to write; - for standard output")
    for verb in (listed, exported):
        verb.add_argument("--state", choices=states, help="in this state (default all)")
        verb.add_argument("--department", metavar="CODE", help="about this department's articles only")
        verb.add_argument("--article", metavar="SLUG", help="about this article only")
    listed.add_argument("--json", action="store_true", help="for programs")
    listed.set_defaults(run=_list)
    exported.set_defaults(run=_export)
    done = verbs.add_parser("set", help="note what became of a call")
    done.add_argument("id", help="as `kb callbacks list` shows it")
    done.add_argument("state", choices=states)
    done.add_argument("--note", default="", metavar="TEXT", help="without personal data; not_needed needs the reason")
    add_as(done)
    done.set_defaults(run=_set)
    scanned = verbs.add_parser("scan", help="look now for texts that were replaced; the server does so every minute")
    scanned.set_defaults(run=lambda args, settings, database: verb_of("callbacks scan")(args, settings, database))


def _found(args: argparse.Namespace, database: Database) -> list[Callback]:
    with database.reading() as session:
        return callback_list.list_callbacks(
            session, OPERATOR, state=CallbackState(args.state) if args.state else None, department=args.department,
            slug=args.article, limit=_MOST)


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    found = _found(args, database)
    if args.json:
        say_json([one.as_dict() for one in found])
    else:
        for one in found:
            line(f"{one.id}  {one.state.value:<10}  {one.call_ref or '-'}  {one.asked_at:%Y-%m-%d %H:%M}  {one.slug} "
                 f"r{one.was_number}→r{one.now_number}")
            for difference in one.differences:
                line(f"  - {' '.join(difference.was.split())[:160]}\n  + {' '.join(difference.now.split())[:160]}")
    if not found:
        hint("no call was told a text that has been replaced since")
    return 0 if found else 1


def _export(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    tz = zone(settings.hotline.timezone)

    def moment(value: datetime) -> str:
        return f"{value.astimezone(tz):%Y-%m-%d %H:%M}"

    heads = [in_shell(head) for head in _HEADS]
    states = {state.value: in_shell(Message("{state}", state=state)) for state in CallbackState}
    found = _found(args, database)
    table = callback_list.as_table(found, heads, states, moment)
    if str(args.file) == "-":
        sys.stdout.write(table)
    else:
        args.file.write_text(table, encoding="utf-8", newline="")
        say("{count} calls in {file}", count=len(found), file=args.file)
    return 0


_HEADS = (
    Message("call"), Message("asked at"), Message("question"), Message("article"), Message("revision told"),
    Message("what was told"), Message("revision now"), Message("what holds now"), Message("state"), Message("by whom"),
    Message("when"), Message("note"), Message("answer"),
)


def _set(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        callback_list.set_callback(session, actor, args.id, CallbackState(args.state), note=args.note, now=utc_now(),
                                   origin="cli")
    say("noted: {state}", state=CallbackState(args.state))
    return 0

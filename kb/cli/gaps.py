"""``kb gaps``: what callers ask and nothing answers."""

from __future__ import annotations

import argparse

from kb.actor import OPERATOR
from kb.cli import verb_of
from kb.cli.acting import acting, add_as
from kb.cli.output import hint, line, say, say_json
from kb.clock import utc_now
from kb.db import Database
from kb.settings import Settings
from kb.upkeep import gap_list
from kb.upkeep.gaps import GapState

_MOST = 1_000  # gaps that one listing shows


def gaps_(parser: argparse.ArgumentParser) -> None:
    """kb gaps list|decide|scan"""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = ("example: kb gaps list --department hrss\n"
                     '         kb gaps decide ID dismissed --note "不属于热线受理范围" --as manager')
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    states = [state.value for state in GapState]
    listed = verbs.add_parser("list", help="what is asked oftenest and latest comes first")
    listed.add_argument("--state", choices=states, default="open", help="in this state (default open)")
    listed.add_argument("--department", metavar="CODE", help="of this department only")
    listed.add_argument("--json", action="store_true", help="for programs")
    listed.set_defaults(run=_list)
    decided = verbs.add_parser("decide", help="say what becomes of a gap")
    decided.add_argument("id", help="as `kb gaps list` shows it")
    decided.add_argument("state", choices=states)
    decided.add_argument("--note", default="", metavar="TEXT", help="dismissing needs the reason")
    add_as(decided)
    decided.set_defaults(run=_decide)
    scanned = verbs.add_parser("scan", help="gather new questions now; the server does so every few minutes")
    scanned.set_defaults(run=lambda args, settings, database: verb_of("gaps scan")(args, settings, database))


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        found = gap_list.list_gaps(session, OPERATOR, state=GapState(args.state), department=args.department,
                                   limit=_MOST)
    if args.json:
        say_json([gap.as_dict() for gap in found])
    else:
        for gap in found:
            line(f"{gap.id}  {gap.asked:>5}  {gap.last_asked_at:%Y-%m-%d}  {gap.department or '-'}  "
                 f"{' '.join(gap.name.split())[:100]}")
    if not found:
        hint("no gap is in this state; `kb gaps scan` looks for new ones")
    return 0 if found else 1


def _decide(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        gap_list.decide(session, actor, args.id, GapState(args.state), note=args.note, now=utc_now(), origin="cli")
    say("noted: {state}", state=GapState(args.state))
    return 0

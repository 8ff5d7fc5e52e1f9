"""``kb known``: add, list, release, drop the questions that sections are known to answer."""

from __future__ import annotations

import argparse

from kb.actor import OPERATOR
from kb.cli.acting import acting, add_as
from kb.cli.output import hint, line, padded, say_json
from kb.clock import utc_now
from kb.db import Database
from kb.known import known
from kb.known.known import KnownState
from kb.markup.headings import JOINT
from kb.messages.catalogue import in_shell
from kb.settings import Settings

_PAGE = 500


def known_(parser: argparse.ArgumentParser) -> None:
    """kb known add|list|release|drop"""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = ('example: kb known add social-card-loss-reissue "补领" "医保卡丢了到哪里补" --as hrss-editor\n'
                     '         kb known add social-card-loss-reissue "" "社保卡有什么用" --as hrss-editor\n'
                     "         kb known list social-card-loss-reissue --state proposed\n"
                     "         kb known release 3b0e4c52-6f0c-4c55-9d0e-1f1a6d2b7c11 --as hrss-editor")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    added = verbs.add_parser("add", help="a question that a section answers, released at once")
    added.add_argument("article", help="its slug")
    added.add_argument("heading", help="the section's heading; where several have it, all headings joined by "
                       f"'{JOINT}'; empty or the title for the text before the first heading")
    added.add_argument("question", help="as callers ask it")
    add_as(added)
    added.set_defaults(run=_add)
    listed = verbs.add_parser("list", help="the known questions of an article, or of all")
    listed.add_argument("article", nargs="?", help="its slug")
    listed.add_argument("--state", choices=[state.value for state in KnownState], help="only those in this state")
    listed.set_defaults(run=_list)
    for name, help_text in (("release", "let searches use it"), ("drop", "let searches use it no more")):
        moved = verbs.add_parser(name, help=help_text)
        moved.add_argument("id", help="as `kb known list` shows it")
        moved.add_argument("--json", action="store_true", help="for programs")
        add_as(moved)
        moved.set_defaults(run=_move)
    for verb in (added, listed):
        verb.add_argument("--json", action="store_true", help="for programs")


def _add(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        found = known.add(session, actor, args.article, args.heading, args.question, now=utc_now(), origin="cli")
    return _tell(found, args.json)


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    state = KnownState(args.state) if args.state else None
    found: list[known.Known] = []
    with database.reading() as session:
        while True:
            page = known.list_known(session, OPERATOR, args.article, state=state, limit=_PAGE, now=utc_now(),
                                    after=found[-1].id if found else "")
            found += page
            if len(page) < _PAGE:
                break
    if args.json:
        say_json([item.as_dict() for item in found])
    else:
        for item in found:
            line(_line(item))
    if not found:
        hint("no known questions there; `kb known add` adds one")
    return 0 if found else 1


def _move(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    act = known.release if args.verb == "release" else known.drop
    actor = acting(args, database)
    with database.transaction() as session:
        found = act(session, actor, args.id, now=utc_now(), origin="cli")
    return _tell(found, args.json)


def _tell(found: known.Known, as_json: bool) -> int:
    if as_json:
        say_json(found.as_dict())
    else:
        line(_line(found))
    return 0


def _line(item: known.Known) -> str:
    where = f"{item.slug}{f' › {JOINT.join(item.heading_path)}' if item.heading_path else ''}"
    mark = "  " + in_shell("(orphaned)") if item.is_orphaned else ""
    return f"{item.id}  {padded(in_shell('{state}', state=item.state), 8)}  {where}  {item.text}{mark}"

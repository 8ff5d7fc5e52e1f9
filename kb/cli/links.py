"""``kb links``: the pages that texts name as their source, looked at and listed."""

from __future__ import annotations

import argparse

from kb.actor import OPERATOR
from kb.cli.output import hint, line, say, say_json
from kb.clock import utc_now
from kb.db import Database
from kb.settings import Settings
from kb.upkeep import registering
from kb.upkeep.links import looking
from kb.upkeep.links.looking import Which
from kb.upkeep.links.settings import LinkSettings

_MOST = 20_000


def links(parser: argparse.ArgumentParser) -> None:
    """kb links check|list"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    checked = verbs.add_parser("check", help="look at the pages that are due, of the listed hosts, for one round")
    checked.add_argument("--link", action="append", metavar="ID", help="only this one, due or not; may be given again")
    checked.set_defaults(run=_check)
    listed = verbs.add_parser("list", help="what is known of each page")
    listed.add_argument("--which", choices=[one.value for one in Which], default=Which.TROUBLE.value,
                        help="trouble: gone or saying something else; unseen: not looked at; default trouble")
    listed.set_defaults(run=_list)
    for verb in (checked, listed):
        verb.add_argument("--json", action="store_true", help="for programs")


def _check(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    if not settings.section(LinkSettings).listed:
        hint("no page is looked at: list the hosts in the setting links.hosts")
        return 1
    done = registering.look_at_pages(database, settings, now=utc_now(), origin="cli", only=args.link)
    if args.json:
        say_json({"looked": done.looked, "changed": done.changed, "dead": done.dead, "back": done.back,
                  "waiting": done.waiting})
    else:
        say(done.told)
    return 0


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        found = looking.links_after(session, OPERATOR, which=Which(args.which), after="", limit=_MOST, now=utc_now())
    if args.json:
        say_json([one.as_dict() for one in found])
    else:
        for one in found:
            slugs = " ".join(dict.fromkeys(use.slug for use in one.uses))
            line(f"{one.state:<8} {one.status or '–':<4} {one.address}  {slugs}  {one.id}")
    if not found:
        hint("no such page")
    return 0 if found else 1

"""``kb hide`` and ``kb show``: an article out of sight at once, and back again."""

from __future__ import annotations

import argparse

from kb.articles.acts import hiding
from kb.cli.acting import acting, add_as
from kb.cli.output import say, say_json
from kb.clock import utc_now, zone
from kb.db import Database
from kb.settings import Settings


def hide(parser: argparse.ArgumentParser) -> None:
    """kb hide SLUG (--reason TEXT | --sign) --as LOGIN"""
    parser.add_argument("slug")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--reason", metavar="TEXT", help=f"why; it is hidden for {hiding.ALONE.days} days at most")
    how.add_argument("--sign", action="store_true", help="sign what another person has hidden: it stays so until it is "
                     "shown again")
    add_as(parser)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=_hide)


def show(parser: argparse.ArgumentParser) -> None:
    """kb show SLUG --as LOGIN"""
    parser.add_argument("slug")
    parser.add_argument("--reason", default="", metavar="TEXT", help="what was found")
    add_as(parser)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=_show)


def _hide(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        if args.sign:
            found = hiding.sign_hiding(session, actor, args.slug, now=utc_now(), origin="cli")
        else:
            found = hiding.hide(session, actor, args.slug, reason=args.reason, now=utc_now(), origin="cli")
    if args.json:
        say_json({"slug": args.slug, **found.as_dict()})
    elif found.until is None:
        say("{slug} is hidden until it is shown again", slug=args.slug)
    else:
        until = found.until.astimezone(zone(settings.hotline.timezone))
        say("{slug} is hidden until {until:%Y-%m-%d %H:%M}; `kb hide {slug} --sign` by another person makes it last",
            slug=args.slug, until=until)
    return 0


def _show(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        hiding.show(session, actor, args.slug, reason=args.reason, now=utc_now(), origin="cli")
    if args.json:
        say_json({"slug": args.slug, "hidden": False})
    else:
        say("{slug} is seen again", slug=args.slug)
    return 0

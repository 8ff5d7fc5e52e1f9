"""``kb article where-used|carry``: where a figure is stated, and one change of it carried as drafts."""

from __future__ import annotations

import argparse
from typing import Any

from kb.actor import OPERATOR
from kb.cli.acting import acting, add_as
from kb.cli.output import hint, line, say, say_json
from kb.clock import utc_now
from kb.db import Database
from kb.reading.carrying import Left, carry_change
from kb.reading.where_used import where_used
from kb.settings import Settings

_LEFT = {Left.NOT_YOURS: "written by another department", Left.HAS_DRAFT: "you have a draft with it already",
         Left.NOT_NEWEST: "its newest published text does not state it"}


def add_verbs(verbs: Any) -> None:
    """The verbs of ``kb article`` for a figure that several articles state."""
    used = verbs.add_parser("where-used", help="every text that states a phone, sum, address, date or document",
                            epilog='example: kb article where-used "0540-8811600"')
    used.add_argument("figure", help="as a text has it, with its unit: 25元, 10个工作日, 0540-8811600")
    used.set_defaults(run=_where_used)
    carry = verbs.add_parser("carry", help="begin drafts that state another figure in its place",
                             epilog="example: kb article carry 25元 30元 --as hrss-editor")
    carry.add_argument("old", help="the figure as it stands")
    carry.add_argument("new", help="the figure as it is to be")
    carry.add_argument("--article", action="append", metavar="SLUG", help="only in this one; may stand several times")
    carry.add_argument("--note", default="", metavar="TEXT", help="the drafts' change note")
    add_as(carry)
    carry.set_defaults(run=_carry)
    for verb in (used, carry):
        verb.add_argument("--json", action="store_true", help="for programs")


def _where_used(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        found = where_used(session, OPERATOR, args.figure, now=utc_now())
    if args.json:
        say_json(found.as_dict())
    else:
        for use in found.places:
            what = f"r{use.number}" if use.number else f"draft of {use.author}"
            line(f"{use.department:<10} {use.slug:<40} {use.standing.value:<9} {what}  "
                f"{use.shown[0]}[{use.shown[1]}]{use.shown[2]}")
    if found.is_cut:
        hint("there are more places than are shown")
    elif not found.is_whole:
        hint("texts wait to be read for the first time; ask again in a minute while `kb serve` runs")
    return 0 if found.places else 1


def _carry(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        change = carry_change(session, actor, args.old, args.new, slugs=args.article, note=args.note, now=utc_now(),
                              origin="cli")
    if args.json:
        say_json(change.as_dict())
    else:
        for item in change.drafts:
            say("{slug}: draft {draft_id}, {places} places", slug=item.slug, draft_id=item.draft_id, places=item.places)
        for left in change.left:
            say("{slug} ({department}): left, {left}", slug=left.slug, department=left.department,
                left=_LEFT[left.reason])
        if change.drafts:
            hint("nothing is published; look at each with `kb draft show`, then `kb submit`")
    return 0 if change.drafts else 1

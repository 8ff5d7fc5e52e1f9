"""``kb rules``: how many signatures of its owner a text needs, by department and category; the list of categories."""

from __future__ import annotations

import argparse

from kb.articles.acts import rules as text_rules
from kb.cli.acting import acting, add_as
from kb.cli.output import hint, line, padded, say, say_json
from kb.clock import utc_now
from kb.db import Database
from kb.messages.catalogue import in_shell
from kb.messages.message import Message
from kb.settings import Settings


def rules(parser: argparse.ArgumentParser) -> None:
    """kb rules list|set|categories|category"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listed = verbs.add_parser("list", help="the rules; without any a text needs one signature of its owner")
    listed.set_defaults(run=_list)
    changed = verbs.add_parser("set", help="how often the owner signs; a department's rule counts before a category's",
                               epilog="example: kb rules set 2 --department hrss --as manager")
    changed.add_argument("count", type=int, metavar="N", help="1 to 5")
    changed.add_argument("--department", default="", metavar="CODE", help="of this owner; default any")
    changed.add_argument("--category", default="", metavar="NAME", help="of this category; default any")
    changed.set_defaults(run=_set)
    known = verbs.add_parser("categories", help="the categories that a text may have, with risk and review interval")
    known.set_defaults(run=_categories)
    put = verbs.add_parser("category", help="add a category, or change it",
                           epilog="example: kb rules category 社会保障 --risk high --review-days 180 --as manager")
    put.add_argument("name")
    put.add_argument("--risk", choices=text_rules.RISKS, default="normal")
    put.add_argument("--review-days", type=int, metavar="DAYS", help="how long a text may go unreviewed; default "
                     "hotline.review_days")
    put.set_defaults(run=_category)
    for verb in (changed, put):
        add_as(verb)
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", help="for programs")


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        found = text_rules.list_rules(session)
    if args.json:
        say_json([{"department": department, "category": category, "owner_signatures": count}
                  for department, category, count in found])
    else:
        for department, category, count in found:
            line(f"{padded(department or in_shell('any department'), 20)} "
                 f"{padded(category or in_shell('any category'), 20)} {count}")
    if not found:
        hint("no rules: every text needs one signature of its owner")
    return 0 if found else 1


def _set(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        text_rules.set_rule(session, actor, department=args.department, category=args.category,
                            owner_signatures=args.count, now=utc_now(), origin="cli")
    found = {"department": args.department, "category": args.category, "owner_signatures": args.count}
    if args.json:
        say_json(found)
    else:
        say("texts of {department} in {category} need {count} of their owner's signatures",
            department=args.department or Message("any department"), category=args.category or Message("any category"),
            count=args.count)
    return 0


def _categories(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    with database.reading() as session:
        found = text_rules.list_categories(session)
    if args.json:
        say_json([one.as_dict() for one in found])
    else:
        for one in found:
            say("{name} {risk:<8} reviewed after {review_days} days", name=padded(one.name, 20), risk=one.risk,
                review_days=one.review_days or settings.hotline.review_days)
    return 0 if found else 1


def _category(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        found = text_rules.set_category(session, actor, args.name, risk=args.risk, review_days=args.review_days,
                                        now=utc_now(), origin="cli")
    if args.json:
        say_json(found.as_dict())
    else:
        say("{name}: risk {risk}, reviewed after {review_days} days", name=found.name, risk=found.risk,
            review_days=found.review_days or settings.hotline.review_days)
    return 0

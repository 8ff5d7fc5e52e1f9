"""``kb calendar``: which days are worked; set a day, give it back, import a year; reckon a due date."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from kb.cli.acting import acting, add_as
from kb.cli.output import hint, line, padded, say, say_json
from kb.clock import utc_now, zone
from kb.db import Database
from kb.errors import Invalid
from kb.messages.catalogue import in_shell
from kb.settings import Settings
from kb.upkeep import calendar as working
from kb.upkeep import calendar_editing


def calendar(parser: argparse.ArgumentParser) -> None:
    """kb calendar list|due|set|unset|import"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listed = verbs.add_parser("list", help="the days of a year that their weekday alone does not tell",
                              epilog="example: kb calendar list 2026")
    listed.add_argument("year", type=int, nargs="?", metavar="YEAR", help="default: this one")
    listed.set_defaults(run=_list)
    due = verbs.add_parser("due", help="the working day so many after a day", epilog="example: kb calendar due 5 "
                           "--after 2026-09-28")
    due.add_argument("count", type=int, metavar="N", help="working days; negative: before")
    due.add_argument("--after", type=_day, metavar="DAY", help="default: today")
    due.set_defaults(run=_due)
    changed = verbs.add_parser("set", help="say that days are worked or free, whatever their year's plan has",
                               epilog="example: kb calendar set free 2026-12-24 --name 停电检修 --as manager")
    changed.add_argument("what", choices=("free", "working"))
    changed.add_argument("first", type=_day, metavar="DAY")
    changed.add_argument("--to", type=_day, metavar="DAY", help="up to this day, included; default: the one day")
    changed.add_argument("--name", default="", help="what day it is")
    changed.set_defaults(run=_set)
    back = verbs.add_parser("unset", help="give days that were set by hand back to their year's plan",
                            epilog="example: kb calendar unset 2026-12-24 --as manager")
    back.add_argument("first", type=_day, metavar="DAY")
    back.add_argument("--to", type=_day, metavar="DAY", help="up to this day, included; default: the one day")
    back.set_defaults(run=_unset)
    taken = verbs.add_parser("import", help="years from a YAML file, in place of what is known of them",
                             epilog="example: kb calendar import holidays-2027.yaml --as manager")
    taken.add_argument("file", type=Path, metavar="FILE", help="like kb/upkeep/holidays_cn.yaml")
    taken.set_defaults(run=_import)
    for verb in (changed, back, taken):
        add_as(verb)
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", help="for programs")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(in_shell("{text} is not a day; write 2026-03-01", text=text[:40])) from error


def _list(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    year = args.year or utc_now().astimezone(zone(settings.hotline.timezone)).year
    if not working.FIRST_YEAR <= year <= working.LAST_YEAR:
        raise Invalid("year", "the calendar is kept for {first} to {last}", first=working.FIRST_YEAR,
                      last=working.LAST_YEAR)
    with database.reading() as session:
        days = working.days_of(session, year)
        plan = next((plan for plan in working.plans_of(session) if plan.year == year), None)
    if args.json:
        say_json({"year": year, "is_known": plan is not None, "source": plan.source if plan else None,
                  "days": [_as_dict(day) for day in days]})
        return 0
    for day in days:
        line(f"{day.day}  {padded(in_shell('worked') if day.is_working else in_shell('free'), 8)} {day.name}"
             + (f"  ({in_shell('set by hand')})" if day.origin is working.Origin.SET else ""))
    if plan is None:
        hint("the holidays of {year} are not known: its weekends alone are free; `kb calendar import` brings them",
             year=year)
    else:
        hint("source: {source}", source=plan.source)
    return 0


def _due(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    first = args.after or utc_now().astimezone(zone(settings.hotline.timezone)).date()
    with database.reading() as session:
        found = working.load(session)
    day = found.add(first, args.count)
    unknown = sorted(set(range(min(first, day).year, max(first, day).year + 1)) - found.years)
    if args.json:
        say_json({"after": first.isoformat(), "working_days": args.count, "due": day.isoformat(),
                  "unknown_years": unknown})
        return 0
    line(day.isoformat())
    if unknown:
        hint("the holidays of {years} are not known: weekends alone are free", years=unknown)
    return 0


def _set(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        days = calendar_editing.set_days(session, actor, args.first, args.to or args.first,
                                         is_working=args.what == "working", name=args.name, now=utc_now(), origin="cli")
    if args.json:
        say_json([_as_dict(day) for day in days])
    else:
        say("days set: {count}", count=len(days))
    return 0


def _unset(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        count = calendar_editing.unset_days(session, actor, args.first, args.to or args.first, now=utc_now(),
                                            origin="cli")
    if args.json:
        say_json({"days": count})
    else:
        say("days given back to their year's plan: {count}", count=count)
    return 0


def _import(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    try:
        with args.file.open("rb") as file:
            text = file.read(working.LARGEST_FILE + 1).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("unreadable", "{path}: cannot be read: {error}", path=args.file, error=error) from error
    plans = working.parse_plans(text)
    with database.transaction() as session:
        calendar_editing.import_plans(session, actor, plans, now=utc_now(), origin="cli")
    if args.json:
        say_json({"years": [plan.year for plan in plans]})
    else:
        say("{years}: taken", years=[plan.year for plan in plans])
    return 0


def _as_dict(day: working.NamedDay) -> dict[str, object]:
    return {"day": day.day.isoformat(), "is_working": day.is_working, "name": day.name, "origin": day.origin.value}

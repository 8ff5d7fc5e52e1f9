"""``kb ledger``: the telephone numbers that the hotline gives out."""

from __future__ import annotations

import argparse
from dataclasses import replace

from kb.actor import OPERATOR
from kb.cli.acting import acting, add_as
from kb.cli.output import line, padded, say, say_json
from kb.cli.sheets import add_sheet, given_in, sheet_in, tell_changes, tell_report, tell_rows
from kb.clock import utc_now
from kb.db import Database
from kb.errors import NotFound
from kb.messages.message import Message
from kb.registers import fields, history, phone_sheets, phones
from kb.registers.keys import phone_shown
from kb.registers.phones import PhoneText, PhoneView, Standing
from kb.settings import Settings
from kb.upkeep import registering

_TEXTS = ("name_zh", "name_en", "department", "hours", "replaced_by", "note")
_DAYS = ("valid_from", "valid_to")
_MOST = 20_000


def ledger(parser: argparse.ArgumentParser) -> None:
    """kb ledger list|set|retire|import|history"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listed = verbs.add_parser("list", help="the numbers, those with some words in number, name or note")
    listed.add_argument("words", nargs="*")
    listed.add_argument("--department", default="", metavar="CODE")
    listed.add_argument("--standing", choices=[one.value for one in Standing])
    listed.add_argument("--csv", action="store_true", help="as a table that can be imported again")
    listed.set_defaults(run=_list)
    changed = verbs.add_parser("set", help="enter a number, or change what is given of it",
                               epilog="example: kb ledger set 0599-5550142 --zh 社保咨询 --department hrss --as km")
    changed.add_argument("number")
    changed.add_argument("--zh", dest="name_zh", metavar="NAME", help="needed for a new number")
    changed.add_argument("--en", dest="name_en", metavar="NAME")
    changed.add_argument("--department", metavar="CODE", help="'' for none")
    changed.add_argument("--hours", metavar="TEXT")
    changed.add_argument("--from", dest="valid_from", metavar="DAY", help="listed from this day; '' for since ever")
    changed.add_argument("--to", dest="valid_to", metavar="DAY", help="no longer listed from this day; '' for no end")
    changed.add_argument("--instead", dest="replaced_by", metavar="NUMBER", help="the number to call instead")
    changed.add_argument("--note", metavar="TEXT")
    changed.set_defaults(run=_set)
    retired = verbs.add_parser("retire", help="list a number no longer; texts that give it are told at once",
                               epilog="example: kb ledger retire 0599-5550142 --instead 0599-5550188 --as manager")
    retired.add_argument("number")
    retired.add_argument("--on", default="", metavar="DAY", help="default today")
    retired.add_argument("--instead", default="", metavar="NUMBER")
    retired.add_argument("--note", default="", metavar="TEXT")
    retired.set_defaults(run=_retire)
    brought = verbs.add_parser("import", help="take a table in, all of it or nothing",
                               epilog="example: kb ledger import phones.csv --rehearse --as manager")
    add_sheet(brought)
    brought.set_defaults(run=_import)
    told = verbs.add_parser("history", help="what was done to a number's entry")
    told.add_argument("number")
    told.set_defaults(run=_history)
    for verb in (changed, retired, brought):
        add_as(verb)
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", help="for programs")


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        found = phones.phones_after(session, OPERATOR, " ".join(args.words), department=args.department,
                                    standing=Standing(args.standing) if args.standing else None, limit=_MOST,
                                    now=utc_now())
    return tell_rows(found, args, _row, phone_sheets.export_phones, Message("no number was found"))


def _set(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor, now = acting(args, database), utc_now()
    with database.reading() as session:
        try:
            before = phones.phone_by_number(session, actor, args.number, now=now)
        except NotFound:
            before = None
    text = replace(before.text if before else PhoneText(args.number, ""),
                   **given_in(args, _TEXTS, _DAYS))
    done = registering.enter_phone(database, actor, text, seen=before.version if before else 0, now=now, origin="cli")
    return _tell(done.row, args)


def _retire(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor, now = acting(args, database), utc_now()
    with database.reading() as session:
        row = phones.phone_by_number(session, actor, args.number, now=now)
        on = fields.day(args.on, "on") or fields.today(session, now)
    return _tell(registering.retire_phone(database, actor, row.id, on=on, replaced_by=args.instead, note=args.note,
                                          seen=row.version, now=now, origin="cli"), args)


def _import(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    return tell_report(registering.import_phones(database, actor, sheet_in(args.file), is_trial=args.rehearse,
                                                 now=utc_now(), origin="import"), args)


def _history(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        row = phones.phone_by_number(session, OPERATOR, args.number, now=utc_now())
        changes = history.changes_of(session, OPERATOR, f"phone:{row.id}")
    return tell_changes(changes, args, database)


def _tell(row: PhoneView, args: argparse.Namespace) -> int:
    if args.json:
        say_json(row.as_dict())
    elif row.standing is Standing.RETIRED:
        say("{number}: no longer listed from {day}", number=phone_shown(row.text.number), day=row.text.valid_to)
    else:
        line(_row(row))
    return 0


def _row(one: PhoneView) -> str:
    end = f"  → {one.text.valid_to} {phone_shown(one.text.replaced_by)}".rstrip() if one.text.valid_to else ""
    return (f"{phone_shown(one.text.number):<14} {padded(one.text.name_zh, 30)} {one.text.department or '–':<12} "
            f"{one.standing.value:<8} {one.text.hours}{end}").rstrip()

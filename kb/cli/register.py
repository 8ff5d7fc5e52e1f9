"""``kb register``: the documents that articles rest on, and whether they still hold."""

from __future__ import annotations

import argparse
from contextlib import suppress
from dataclasses import replace

from kb.actor import OPERATOR
from kb.cli.acting import acting, add_as
from kb.cli.output import line, padded, say, say_json
from kb.cli.sheets import add_sheet, given_in, sheet_in, tell_changes, tell_report, tell_rows
from kb.clock import utc_now
from kb.db import Database
from kb.errors import NotFound
from kb.messages.message import Message
from kb.registers import document_sheets, documents, fields, history
from kb.registers.document_values import DocumentStatus, DocumentText, DocumentView, Standing
from kb.settings import Settings
from kb.upkeep import registering

_TEXTS = ("title", "number", "issuer", "url", "note")
_DAYS = ("issued_on", "effective_from", "effective_to")
_MOST = 20_000


def register(parser: argparse.ArgumentParser) -> None:
    """kb register list|set|repeal|amend|restore|import|take|history"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listed = verbs.add_parser("list", help="the documents, those with some words in title, number or issuer")
    listed.add_argument("words", nargs="*")
    listed.add_argument("--status", choices=[one.value for one in DocumentStatus])
    listed.add_argument("--csv", action="store_true", help="as a table that can be imported again")
    listed.set_defaults(run=_list)
    changed = verbs.add_parser("set", help="enter a document, or change what is given of it",
                               epilog="example: kb register set 国务院令第258号 --title 失业保险条例 --as manager")
    changed.add_argument("document", help="its number, or its title where it has none")
    changed.add_argument("--title", metavar="TEXT", help="needed for a new document that is named by its number")
    changed.add_argument("--number", metavar="TEXT")
    changed.add_argument("--issuer", metavar="TEXT")
    changed.add_argument("--issued-on", metavar="DAY")
    changed.add_argument("--from", dest="effective_from", metavar="DAY")
    changed.add_argument("--to", dest="effective_to", metavar="DAY", help="no longer in force from this day")
    changed.add_argument("--url", metavar="ADDRESS")
    changed.add_argument("--note", metavar="TEXT")
    changed.set_defaults(run=_set)
    for name, status, help_text in (
            ("repeal", DocumentStatus.REPEALED, "it holds no more; texts that rest on it are told at once"),
            ("amend", DocumentStatus.AMENDED, "it was amended; texts that rest on it are told at once"),
            ("restore", DocumentStatus.IN_FORCE, "it is in force after all")):
        verb = verbs.add_parser(name, help=help_text,
                                epilog=f"example: kb register {name} 国务院令第258号 --as manager")
        verb.add_argument("document", help="its number or its title")
        if status is not DocumentStatus.IN_FORCE:
            verb.add_argument("--on", default="", metavar="DAY", help="from this day; default today")
            verb.add_argument("--by", default="", metavar="DOCUMENT", help="number or title of the one that does it")
        verb.add_argument("--note", default="", metavar="TEXT")
        verb.set_defaults(run=_change, status=status)
        add_as(verb)
    brought = verbs.add_parser("import", help="take a table in, all of it or nothing",
                               epilog="example: kb register import documents.csv --rehearse --as manager")
    add_sheet(brought)
    brought.set_defaults(run=_import)
    taken = verbs.add_parser("take", help="enter what texts in force name as their basis")
    taken.set_defaults(run=_take)
    told = verbs.add_parser("history", help="what was done to a document's entry")
    told.add_argument("document", help="its number or its title")
    told.set_defaults(run=_history)
    for verb in (changed, brought, taken):
        add_as(verb)
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", help="for programs")


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        found = documents.documents_after(session, OPERATOR, " ".join(args.words), limit=_MOST,
                                          status=DocumentStatus(args.status) if args.status else None)
    return tell_rows(found, args, _row, document_sheets.export_documents,
                     Message("no document was found; `kb register take` enters what articles rest on"))


def _set(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor, now = acting(args, database), utc_now()
    before = None
    with suppress(NotFound), database.reading() as session:
        before = documents.find_document(session, actor, args.document)
    new = DocumentText(args.title, args.document) if args.title else DocumentText(args.document)
    done = registering.enter_document(
        database, actor, replace(before.text if before else new, **given_in(args, _TEXTS, _DAYS)),
        document_id=before.id if before else None, seen=before.version if before else 0, now=now, origin="cli")
    return _tell(done.row, args)


def _change(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor, now = acting(args, database), utc_now()
    standing = Standing()
    with database.reading() as session:
        row = documents.find_document(session, actor, args.document)
        if args.status is not DocumentStatus.IN_FORCE:
            standing = Standing(args.status, fields.day(args.on, "on") or fields.today(session, now),
                                changed_by_text=args.by)
            with suppress(NotFound):
                if args.by:
                    standing = replace(standing, changed_by_text="",
                                       changed_by_id=documents.find_document(session, actor, args.by).id)
    return _tell(registering.change_standing(database, actor, row.id, standing, seen=row.version, note=args.note,
                                             now=now, origin="cli").row, args)


def _import(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    return tell_report(registering.import_documents(database, actor, sheet_in(args.file), is_trial=args.rehearse,
                                                    now=utc_now(), origin="import"), args)


def _take(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    taken = registering.take_from_articles(database, acting(args, database), now=utc_now(), origin="cli")
    if args.json:
        say_json({"added": taken.added, "named": taken.named})
    else:
        say("texts in force name {named} documents; {added} of them were entered", named=taken.named,
            added=taken.added)
    return 0


def _history(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        row = documents.find_document(session, OPERATOR, args.document)
        changes = history.changes_of(session, OPERATOR, f"register:{row.id}")
    return tell_changes(changes, args, database)


def _tell(row: DocumentView, args: argparse.Namespace) -> int:
    if args.json:
        say_json(row.as_dict())
    else:
        line(_row(row))
    return 0


def _row(one: DocumentView) -> str:
    change = f"  {one.standing.changed_on} {one.changed_by}".rstrip() if one.standing.changed_on else ""
    return (f"{padded(one.text.title, 40)} {padded(one.text.number or '–', 24)} {one.standing.status.value:<9}"
            f"{change}").rstrip()

"""``kb department``: who they are and who heads them; renaming, merging, splitting, dissolving."""

from __future__ import annotations

import argparse

from kb.articles.acts import reorganising
from kb.articles.acts.reorganising import Reorganised
from kb.cli.acting import acting, add_as
from kb.cli.output import hint, line, say, say_json
from kb.clock import utc_now
from kb.db import Database
from kb.messages.catalogue import in_shell
from kb.messages.message import Message
from kb.people import department_editing as editing
from kb.people.department_editing import DepartmentView
from kb.settings import Settings


def department(parser: argparse.ArgumentParser) -> None:
    """kb department list|show|set|rename|merge|split|dissolve"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listed = verbs.add_parser("list", help="all, the dissolved ones too")
    listed.set_defaults(run=_list)
    shown = verbs.add_parser("show", help="one, with its people")
    shown.add_argument("code")
    shown.set_defaults(run=_show)
    changed = verbs.add_parser("set", help="who heads it, how it is reached, its district",
                               epilog="example: kb department set hrss --head li --deputy wu --as admin")
    changed.add_argument("code")
    changed.add_argument("--phone", metavar="NUMBER")
    changed.add_argument("--head", metavar="LOGIN", help="'' for nobody")
    changed.add_argument("--deputy", action="append", dest="deputies", metavar="LOGIN",
                         help="may be given again; '' for nobody")
    changed.add_argument("--contact", action="append", dest="contacts", metavar="NAME=PHONE",
                         help="may be given again; '' for none")
    changed.add_argument("--district", metavar="NAME", help="one of hotline.districts; '' for none")
    changed.set_defaults(run=_set)
    renamed = verbs.add_parser("rename", help="other names; the code stays")
    renamed.add_argument("code")
    renamed.add_argument("--zh", required=True, metavar="NAME")
    renamed.add_argument("--en", required=True, metavar="NAME")
    renamed.set_defaults(run=_rename)
    merged = verbs.add_parser("merge", help="give all of it to another department, and dissolve it")
    merged.add_argument("code")
    merged.add_argument("--into", required=True, metavar="CODE")
    merged.set_defaults(run=_merge)
    parted = verbs.add_parser("split", help="give some of its articles to another department, or to a new one",
                              epilog="example: kb department split hrss --into talent --zh 人才局 --en Talent "
                              "--article talent-subsidy --as admin")
    parted.add_argument("code")
    parted.add_argument("--into", required=True, metavar="CODE")
    parted.add_argument("--article", action="append", required=True, dest="articles", metavar="SLUG",
                        help="may be given again")
    parted.add_argument("--zh", default="", metavar="NAME", help="of a department that is to be made")
    parted.add_argument("--en", default="", metavar="NAME", help="of a department that is to be made")
    parted.set_defaults(run=_split)
    ended = verbs.add_parser("dissolve", help="end it; its successor has its articles")
    ended.add_argument("code")
    ended.add_argument("--successor", metavar="CODE", help="needed where it has articles")
    ended.set_defaults(run=_dissolve)
    for verb in (changed, renamed, merged, parted, ended):
        add_as(verb)
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", help="for programs")


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        found = editing.list_all(session)
    if args.json:
        say_json([one.as_dict() for one in found])
    else:
        for one in found:
            line(f"{one.code:<16} {one.name_zh}  {one.name_en}{_end(one)}")
    return 0 if found else 1


def _show(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        return _tell(editing.get_department(session, args.code), args)


def _set(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    contacts = None if args.contacts is None else [
        dict(zip(("name", "phone"), (part.strip() for part in given.rpartition("=")[::2]), strict=True))
        for given in args.contacts if given]
    deputies = None if args.deputies is None else [login for login in args.deputies if login]
    with database.transaction() as session:
        found = editing.set_department(session, actor, args.code, phone=args.phone, head=args.head, deputies=deputies,
                                       contacts=contacts, district=args.district, now=utc_now(), origin="cli")
    return _tell(found, args)


def _rename(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        found = editing.rename(session, actor, args.code, name_zh=args.zh, name_en=args.en, now=utc_now(), origin="cli")
    return _tell(found, args)


def _merge(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        found = reorganising.merge(session, actor, args.code, into=args.into, now=utc_now(), origin="cli")
    return _told(found, args)


def _split(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        found = reorganising.split(session, actor, args.code, into=args.into, articles=args.articles, name_zh=args.zh,
                                   name_en=args.en, now=utc_now(), origin="cli")
    return _told(found, args)


def _dissolve(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        found = reorganising.dissolve(session, actor, args.code, successor=args.successor, now=utc_now(), origin="cli")
    return _told(found, args)


def _tell(found: DepartmentView, args: argparse.Namespace) -> int:
    if args.json:
        say_json(found.as_dict())
        return 0
    line(f"{found.code}: {found.name_zh}, {found.name_en}{_end(found)}")
    contacts = [f"{c['name']} {c['phone']}".strip() for c in found.contacts]
    for told in (Message("  phone: {value}", value=found.phone), Message("  head: {value}", value=found.head),
                 Message("  deputies: {value}", value=found.deputies), Message("  contacts: {value}", value=contacts),
                 Message("  district: {value}", value=found.district)):
        if told.facts["value"]:
            say(told)
    return 0


def _end(found: DepartmentView) -> str:
    """What became of one that is no more."""
    if not found.dissolved_at:
        return ""
    if found.successor:
        return "  " + in_shell("(dissolved; {successor} followed it)", successor=found.successor)
    return "  " + in_shell("(dissolved; nobody followed it)")


def _told(found: Reorganised, args: argparse.Namespace) -> int:
    if args.json:
        say_json(found.as_dict())
        return 0
    if found.successor:
        say("{code}: {count} articles, now of {successor}", code=found.code, count=len(found.articles),
            successor=found.successor)
    else:
        say("{code}: {count} articles", code=found.code, count=len(found.articles))
    if found.people:
        hint("{people} had roles of {code}, which mean nothing now; `kb user roles` gives others", people=found.people,
             code=found.code)
    return 0

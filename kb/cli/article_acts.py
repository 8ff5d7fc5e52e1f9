"""``kb article move|rollback|redact``: acts on a whole article or an old text, each as a named person."""

from __future__ import annotations

import argparse
from typing import Any

from kb.articles.acts import moving, redaction
from kb.articles.owners import revision_by_number
from kb.articles.writing.rollback import rollback
from kb.cli.acting import acting, add_as
from kb.cli.output import hint, say, say_json
from kb.clock import utc_now
from kb.db import Database
from kb.dialects import empty_log
from kb.settings import Settings


def add_verbs(verbs: Any) -> None:
    """The verbs of ``kb article`` that change something."""
    move = verbs.add_parser("move", help="sign that it goes to another department: both sign, each by another person",
                            epilog="example: kb article move card --to fund --reason 职能划转 --as hrss-approver")
    move.add_argument("slug")
    how = move.add_mutually_exclusive_group(required=True)
    how.add_argument("--to", metavar="CODE", help="the department that is to have it")
    how.add_argument("--drop", action="store_true", help="let one that is on its way stay where it is")
    move.add_argument("--department", metavar="CODE", help="for which you sign, where you may for both")
    move.add_argument("--reason", default="", metavar="TEXT", help="why; needed where you sign in a department's place")
    move.set_defaults(run=_move)
    back = verbs.add_parser("rollback", help="begin a draft with the words of an earlier revision",
                            epilog="example: kb article rollback card --to 2 --as hrss-editor")
    back.add_argument("slug")
    back.add_argument("--to", type=int, required=True, metavar="N", help="the revision whose words come back")
    back.set_defaults(run=_rollback)
    erase = verbs.add_parser("redact", help="erase a revision's words by law: an administrator asks, a manager agrees",
                             epilog="example: kb article redact card 2 --reason 法院裁定 --as admin")
    erase.add_argument("slug")
    erase.add_argument("revision", type=int, metavar="N")
    act = erase.add_mutually_exclusive_group(required=True)
    act.add_argument("--reason", metavar="TEXT", help="by which law or decision: asks for it")
    act.add_argument("--agree", action="store_true", help="agree to what was asked for; this cannot be undone")
    erase.set_defaults(run=_redact)
    for verb in (move, back, erase):
        add_as(verb)
        verb.add_argument("--json", action="store_true", help="for programs")


def _move(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        if args.drop:
            moving.drop_move(session, actor, args.slug, now=utc_now(), origin="cli")
            found = None
        else:
            found = moving.move(session, actor, args.slug, to=args.to, department=args.department, reason=args.reason,
                                now=utc_now(), origin="cli")
    if args.json:
        say_json({"slug": args.slug, "dropped": True} if found is None else found.as_dict())
    elif found is None:
        say("{slug} stays where it is", slug=args.slug)
    elif found.waiting_for:
        say("{slug} goes from {source} to {target} once {waiting_for} has signed", slug=args.slug, source=found.source,
            target=found.target, waiting_for=found.waiting_for)
    else:
        say("{slug} is {target}'s now", slug=args.slug, target=found.target)
    return 0


def _rollback(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        found = rollback(session, actor, args.slug, args.to, now=utc_now(), origin="cli")
    if args.json:
        say_json(found.as_dict())
    else:
        say("draft {id} has the words of r{to}; `kb submit {id} --version {version}` hands it in", id=found.id,
            to=args.to, version=found.version)
    return 0


def _redact(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        revision = revision_by_number(session, actor, args.slug, args.revision)
        if args.agree:
            redaction.agree_redaction(session, actor, revision, now=utc_now(), origin="cli")
        else:
            redaction.ask_redaction(session, actor, revision, reason=args.reason, now=utc_now(), origin="cli")
    is_emptied = not args.agree or empty_log(database.engine)
    if args.json:
        say_json({"slug": args.slug, "revision": args.revision, "redacted": args.agree})
    elif args.agree:
        say("the words of {slug} r{revision} are erased; its hash and its signatures stay", slug=args.slug,
            revision=args.revision)
        hint("backups and exports made before still hold them")
        if not is_emptied:
            hint("the database's -wal file holds them until whoever reads now is done; restart `kb serve` to be sure")
    else:
        say("asked for; a knowledge manager agrees by `kb article redact {slug} {revision} --agree`", slug=args.slug,
            revision=args.revision)
    return 0

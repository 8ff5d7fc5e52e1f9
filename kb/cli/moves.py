"""``kb sign``, ``reject``, ``withdraw``, ``publish``, ``retire``, ``confirm``: each as a named person who proves it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles import publication
from kb.articles.acts import signatures, workflow
from kb.articles.acts.confirming import confirm as confirm_text
from kb.articles.acts.urgency import publish_urgently
from kb.articles.owners import article_by_slug, article_for, revision_by_number
from kb.cli.acting import acting, add_as
from kb.cli.output import say, say_json
from kb.clock import parse_instant, utc_now, zone
from kb.db import Database
from kb.errors import Invalid
from kb.messages.message import Message
from kb.models import Revision
from kb.people.permissions import Action
from kb.settings import Settings

_FEWEST = 8  # characters of a hash that name a text


def sign(parser: argparse.ArgumentParser) -> None:
    """kb sign SLUG N --sha256 HASH --as LOGIN"""
    _of_revision(parser)
    add_shown(parser)
    parser.add_argument("--reason", default="", metavar="TEXT", help="why you sign in the place of a department")
    _run(parser, _sign)


def reject(parser: argparse.ArgumentParser) -> None:
    """kb reject SLUG N --sha256 HASH --reason TEXT --as LOGIN"""
    _of_revision(parser)
    add_shown(parser)
    parser.add_argument("--reason", required=True, metavar="TEXT", help="what its author is told")
    _run(parser, _reject)


def withdraw(parser: argparse.ArgumentParser) -> None:
    """kb withdraw SLUG N --as LOGIN"""
    _of_revision(parser)
    parser.add_argument("--reason", default="", metavar="TEXT", help="why")
    _run(parser, _withdraw)


def publish(parser: argparse.ArgumentParser) -> None:
    """kb publish SLUG N [--urgent --reason TEXT] --as LOGIN"""
    _of_revision(parser)
    parser.add_argument("--urgent", action="store_true", help="with one signature of the owner; the others are owed "
                        "within hotline.urgent_hours")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why it cannot wait, where it is urgent")
    _run(parser, _publish)


def retire(parser: argparse.ArgumentParser) -> None:
    """kb retire SLUG [--reason TEXT] [--successor SLUG] --as LOGIN"""
    parser.add_argument("slug")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, where no other article takes its place")
    parser.add_argument("--successor", metavar="SLUG", help="the article that takes its place")
    add_as(parser)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=_retire)


def confirm(parser: argparse.ArgumentParser) -> None:
    """kb confirm SLUG --review-by DATE --as LOGIN"""
    parser.add_argument("slug")
    parser.add_argument("--review-by", required=True, metavar="DATE", help="when it must be looked at again")
    parser.add_argument("--note", default="", metavar="TEXT", help="how it was checked")
    add_as(parser)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=_confirm)


def _of_revision(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("slug")
    parser.add_argument("revision", type=int, metavar="N", help="its number")


def add_shown(parser: argparse.ArgumentParser) -> None:
    """The text that is decided on, by its hash, and for which department."""
    parser.add_argument("--sha256", required=True, metavar="HASH",
                        help=f"of the text that you read, at least its first {_FEWEST} characters: `kb submit` and "
                        "`kb article show --json` tell it")
    parser.add_argument("--department", metavar="CODE", help="for which you sign, where you may for several")


def _run(parser: argparse.ArgumentParser,
         act: Callable[[argparse.Namespace, Session, Actor, Revision, ZoneInfo], Message]) -> None:
    """One act on one revision, told in a line."""
    add_as(parser)
    parser.add_argument("--json", action="store_true", help="for programs")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        actor = acting(args, database)
        tz = zone(settings.hotline.timezone)
        with database.transaction() as session:
            revision = revision_by_number(session, actor, args.slug, args.revision)
            told = act(args, session, actor, revision, tz)
            found = {"slug": args.slug, "revision": revision.number, "state": revision.state}
        if args.json:
            say_json(found)
        else:
            say("{slug} r{revision}: {told}", slug=args.slug, revision=args.revision, told=told)
        return 0

    parser.set_defaults(run=run)


def shown(args: argparse.Namespace, revision: Revision) -> str:
    """The whole hash where the given part of it is the revision's, else what was given."""
    if len(args.sha256) < _FEWEST:
        raise Invalid("sha256", "give at least {fewest} characters of the hash", fewest=_FEWEST)
    return revision.sha256 if revision.sha256.startswith(args.sha256.lower()) else args.sha256


def _sign(args: argparse.Namespace, session: Session, actor: Actor, revision: Revision, _tz: ZoneInfo) -> Message:
    left = signatures.sign(session, actor, revision, shown=shown(args, revision), department=args.department,
                           reason=args.reason, now=utc_now(), origin="cli")
    return (Message("signed; waits for {departments}", departments=left) if left
            else Message("signed and approved; `kb publish` makes it live"))


def _reject(args: argparse.Namespace, session: Session, actor: Actor, revision: Revision, _tz: ZoneInfo) -> Message:
    signatures.reject(session, actor, revision, shown=shown(args, revision), department=args.department,
                      reason=args.reason, now=utc_now(), origin="cli")
    return Message("rejected; `kb draft edit {slug} --revision {number}` takes it up again", slug=args.slug,
                   number=revision.number)


def _withdraw(args: argparse.Namespace, session: Session, actor: Actor, revision: Revision, _tz: ZoneInfo) -> Message:
    workflow.withdraw(session, actor, revision, reason=args.reason, now=utc_now(), origin="cli")
    return Message("withdrawn; `kb draft edit {slug} --revision {number}` takes it up again", slug=args.slug,
                   number=revision.number)


def _publish(args: argparse.Namespace, session: Session, actor: Actor, revision: Revision, tz: ZoneInfo) -> Message:
    now, owed = utc_now(), list[str]()
    if args.urgent:
        owed = publish_urgently(session, actor, revision, reason=args.reason, now=now, origin="cli")
    else:
        publication.publish(session, actor, revision, now=now, origin="cli")
    begins = revision.effective_from.astimezone(tz)
    told = (Message("published; it answers now") if begins <= now
            else Message("published; answers from {begins:%Y-%m-%d %H:%M} on", begins=begins))
    return Message("{told}; owed: the signatures of {departments}", told=told, departments=owed) if owed else told


def _retire(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        article = article_for(session, actor, Action.RETIRE, args.slug)
        successor = article_by_slug(session, args.successor) if args.successor else None
        publication.retire(session, actor, article, reason=args.reason, successor=successor, now=utc_now(),
                           origin="cli")
    if args.json:
        say_json({"slug": args.slug, "retired": True, "successor": args.successor})
    else:
        say("{slug} is retired: it answers nothing from now on", slug=args.slug)
    return 0


def _confirm(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    due = parse_instant(args.review_by, zone(settings.hotline.timezone), field="review_by")
    with database.transaction() as session:
        confirm_text(session, actor, args.slug, review_by=due, note=args.note, now=utc_now(), origin="cli")
    if args.json:
        say_json({"slug": args.slug, "review_by": due.isoformat()})
    else:
        day = due.astimezone(zone(settings.hotline.timezone))
        say("{slug} is confirmed; to be looked at again by {day:%Y-%m-%d}", slug=args.slug, day=day)
    return 0

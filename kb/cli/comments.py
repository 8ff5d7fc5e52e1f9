"""``kb comment``: what reviewers say of a text in review, noted as done, or given as the reason to send it back."""

from __future__ import annotations

import argparse

from kb.articles import comments
from kb.articles.owners import revision_by_number
from kb.cli.acting import acting, add_as
from kb.cli.moves import add_shown, shown
from kb.cli.output import line, say, say_json
from kb.clock import utc_now
from kb.db import Database
from kb.people.permissions import Action, require
from kb.settings import Settings


def comment(parser: argparse.ArgumentParser) -> None:
    """kb comment list|add|done|ask"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listed = verbs.add_parser("list", help="what was said of a revision")
    _of_revision(listed)
    listed.set_defaults(run=_list)
    added = verbs.add_parser("add", help="say something of words of it, or of all of it",
                             epilog='example: kb comment add social-card-loss-reissue 4 "金额有误" --quote "收取25元" '
                             "--as hrss-approver")
    _of_revision(added)
    added.add_argument("text", help="what is said")
    added.add_argument("--quote", default="", metavar="WORDS", help="words of the text as a reader sees them")
    added.set_defaults(run=_add)
    done = verbs.add_parser("done", help="note one as done")
    done.add_argument("comment", type=int, metavar="ID")
    add_as(done)
    done.add_argument("--json", action="store_true", help="for programs")
    done.set_defaults(run=_done)
    asked = verbs.add_parser("ask", help="send the text back for what one's own open comments say")
    _of_revision(asked)
    add_shown(asked)
    asked.set_defaults(run=_ask)


def _of_revision(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("slug")
    parser.add_argument("revision", type=int, metavar="N", help="its number")
    add_as(parser)
    parser.add_argument("--json", action="store_true", help="for programs")


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.reading() as session:
        revision = revision_by_number(session, actor, args.slug, args.revision)
        require(actor, Action.READ_UNPUBLISHED, revision)
        found = comments.comments_on(session, actor, revision)
    if args.json:
        say_json({"items": [one.as_dict() for one in found]})
        return 0 if found else 1
    for one in found:
        say("{id}  {author}: {body}", id=one.id, author=one.author, body=" ".join(one.body.split()))
        if one.quote:
            line(f"    “{' '.join(one.quote.split())[:100]}”")
        if one.resolved_by:
            say("    done: {who}", who=one.resolved_by)
    return 0 if found else 1


def _add(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        revision = revision_by_number(session, actor, args.slug, args.revision)
        first, past = comments.place_of(revision.source, args.quote)
        made = comments.add_comment(session, actor, args.slug, args.revision, args.text, first=first, past=past,
                                    now=utc_now(), origin="cli")
    if args.json:
        say_json(made.as_dict())
    else:
        say("comment {id}; `kb comment ask {slug} {number}` sends the text back for it", id=made.id, slug=args.slug,
            number=args.revision)
    return 0


def _done(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        comments.resolve_comment(session, actor, args.comment, now=utc_now(), origin="cli")
    if args.json:
        say_json({"id": args.comment, "resolved": True})
    else:
        say("comment {id} is noted as done", id=args.comment)
    return 0


def _ask(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        revision = revision_by_number(session, actor, args.slug, args.revision)
        comments.ask_for_changes(session, actor, revision, shown=shown(args, revision), department=args.department,
                                 now=utc_now(), origin="cli")
    if args.json:
        say_json({"slug": args.slug, "revision": revision.number, "state": revision.state})
    else:
        say("{slug} r{revision}: sent back; `kb draft edit {slug} --revision {revision}` takes it up again",
            slug=args.slug, revision=revision.number)
    return 0

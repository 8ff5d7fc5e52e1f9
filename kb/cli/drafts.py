"""``kb draft`` and ``kb submit``: writing texts, each as a named person."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from kb.articles.acts.rules import review_days_of
from kb.articles.revisions import RevisionText, fields_of
from kb.articles.writing import drafts, submission
from kb.articles.writing.drafts import DraftView
from kb.cli.acting import acting, add_as
from kb.cli.output import hint, line, say, say_json
from kb.clock import utc_now, zone
from kb.content.article_file import draft_file
from kb.content.importers.markdown import read_revision
from kb.db import Database
from kb.messages.catalogue import in_shell
from kb.settings import Settings

_PAGE = 200


def draft(parser: argparse.ArgumentParser) -> None:
    """kb draft new|edit|list|show|save|check|rebase|take-over|discard"""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = ("example: kb draft edit social-card-loss-reissue --as hrss-editor\n"
                     "         kb draft show ID --as hrss-editor > card.md\n"
                     "         kb draft save ID card.md --version 1 --as hrss-editor\n"
                     "         kb submit ID --version 2 --as hrss-editor")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    new = verbs.add_parser("new", help="begin one from a file, for a new article or one that there is")
    new.add_argument("slug")
    new.add_argument("file", type=Path)
    new.add_argument("--department", metavar="CODE", help="the owner, where the file names none; default your own")
    new.set_defaults(run=_new)
    edit = verbs.add_parser("edit", help="begin one from an article's published text")
    edit.add_argument("slug")
    edit.add_argument("--revision", type=int, metavar="N", help="or from this one, e.g. one that was rejected")
    edit.set_defaults(run=_edit)
    listed = verbs.add_parser("list", help="the drafts that you may see, last saved first")
    listed.add_argument("slug", nargs="?")
    listed.add_argument("--author", metavar="LOGIN")
    listed.set_defaults(run=_list)
    shown = verbs.add_parser("show", help="the text as a file to edit")
    shown.add_argument("id")
    shown.set_defaults(run=_show)
    save = verbs.add_parser("save", help="replace the text by that of a file")
    save.add_argument("id")
    save.add_argument("file", type=Path)
    save.set_defaults(run=_save)
    check = verbs.add_parser("check", help="which questions of the log it answers otherwise, and other advice")
    check.add_argument("id")
    check.add_argument("--lang", choices=("zh", "en"), help="of what is told (default: the shell's)")
    check.set_defaults(run=_check)
    others = (("rebase", "merge with the revision that was published meanwhile", _rebase),
              ("take-over", "make another's draft yours", _take_over), ("discard", "throw your draft away", _discard))
    for name, help_text, run in others:
        verb = verbs.add_parser(name, help=help_text)
        verb.add_argument("id")
        verb.set_defaults(run=run)
    for verb in (save, *(verbs.choices[name] for name, _, _ in others)):
        _add_version(verb)
    for verb in verbs.choices.values():
        add_as(verb)
        verb.add_argument("--json", action="store_true", help="for programs")


def submit(parser: argparse.ArgumentParser) -> None:
    """kb submit ID --version V --as LOGIN"""
    parser.add_argument("id", help="the draft, as `kb draft list` shows it")
    _add_version(parser)
    add_as(parser)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=_submit)


def _add_version(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--version", type=int, required=True, metavar="V",
                        help="the version that you saw: if it was saved since, nothing is done")


def _new(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    own = sorted(actor.departments)
    text = _read(args.file, settings, database, department=args.department or (own[0] if len(own) == 1 else None))
    with database.transaction() as session:
        return _tell(drafts.start(session, actor, args.slug, text, now=utc_now(), origin="cli"), args)


def _edit(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        return _tell(drafts.edit(session, actor, args.slug, number=args.revision, now=utc_now(), origin="cli"), args)


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    found: list[DraftView] = []
    with database.reading() as session:
        while page := drafts.list_drafts(session, actor, slug=args.slug, author=args.author, limit=_PAGE,
                                         after=found[-1].id if found else ""):
            found += page
    if args.json:
        say_json([_as_dict(item) for item in found])
    else:
        for item in found:
            line(_line(item))
    if not found:
        hint("no drafts there; `kb draft new` or `kb draft edit` begins one")
    return 0 if found else 1


def _show(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.reading() as session:
        found = drafts.get(session, actor, args.id)
    if args.json:
        say_json(_as_dict(found) | {"fields": fields_of(found.text)})
    else:
        line(draft_file(found.text, zone(settings.hotline.timezone)).removesuffix("\n"))
        hint("{draft}", draft=_line(found))
        for name, value in found.undecided.items():
            hint("the published revision's {name}: {value}", name=name, value=value)
    return 0


def _save(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        department = drafts.get(session, actor, args.id).department
        text = _read(args.file, settings, database, department=department)
        return _tell(drafts.save(session, actor, args.id, text, seen=args.version, now=utc_now(), origin="cli"), args)


def _check(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    from kb.cli import verb_of

    return int(verb_of("draft check")(args, settings, database, acting(args, database)))


def _rebase(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        found = submission.rebase(session, actor, args.id, seen=args.version, now=utc_now(), origin="cli")
    if found.conflicts:
        hint("both sides changed {conflicts}: look at both (`kb draft show {id}`), choose, and save the draft before "
             "you submit it", conflicts=found.conflicts, id=args.id)
    return _tell(found.draft, args, conflicts=list(found.conflicts))


def _take_over(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        return _tell(drafts.take_over(session, actor, args.id, seen=args.version, now=utc_now(), origin="cli"), args)


def _discard(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        drafts.discard(session, actor, args.id, seen=args.version, now=utc_now(), origin="cli")
    if args.json:
        say_json({"id": args.id, "discarded": True})
    else:
        say("draft {id} discarded", id=args.id)
    return 0


def _submit(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    actor = acting(args, database)
    with database.transaction() as session:
        slug = drafts.get(session, actor, args.id).slug
        revision = submission.submit(session, actor, args.id, seen=args.version, now=utc_now(), origin="cli")
        found = {"slug": slug, "revision": revision.number, "state": revision.state, "sha256": revision.sha256}
    if args.json:
        say_json(found)
    else:
        say("{slug} r{revision} is in review; sha256 {sha256}", slug=slug, revision=found["revision"],
            sha256=found["sha256"])
    return 0


def _read(file: Path, settings: Settings, database: Database, *, department: str | None) -> RevisionText:
    with database.reading() as session:
        intervals = review_days_of(session)
    read = read_revision(file, settings, department=department, now=utc_now(), review_days=intervals)
    left = [name for name, is_there in (("asks", read.asks), ("retired", read.retired)) if is_there]
    if left:
        hint("not taken into the draft: {left}; see `kb known add`, `kb retire`", left=left)
    return read.text


def _tell(found: DraftView, args: argparse.Namespace, **more: Any) -> int:
    if args.json:
        say_json(_as_dict(found) | more)
    else:
        line(_line(found))
    return 0


def _line(item: DraftView) -> str:
    base = in_shell("from r{base}", base=item.base) if item.base else in_shell("new")
    row = f"{item.id}  v{item.version}  {item.department}/{item.slug}  {base}  {item.author}  {item.text.title}"
    if not item.must_rebase:
        return row
    return row + "  " + in_shell("(r{newest} was published meanwhile: rebase)", newest=item.newest)


def _as_dict(item: DraftView) -> dict[str, Any]:
    return item.as_dict() | {"undecided": dict(item.undecided)}

"""``kb init``, ``kb import``, ``kb export``: what comes into the knowledge base and goes out as files."""

from __future__ import annotations

import argparse
from pathlib import Path

from kb import setup
from kb.actor import OPERATOR
from kb.articles.writing.twins import address_of
from kb.cli.acting import acting, add_as
from kb.cli.output import hint, line, note, progress_bar, say, say_json
from kb.clock import utc_now
from kb.content import transfer
from kb.content.importers import Report, import_paths
from kb.db import Database
from kb.errors import Invalid, Unavailable
from kb.messages.catalogue import in_shell
from kb.messages.message import Message
from kb.people import people
from kb.settings import Settings


def init(parser: argparse.ArgumentParser) -> None:
    """kb init [--sample]"""
    parser.add_argument("--sample", action="store_true",
                        help="with the sample's departments, words, articles and people, unless people are registered "
                        "already; their first sign-ins are shown this once")
    parser.add_argument("--json", action="store_true", help="the report, for programs")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        sample = setup.SAMPLE if args.sample else None
        if sample and not sample.is_dir():  # a checkout made without links
            raise Unavailable("sample", "{sample}: no folder; check the project out with symbolic links, or run `kb "
                              "init`, then `kb import articles`", sample=sample)
        if sample and setup.is_in_use(database):
            sample = None  # an upgrade must not put another city's articles into this one's
        with progress_bar("articles") as show:
            report = setup.init(database, settings, now=utc_now(), sample=sample, progress=show)
        sign_ins = setup.add_sample_users(database, now=utc_now()) if sample else []
        if sample is None and not args.json:
            say("the knowledge base is ready in {data_dir}", data_dir=settings.data_dir)
            return 0
        code = _tell(report, args.json, sign_ins)
        if sign_ins and not args.json:
            say("first sign-ins, shown this once (kept as hashes only):")
            for login, password in sign_ins:
                line(f"  {login:<20} {password}")
        return code

    parser.set_defaults(run=run)


def import_(parser: argparse.ArgumentParser) -> None:
    """kb import PATH… [--department D] [--publish --approver U] [--as U]"""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="folder, .md file, .zip or .tar.gz")
    parser.add_argument("--department", metavar="CODE", help="owner of files that name none, e.g. hrss")
    parser.add_argument("--publish", action="store_true", help="sign and publish; without it texts land as drafts")
    parser.add_argument("--approver", metavar="LOGIN", help="the user who signs, with --publish")
    add_as(parser, is_required=False)
    parser.add_argument("--lists", action="store_true", help="take departments.yaml and lexicon.yaml too, which count "
                        "at once; without it, and without --publish, what they would change is told")
    parser.add_argument("--json", action="store_true", help="the report, for programs")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        if args.publish != (args.approver is not None):
            raise Invalid("approver", "--publish and --approver LOGIN go together: name the user who signs the texts "
                          "(see `kb user list`)")
        actor, now = acting(args, database) if args.login else OPERATOR, utc_now()
        approver = None
        if args.approver is not None:
            with database.reading() as session:
                approver = people.actor_of(session, args.approver, now=now)
        with progress_bar("articles") as show:
            report = import_paths(database, settings, actor, args.paths, now=now, department=args.department,
                                  approver=approver, takes_lists=args.lists, progress=show)
        code = _tell(report, args.json, [])
        if report.files == 0:
            hint("no article files (.md) found there")
        return code if report.files else 1

    parser.set_defaults(run=run)


def _tell(report: Report, as_json: bool, sign_ins: list[tuple[str, str]]) -> int:
    """The report; 1 when any file failed."""
    if as_json:
        found = {"files": report.files, "created": report.created, "unchanged": report.unchanged,
                 "failed": [{"file": file, "reason": in_shell(reason)} for file, reason in report.refused],
                 "warnings": [{"file": file, "line": h.line, "kind": h.kind, "text": h.text,
                               "reason": in_shell(h.reason)} for file, h in report.hidden]}
        for key, changes in (("departments", report.departments), ("departments_left", report.departments_left)):
            if changes:
                found[key] = [{"file": file, "code": d.code, "change": in_shell(d.message)} for file, d in changes]
        if report.twins:
            found["same_titles"] = [{"file": file, "article": slug, "url": address_of(slug)}
                                    for file, slug in report.twins]
        for key, words in (("lexicon", report.words), ("lexicon_left", report.words_left)):
            if words:
                found[key] = [{"file": file, "change": in_shell(w.message)} for file, w in words]
        say_json(found | ({"sign_ins": dict(sign_ins)} if sign_ins else {}))
    else:
        warned = Message(", {count} warnings", count=len(report.hidden)) if report.hidden else ""
        say("{files} files: {created} new, {unchanged} unchanged, {count} failed{warned}", files=report.files,
            created=report.created, unchanged=report.unchanged, count=len(report.refused), warned=warned)
        for file, reason in report.refused:
            note("{file}: {reason}", file=file, reason=reason)
        added = [difference.code for _, difference in report.departments if difference.before is None]
        if added:
            note("departments added: {added}", added=added)
        for file, difference in report.departments:
            if difference.before is not None:
                note("{file}: department {difference}", file=file, difference=difference.message)
        for file, difference in report.departments_left:
            note("{file}: left as it is; administrators change departments with --publish or --lists: {difference}",
                 file=file, difference=difference.message)
        _tell_words(report)
        for file, slug in report.twins:
            note("{file}: the article {slug} of the same department has this title too: {url}", file=file, slug=slug,
                 url=address_of(slug))
        for file, hidden in report.hidden:
            note("{file}: line {line}: {reason}: {text}", file=file, line=hidden.line, reason=hidden.reason,
                 text=hidden.text)
    return 1 if report.failed else 0


def _tell_words(report: Report) -> None:
    """What became of the lexicons: new words that were taken are counted, all else is told line by line."""
    new = sum(not word.before for _, word in report.words)
    if new:
        note("lexicon: {new} words and groups added", new=new)
    for file, word in report.words:
        if word.before:
            note("{file}: lexicon: {difference}", file=file, difference=word.message)
    for file, word in report.words_left:
        note("{file}: left as it is; the lexicon is changed with --publish or --lists: {difference}", file=file,
             difference=word.message)


def export(parser: argparse.ArgumentParser) -> None:
    """kb export DIR"""
    parser.add_argument("dir", type=Path, metavar="DIR", help="a new or empty folder")
    parser.add_argument("--json", action="store_true", help="the counts, for programs")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        with progress_bar("articles") as show:
            written = transfer.export(database, settings, OPERATOR, args.dir, progress=show)
        if args.json:
            say_json({"articles": written.articles, "revisions": written.revisions, "folder": str(args.dir)})
        else:
            say("{articles} articles, {revisions} revisions in {dir}", articles=written.articles,
                revisions=written.revisions, dir=args.dir)
        return 0

    parser.set_defaults(run=run)

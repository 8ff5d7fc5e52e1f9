"""Commands on the store: init, import, article, audit."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, TaskID

from kb import audit, live, setup
from kb.clock import utc_now
from kb.db import Database
from kb.diff import diff_lines
from kb.errors import Invalid, NotFound
from kb.importers import Report, import_paths
from kb.permissions import SYSTEM
from kb.revisions import history
from kb.settings import Settings

FIRST_SIGN_INS = "first-sign-ins.txt"  # in the data folder


def say(text: str) -> None:
    """A line of the command's result on standard output."""
    sys.stdout.write(text + "\n")


def say_json(value: Any) -> None:
    say(json.dumps(value, ensure_ascii=False, indent=2))


def _with_progress(work: Callable[[Callable[[int, int], None]], Report]) -> Report:
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task: TaskID = bar.add_task("articles")
        return work(lambda done, total: bar.update(task, completed=done, total=total))


def _tell(report: Report, as_json: bool) -> int:
    if as_json:
        say_json({"files": report.files, "created": report.created, "unchanged": report.unchanged,
                  "failed": [{"file": f, "reason": r} for f, r in report.failed]})
    else:
        say(f"{report.files} files: {report.created} new, {report.unchanged} unchanged, {len(report.failed)} failed")
        for file, reason in report.failed:
            sys.stderr.write(f"{file}: {reason}\n")
    return 1 if report.failed else 0


def init(parser: argparse.ArgumentParser) -> None:
    """kb init [--sample]"""
    parser.add_argument("--sample", action="store_true", help="import and publish articles/")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        sample = settings.root / "articles" if args.sample else None
        if sample and not sample.is_dir():
            raise Invalid("sample", f"{sample}: no sample articles here; run in the project's folder")
        report = _with_progress(lambda p: setup.init(database, settings, now=utc_now(), sample=sample, progress=p))
        if sample:
            _show_sign_ins(setup.add_sample_users(database, now=utc_now()), settings.data_dir / FIRST_SIGN_INS)
        return _tell(report, False)

    parser.set_defaults(run=run)


def _show_sign_ins(made: list[tuple[str, str]], path: Path) -> None:
    """Say the sample's passwords, which are stored as hashes only, and keep them in a file for the first server."""
    if not made:
        return
    lines = "".join(f"  {login:<16} {password}\n" for login, password in made)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(lines)
    say(f"first sign-ins (also in {path}; delete the file once you have them):\n{lines.rstrip()}")


def import_(parser: argparse.ArgumentParser) -> None:
    """kb import PATH… [--department D] [--publish --approver U]"""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--department", help="owner of files that name none")
    parser.add_argument("--publish", action="store_true", help="approve and publish; without it texts land as drafts")
    parser.add_argument("--json", action="store_true")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        report = _with_progress(lambda p: import_paths(
            database, settings, SYSTEM, args.paths, now=utc_now(), department=args.department,
            approver=SYSTEM if args.publish else None, progress=p))
        return _tell(report, args.json)

    parser.set_defaults(run=run)


def article(parser: argparse.ArgumentParser) -> None:
    """kb article list|show|history|diff"""
    parser.add_argument("verb", choices=("list", "show", "history", "diff"))
    parser.add_argument("slug", nargs="?")
    parser.add_argument("--from", dest="old", type=int, help="older revision of diff")
    parser.add_argument("--to", dest="new", type=int, help="newer revision of diff")
    parser.add_argument("--json", action="store_true")

    def run(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
        now = utc_now()
        moment = live.Moment(now, now)
        with database.reading() as session:
            if args.verb == "list":
                found = live.live_articles(session, SYSTEM, moment, limit=10_000)
                rows = [{"slug": a.slug, "title": a.title, "department": a.department, "revision": a.number}
                        for a in found]
                if args.json:
                    say_json(rows)
                else:
                    for row in rows:
                        say(f"{row['department']:<10} {row['slug']:<40} r{row['revision']}  {row['title']}")
                return 0 if rows else 1
            if not args.slug:
                raise Invalid("slug", "name an article, as `kb article list` prints them")
            if args.verb == "show":
                shown = live.live_by_slug(session, SYSTEM, moment, args.slug)
                if shown is None:
                    raise NotFound("no_article", f"no live article {args.slug!r}; see `kb article list`")
                if args.json:
                    say_json({"slug": shown.slug, "revision": shown.number, "title": shown.title,
                              "source": shown.source, "department": shown.department})
                else:
                    say(f"# {shown.title} (r{shown.number}, {shown.department_name_zh})\n\n{shown.source}")
                return 0
            revisions = {r.number: r for r in history(session, SYSTEM, args.slug)}
            if args.verb == "history":
                listed = [{"revision": r.number, "state": r.state, "sha256": r.sha256, "change_note": r.change_note,
                           "effective_from": r.effective_from.isoformat()} for r in revisions.values()]
                if args.json:
                    say_json(listed)
                else:
                    for entry in listed:
                        say(f"r{entry['revision']}  {str(entry['effective_from'])[:10]}  {entry['change_note']}")
                return 0
            new = args.new or max(revisions)
            old = args.old or max(new - 1, 1)
            if old not in revisions or new not in revisions:
                raise NotFound("no_revision", f"{args.slug} has revisions {', '.join(map(str, revisions))}")
            for line in diff_lines(revisions[old].source, revisions[new].source):
                if line.sign != " ":
                    say(f"{line.sign} {line.text}")
            return 0

    parser.set_defaults(run=run)


def audit_(parser: argparse.ArgumentParser) -> None:
    """kb audit verify|tail"""
    parser.add_argument("verb", choices=("verify", "tail"))
    parser.add_argument("--json", action="store_true")

    def run(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
        with database.reading() as session:
            if args.verb == "tail":
                for entry in audit.tail(session):
                    say(f"{entry.id} {entry.at.isoformat()} {entry.actor} {entry.action} {entry.subject}")
                return 0
            verdict = audit.verify(session)
        if args.json:
            say_json({"entries": verdict.entries, "head": verdict.head, "broken_at": verdict.broken_at})
        else:
            say(f"{verdict.entries} entries hold; head {verdict.head}" if verdict.broken_at is None
                else f"broken at entry {verdict.broken_at}: {verdict.reason}")
        return 0 if verdict.broken_at is None else 1

    parser.set_defaults(run=run)

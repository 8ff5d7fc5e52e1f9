"""``kb backup``, ``kb restore``, ``kb move``: the whole knowledge base into one file, back, and to PostgreSQL."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from kb.cli.output import note, progress_bar, say, say_json
from kb.clock import utc_now
from kb.content.backup.move import move
from kb.content.backup.restore import restore
from kb.content.backup.take import backup
from kb.db import Database
from kb.record.audit import Head
from kb.settings import Settings


def backup_(parser: argparse.ArgumentParser) -> None:
    """kb backup FILE [--force]"""
    parser.add_argument("file", type=Path, metavar="FILE", help="a new file; only its owner may read it")
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")
    parser.add_argument("--json", action="store_true", help="what the backup holds, for programs")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        with progress_bar("bytes") as show:
            manifest = backup(database, settings, args.file, now=utc_now(), force=args.force, show=show)
        if args.json:
            say_json({"file": str(args.file), **asdict(manifest)})
        else:
            say("{file}: {article} articles, {revision} revisions, {audit_entries} audit entries; head {audit_head}",
                file=args.file, article=manifest.counts.get("article", 0), revision=manifest.counts.get("revision", 0),
                audit_entries=manifest.audit_entries, audit_head=Head(manifest.audit_entries, manifest.audit_head))
        if manifest.audit_holds is False:
            note("the audit log does not hold: run `kb audit verify`")
        return 0

    parser.set_defaults(run=run)


def restore_(parser: argparse.ArgumentParser) -> None:
    """kb restore FILE [--force]"""
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that `kb backup` wrote; stop the server first")
    parser.add_argument("--force", action="store_true",
                        help="although a knowledge base is here: its database is kept aside under a dated name")
    parser.add_argument("--json", action="store_true", help="the report, for programs")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        with progress_bar("bytes") as show:
            done = restore(database, settings, args.file, now=utc_now(), force=args.force, show=show)
        if args.json:
            say_json({**asdict(done), "kept_aside": str(done.kept_aside) if done.kept_aside else None})
            return 0
        made = done.manifest
        say("restored the knowledge base of {created_at}: {article} articles, {audit_entries} audit entries up to head "
            "{audit_head}", created_at=made.created_at, article=made.counts.get("article", 0),
            audit_entries=made.audit_entries, audit_head=Head(made.audit_entries, made.audit_head))
        if done.kept_aside:
            say("the database that was here is now {kept_aside}", kept_aside=done.kept_aside)
        say("ended {sessions_ended} web sessions, forgot {attempts_forgotten} failed sign-ins; accounts and tokens are "
            "as they were then: disable or revoke again what was since", sessions_ended=done.sessions_ended,
            attempts_forgotten=done.attempts_forgotten)
        say("the search index is out of use: run `kb index update`")
        if not done.log_holds:
            note("the audit log did not hold when the backup was taken: run `kb audit verify`")
        return 0

    parser.set_defaults(run=run)


def move_(parser: argparse.ArgumentParser) -> None:
    """kb move URL"""
    parser.add_argument("url", metavar="URL", help="an empty database, postgresql://user@host/database; the password "
                        "comes from ~/.pgpass or PGPASSWORD, where no list of processes shows it")
    parser.add_argument("--json", action="store_true", help="the report, for programs")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        with progress_bar("rows") as show:
            done = move(database, settings, args.url, now=utc_now(), show=show)
        if args.json:
            say_json({"rows": done.rows, "counts": done.counts, "audit_head": str(done.head)})
            return 0
        say("moved {rows} rows, every one compared: {article} articles, {revision} revisions, {answer} answers; audit "
            "head {head}", rows=done.rows, article=done.counts["article"], revision=done.counts["revision"],
            answer=done.counts["answer"], head=done.head)
        say("now set database.url (or KB__DATABASE__URL) to it and run `kb index update`; the SQLite file stays as it "
            "is")
        return 0

    parser.set_defaults(run=run)

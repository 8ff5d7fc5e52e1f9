"""The command that compares the texts in force and shows what contradicts."""

from __future__ import annotations

import argparse
from typing import Any

from kb.actor import OPERATOR
from kb.articles.kept_conflicts import count_uncompared, kept_conflicts
from kb.clock import utc_now
from kb.db import Database
from kb.errors import Invalid
from kb.settings import Settings
from retriever.shell import line, progress_bar, say, say_json

_STEP_S = 5.0
_LONGEST = 120  # characters of a statement on one line


def conflicts(parser: argparse.ArgumentParser) -> None:
    """kb conflicts [--kept] [--json]"""
    parser.epilog = "example: kb conflicts --json"
    parser.add_argument("--kept", action="store_true",
                        help="show what was found so far; compare nothing")
    parser.add_argument("--json", action="store_true", help="a list of objects, for programs")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:
        left = 0 if args.kept else _compare(settings, database)
        with database.reading() as session:
            found = [one.as_dict() for one in kept_conflicts(session, OPERATOR, now=utc_now())]
        if args.json:
            say_json(found)
        else:
            for one in found:
                _print(one)
            say("{count} contradictions; {left} texts are still to be compared", count=len(found), left=left)
        return 0 if found else 1

    parser.set_defaults(run=run)


def _compare(settings: Settings, database: Database) -> int:
    """Compare all that waits; how many texts could not be."""
    from retriever.factory import build

    retriever = build(settings, database)
    try:
        if not retriever.embed_all():
            raise Invalid("embedding", "contradictions are found by meaning: set embedding.provider")
        now = utc_now()
        with database.reading() as session:
            of = count_uncompared(session, now=now)
        with progress_bar() as show:
            done = 0
            while (step := retriever.compare_pending(now=now, seconds=_STEP_S)):
                done += step
                show("compare", done, of)
        return of - done
    finally:
        retriever.close()


def _print(one: dict[str, Any]) -> None:
    line(f"{one['kind']}  {one['score']:.2f}")
    for side in (one["one"], one["other"]):
        line(f"  {side['slug']}: {' '.join(side['quote'].split())[:_LONGEST]}")

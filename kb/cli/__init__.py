"""The shell: one table from command to ``module:function``, one table from error to exit code."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from kb.db import Database
from kb.errors import Invalid, KbError, Unavailable
from kb.settings import load_settings

COMMANDS = {
    "init": ("kb.cli.store:init", "create the knowledge base, with --sample its sample articles"),
    "import": ("kb.cli.store:import_", "import article files or folders"),
    "article": ("kb.cli.store:article", "list, show, history, diff"),
    "audit": ("kb.cli.store:audit_", "verify the audit log or show its tail"),
    "ask": ("retriever.commands:ask", "a cited answer to a caller's question, or an honest abstention"),
    "search": ("retriever.commands:search", "passages for some words"),
    "index": ("retriever.commands:index", "rebuild, status, verify"),
    "eval": ("retriever.commands:eval_", "measure an evaluation set"),
    "serve": ("web.commands:serve", "the pages and the API"),
    "doctor": ("web.commands:doctor", "check settings, disk, database, model and index"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; exit codes 0 ok, 1 refused or nothing found, 2 wrong use, 3 environment not ready."""
    parser = argparse.ArgumentParser(prog="kb", description="The hotline knowledge base.",
                                     epilog="example: kb init --sample && kb article show social-card-loss")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (target, help_text) in COMMANDS.items():
        module, _, function = target.partition(":")
        sub = commands.add_parser(name, help=help_text, description=help_text)
        chosen = getattr(importlib.import_module(module), function)
        chosen(sub)
    args = parser.parse_args(argv)
    try:
        settings = load_settings()
        database = Database(settings)
        try:
            return int(args.run(args, settings, database))
        finally:
            database.close()
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        return 1
    except KbError as error:
        print(f"kb: {error.message}", file=sys.stderr)  # noqa: T201  the shell's own channel
        return 3 if isinstance(error, Unavailable) else 2 if isinstance(error, Invalid) else 1

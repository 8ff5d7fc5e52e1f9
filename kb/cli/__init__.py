"""The shell: one table from command to ``module:function``, one table from error to exit code.

A command's module is imported when that command is run, and no other. Exit codes: 0 done, 1 refused or nothing found,
2 wrong use, 3 the environment is not ready. Whatever goes wrong is one line on standard error that says what to do;
set ``KB_DEBUG=1`` to see where it happened. What a command says is in the language of ``KB_LANG``, else of the locale.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from kb.garbage import none_while_loading
from kb.messages.catalogue import in_shell, say, shell_language
from kb.messages.message import Telling

if TYPE_CHECKING:
    from kb.db import Database

COMMANDS = {  # name: where it is defined, what it does, how it is used
    "init": ("kb.cli.transfer:init", "create the knowledge base, with --sample its sample", "kb init --sample"),
    "serve": ("web.commands:serve", "serve the pages and the API", "kb serve --port 8000"),
    "doctor": ("web.commands:doctor", "check that everything needed is there", "kb doctor"),
    "ask": ("retriever.commands:ask", "a cited answer to a caller's question, or an honest abstention",
            'kb ask "坐轮渡多少钱" --as-of 2025-03-01'),
    "search": ("retriever.commands:search", "passages for some words", "kb search 公积金 提取 -k 5"),
    "import": ("kb.cli.transfer:import_", "import article files, folders or archives",
               "kb import articles/hrss --publish --approver li"),
    "export": ("kb.cli.transfer:export", "write everything into a folder, to be imported elsewhere",
               "kb export backup/2026-11-24"),
    "backup": ("kb.cli.backup:backup_", "write everything into one file, while the server runs",
               "kb backup /backup/kb-2026-11-29.kbz"),
    "restore": ("kb.cli.backup:restore_", "put a backup in the place of the database; stop the server first",
                "kb restore /backup/kb-2026-11-29.kbz --force"),
    "move": ("kb.cli.backup:move_", "take everything from SQLite to PostgreSQL; stop the server first",
             "kb move postgresql://kb@db.example/kb"),
    "article": ("kb.cli.articles:article", "list, show, review, history, diff; move, rollback, redact",
                "kb article diff social-card-loss-reissue"),
    "draft": ("kb.cli.drafts:draft", "begin, save, check, merge and list texts being written",
              "kb draft edit social-card-loss-reissue --as hrss-editor"),
    "submit": ("kb.cli.drafts:submit", "hand a draft in: it becomes a revision in review",
               "kb submit ID --version 2 --as hrss-editor"),
    "sign": ("kb.cli.moves:sign", "sign a revision for your department",
             "kb sign social-card-loss-reissue 4 --sha256 3f2a91bc --as hrss-approver"),
    "reject": ("kb.cli.moves:reject", "refuse to sign a revision, with a reason",
               'kb reject social-card-loss-reissue 4 --sha256 3f2a91bc --reason "金额有误" --as hrss-approver'),
    "comment": ("kb.cli.comments:comment", "what reviewers say of a text; ask for changes by it",
                'kb comment add social-card-loss-reissue 4 "金额有误" --quote "收取25元" --as hrss-approver'),
    "withdraw": ("kb.cli.moves:withdraw", "take a submitted revision back",
                 "kb withdraw social-card-loss-reissue 4 --as hrss-editor"),
    "publish": ("kb.cli.moves:publish", "make a signed revision live",
                "kb publish social-card-loss-reissue 4 --as hrss-approver"),
    "retire": ("kb.cli.moves:retire", "take an article out of every answer",
               'kb retire old-card --successor social-card-loss-reissue --as hrss-approver'),
    "confirm": ("kb.cli.moves:confirm", "state that a text is still right",
                "kb confirm social-card-loss-reissue --review-by 2028-06-30 --as hrss-editor"),
    "hide": ("kb.cli.hiding:hide", "take an article out of sight at once",
             'kb hide social-card-loss-reissue --reason "金额有误" --as hrss-approver'),
    "show": ("kb.cli.hiding:show", "let a hidden article be seen again",
             "kb show social-card-loss-reissue --as hrss-approver"),
    "review": ("kb.cli.review:review", "look for what has gone stale; what was found",
               "kb review list --department hrss"),
    "department": ("kb.cli.departments:department", "list, show, set, rename, merge, split, dissolve",
                   "kb department set hrss --head li --as admin"),
    "rules": ("kb.cli.rules:rules", "how many signatures a text needs; the list of categories",
              "kb rules set 2 --department hrss --as manager"),
    "calendar": ("kb.cli.calendar:calendar", "which days are worked: list, set, import; reckon a due date",
                 "kb calendar due 5 --after 2026-09-28"),
    "scheduler": ("kb.cli.scheduler:scheduler", "the jobs: run, status, runs, pause, resume",
                  "kb scheduler status"),
    "ledger": ("kb.cli.ledger:ledger", "the phone ledger: list, set, retire, import, history",
               "kb ledger retire 0599-5550142 --as manager"),
    "register": ("kb.cli.register:register", "basis documents: list, set, repeal, amend, restore, import, take",
                 "kb register repeal 国务院令第258号 --on 2026-12-01 --as manager"),
    "links": ("kb.cli.links:links", "the pages that texts name as their source: check, list", "kb links check"),
    "notices": ("kb.cli.notices:notices", "mail of notices that could not be sent: dead, resend", "kb notices dead"),
    "webhooks": ("kb.cli.webhooks:webhooks", "other systems that hear of notices: add, list, test, pause, drop",
                 "kb webhooks deliveries oa --state dead"),
    "known": ("kb.cli.known:known_", "callers' questions of a section: add, list, release",
              'kb known add social-card-loss-reissue "补领" "医保卡丢了到哪里补" --as hrss-editor'),
    "feedback": ("kb.cli.feedback:feedback_", "what agents said of answers: list, resolve",
                 "kb feedback list --department hrss"),
    "gaps": ("kb.cli.gaps:gaps_", "what callers ask and nothing answers: list, decide, scan",
             "kb gaps list --department hrss"),
    "callbacks": ("kb.cli.callbacks:callbacks_", "calls that were told a text which has been replaced",
                  "kb callbacks export calls.csv"),
    "index": ("retriever.commands:index", "update, rebuild, status, verify", "kb index status"),
    "conflicts": ("retriever.conflict_shell:conflicts", "articles in force that state one matter differently",
                  "kb conflicts"),
    "eval": ("retriever.lab.evaluation.command:eval_", "measure an evaluation set", "kb eval tests/data/tiny"),
    "train": ("retriever.lab.training.command:train", "fit ranking, evidence and refusal to evaluation sets",
              "kb train tests/data/questions/dev --out own.json"),
    "user": ("kb.cli.people:user", "people, their roles, passwords and tokens; unlock, disable",
             "kb user add li --role approver:hrss"),
    "audit": ("kb.cli.log:audit_", "verify the audit log and what it speaks of; its tail", "kb audit verify"),
    "prune": ("kb.cli.log:prune_", "remove questions and answers that were kept long enough", "kb prune --dry-run"),
}
VERBS = {  # of commands of this package, what others carry out
    "draft check": "retriever.check_shell:check", "gaps scan": "retriever.flowback_shell:gaps",
    "callbacks scan": "retriever.flowback_shell:callbacks", "scheduler run": "web.commands:run_jobs",
    "scheduler once": "retriever.flowback:opened_work",
}
# These work on an older schema, or bring it up, or use a knowledge base of their own.
_ANY_SCHEMA = frozenset({"init", "doctor", "backup", "restore", "move", "eval", "train"})
_EXTRAS = {"retriever.lab": "lab"}  # package: the extra of pyproject.toml that installs what it needs
# by class name, since the retriever's errors may not be imported here; a class not named counts as its nearest base
_EXIT_CODES = {"Unavailable": 3, "Invalid": 2, "KbError": 1, "BadQuestion": 2, "RetrieverError": 3}
_DEBUG = "KB_DEBUG"


class _Parser(argparse.ArgumentParser):
    """Wrong use is one line, too."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"kb: {message}; see `{self.prog} --help`\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # file names and texts may hold what the terminal cannot show
    try:
        try:
            return _run(arguments)
        except SystemExit as stop:  # argparse's way: help is 0, wrong use 2
            return stop.code if isinstance(stop.code, int) else 0
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough; Python's own flush at the end must not complain again
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except KeyboardInterrupt:
        sys.stderr.write(f"kb: {in_shell('interrupted; what was finished stays')}\n")
        return 1
    except Exception as error:  # the one place where everything ends: no traceback reaches a user
        if os.environ.get(_DEBUG):
            raise
        told = say(error, shell_language()) if isinstance(error, Telling) else _unexpected(error)
        sys.stderr.write(f"kb: {_one_line(told)}\n")
        return exit_code(error) or 3


def exit_code(error: Exception) -> int | None:
    """The exit code of an error of ours, its own class's or its nearest parent's; None of one that nobody foresaw."""
    return next((_EXIT_CODES[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _EXIT_CODES), None)


def _one_line(text: str) -> str:
    from kb.cli.output import harmless

    return harmless(" ".join(text.split()))


def _unexpected(error: Exception) -> str:
    """What to tell of an error that nobody foresaw: what happened, and how to see where."""
    if isinstance(error, ModuleNotFoundError):
        return in_shell("this command needs the module {module}, which is not installed; run `make setup`",
                        module=error.name)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'system'}: {error.strerror}"
    return in_shell("unexpected {kind}: {error} (set {variable}=1 to see the trace)", kind=type(error).__name__,
                    error=_one_line(str(error))[:200], variable=_DEBUG)


def _run(arguments: Sequence[str]) -> int:
    command = next((a for a in arguments if not a.startswith("-")), "")
    with none_while_loading():
        args = _build_parser(command).parse_args(arguments)
        from kb.db import Database
        from kb.errors import KbError, Unavailable
        from kb.settings import load_settings

    try:
        settings = load_settings()
    except KbError as error:
        # nothing in the command itself is wrong
        raise Unavailable(error.code, error.template, **error.facts) from error
    folder = settings.data_dir
    was_there = folder.exists()
    database = Database(settings)
    try:
        if command not in _ANY_SCHEMA:
            _check_schema(database)
        return int(args.run(args, settings, database))
    except Unavailable as error:
        if error.code != "not_initialised":
            raise
        if not was_there:
            with contextlib.suppress(OSError):
                folder.rmdir()  # only when nothing is in it
        raise Unavailable(error.code, "{reason} (data folder: {folder}; a relative data.dir starts where the command "
                          "is run)", reason=error, folder=folder) from error
    finally:
        database.close()


def _check_schema(database: Database) -> None:
    """Raise Unavailable for another release's database; one that is not initialised the command itself tells of."""
    from kb import schema
    from kb.errors import Unavailable

    try:
        schema.check(database)
    except Unavailable as error:
        if error.code != "not_initialised":
            raise


def _build_parser(command: str) -> argparse.ArgumentParser:
    """The parser, with the options of the one command that is named; the others are known by name only."""
    examples = "\n".join(f"  {example}" for _, _, example in COMMANDS.values())
    parser = _Parser(prog="kb", description="The hotline knowledge base.",
                     formatter_class=argparse.RawDescriptionHelpFormatter,
                     epilog=f"examples:\n{examples}\n\n`kb COMMAND --help` tells more of each.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", required=True)
    for name, (target, help_text, example) in COMMANDS.items():
        sub = commands.add_parser(name, help=help_text, description=help_text, epilog=f"example: {example}")
        if name == command:
            module, _, function = target.partition(":")
            getattr(_loaded(module, name), function)(sub)
    return parser


def verb_of(name: str) -> Callable[..., Any]:
    """What carries out a verb of VERBS."""
    module, _, function = VERBS[name].partition(":")
    found: Callable[..., Any] = getattr(_loaded(module, name), function)
    return found


def _loaded(module: str, command: str) -> ModuleType:
    """The module of one command; raises Unavailable, saying how to install it, where it or its needs are missing."""
    from kb.errors import Unavailable

    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        extra = next((extra for package, extra in _EXTRAS.items() if module.startswith(f"{package}.")), None)
        how = f"pip install 'hotline-kb[{extra}]'" if extra else "make setup"
        raise Unavailable("not_installed", "`kb {command}` needs the module {module}, which is not installed; run "
                          "`{how}`", command=command, module=error.name, how=how) from error

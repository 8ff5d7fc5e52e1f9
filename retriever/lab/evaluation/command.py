"""``kb eval``: a folder in, the measures out as one JSON object."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from kb.clock import utc_now
from kb.db import Database
from kb.errors import Invalid
from kb.settings import Settings
from retriever.ask import model_of
from retriever.files import written_whole
from retriever.lab.evaluation.conflicts import build_contradicting, is_of_conflicts, measure_conflicts
from retriever.lab.evaluation.dataset import read_dataset
from retriever.lab.evaluation.edits import evaluate_edits, is_set_of_edits
from retriever.lab.evaluation.failures.collect import Failures
from retriever.lab.evaluation.failures.page import write_page
from retriever.lab.evaluation.failures.side_by_side import as_text
from retriever.lab.evaluation.run import evaluate
from retriever.lab.evaluation.texts import is_of_texts, measure_texts
from retriever.settings import SearchSettings
from retriever.shell import progress_bar, say_json


def eval_(parser: argparse.ArgumentParser) -> None:
    """kb eval DIR [--engine E] [--limit N] [--run FILE] [--errors FILE] [--json]"""
    parser.epilog = "example: kb eval tests/data/tiny --run run.jsonl"
    parser.add_argument("dir", type=Path, metavar="DIR", help="folder with corpus.jsonl, queries.jsonl, qrels.tsv")
    parser.add_argument("--engine", choices=("embedded",), default="embedded")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N questions, edits, or pairs")
    parser.add_argument("--run", type=Path, metavar="FILE", dest="run_file", help="write one line a question here")
    parser.add_argument("--errors", type=Path, metavar="FILE", dest="errors_file",
                        help="write the failures here, worst first, given and ideal side by side: as plain text where "
                        "FILE ends with .txt, else as one HTML page with the risk-coverage curve")
    parser.add_argument("--json", action="store_true", help="(the result always is one JSON object)")

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:  # noqa: ARG001
        if args.limit is not None and args.limit < 1:
            raise Invalid("limit", "--limit is at least 1, not {limit}", limit=args.limit)
        if args.run_file and args.errors_file and args.run_file.absolute() == args.errors_file.absolute():
            raise Invalid("files", "--run and --errors name one file: {run_file}", run_file=args.run_file)
        if is_of_texts(args.dir):
            with ExitStack() as files:
                say_json(measure_texts(args.dir, files.enter_context(written_whole(args.run_file))
                                       if args.run_file else None))
            return 0
        if is_of_conflicts(args.dir):
            with ExitStack() as files:
                say_json(measure_conflicts(build_contradicting(settings), args.dir, limit=args.limit,
                                           run_file=files.enter_context(written_whole(args.run_file))
                                           if args.run_file else None))
            return 0
        dataset = None if is_set_of_edits(args.dir) else read_dataset(args.dir)
        with ExitStack() as files, progress_bar() as show:
            # opened before the first question, so that a wrong path is noticed at once
            file = files.enter_context(written_whole(args.run_file)) if args.run_file else None
            page = files.enter_context(written_whole(args.errors_file)) if args.errors_file else None
            if dataset is None:
                say_json(evaluate_edits(settings, args.dir, now=utc_now(), limit=args.limit, run_file=file,
                                        progress=show))
                return 0
            failures = Failures(model_of(settings.section(SearchSettings))) if page else None
            result = evaluate(settings, dataset, now=utc_now(), limit=args.limit, run_file=file, progress=show,
                              watch=failures.see if failures else None)
            if failures and page and args.errors_file.suffix == ".txt":
                page.write(as_text(failures.worst_first, result))
            elif failures and page:
                write_page(page, failures, result)
        say_json(result)
        return 0

    parser.set_defaults(run=run)

"""``kb train``: the fitted weights, made from folders in the format of ``kb eval``, bit for bit the same each time.

With ``--reader`` the folders teach the reader instead (reader/command.py).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from kb.clock import utc_now
from kb.db import Database
from kb.errors import Invalid
from kb.settings import Settings
from retriever.ask import model_of
from retriever.files import written_whole
from retriever.lab.evaluation.dataset import read_dataset
from retriever.lab.evaluation.run import Progress
from retriever.lab.training.collect import Collected, collect
from retriever.lab.training.crossval import Answers, Tick, answers, cross_validated, figures, left_out, whole
from retriever.lab.training.fit import fit
from retriever.lab.training.fitted import GROUPS, Subset
from retriever.lab.training.reader import command as reader
from retriever.lab.training.refusal import Known, given, thresholds
from retriever.ranking.model import Model, packaged
from retriever.settings import AskSettings, SearchSettings
from retriever.shell import progress_bar

_MEASURES = {"ndcg@10": "nDCG@10", "passage_hit@1": "hit@1", "passage_hit@5": "hit@5", "answer_f1": "F1",
             "auroc_answerable": "AUROC", "precision": "precision", "answered": "answered"}
_LEAST_TIMES, _MOST_TIMES = 0.01, 100.0
Figures = dict[str, dict[str, float | None]]  # judged how -> measure -> value
Table = dict[str, Figures]  # set ->


def train(parser: argparse.ArgumentParser) -> None:
    """kb train DIR… [--measure DIR]… [--weigh NAME=N]… [--out FILE] [--seed N] [--folds K] [--ablate] [--json]
    kb train DIR… --reader --out FILE.onnx [--fit DIR]… [--passes N] [--begin WEIGHTS] [--seed N] [--processes N]
    [--device cpu|cuda]"""
    parser.epilog = "example: kb train tests/data/questions/dev --out own.json, then set search.model to own.json"
    parser.add_argument("dirs", type=Path, nargs="*", metavar="DIR", help="folder in the format of kb eval, with "
                        "answers (for evidence) and unanswerable questions (for refusal) where it has them")
    parser.add_argument("--measure", type=Path, action="append", default=[], metavar="DIR",
                        help="a folder that is only measured, never learned from")
    parser.add_argument("--weigh", type=_weighed, action="append", default=[], metavar="NAME=N",
                        help="evidence in the folder of this name counts N times as much as in another")
    parser.add_argument("--out", type=Path, metavar="FILE",
                        help="write the weights here; without it they are judged only")
    parser.add_argument("--seed", type=int, default=0, metavar="N",
                        help="which questions go into which fold (default 0)")
    parser.add_argument("--seeds", type=int, default=1, metavar="N",
                        help="judge this many seeds, from --seed on, and say how far they spread")
    parser.add_argument("--folds", type=int, default=5, metavar="K", help="folds of the cross-validation (default 5)")
    parser.add_argument("--ablate", action="store_true", help="also judge the weights without each group of features")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object, for programs")
    reader.add_arguments(parser)

    def run(args: argparse.Namespace, settings: Settings, database: Database) -> int:  # noqa: ARG001
        _check(args)
        if args.reader:
            return reader.train_reader(args, settings)
        with progress_bar() as show:
            sets, measured = _collected(settings, args.dirs, args.measure, dict(args.weigh), now=utc_now(),
                                        progress=show)
            report = _Training(sets, measured, model_of(settings.section(SearchSettings)), args.folds,
                               settings.section(AskSettings).precision, show)
            runs = [report.run(seed) for seed in range(args.seed, args.seed + args.seeds)]
            ablation = report.ablation(args.seed) if args.ablate else {}
        if args.out:
            with written_whole(args.out) as file:
                file.write(runs[0][0].text())
        if args.json:
            sys.stdout.write(json.dumps({"figures": [table for _, table in runs], "ablation": ablation,
                                         "model": json.loads(runs[0][0].text())}, ensure_ascii=False, indent=2) + "\n")
        else:
            _print(runs, ablation, args)
        return 0

    parser.set_defaults(run=run)


def _check(args: argparse.Namespace) -> None:
    """All that can be wrong before the hour that collecting may take."""
    reader.check(args)
    if not (args.dirs or args.fit):
        raise Invalid("dirs", "name at least one folder in the format of kb eval")
    if args.folds < 2 or args.seeds < 1 or args.seed < 0:
        raise Invalid("folds", "--folds is at least 2, --seeds at least 1, --seed at least 0")
    folders = [folder.resolve() for folder in (*args.dirs, *args.measure, *args.fit)]
    if len(set(folders)) < len(folders):
        raise Invalid("dirs", "a folder is named twice: it is either learned from or measured, once")
    names = [folder.name for folder in folders]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Invalid("dirs", "two folders are named {twice}: the figures could not be told apart; rename one",
                      twice=twice)
    learned = [folder.resolve().name for folder in args.dirs]
    weighed = [name for name, _ in args.weigh]
    for name in weighed:
        if weighed.count(name) > 1:
            raise Invalid("weigh", "--weigh {name} is given twice", name=name)
        if name not in learned:
            raise Invalid("weigh", "--weigh {name}: no folder of this name is learned from; there are {learned}",
                          name=name, learned=learned)
    for folder in folders:
        read_dataset(folder)
    if args.out:
        _check_out(args.out.resolve())


def _check_out(path: Path) -> None:
    if not path.parent.is_dir():
        raise Invalid("out", "{path}: its folder does not exist", path=path)
    if path.is_dir():
        raise Invalid("out", "{path}: is a folder; name a file", path=path)
    if not os.access(path.parent, os.W_OK):
        raise Invalid("out", "{path}: its folder cannot be written to", path=path)


def _weighed(text: str) -> tuple[str, float]:
    name, _, number = text.rpartition("=")
    try:
        times = float(number)
    except ValueError:
        times = 0.0
    if not name or not _LEAST_TIMES <= times <= _MOST_TIMES:
        raise argparse.ArgumentTypeError(f"{text}: NAME=N with N from {_LEAST_TIMES:g} to {_MOST_TIMES:g}")
    return name, times


def _collected(settings: Settings, dirs: Sequence[Path], measure: Sequence[Path], weigh: Mapping[str, float], *,
               now: datetime, progress: Progress) -> tuple[list[Collected], list[Collected]]:
    """The sets to learn from and those to measure; what a set cannot teach is said, and an error when none teaches."""
    def named(folder: Path) -> Collected:
        name = folder.resolve().name
        return collect(settings, folder, now=now, progress=lambda what, n, of: progress(f"{name}: {what}", n, of),
                       times=weigh.get(name, 1.0))

    sets = [named(folder) for folder in dirs]
    for c in sets:
        if c.missing():
            sys.stderr.write(f"kb: {c.name}: {c.missing()}\n")
    if not any(a.ranks for c in sets for a in c.asked):
        raise Invalid("train", "no folder has a question with a relevant document (qrels.tsv): nothing can be learned")
    return sets, [named(folder) for folder in measure]


class _Training:
    """Fits and judges; every fit is one step of the progress bar."""

    def __init__(self, sets: list[Collected], measured: list[Collected], in_use: Model, folds: int, precision: float,
                 progress: Progress) -> None:
        self._sets, self._measured, self._folds = sets, measured, folds
        self._precision, self._progress = precision, progress
        self._before = {c.name: figures(answers(c, in_use).seen) for c in (*sets, *measured)}

    @cached_property
    def _fitted(self) -> tuple[Model, list[Answers | None]]:
        """The weights from all sets, and each set's answers under those from the others: the same for every seed."""
        tick = self._ticker("fit", 1 + len(self._sets))
        model = fit([whole(c) for c in self._sets], Subset())
        tick("all")
        return model, left_out(self._sets, Subset(), tick)

    def _ticker(self, what: str, total: int) -> Tick:
        done: list[str] = []

        def tick(step: str) -> None:
            done.append(step)
            self._progress(what, len(done), total)
        return tick

    def run(self, seed: int) -> tuple[Model, Table]:
        """The weights of one seed, and how they do on each set: before, trained on all, unseen folds, left out."""
        model, others = self._fitted
        unseen = cross_validated(self._sets, Subset(), seed, self._folds,
                                 self._ticker(f"folds, seed {seed}", self._folds))
        refusing = [a for c, a in zip(self._sets, unseen, strict=True) if c.refuses]
        model = replace(model, refusal={
            "with_vectors": thresholds([_known(a.seen) for a in refusing]),
            "words_alone": thresholds([_known(a.by_words) for a in refusing])} if refusing else packaged().refusal)
        table: Table = {}
        for c, out_of_fold, out_of_set in zip(self._sets, unseen, others, strict=True):
            table[c.name] = {"before": self._before[c.name], "all": self._judged(answers(c, model), model),
                             "unseen": self._judged(out_of_fold, model)}
            if out_of_set:
                table[c.name]["left out"] = self._judged(out_of_set, model)
        for c in self._measured:
            table[c.name] = {"before": self._before[c.name], "measured": self._judged(answers(c, model), model)}
        return replace(model, training=self._record(seed, table)), table

    def _judged(self, found: Answers, model: Model) -> dict[str, float | None]:
        known = _known(found.seen)
        precision, answered = given(known, model.threshold(self._precision, words_alone=False))
        return {**figures(found.seen), "precision": precision, "answered": answered}

    def _record(self, seed: int, table: Table) -> dict[str, Any]:
        """What made the file. No time and no machine: the same command gives the same bytes."""
        return {"seed": seed, "folds": self._folds, "sets": [dict(c.record) for c in self._sets],
                "cross_validated": {c.name: {k: v for k, v in table[c.name]["unseen"].items()
                                             if v is not None and k in _MEASURES and k not in ("precision", "answered")}
                                    for c in self._sets}}

    def ablation(self, seed: int) -> Table:
        """Each set without each group of features, on unseen folds; ``everything`` is with all."""
        table: Table = {c.name: {} for c in self._sets}
        chosen = {"everything": frozenset[str](), **GROUPS}
        for n, (group, names) in enumerate(chosen.items(), 1):
            unseen = cross_validated(self._sets, Subset().without(names), seed, self._folds, lambda _: None)
            for c, found in zip(self._sets, unseen, strict=True):
                table[c.name][group] = figures(found.seen)
            self._progress("ablation", n, len(chosen))
        return table


def _known(judged: Sequence[Any]) -> Known:
    return [(j.confidence, j.asked.query.answerable) for j in judged]


def _print(runs: Sequence[tuple[Model, Table]], ablation: Table, args: argparse.Namespace) -> None:
    sys.stdout.write(_lines(runs[0][1], "") + "\n")
    if len(runs) > 1:
        sys.stdout.write(f"\nspread over {len(runs)} seeds (largest less smallest)\n")
        sys.stdout.write(_lines(_spread([table for _, table in runs]), "") + "\n")
    if ablation:
        sys.stdout.write("\nwithout a group of features, on unseen folds\n" + _lines(ablation, "without ") + "\n")
    if args.out:
        sys.stdout.write(f"\nwritten: {args.out}\n")


def _lines(table: Mapping[str, Figures], prefix: str) -> str:
    """One line for each set and way of judging, figures times 100."""
    lines = ["".join((f"{'':16}{'':22}", *(f"{title:>10}" for title in _MEASURES.values())))]
    for name, ways in table.items():
        for way, values in ways.items():
            label = way if way == "everything" else prefix + way
            shown = (values.get(measure) for measure in _MEASURES)
            lines.append("".join((f"{name[:15]:16}{label:22}", *(f"{'–' if v is None else f'{100 * v:.1f}':>10}"
                                                                for v in shown))))
    return "\n".join(lines)


def _spread(tables: Sequence[Table]) -> Table:
    """The largest less the smallest figure over the seeds."""
    def span(name: str, way: str, measure: str) -> float | None:
        values = [v for t in tables if (v := t[name][way].get(measure)) is not None]
        return max(values) - min(values) if values else None
    return {name: {way: {measure: span(name, way, measure) for measure in values}
                   for way, values in ways.items() if way != "before"} for name, ways in tables[0].items()}

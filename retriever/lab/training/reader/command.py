"""``kb train --reader``: folders in, the reader's file out, with the weights to go on from and what its scores mean.

Learning needs torch, which nothing else does: it is looked for before anything is collected. What is fitted to the
scores comes from folders that taught nothing (``--fit``), in the same call or in a later one without folders to learn.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import Any

from kb.clock import utc_now
from kb.errors import Invalid, Unavailable
from kb.settings import Settings
from retriever.answering.fitted import Fitted, load_fitted
from retriever.embedding.local import ensure_model
from retriever.embedding.pieces import Pieces, pieces_of
from retriever.embedding.weights import packaged_weights, read_weights, word_table
from retriever.errors import BadModel
from retriever.files import written_whole
from retriever.lab.evaluation.dataset import read_dataset
from retriever.lab.evaluation.run import Progress
from retriever.lab.training.collect import record_of
from retriever.lab.training.reader.examples import Lesson, lessons
from retriever.lab.training.reader.export import export
from retriever.lab.training.reader.fit import fit_reader, keep
from retriever.reader.local import LocalReader
from retriever.shell import progress_bar, say, say_json

_PASSES = 2.0
_PROCESSES = 2  # of one thread each; more of them wait for memory
_TOLD = 20  # times that learning is told of where no bar can be drawn
_OTHERS: Mapping[str, object] = {"measure": [], "weigh": [], "seeds": 1, "folds": 5, "ablate": False}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``kb train`` that belong to the reader."""
    group = parser.add_argument_group("the reader", "learned with PyTorch, which the extra `training` installs")
    group.add_argument("--reader", action="store_true", help="teach the reader, and write it to --out, an .onnx file")
    group.add_argument("--fit", type=Path, action="append", default=[], metavar="DIR", help="a folder that taught "
                       "nothing, to fit what the scores mean; without folders to learn from, --out is fitted as it is")
    group.add_argument("--passes", type=float, metavar="N", help=f"how often each question comes (default {_PASSES:g})")
    group.add_argument("--begin", type=Path, metavar="WEIGHTS", help="go on from the .pt file of an earlier training")
    group.add_argument("--processes", type=int, metavar="N", help="processes that learn together (default "
                       f"{_PROCESSES}, with cuda 1)")
    group.add_argument("--device", choices=("cpu", "cuda"), help="where to learn (default cpu)")


def check(args: argparse.Namespace) -> None:
    """What can be wrong with the options, before the hours that learning takes; the folders are checked elsewhere."""
    own = [f"--{name}" for name in ("fit", "passes", "begin", "processes", "device") if getattr(args, name)]
    if not args.reader:
        if own:
            raise Invalid("reader", "{own} belongs to --reader: give that too", own=own[0])
        return
    others = [f"--{name}" for name, default in _OTHERS.items() if getattr(args, name) != default]
    if others:
        raise Invalid("reader", "{others} has no part in --reader: leave it out", others=others[0])
    if not args.out or args.out.suffix != ".onnx":
        raise Invalid("out", "--reader writes to --out FILE.onnx: name it")
    if args.begin and not args.begin.is_file():
        raise Invalid("begin", "{begin}: there is no such file; name the .pt file of an earlier training",
                      begin=args.begin)
    if args.passes is not None and not 0 < args.passes <= 100:
        raise Invalid("passes", "--passes is more than 0 and at most 100")
    if args.processes is not None and not 1 <= args.processes <= (os.cpu_count() or 1):
        raise Invalid("processes", "--processes is 1 to {cpu_count}, as this machine has processors",
                      cpu_count=os.cpu_count())
    if not args.dirs and not args.out.is_file():
        raise Invalid("out", "{out}: there is no such reader to fit; name folders to learn from", out=args.out)
    beside = args.out.with_suffix(".json")
    if beside.exists():
        try:
            load_fitted(beside)
        except BadModel as error:  # weights of `kb train`, perhaps: not to be written over
            raise Invalid("out", "{beside}: holds something else than what was fitted to a reader; name another --out, "
                          "since that file stands beside it", beside=beside) from error


def train_reader(args: argparse.Namespace, settings: Settings) -> int:
    """Learn, write, fit; returns the exit code."""
    if args.dirs:
        _check_torch(args)
    pieces, now = pieces_of(ensure_model(settings.data_dir)), utc_now()
    record = _record(args)
    with progress_bar() as show:
        if args.dirs:
            taught = [lesson for folder in args.dirs
                      for lesson in lessons(settings, folder, pieces, now=now, progress=_named(folder, show))]
            if not any(any(example.right) for lesson in taught for example in lesson.examples):
                raise Invalid("train", "no folder has a question with gold spans (answers.jsonl): the reader cannot "
                              "learn what answers")
            _learn(args, taught, show)
        fitted = _fit(args, settings, pieces, record, now=now, progress=show) if args.fit else None
    _tell(args, record, fitted)
    return 0


def _check_torch(args: argparse.Namespace) -> None:
    if find_spec("torch") is None:
        raise Unavailable("not_installed", "`kb train --reader` needs PyTorch, which is not installed; run "
                          "`pip install 'hotline-kb[training]'`, or `make training` in a checkout")
    import torch

    if args.device == "cuda" and not torch.cuda.is_available():
        raise Unavailable("no_device", "--device cuda: PyTorch finds no such device on this machine; leave it out")
    if args.begin:
        try:
            found = torch.load(args.begin, weights_only=True, mmap=True)
        except (RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
            raise Invalid("begin", "{begin}: no weights ({kind}); name the .pt file of an earlier training",
                          begin=args.begin, kind=type(error).__name__) from error
        if not isinstance(found, dict) or "parts" not in found:
            raise Invalid("begin", "{begin}: these are not a reader's weights; name the .pt file of an earlier "
                          "training", begin=args.begin)


def _learn(args: argparse.Namespace, taught: Sequence[Lesson], show: Progress) -> None:
    """The learned weights beside the file that serves; both are there only once they are whole."""
    from retriever.lab.training.reader.learn import Plan, learn, saved

    device, weights = args.device or "cpu", args.out.with_suffix(".pt")
    processes = args.processes or (1 if device == "cuda" else min(_PROCESSES, os.cpu_count() or 1))
    unfinished = weights.with_suffix(".pt.part")  # to go on from when learning was interrupted
    plan = Plan(seed=args.seed, passes=args.passes or _PASSES, processes=processes, begin=args.begin, save=unfinished,
                device=device)
    with _told(show) as tell:
        learned = learn(taught, plan, tell)
    saved(learned, unfinished)
    unfinished.replace(weights)
    part = args.out.with_suffix(".onnx.part")
    export(read_weights(packaged_weights()), {name: tensor.float().cpu().numpy() for name, tensor in learned.items()},
           part)
    part.replace(args.out)
    args.out.with_suffix(".json").unlink(missing_ok=True)  # it was fitted to other scores


class _Carrier:
    """Brings word of each step from the process that learns; a closure could not be sent there."""

    def __init__(self, steps: Any) -> None:
        self._steps = steps

    def __call__(self, done: int, of: int, loss: float) -> None:
        self._steps.put((done, of, loss))


@contextmanager
def _told(show: Progress) -> Iterator[_Carrier]:
    """What learning is given to tell of its steps: a bar on a terminal, a line now and then elsewhere."""
    steps = get_context("spawn").SimpleQueue()
    began = perf_counter()

    def follow() -> None:
        while (step := steps.get()) is not None:
            done, of, loss = step
            show("learn", done, of)
            if not sys.stderr.isatty() and done % max(of // _TOLD, 1) == 0:
                left = (perf_counter() - began) * (of - done) / done / 60
                sys.stderr.write(f"kb: learned {done} of {of} steps, loss {loss:.3f}, {left:.0f} minutes left\n")

    thread = Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield _Carrier(steps)
    finally:
        steps.put(None)
        thread.join()


def _fit(args: argparse.Namespace, settings: Settings, pieces: Pieces, record: Mapping[str, object], *, now: datetime,
         progress: Progress) -> Fitted:
    """What is fitted to the written reader's scores, in the file beside it."""
    reader = LocalReader(args.out, pieces, word_table(packaged_weights()))
    fitted = fit_reader({folder.resolve().name: keep(settings, folder, reader, now=now,
                                                     progress=_named(folder, progress)) for folder in args.fit})
    fitted = replace(fitted, training={**record, **fitted.training})
    with written_whole(args.out.with_suffix(".json")) as file:
        file.write(fitted.text(args.out))
    return fitted


def _record(args: argparse.Namespace) -> dict[str, object]:
    """What made the reader, without time and machine; its folders as a file of fitted weights names them."""
    def sets(folders: Sequence[Path]) -> list[dict[str, object]]:
        return [record_of(folder, read_dataset(folder)) for folder in folders]

    taught: dict[str, object] = {"seed": args.seed, "passes": args.passes or _PASSES,
                                 "continued": args.begin is not None, "sets": sets(args.dirs)} if args.dirs else {}
    return {**taught, "fitted_on": sets(args.fit)}


def _named(folder: Path, show: Progress) -> Progress:
    name = folder.resolve().name
    return lambda what, n, of: show(f"{name}: {what}", n, of)


def _tell(args: argparse.Namespace, record: Mapping[str, object], fitted: Fitted | None) -> None:
    if args.json:
        say_json({"reader": str(args.out), "training": record,
                  "fitted": json.loads(fitted.text(args.out)) if fitted else None})
        return
    if args.dirs:
        say("written: {out} ({st_size:.1f} MB); to go on from it, --begin {value}", out=args.out,
            st_size=args.out.stat().st_size / 1000000.0, value=args.out.with_suffix(".pt"))
    if fitted:
        say("written: {value}; to use both, set reader.file to {out}", value=args.out.with_suffix(".json"),
            out=args.out)
    else:
        say("not fitted yet: run `kb train --reader --fit DIR --out {out}` with a folder that taught nothing",
            out=args.out)

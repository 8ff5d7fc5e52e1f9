"""``python -m bench.planted [--articles 10000] [--seed N] [--wordings reported] [--json] [--list]``: how many of the
planted faults the scan finds, and how many of its signals are about one.

Articles are generated with faults of every kind of signal and with what only looks like one (bench/planted/), brought
in as the importer does, followed up in registers, links and answers, and looked at as ``kb review scan`` does.
Comparing for contradictions reads with a model, a second or two a text; so it has a base of its own of a few hundred
of the articles. ``--only`` takes one of the two parts.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from bench.corpus import ROOT
from bench.measure import share_model
from bench.planted import filling, pages, talks
from bench.planted.generating import WORDINGS, generate
from bench.planted.scoring import Figures, lines, raised, scored
from bench.planted.truth import NOW, TZ, UNPLANTED, Corpus
from kb.clock import zone
from kb.db import Database
from kb.migrations import migrate
from kb.settings import Settings, load_settings
from kb.upkeep.signals.registry import KINDS
from kb.upkeep.signals.scanning import scan_all
from retriever.factory import build
from retriever.gaps import find_gaps

CONTRADICTION = "contradiction"
_STEP_S = 5.0


class Clock:
    """Seconds of each step, of the wall and of this process."""

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, float]] = {}
        self._wall, self._cpu = perf_counter(), process_time()

    def note(self, step: str) -> None:
        """A step is done."""
        wall, cpu = perf_counter(), process_time()
        self.steps[step] = {"wall_s": round(wall - self._wall, 2), "cpu_s": round(cpu - self._cpu, 2)}
        self._wall, self._cpu = wall, cpu


def scan_planted(folder: Path, corpus: Corpus, clock: Clock) -> list[Figures]:
    """Build a knowledge base of all articles in the folder and scan it; the figures of every kind but contradictions.
    """
    settings = settings_of(folder)
    database = Database(settings)
    try:
        migrate(database)
        filling.settle(database, corpus)
        filling.bring_in(database, corpus.articles)
        clock.note("import")
        filling.follow_up(database, corpus)
        pages.look_at(database, settings, corpus.pages)
        talks.look_again(database, corpus)
        talks.tell(database, corpus)
        retriever = build(settings, database)
        find_gaps(database, retriever.analyser, None, days=180, now=NOW)
        retriever.close()
        talks.dismiss(database, corpus)
        clock.note("follow-up")
        for step in ("first scan", "second scan"):
            scan_all(database, NOW, zone(TZ), origin="bench")
            clock.note(step)
        return _figures(database, corpus, [kind for kind in KINDS if kind not in {CONTRADICTION, *UNPLANTED}])
    finally:
        database.close()


def compare_planted(folder: Path, corpus: Corpus, model: Path | None, clock: Clock) -> list[Figures]:
    """Build a knowledge base of the articles that are compared; the figures of contradictions."""
    if model is not None:
        share_model(folder, model)
    settings = settings_of(folder, provider="local")
    database = Database(settings)
    try:
        migrate(database)
        filling.settle(database, corpus)
        filling.bring_in(database, [one for one in corpus.articles if one.is_first])
        retriever = build(settings, database)
        retriever.embed_all()
        clock.note("articles to compare")
        while retriever.compare_pending(now=NOW, seconds=_STEP_S):
            pass
        clock.note("comparing")
        retriever.close()
        scan_all(database, NOW, zone(TZ), origin="bench")
        return _figures(database, corpus, [CONTRADICTION])
    finally:
        database.close()


def _figures(database: Database, corpus: Corpus, kinds: Sequence[str]) -> list[Figures]:
    with database.reading() as session:
        return scored(kinds, corpus.planted, raised(session))


def settings_of(folder: Path, *, provider: str = "none") -> Settings:
    """The product's settings with the data in the folder."""
    return load_settings(ROOT, {}, data={"dir": str(folder)}, links={"hosts": pages.HOSTS},
                         embedding={"provider": provider}, reader={"provider": provider})


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where a kind is below the bar."""
    parser = argparse.ArgumentParser(prog="python -m bench.planted", description=__doc__)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--among", type=int, default=0, help="plant as many faults and traps as among so many articles")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wordings", choices=WORDINGS, default="reported", help="which set of wordings")
    parser.add_argument("--only", choices=("scan", "comparing"), help="contradictions alone, or all but them")
    parser.add_argument("--model", type=Path, help="a data folder whose embedding model is used")
    parser.add_argument("--truth", type=Path, help="write what was planted to this file")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--list", action="store_true", help="name each false signal and each miss")
    args = parser.parse_args(argv)
    clock = Clock()
    corpus = generate(args.articles, seed=args.seed, wordings=args.wordings, among=args.among)
    clock.note("generating")
    if args.truth:
        args.truth.write_text("".join(json.dumps(one.as_dict(), ensure_ascii=False) + "\n" for one in corpus.planted),
                              encoding="utf-8")
    figures: list[Figures] = []
    if args.only != "comparing":
        with tempfile.TemporaryDirectory() as folder:
            figures += scan_planted(Path(folder), corpus, clock)
    if args.only != "scan":
        with tempfile.TemporaryDirectory() as folder:
            figures += compare_planted(Path(folder), corpus, args.model, clock)
    report: dict[str, Any] = {"articles": len(corpus.articles), "seed": args.seed, "wordings": args.wordings,
                              "kinds": [one.as_dict() for one in figures], "steps": clock.steps}
    if args.json:
        if args.list:
            report["list"] = list(lines(figures, with_all=True))[len(figures) + 1:]
        sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in lines(figures, with_all=args.list)))
        sys.stdout.write(f"{json.dumps(clock.steps)}\n")
    return 0 if all(one.holds for one in figures) else 1


if __name__ == "__main__":
    sys.exit(main())

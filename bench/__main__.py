"""``python -m bench``: this system and two others, measured in one run on one corpus; one table, or JSON.

Corpora, vectors and indexes are kept in ``.bench`` (``--work``), so that a second run need not embed again.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from bench import corpus, quality, report
from bench.measure import as_json, settings_of
from bench.rereading import write_documents
from kb.clock import utc_now
from kb.settings import Settings
from retriever.answering.fitted import load_fitted
from retriever.answering.reading import MOST
from retriever.embedding.local import default_model_dir, ensure_model
from retriever.embedding.weights import packaged_weights
from retriever.passages.cutting import embedding_text, split
from retriever.reader import PACKAGED
from retriever.settings import EmbeddingSettings, ReaderSettings

PEERS = ("LangChain ensemble", "txtai hybrid")
_COLD = 5  # fresh processes
_PEER_QUESTIONS = 200  # of the same questions: the slower of them takes a second for each


def _say(text: str) -> None:
    sys.stderr.write(f"{utc_now():%H:%M:%S} {text}\n")


class Bench:
    """One run: where it works and how it starts its steps."""

    def __init__(self, work: Path, peers_python: Path | None, *, provider: str = "local",
                 rereads: bool = False, reading_seconds: float = ReaderSettings().local_seconds) -> None:
        """``rereads``: the others' best passages are also read by this system's reader, for as long as its own."""
        self.work = work.resolve()
        self._rereads, self._reading_seconds = rereads, reading_seconds
        self._peers_python = peers_python
        self._provider = provider
        self.work.mkdir(parents=True, exist_ok=True)
        if provider == "local":
            ensure_model(self.work)

    def settings(self, folder: Path) -> Settings:
        """The settings of a data folder."""
        return settings_of(folder, self.work, provider=self._provider, reading_seconds=self._reading_seconds)

    def step(self, module: str, python: Path | str, spec: dict[str, Any]) -> dict[str, Any]:
        """Run a step in a process of its own; what it measured."""
        path = self.work / "spec.json"
        path.write_text(json.dumps(spec, ensure_ascii=False), encoding="utf-8")
        done = subprocess.run([str(python), "-W", "ignore", "-m", module, str(path)], cwd=corpus.ROOT, check=True,
                              stdout=subprocess.PIPE, text=True)
        return dict(json.loads(done.stdout.splitlines()[-1]))

    def ours(self, spec: dict[str, Any]) -> dict[str, Any]:
        """A step of this system."""
        return self.step("bench.measure", sys.executable, {
            **spec, "shared": str(self.work), "provider": self._provider, "reading_seconds": self._reading_seconds})

    def peer(self, name: str, spec: dict[str, Any]) -> dict[str, Any] | None:
        """A step of another system; None when it is not installed."""
        if self._peers_python is None or self._provider != "local":
            return None
        return self.step("bench.peers", self._peers_python, {
            "peer": name, "model": str(default_model_dir(self.work)), "threads": EmbeddingSettings().threads,
            "cache": str(self.work / "cache" / "vectors.sqlite3"), "reading": self._reading(), **spec})

    def _reading(self) -> dict[str, Any] | None:
        """How the others' best passages are read: as this system reads its own."""
        if not self._rereads:
            return None
        return {"file": str(PACKAGED), "model": str(default_model_dir(self.work)), "words": str(packaged_weights()),
                "threads": EmbeddingSettings().threads, "most": MOST, "seconds": self._reading_seconds,
                "sure": load_fitted(PACKAGED.with_suffix(".json")).sure}

    def size(self, passages: int, count: int, *, seed: int, seconds: int, is_reused: bool) -> dict[str, Any]:
        """Every figure of one corpus size."""
        base = self.work / f"{passages}-{seed}"
        data = base / "data"
        made = list(corpus.articles(passages, seed=seed))
        questions = corpus.questions(made, count, seed=seed)
        if not (is_reused and (base / "build.json").is_file()):
            shutil.rmtree(base, ignore_errors=True)
            corpus.write(base / "articles", made)
            _say(f"{passages}: building")
            built = self.ours({"step": "build", "folder": str(data), "articles": str(base / "articles")})
            (base / "build.json").write_text(json.dumps(built), encoding="utf-8")
        built = json.loads((base / "build.json").read_text(encoding="utf-8"))
        _say(f"{passages}: asking")
        asked = self.ours({"step": "ask", "folder": str(data), "questions": [as_json(q) for q in questions],
                           "seconds": seconds})
        found = {"build": built, **asked, "cold_start_s": self._cold(data, questions)}
        lines = [json.dumps(_embedded(text, *place), ensure_ascii=False) for history in made for text in history
                 for place in _cuts(text)]
        (base / "passages.jsonl").write_text("\n".join(lines), encoding="utf-8")
        write_documents(base / "documents.jsonl", [(text.title, text.lang, text.source)
                                                   for history in made for text in history])
        asked_of_peers = [q.text for q in questions[:_PEER_QUESTIONS]]
        peers: dict[str, Any] = {}
        for name in PEERS:
            _say(f"{passages}: {name}")
            spec = {"passages": str(base / "passages.jsonl"), "documents": str(base / "documents.jsonl"),
                    "questions": asked_of_peers, "asked": [[text] for text in asked_of_peers],
                    "folder": str(base / name.split()[0].lower())}
            peers[name] = self.peer(name, {**spec, "step": "measure"})
            if peers[name] is not None:
                peers[name] |= self.peer(name, {**spec, "step": "cold"}) or {}
        return {"passages": passages, "questions": len(questions), "ours": found, "peers": peers}

    def _cold(self, data: Path, questions: Sequence[corpus.Question]) -> float:
        """Seconds from nothing running to a printed answer; the middle of some tries."""
        environ = {**os.environ, "KB__DATA__DIR": str(data), "KB__EMBEDDING__PROVIDER": self._provider}
        took = []
        for question in questions[:_COLD]:
            began = perf_counter()
            done = subprocess.run([sys.executable, "-m", "kb", "ask", question.text], cwd=corpus.ROOT, env=environ,
                                  stdout=subprocess.DEVNULL, check=False)
            if done.returncode not in (0, 1):  # 1: an honest abstention
                raise SystemExit(f"kb ask ended with {done.returncode}")
            took.append(perf_counter() - began)
        return median(took)


def _cuts(text: corpus.Text) -> list[tuple[tuple[str, ...], str, str]]:
    """The passages of a revision as the product cuts them: headings, context, what is shown below the headings."""
    return [(cut.heading_path, cut.context, cut.body) for cut in split(text.source)]


def _embedded(text: corpus.Text, headings: tuple[str, ...], context: str, passage: str) -> str:
    """What is indexed of a passage by the other systems: what our model reads of it, so vectors are the same."""
    return embedding_text(text.title, headings, context, passage)


def _sizes(text: str) -> list[int]:
    sizes = [int(n) for n in text.split(",") if n]
    if any(n < 1 for n in sizes):
        raise argparse.ArgumentTypeError(f"{text}: sizes are 1 or more")
    return sizes


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--passages", type=_sizes, default=[10_000, 100_000], metavar="N,N",
                        help="corpus sizes (default 10000,100000), '' for none")
    parser.add_argument("--questions", type=int, default=1000, metavar="N", help="distinct questions (default 1000)")
    parser.add_argument("--quality", type=Path, nargs="+", default=[], metavar="DIR",
                        help="also compare quality on these folders in the evaluation format")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N questions of each of these folders")
    parser.add_argument("--work", type=Path, default=corpus.ROOT / ".bench", metavar="DIR",
                        help="where corpora, vectors and indexes are kept (default .bench)")
    parser.add_argument("--peers", type=Path, default=corpus.ROOT / ".venv-bench" / "bin" / "python", metavar="PYTHON",
                        help="Python of the other systems' environment; without one they are left out")
    parser.add_argument("--reread", action="store_true",
                        help="also let this system's reader read what the others find, as their re-ranker")
    parser.add_argument("--reading-seconds", type=float, default=ReaderSettings().local_seconds, metavar="S",
                        help="how long the reader may read for a question: more, so that quality does not hang on what "
                             "else runs (default reader.local_seconds)")
    parser.add_argument("--reuse", action="store_true", help="keep indexes that were built before")
    parser.add_argument("--seconds", type=int, default=20, metavar="S", help="length of the sustained load")
    parser.add_argument("--words-only", action="store_true", help="no embedding model, hence no other systems")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="every figure, for programs")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    args = _arguments(argv)
    peers = args.peers if args.peers.is_file() and not args.words_only else None
    if peers is None:
        _say("the other systems are not installed or not wanted: only this one is measured (make bench installs them)")
    bench = Bench(args.work, peers, provider="none" if args.words_only else "local", rereads=args.reread,
                  reading_seconds=args.reading_seconds)
    sizes = [bench.size(n, args.questions, seed=args.seed, seconds=args.seconds, is_reused=args.reuse)
             for n in args.passages]
    compared = [quality.compare(bench, folder, PEERS, limit=args.limit) for folder in args.quality]
    if args.json:
        sys.stdout.write(json.dumps({"sizes": sizes, "quality": compared}, ensure_ascii=False, indent=2) + "\n")
    else:
        report.show(sizes, compared)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What hostile questions cost beside ordinary ones: ``python -m bench.budgets DIR`` for a folder of questions.

The cost is the processor time of the whole process, all threads, so that other work on the machine hardly counts; of
some tries the least. The budgets that bound it are counts, not clocks: tests hold the counts, this shows what they buy.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from bench.attacks import Attacker
from kb.actor import CITIZEN
from kb.clock import utc_now
from kb.settings import load_settings
from retriever.ask import Retriever
from retriever.lab.evaluation.dataset import read_dataset
from retriever.lab.evaluation.run import request_of, throw_away
from retriever.records import AskRequest, Turn

_ORDINARY = 120  # of the set's questions
_TRIES = 3
_FOLLOW_UPS = ("那要带什么材料", "长屿线轮渡儿童票价多少")  # one goes on with the dialogue, one may be another topic
_DIALOGUES = ("homophones", "misspelt English", "pinyin", "numbers with units", "names with synonyms",
              "Chinese words", "English words", "ligatures", "mixed")


def measure(folder: Path, *, root: Path | None = None) -> dict[str, Any]:
    """Milliseconds of an ordinary question, and of every attack with its ratio to it."""
    settings = load_settings(root)
    dataset = read_dataset(folder)
    with throw_away(settings, dataset, now=utc_now(), progress=lambda *_: None) as (retriever, _):
        return _measured(retriever, [request_of(q, retriever.timezone)[0] for q in dataset.queries])


def _measured(retriever: Retriever, asked: Sequence[AskRequest]) -> dict[str, Any]:
    engine, analyser = retriever._current.parts.engine, retriever.analyser  # no page needs the words of an index
    words = [word for word, _ in engine.words(20_000, frozenset({"public"}))]
    attacker = Attacker(words, [name for group in analyser.groups for name in group], analyser)
    every = len(asked) // _ORDINARY or 1
    chosen = asked[::every][:_ORDINARY]
    cost = _costs(retriever)
    for request in chosen:
        cost(request)
    ordinary = [min(cost(request) for _ in range(_TRIES)) for request in chosen]
    usual = median(ordinary)
    ordinary.sort()
    found: dict[str, Any] = {}
    for name, text in attacker.questions().items():
        found[f"question of {name}"] = AskRequest(text)
    for name in _DIALOGUES:
        history = attacker.dialogue(name)
        for follow_up in _FOLLOW_UPS:
            found[f"40 turns of {name}, {follow_up}"] = AskRequest(follow_up, history=history)
    found["one turn of 24,000 homophones"] = AskRequest(_FOLLOW_UPS[1], history=attacker.dialogue(
        "homophones", turns=1, chars=24_000))
    found["40 agent's turns of homophones"] = AskRequest(_FOLLOW_UPS[1], history=tuple(
        Turn("agent", t.text + "？") for t in attacker.dialogue("homophones")))
    found["40 turns and a question of homophones"] = AskRequest(attacker.text("homophones", 2_000),
                                                                history=attacker.dialogue("homophones"))
    rows = []
    for name, request in found.items():
        took = min(cost(request) for _ in range(_TRIES))
        answer = retriever.ask(request, CITIZEN, now=utc_now())
        rows.append({"attack": name, "ms": round(took, 1), "ratio": round(took / usual, 2),
                     "degraded": list(answer.degraded)})
    return {"ordinary_ms": {"p50": round(usual, 1), "p95": round(ordinary[int(len(ordinary) * 0.95)], 1)},
            "attacks": rows}


def _costs(retriever: Retriever) -> Callable[[AskRequest], float]:
    """Milliseconds of processor time of one ask."""
    def cost(request: AskRequest) -> float:
        began = process_time()
        retriever.ask(request, CITIZEN, now=utc_now())
        return (process_time() - began) * 1000

    return cost


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.budgets", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder in the evaluation format")
    parser.add_argument("--json", action="store_true", help="every figure, for programs")
    args = parser.parse_args(argv)
    found = measure(args.folder)
    if args.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
        return 0
    sys.stdout.write(f"ordinary question: {found['ordinary_ms']['p50']} ms (p95 {found['ordinary_ms']['p95']} ms)\n")
    for row in found["attacks"]:
        sys.stdout.write(f"{row['ratio']:7.1f} × {row['ms']:9.1f} ms  {row['attack']}  {' '.join(row['degraded'])}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

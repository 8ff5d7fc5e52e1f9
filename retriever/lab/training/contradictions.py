"""The weights of the contradiction check: `python -m retriever.lab.training.contradictions DIR --out FILE`.

Learned from the candidates of labelled pairs: right are those whose quotes are the named ones of a contradiction. What
seems to contradict between the articles of a city that agree with each other (``--apart``) is learned from as wrong.
The chance from which one is told is the lowest at which, each tenth of the pairs judged by the other nine, the wished
precision was reached.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from kb.settings import load_settings
from retriever.checking.contradicting import FEATURES, Candidate, Contradicting, Weights
from retriever.files import written_whole
from retriever.lab.evaluation.conflicts import LabelledPair, build_contradicting, labelled_candidates
from retriever.lab.evaluation.dataset import read_dataset
from retriever.lab.training.logistic import Examples, fit_logistic
from retriever.ranking.model import Logistic

_PENALTY = 0.005
_FOLDS = 10
_LEAST_TOLD = 0.5
# What measures likeness may not count against a contradiction.
_NEVER_AGAINST = frozenset({"matter", "context", "overlap", "margin", "read", "least_read"})
Labelled = Sequence[tuple[LabelledPair, list[Candidate]]]


def fit(labelled: Labelled, apart: Sequence[Candidate], *, precision: float) -> Weights:
    """The weights that these pairs teach, and candidates that are none. Raises ValueError where the pairs hold no
    contradiction that can be found."""
    chance = _fitted(labelled, apart)
    judged = []
    for fold in range(_FOLDS):
        own = labelled[fold::_FOLDS]
        if own:
            of_others = _fitted([one for n, one in enumerate(labelled) if n % _FOLDS != fold], apart)
            judged += [_best(of_others, *one) for one in own]
    told = _threshold(judged, precision)
    return Weights(chance, told, {
        "pairs": len(labelled), "contradictions": sum(pair.is_conflict for pair, _ in labelled),
        "candidates": sum(len(found) for _, found in labelled), "apart": len(apart), "precision": precision})


def among(check: Contradicting, folder: Path) -> Iterator[Candidate]:
    """What seems to contradict between two documents of a set."""
    texts = [check.read(document.text, title=document.title, lang=document.lang or "zh")
             for document in read_dataset(folder).documents.values()]
    for one, other in combinations(texts, 2):
        yield from check.candidates(one, other)


def _fitted(labelled: Labelled, apart: Sequence[Candidate]) -> Logistic:
    rows = [[candidate.features.get(name, 0.0) for name in FEATURES] for _, found in labelled for candidate in found]
    targets = [float(pair.is_conflict and pair.is_quoted(candidate.one, candidate.other))
               for pair, found in labelled for candidate in found]
    rows += [[candidate.features.get(name, 0.0) for name in FEATURES] for candidate in apart]
    targets += [0.0] * len(apart)
    if not any(targets):
        raise ValueError("no candidate of these pairs is a contradiction")
    fitted = fit_logistic([Examples(np.array(rows, np.float64), np.array(targets, np.float64), len(labelled))],
                          FEATURES, penalty=_PENALTY, never_against=_NEVER_AGAINST)
    assert fitted
    return fitted


def _best(chance: Logistic, pair: LabelledPair, found: Sequence[Candidate]) -> tuple[float, bool]:
    return max((chance(candidate.features) for candidate in found), default=0.0), pair.is_conflict


def _threshold(judged: Sequence[tuple[float, bool]], precision: float) -> float:
    """The lowest chance from which so large a share is right; at least one half."""
    right, lowest = 0, 1.0
    for n, (chance, is_right) in enumerate(sorted(judged, reverse=True), 1):
        right += is_right
        if right >= precision * n and chance > 0:
            lowest = chance
    return round(max(_LEAST_TOLD, lowest), 4)


def main(argv: Sequence[str] | None = None) -> int:
    """Learn from folders, write the weights."""
    parser = argparse.ArgumentParser(prog="python -m retriever.lab.training.contradictions", description=__doc__)
    parser.add_argument("dirs", type=Path, nargs="+", metavar="DIR", help="folder with conflicts.jsonl")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--apart", type=Path, action="append", default=[], metavar="DIR",
                        help="folder with corpus.jsonl whose articles do not contradict each other")
    parser.add_argument("--every", choices=("all", "odd"), default="all",
                        help="learn from all pairs, or from those with an odd number alone, so that the others judge")
    parser.add_argument("--precision", type=float, default=0.95, metavar="P")
    args = parser.parse_args(argv)
    check = build_contradicting(load_settings())
    labelled = [one for folder in args.dirs for one in labelled_candidates(check, folder)
                if args.every == "all" or _is_odd(one[0].id)]
    apart = [candidate for folder in args.apart for candidate in among(check, folder)]
    with written_whole(args.out) as file:
        file.write(fit(labelled, apart, precision=args.precision).text())
    return 0


def _is_odd(name: str) -> bool:
    digits = "".join(c for c in name if c.isdigit())
    return bool(digits) and int(digits) % 2 == 1


if __name__ == "__main__":
    sys.exit(main())

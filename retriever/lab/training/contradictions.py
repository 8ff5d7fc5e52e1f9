"""The weights of the contradiction check: `python -m retriever.lab.training.contradictions DIR --out FILE`.

Learned from the candidates of labelled pairs: right are those whose quotes are the named ones of a contradiction, and,
counting less, what two sections state alike, as it would look if one of them stated it otherwise. What seems to
contradict between the articles of a city that agree with each other (``--apart``) is learned from as wrong.
The chance from which one is told is the lowest at which, each tenth of the pairs judged by the other nine, the wished
precision was reached.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from kb.settings import load_settings
from retriever.checking.contradicting import FEATURES, Candidate, Contradicting, Weights
from retriever.files import written_whole
from retriever.lab.evaluation.conflicts import Labelled, build_contradicting, labelled_candidates
from retriever.lab.evaluation.dataset import read_dataset
from retriever.lab.training.logistic import Examples, fit_logistic
from retriever.ranking.model import Logistic

_PENALTY = 0.003
_FOLDS = 10
_LEAST_TOLD = 0.5
# What measures likeness may not count against a contradiction.
_NEVER_AGAINST = frozenset({"matter", "context", "overlap", "matter_above", "context_above", "least_margin",
                            "most_margin"})
_AGREEING = 0.5  # how much what agrees counts beside what contradicts
_APART = 1.0  # how much what is found between articles that agree counts in all beside the labelled pairs
_NEAREST = 7  # articles that one of a set is compared with


def fit(labelled: Sequence[Labelled], apart: Sequence[Candidate], *, precision: float) -> Weights:
    """The weights that these pairs teach, and candidates that are none. Raises ValueError where the pairs hold no
    contradiction that can be found."""
    chance = _fitted(labelled, apart)
    judged = []
    for fold in range(_FOLDS):
        own = labelled[fold::_FOLDS]
        if own:
            of_others = _fitted([one for n, one in enumerate(labelled) if n % _FOLDS != fold], apart)
            judged += [_best(of_others, one) for one in own]
    return Weights(chance, _threshold(judged, precision), {
        "pairs": len(labelled), "contradictions": sum(one.pair.is_conflict for one in labelled),
        "candidates": sum(len(one.found) for one in labelled), "agreeing": sum(len(one.agreeing) for one in labelled),
        "apart": len(apart), "precision": precision})


def among(check: Contradicting, folder: Path) -> Iterator[Candidate]:
    """What seems to contradict between two documents of a set, each compared with the nearest others."""
    texts = [check.read(document.text, title=document.title, lang=document.lang or "zh")
             for document in read_dataset(folder).documents.values()]
    texts = [text for text in texts if text.figures.points]
    middles = np.array([text.figures.contexts.mean(axis=0) for text in texts], np.float64)
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    nearest = np.argsort(-(middles @ middles.T - 2 * np.eye(len(texts))), axis=1)[:, :min(_NEAREST, len(texts) - 1)]
    for n, m in sorted({(min(n, m), max(n, m)) for n, near in enumerate(nearest.tolist()) for m in near}):
        yield from check.candidates(texts[n], texts[m])


def _fitted(labelled: Sequence[Labelled], apart: Sequence[Candidate]) -> Logistic:
    found = [(candidate, float(one.pair.is_conflict and one.pair.is_quoted(candidate.one, candidate.other)), 1.0)
             for one in labelled for candidate in one.found]
    if not any(target for _, target, _ in found):
        raise ValueError("no candidate of these pairs is a contradiction")
    found += [(candidate, 1.0, _AGREEING) for one in labelled for candidate in one.agreeing]
    of_apart = _APART * sum(weight for _, _, weight in found) / max(1, len(apart))
    found += [(candidate, 0.0, of_apart) for candidate in apart]
    weights = np.array([weight for _, _, weight in found], np.float64)
    fitted = fit_logistic([Examples(
        np.array([[candidate.features.get(name, 0.0) for name in FEATURES] for candidate, _, _ in found], np.float64),
        np.array([target for _, target, _ in found], np.float64), len(labelled), weights=weights / weights.sum())],
        FEATURES, penalty=_PENALTY, never_against=_NEVER_AGAINST)
    assert fitted
    return fitted


def _best(chance: Logistic, one: Labelled) -> tuple[float, bool]:
    return max((chance(candidate.features) for candidate in one.found), default=0.0), one.pair.is_conflict


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
    parser.add_argument("--told", type=float, metavar="CHANCE",
                        help="tell from this chance on, whatever the tenths say")
    args = parser.parse_args(argv)
    check = build_contradicting(load_settings())
    labelled = [one for folder in args.dirs for one in labelled_candidates(check, folder)
                if args.every == "all" or _is_odd(one.pair.id)]
    apart = [candidate for folder in args.apart for candidate in among(check, folder)]
    with written_whole(args.out) as file:
        weights = fit(labelled, apart, precision=args.precision)
        file.write((weights if args.told is None else replace(weights, told=args.told)).text())
    return 0


def _is_odd(name: str) -> bool:
    digits = "".join(c for c in name if c.isdigit())
    return bool(digits) and int(digits) % 2 == 1


if __name__ == "__main__":
    sys.exit(main())

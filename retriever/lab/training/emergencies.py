"""The weights of the alarm: ``python -m retriever.lab.training.emergencies UTTERANCES --ordinary DIR … --out FILE``.

A softmax over questions' vectors. Ordinary questions of the sets (queries.jsonl) teach what is none, beside those of
the file that only sound like an emergency. The threshold is the lowest at which, each fourth judged by the other three,
no more than a wished share of the sets' questions was taken for an emergency (some of them tell of one, unmarked);
those that the signs know as one teach nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from kb.settings import load_settings
from retriever.factory import build_embedder
from retriever.files import written_whole
from retriever.lab.evaluation.dataset import read_dataset
from retriever.question.alarm import NONE, PACKAGED, Alarm
from retriever.question.emergencies import EMERGENCIES, load_notices, noticed

_FOLDS = 4
_STEPS = 300
_RATE = 8.0
_MOMENTUM = 0.9
_PENALTY = 2e-5
_OWN_WEIGHT = 0.5  # of the whole: what the file says is as much as all the sets say
_NONE_WEIGHT = 12  # of what only sounds like an emergency, beside one kind: callers complain far oftener than they flee

Rows = NDArray[np.float32]


def fit_softmax(vectors: Rows, targets: NDArray[np.int64], shares: NDArray[np.float64],
                kinds: int) -> tuple[Rows, Rows]:
    """(kinds, d) weights and (kinds,) bias that make the targets likeliest, each row counting its share (sum 1)."""
    rows, each = vectors.astype(np.float32), shares[:, None].astype(np.float32)
    wanted = np.eye(kinds, dtype=np.float32)[targets]
    weights, bias = np.zeros((kinds, rows.shape[1]), np.float32), np.zeros(kinds, np.float32)
    moved_weights, moved_bias = np.zeros_like(weights), np.zeros_like(bias)
    for _ in range(_STEPS):
        logits = rows @ weights.T + bias
        exped = np.exp(logits - logits.max(axis=1, keepdims=True))
        off = (exped / exped.sum(axis=1, keepdims=True) - wanted) * each
        moved_weights = _MOMENTUM * moved_weights - _RATE * (off.T @ rows + _PENALTY * weights)
        moved_bias = _MOMENTUM * moved_bias - _RATE * off.sum(axis=0)
        weights, bias = weights + moved_weights, bias + moved_bias
    return weights, bias


def shares_of(targets: NDArray[np.int64], is_own: NDArray[np.bool_], none: int) -> NDArray[np.float64]:
    """What each row counts, adding up to 1: the file's rows by kind alike, those of none more, beside the sets'."""
    shares = np.zeros(len(targets))
    kinds = np.unique(targets[is_own])
    for kind in kinds:
        at = is_own & (targets == kind)
        shares[at] = (_NONE_WEIGHT if kind == none else 1) * _OWN_WEIGHT / len(kinds) / at.sum()
    if (~is_own).any():
        shares[~is_own] = (1 - _OWN_WEIGHT) / (~is_own).sum()
    return np.asarray(shares / shares.sum())


def fit_alarm(vectors: Rows, targets: NDArray[np.int64], is_own: NDArray[np.bool_], kinds: Sequence[str], *,
              fingerprint: str, most_false: float) -> Alarm:
    """The alarm that these rows teach; ``most_false`` is the share of ordinary questions that may set it off."""
    none = kinds.index(NONE)
    judged = np.zeros(len(targets))
    folds = np.random.default_rng(7).permutation(len(targets)) % _FOLDS
    for fold in range(_FOLDS):
        learn = folds != fold
        weights, bias = fit_softmax(vectors[learn], targets[learn], shares_of(targets[learn], is_own[learn], none),
                                    len(kinds))
        judged[~learn] = 1 - _alarm(weights, bias).chances(vectors[~learn])[:, none]
    ordinary = np.sort(judged[~is_own if (~is_own).any() else targets == none])
    threshold = float(max(0.4, ordinary[min(int(len(ordinary) * (1 - most_false)), len(ordinary) - 1)]))
    weights, bias = fit_softmax(vectors, targets, shares_of(targets, is_own, none), len(kinds))
    own = is_own & (targets != none)
    training = {"utterances": int(is_own.sum()), "emergencies": int(own.sum()), "ordinary": int((~is_own).sum()),
                "most_false": most_false, "folds": _FOLDS, "seed": 7,
                "found": round(float((judged[own] >= threshold).mean()), 3)}
    return Alarm(kinds, weights, bias, round(threshold, 4), fingerprint, training)


def _alarm(weights: Rows, bias: Rows) -> Alarm:
    return Alarm((), weights, bias, 0.0, "", {})


def main(argv: Sequence[str] | None = None) -> int:
    """Learn from a file and folders, write the weights."""
    parser = argparse.ArgumentParser(prog="python -m retriever.lab.training.emergencies", description=__doc__)
    parser.add_argument("utterances", type=Path, metavar="FILE", help="YAML: kind → what callers say; none")
    parser.add_argument("--ordinary", type=Path, nargs="*", default=[], metavar="DIR", help="sets of questions")
    parser.add_argument("--most-false", type=float, default=0.008, metavar="P")
    parser.add_argument("--out", type=Path, default=PACKAGED, metavar="FILE")
    args = parser.parse_args(argv)
    told = yaml.safe_load(args.utterances.read_text(encoding="utf-8"))
    kinds = (NONE, *sorted(EMERGENCIES))
    if unknown := set(told) - set(kinds):
        parser.error(f"unknown kinds: {', '.join(sorted(unknown))}")
    signs = load_notices(hotline="12345")
    texts = [(str(text), kinds.index(kind), True) for kind in kinds for text in told.get(kind, ())]
    texts += [(query.text, 0, False) for folder in args.ordinary for query in read_dataset(folder).queries
              if not query.history and noticed(query.text, (), signs) is None]
    embedder = build_embedder(load_settings())
    if embedder is None:
        parser.error("there is no embedder: see embedding.provider")
    vectors = embedder.embed_questions([text for text, _, _ in texts])
    alarm = fit_alarm(vectors, np.array([kind for _, kind, _ in texts]), np.array([own for _, _, own in texts]), kinds,
                      fingerprint=embedder.recipe.fingerprint, most_false=args.most_false)
    with written_whole(args.out) as file:
        file.write(alarm.text())
    return 0


if __name__ == "__main__":
    sys.exit(main())

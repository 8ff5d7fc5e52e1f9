"""The whole of what is generated of one seed: faults, traps, and ordinary articles around them."""

from __future__ import annotations

from typing import Any

import yaml

from bench.planted.states import StatePlanter, counts
from bench.planted.texts import TextPlanter
from bench.planted.truth import Corpus, Listed, Registered
from bench.planted.writing import HERE, Writer

WORDINGS = tuple(sorted(path.stem for path in (HERE / "wordings").glob("*.yaml")))
_DOCUMENTS = 300  # in force, that ordinary articles name
_POOL = 60  # articles that others link to, of each language
_COMPARED = 0.005  # share of ordinary articles that are compared with others too


def wordings_of(name: str) -> dict[str, Any]:
    """One set of wordings of faults and traps."""
    found: dict[str, Any] = yaml.safe_load((HERE / "wordings" / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def generate(articles: int, *, seed: int, wordings: str, among: int = 0) -> Corpus:
    """So many articles with what is planted in them; the same for the same seed and wordings. With ``among``, as much
    is planted as among so many articles, and more are generated where ``articles`` do not suffice for it."""
    writer, corpus = Writer(seed), Corpus()
    corpus.departments, corpus.people = writer.people()
    corpus.ledger = [Listed(row) for row in writer.listed()]
    writer.documents = [writer.document() for _ in range(_DOCUMENTS)]
    corpus.register = [Registered(text) for text in writer.documents[::2]]
    corpus.articles += writer.fill_pool(min(_POOL, max(6, (among or articles) // 8)))
    words, states = TextPlanter(writer, corpus, wordings_of(wordings)), StatePlanter(writer, corpus)
    for kind, is_fault, count in counts(among or articles):
        planter = words if hasattr(words, kind) else states
        while _planted(corpus, kind, is_fault) < count:
            planter.plant(kind, is_fault)
    while len(corpus.articles) < articles:
        corpus.articles.append(writer.article())
    ordinary = [one for one in corpus.articles if not one.is_taken]
    for one in writer.rng.sample(ordinary, min(len(ordinary), round((among or articles) * _COMPARED))):
        one.is_first = True
    writer.rng.shuffle(corpus.articles)
    corpus.articles.sort(key=lambda one: not one.is_first)
    return corpus


def _planted(corpus: Corpus, kind: str, is_fault: bool) -> int:
    return sum(one.kind == kind and one.is_fault is is_fault for one in corpus.planted)

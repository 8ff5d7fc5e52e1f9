"""The sentences, items and rows that competed: by their features, or by what a reader said of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from retriever.answering import evidence
from retriever.answering.explaining.candidates import lost_by
from retriever.answering.explaining.trace import Trace, excerpt, figure, figures
from retriever.answering.fitted import Fitted
from retriever.answering.quote import citation_url
from retriever.ranking.features import UNIT
from retriever.ranking.model import Model
from retriever.ranking.order import Ranked

NOT_CHOSEN = 5


def units_chosen(trace: Trace, model: Model) -> dict[str, list[dict[str, Any]]]:
    """The units that were quoted, in reading order, and the likeliest of those that were not."""
    pool = trace.pool
    if pool is None:
        return {"chosen": [], "not_chosen": []}
    stands = {r.hit.passage.passage_id: place for place, r in enumerate(trace.ranked, 1)}
    passages, places = pool.sources, pool.places
    shares = evidence.shares_of(pool.scores(model))
    parts = pool.rows.astype(np.float64) * model.evidence_vector
    taken = {(c.ranked.hit.passage.passage_id, c.unit.start, c.unit.end) for c in trace.chosen}

    def is_taken(i: int) -> bool:
        rank, index = places[i]
        passage = passages[rank].hit.passage
        return (passage.passage_id, passage.units[index].start, passage.units[index].end) in taken

    chosen = [i for i in range(len(places)) if is_taken(i)]
    best = max(chosen, key=lambda i: shares[i], default=None)

    def told(i: int) -> dict[str, Any]:
        rank, index = places[i]
        live, unit = passages[rank].allowed.live, passages[rank].hit.passage.units[index]
        own = {name: float(v) for name, v in zip(UNIT, parts[i], strict=True) if v}
        against = dict(zip(UNIT, (float(v) for v in parts[best]), strict=True)) if best is not None else {}
        place = stands[passages[rank].hit.passage.passage_id]
        return {"place": place, "start": unit.start, "end": unit.end, "kind": unit.kind,
                "text": excerpt(live, unit), "chance": figure(shares[i]),
                "contributions": figures(own), "lost_by": [] if i in chosen else lost_by(against, own),
                "url": citation_url(live.slug, live.number, unit.start, unit.end)}

    left = sorted((i for i in range(len(places)) if i not in chosen), key=lambda i: (-shares[i], places[i]))
    return {"chosen": sorted(map(told, chosen), key=lambda one: int(one["start"])),
            "not_chosen": [told(i) for i in _once(left, places, passages)][:NOT_CHOSEN]}


def _once(order: Sequence[int], places: Sequence[tuple[int, int]], passages: Sequence[Ranked]) -> Iterator[int]:
    """The units in this order, each stretch of the source once: passages may overlap."""
    seen: set[tuple[int, int]] = set()
    for i in order:
        unit = passages[places[i][0]].hit.passage.units[places[i][1]]
        if (unit.start, unit.end) not in seen:
            seen.add((unit.start, unit.end))
            yield i


def units_read(trace: Trace, fitted: Fitted) -> dict[str, Any]:
    """What the reader says of the passages that it read, best first, and of their units: the likeliest, and those that
    were quoted."""
    stands = {r.hit.passage.passage_id: place for place, r in enumerate(trace.ranked, 1)}
    quoted = {(c.ranked.hit.passage.passage_id, c.unit.start, c.unit.end) for c in trace.chosen}
    found = []
    for one in trace.read:
        passage, live = one.ranked.hit.passage, one.ranked.allowed.live
        logits = one.read.units.tolist()
        read = [i for i, logit in enumerate(logits) if logit > -math.inf]
        said = {i for i in read if (passage.passage_id, passage.units[i].start, passage.units[i].end) in quoted}
        likely = sorted(read, key=lambda i: (-logits[i], i))[:NOT_CHOSEN]
        found.append({
            "place": stands[passage.passage_id], "slug": live.slug, "title": live.title, "audience": live.audience,
            "heading_path": list(passage.heading_path),
            "url": citation_url(live.slug, live.number, passage.start, passage.end),
            "logit": figure(one.read.passage), "score": figure(one.score),
            "units": [{"start": passage.units[i].start, "end": passage.units[i].end, "logit": figure(logits[i]),
                       "text": excerpt(live, passage.units[i]), "marked": logits[i] >= fitted.threshold,
                       "quoted": i in said,
                       "url": citation_url(live.slug, live.number, passage.units[i].start, passage.units[i].end)}
                      for i in sorted(said.union(likely))]})
    return {"threshold": figure(fitted.threshold), "order": figures(fitted.order), "passages": found}

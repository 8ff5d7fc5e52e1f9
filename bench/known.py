"""What known questions bring: ``python -m bench.known DIR [--limit N] [--counts 1,3,10]`` on a set in the evaluation
format that has several questions a section.

Of every second section with enough questions, the first 1, 3 or 10 are released, and the others are asked before and
after: those on the same sections (gain), and those on sections without any (harm). The search knows nothing of which is
which. One JSON object comes out, figures × 100.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.measure import settings_of
from kb.actor import CITIZEN, OPERATOR, Role
from kb.articles.feed import published_sources
from kb.clock import utc_now
from kb.content.bulk import BulkText, publish_all
from kb.db import Database
from kb.errors import Conflict, Invalid
from kb.known import known
from kb.markup.headings import below_title, places
from kb.markup.parse import parse
from kb.migrations import migrate
from kb.people import people
from kb.settings import Settings
from kb.text import clean_label
from retriever.ask import Retriever
from retriever.factory import build_embedder, open_parts
from retriever.indexing.rebuild import fill
from retriever.indexing.vectors import embed_pending
from retriever.lab.evaluation import metrics
from retriever.lab.evaluation.dataset import Dataset, Query, read_dataset
from retriever.lab.evaluation.whole_answers import holds_core
from retriever.records import AskRequest

_MANAGER = "km"  # who releases them
Section = tuple[str, tuple[str, ...]]  # a document, and the headings of a section of it


@dataclass(frozen=True, slots=True)
class Split:
    """Which questions are released, and which are asked: on the sections of those, and on others."""

    released: dict[Section, list[Query]]
    same: list[Query]
    other: list[Query]


def section_of(dataset: Dataset, query: Query) -> Section | None:
    """The section that a question's first span stands in; None for one without, or asked in a dialogue."""
    gold = dataset.gold.get(query.id)
    if not query.answerable or query.history or not gold or not gold.spans or gold.spans[0][1] < 0:
        return None
    document_id, start = gold.spans[0][:2]
    document = dataset.documents[document_id]
    above = [place for place in places(parse(document.text)) if place.start <= start]
    return document_id, below_title(above[-1].path if above else (), document.title)


def split(dataset: Dataset, most: int, *, fewest: int = 3, limit: int | None = None) -> Split:
    """Every second section with ``fewest`` questions or more releases its first ones, all but one at most."""
    by_section: dict[Section, list[Query]] = {}
    for query in dataset.queries:
        section = section_of(dataset, query)
        if section is not None:
            by_section.setdefault(section, []).append(query)
    rich = [s for s, queries in by_section.items() if len(queries) >= fewest][::2]
    released = {s: by_section[s][:min(most, len(by_section[s]) - 1)] for s in rich}
    asked_of = {s: by_section[s][-1:] for s in rich}  # the same ones whatever is released
    other = [q for s, queries in by_section.items() if s not in released for q in queries]
    same = [q for queries in asked_of.values() for q in queries]
    return Split(released, same[:limit], other[:limit])


@contextmanager
def published(settings: Settings, dataset: Dataset) -> Iterator[tuple[Database, Retriever]]:
    """The set's documents in a knowledge base that was empty, indexed; slugs count them."""
    database, embedder = Database(settings), build_embedder(settings)
    migrate(database)
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login=_MANAGER, name="", password=None, now=utc_now(), origin="bench",
                           grants=[(Role.KNOWLEDGE_MANAGER, None)])
    publish_all(database, OPERATOR, [
        BulkText(slug, clean_label(d.title), d.text, d.lang, "corpus")
        for slug, d in ((slug, dataset.documents[name]) for name, slug in slugs(dataset).items())], now=utc_now())
    parts, _ = open_parts(settings, database, embedder)
    fill(database, parts.engine)
    embed_pending(parts.engine, embedder)
    retriever = Retriever(settings, database, parts)
    yield database, retriever
    retriever.close()
    database.close()


def slugs(dataset: Dataset) -> dict[str, str]:
    """The documents' slugs."""
    return {name: f"d{i:07d}" for i, name in enumerate(dataset.documents)}


def release(retriever: Retriever, database: Database, dataset: Dataset, chosen: Split) -> int:
    """Release the questions of a split; how many were taken."""
    names, done = slugs(dataset), 0
    for (document, path), queries in chosen.released.items():
        for query in queries:
            try:
                with database.transaction() as session:
                    manager = people.actor_of(session, _MANAGER, now=utc_now())
                    known.add(session, manager, names[document], path, query.text, now=utc_now(), origin="bench")
            except (Invalid, Conflict):  # it holds a number, or the section is full
                continue
            done += 1
    retriever.embed_known()
    return done


def measured(retriever: Retriever, dataset: Dataset, names: Mapping[str, str],
             queries: Sequence[Query]) -> dict[str, float]:
    """passage_hit@1, core quoted in the best answer, and the first article being right, × 100."""
    hits, cores, articles = [], [], []
    for query in queries:
        answer = retriever.ask(AskRequest(query.text), CITIZEN, now=utc_now())
        gold = dataset.gold[query.id]
        top = answer.hits[0].passage if answer.hits else None
        place = (names[top.revision_id], top.start, top.end) if top else None
        hits.append(float(place is not None and any(metrics.overlaps(place, span) for span in gold.spans)))
        articles.append(float(place is not None and place[0] in dataset.relevant.get(query.id, {})))
        _, citations = answer.withheld or (answer.sentences, answer.citations)
        if gold.must:
            cores.append(float(holds_core(gold, " ".join(c.quote for c in citations))))
    return {"questions": len(queries), "passage_hit@1": _percent(hits), "article@1": _percent(articles),
            "core": _percent(cores)}


def _percent(values: Sequence[float]) -> float:
    return round(100 * sum(values) / len(values), 1) if values else 0.0


def experiment(folder: Path, work: Path, counts: Sequence[int], limit: int | None) -> dict[str, object]:
    """The measures before, and with each number of released questions a section."""
    dataset = read_dataset(folder)
    found: dict[str, object] = {"set": dataset.name}
    shutil.rmtree(work / "known", ignore_errors=True)
    with published(settings_of(work / "known", work), dataset) as (database, retriever):
        with database.reading() as session:
            documents = {slug: name for name, slug in slugs(dataset).items()}
            names = {p.revision_id: documents[p.slug] for p in published_sources(session)}
        for count in (0, *sorted(counts)):
            chosen = split(dataset, max(count, 1), limit=limit)
            done = release(retriever, database, dataset, chosen) if count else 0
            figures = {"released": done, "same": measured(retriever, dataset, names, chosen.same),
                       "other": measured(retriever, dataset, names, chosen.other)}
            sys.stderr.write(f"{count} a section: {json.dumps(figures)}\n")
            found[str(count)] = figures
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m bench.known", description=__doc__)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--work", type=Path, default=Path(".bench"))
    parser.add_argument("--counts", default="1,3,10")
    parser.add_argument("--limit", type=int)
    args = parser.parse_args(argv)
    counts = [int(count) for count in args.counts.split(",")]
    sys.stdout.write(json.dumps(experiment(args.dir, args.work.resolve(), counts, args.limit), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

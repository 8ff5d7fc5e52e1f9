"""What this system takes: building, asking, publishing, cold start; each step in a process of its own.

``python -m bench.measure SPEC`` reads a JSON object and prints one, so that a step's memory is its own and not that of
the steps before it. Everything goes the ordinary way: the importer, the outbox, the retriever as it serves.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from sqlalchemy import select

from bench.corpus import ROOT, Question
from bench.memory import disk_of, memory
from kb import setup
from kb.actor import CITIZEN, OPERATOR
from kb.articles import publication
from kb.articles.revisions import RevisionText
from kb.articles.writing.intake import article_id, import_history
from kb.clock import start_of_day, utc_now, zone
from kb.db import Database
from kb.garbage import collect_seldom
from kb.models.log import AnswerRow
from kb.settings import Settings, load_settings
from retriever.ask import Retriever
from retriever.embedding.local import default_model_dir
from retriever.factory import build, build_embedder, open_parts
from retriever.indexing.rebuild import fill
from retriever.indexing.vectors import embed_pending
from retriever.lab.evaluation.metrics import percentile
from retriever.records import AskRequest
from retriever.settings import ReaderSettings

_WARM = 50  # questions before the clock starts
_PUBLISHED = 30  # articles published one by one
_PATIENCE = 30  # seconds until one must be found
_RATE, _SECONDS, _THREADS = 10, 20, 8  # asks a second (two cores that read bear some 15), for how long, by how many


def settings_of(folder: Path, shared: Path, *, provider: str = "local",
                reading_seconds: float = ReaderSettings().local_seconds) -> Settings:
    """The product's settings with the data in ``folder``; model and vectors are shared by all sizes."""
    if provider == "local":
        share_model(folder, shared)
    return load_settings(ROOT, {}, data={"dir": str(folder)}, reader={"local_seconds": reading_seconds},
                         embedding={"provider": provider, "cache_dir": str(shared / "cache")})


def share_model(folder: Path, shared: Path) -> None:
    """Let the data folder have the shared model where an installation has its own: reader and embedder then have one
    tokenizer between them, as they do there."""
    place, model = (default_model_dir(each).parent for each in (folder, shared))
    for needed in (folder, model):
        needed.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        place.symlink_to(model, target_is_directory=True)


def _spread(milliseconds: Sequence[float]) -> dict[str, float]:
    return {f"p{round(100 * share)}": percentile(milliseconds, share) for share in (0.5, 0.95, 0.99)}


def build_all(settings: Settings, articles: Path) -> dict[str, Any]:
    """Import and publish the folder, index it, compute what vectors are missing; the seconds of each."""
    database = Database(settings)
    began = perf_counter()
    report = setup.init(database, settings, now=utc_now(), sample=articles)
    if report.failed:
        raise SystemExit(f"{report.failed[0][0]}: {report.failed[0][1]}")
    imported = perf_counter()
    parts, _ = open_parts(settings, database, build_embedder(settings))
    count = fill(database, parts.engine)
    indexed = perf_counter()
    embed_pending(parts.engine, parts.embedder)
    health = parts.engine.health()
    parts.engine.close()
    database.close()
    return {"articles": count, "files": report.created, "passages": health.passages,
            "import_s": imported - began, "index_s": indexed - imported, "vectors_s": perf_counter() - indexed,
            "disk_bytes": disk_of(settings.data_dir)}


class Asker:
    """Questions put to a retriever as an agent's or a citizen's page puts them."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    def ask(self, question: Question) -> float:
        """Milliseconds of one ask."""
        began = perf_counter()
        self._retriever.ask(
            AskRequest(question.text, as_of=self._as_of(question), department=question.department,
                       audience=question.audience, lang=question.only_lang),
            OPERATOR if question.audience == "agent" else CITIZEN, now=utc_now())
        return (perf_counter() - began) * 1000

    def search(self, question: Question) -> float:
        """Milliseconds of one search of ten passages."""
        began = perf_counter()
        self._retriever.search(
            question.text, OPERATOR if question.audience == "agent" else CITIZEN, now=utc_now(),
            as_of=self._as_of(question), department=question.department, audience=question.audience,
            lang=question.only_lang)
        return (perf_counter() - began) * 1000

    def _as_of(self, question: Question) -> Any:
        return start_of_day(question.as_of, zone(self._retriever.timezone)) if question.as_of else None


def ask_all(settings: Settings, questions: Sequence[Question], *, seconds: int = _SECONDS) -> dict[str, Any]:
    """Latencies of a warm retriever that serves as it does under `kb serve`."""
    database = Database(settings)
    retriever = build(settings, database)
    retriever.start_background()
    asker = Asker(retriever)
    collect_seldom()
    for question in questions[:_WARM]:
        asker.ask(question)
    asks = [asker.ask(question) for question in questions]
    stages = _stages(database, len(questions))
    searches = [asker.search(question) for question in questions]
    after = memory()
    publications = [_publish(database, retriever, n) for n in range(_PUBLISHED)]
    sustained = _sustained(asker.ask, questions, seconds)
    retriever.close()
    database.close()
    plain = [took for took, question in zip(asks, questions, strict=True) if not question.is_filtered]
    return {"ask_ms": _spread(asks), "ask_unfiltered_ms": _spread(plain), "search_ms": _spread(searches),
            "stages_ms": stages, "publish_ms": _spread(publications), "sustained": sustained, "memory": after}


def _stages(database: Database, count: int) -> dict[str, dict[str, float]]:
    """The stages of the newest answers, as their log has them."""
    with database.reading() as session:
        rows = list(session.scalars(select(AnswerRow.stages).order_by(AnswerRow.asked_at.desc()).limit(count)))
    return {name: _spread([row[name] for row in rows if name in row]) for name in (rows[0] if rows else ())}


def _publish(database: Database, retriever: Retriever, n: int) -> float:
    """Milliseconds from an approver's click until a question finds the new text."""
    slug, now = f"bench-new-{n}-{utc_now():%H%M%S}", utc_now()
    text = RevisionText(
        title=f"第{n}号试点补贴 pilot {slug}", source=f"## 金额\n\n{slug}：第{n}号试点补贴每人{n + 100}元。\n",
        lang="zh", audience="public", owner="hrss", effective_from=now - timedelta(days=1), author="bench")
    began = perf_counter()
    with database.transaction() as session:
        revision, _ = import_history(session, OPERATOR, slug, text, number=1, now=now, origin="bench",
                                   signed={"bench-approver": now})
        publication.publish(session, OPERATOR, revision, now=now, origin="bench")
    while perf_counter() < began + _PATIENCE:
        answer = retriever.ask(AskRequest(f"{slug} 第{n}号试点补贴多少钱"), CITIZEN, now=utc_now())
        if article_id(slug) in {hit.passage.article_id for hit in answer.hits}:
            return (perf_counter() - began) * 1000
    raise SystemExit(f"{slug} was published and is not found")


def _sustained(ask: Callable[[Question], float], questions: Sequence[Question], seconds: int) -> dict[str, Any]:
    """Asks at a fixed rate, whether or not earlier ones are done; latencies count from when each was due."""
    total, began = _RATE * seconds, perf_counter() + 0.1

    def due(n: int) -> float:
        at = began + n / _RATE
        sleep(max(at - perf_counter(), 0))
        ask(questions[n % len(questions)])
        return (perf_counter() - at) * 1000

    with ThreadPoolExecutor(_THREADS) as pool:
        took = list(pool.map(due, range(total)))
    return {"asked_per_s": _RATE, "answered_per_s": total / (perf_counter() - began), **_spread(took)}


def question_of(given: dict[str, Any]) -> Question:
    """A question as :func:`as_json` wrote it."""
    return Question(**{**given, "as_of": date.fromisoformat(given["as_of"]) if given["as_of"] else None})


def as_json(question: Question) -> dict[str, Any]:
    """A question for a file."""
    return {"text": question.text, "lang": question.lang, "department": question.department,
            "only_lang": question.only_lang, "audience": question.audience,
            "as_of": question.as_of.isoformat() if question.as_of else None}


def run(spec: dict[str, Any]) -> dict[str, Any]:
    """One step: build or ask."""
    settings = settings_of(Path(spec["folder"]), Path(spec["shared"]), provider=spec["provider"],
                           reading_seconds=spec["reading_seconds"])
    if spec["step"] == "build":
        return build_all(settings, Path(spec["articles"]))
    return ask_all(settings, [question_of(q) for q in spec["questions"]], seconds=spec["seconds"])


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))) + "\n")

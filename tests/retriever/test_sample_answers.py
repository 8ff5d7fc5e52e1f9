"""Every sample question, asked of the sample articles: nothing is said that does not stand where it is cited."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kb.actor import CITIZEN, Actor, Role
from kb.articles.feed import published_titles
from kb.clock import parse_instant, zone
from retriever.answer import Answer
from retriever.records import AskRequest, Turn
from tests.conftest import NOW
from tests.retriever.conftest import Sample
from tests.retriever.grounding import check_grounded

ROOT = Path(__file__).parents[2]
AGENT = Actor(None, "agent", frozenset({Role.AGENT}))
SHANGHAI = zone("Asia/Shanghai")


def lines(name: str) -> list[dict[str, Any]]:
    """The lines of both halves of the sample questions."""
    files = [ROOT / "tests/data/questions" / half / name for half in ("dev", "test")]
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def request_of(item: dict[str, Any]) -> AskRequest:
    as_of = item.get("as_of")
    return AskRequest(item["text"], as_of=parse_instant(as_of, SHANGHAI) if as_of else None,
                      history=tuple(Turn(t["role"], t["text"]) for t in item.get("history") or ()))


@dataclass(frozen=True)
class Asked:
    """A sample question, who asked it, and the answer."""

    item: dict[str, Any]
    viewer: Actor
    audience: str | None
    answer: Answer


@pytest.fixture(scope="module")
def asked(sample: Sample) -> list[Asked]:
    """Every question asked by those it is for, and every tenth once more by an agent who shows it to a caller."""
    found = []
    for i, item in enumerate(lines("queries.jsonl")):
        views: list[tuple[Actor, str | None]] = [(AGENT if item.get("audience") == "agent" else CITIZEN, None)]
        if i % 10 == 0:
            views.append((AGENT, "public"))
        for viewer, audience in views:
            request = replace(request_of(item), audience=audience)
            found.append(Asked(item, viewer, audience, sample.retriever.ask(request, viewer, now=NOW)))
    return found


def test_every_sentence_of_every_answer_is_cited_verbatim_from_a_revision_in_force(sample: Sample,
                                                                                  asked: list[Asked]) -> None:
    counts = [check_grounded(sample.database, a.answer, a.viewer, audience=a.audience) for a in asked]
    assert len(counts) >= 300
    assert sum(counts) > len(counts)


def test_a_question_with_a_date_cites_the_revision_of_that_date(asked: list[Asked]) -> None:
    in_force = {(gold["query_id"], span["corpus_id"]): span["revision"]
                for gold in lines("answers.jsonl") for span in gold["spans"]}
    assert len(in_force) >= 240
    met = 0
    for one in asked:
        for citation in one.answer.citations:
            revision = in_force.get((one.item["id"], citation.slug), citation.revision)
            assert citation.revision == revision, (one.item["id"], citation.url)
            met += (one.item["id"], citation.slug) in in_force
    assert met > len(in_force) / 2


def test_answers_hold_at_any_pair_of_times(sample: Sample) -> None:
    chance = random.Random(311)
    with sample.database.reading() as session:
        titles = sorted({t.title for t in published_titles(session)})
    for title in chance.sample(titles, min(40, len(titles))):
        as_of, known_at = (NOW - timedelta(hours=chance.randint(0, 4 * 365 * 24)) for _ in range(2))
        answer = sample.retriever.ask(AskRequest(title, as_of=as_of, known_at=known_at), CITIZEN, now=NOW)
        check_grounded(sample.database, answer, CITIZEN)


def hidden_slugs(sample: Sample) -> set[str]:
    """Articles whose every revision in force is for agents."""
    with sample.database.reading() as session:
        rows = published_titles(session)
    public = {r.slug for r in rows if r.audience == "public"}
    return {r.slug for r in rows} - public


def walked(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from walked(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walked(inner)
    elif isinstance(value, str):
        yield value


def test_no_internal_article_of_the_sample_reaches_a_citizen(sample: Sample) -> None:
    hidden = hidden_slugs(sample)
    assert len(hidden) >= 5
    with sample.database.reading() as session:
        titles = {t.slug: t.title for t in published_titles(session)}
    for slug in sorted(hidden):
        answer = sample.retriever.ask(AskRequest(titles[slug], explain=True), CITIZEN, now=NOW)
        assert not any(slug in text for text in walked(answer.as_dict()))
        assert slug not in {h.slug for h in sample.retriever.search(titles[slug], CITIZEN, now=NOW).hits}
        assert slug not in {s.slug for s in sample.retriever.suggest(titles[slug], CITIZEN, now=NOW)}
        assert slug in {h.slug for h in sample.retriever.search(titles[slug], AGENT, now=NOW).hits}


@pytest.mark.parametrize("limit", [3, 20])
def test_no_article_takes_more_than_its_share_of_a_result_page(sample: Sample, limit: int) -> None:
    for words in ("办理 材料 时间", "社保卡", "电话", "收费标准 多少钱"):
        hits = sample.retriever.search(words, CITIZEN, now=NOW, limit=limit).hits
        assert hits
        assert max(sum(h.slug == one.slug for h in hits) for one in hits) <= 3

"""Known questions in finding: followed from one question to the next, of what the asker may see alone, never quoted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from kb.actor import CITIZEN, Actor, Role
from kb.db import Database
from kb.known import known
from kb.settings import Settings
from retriever.answering.explaining.candidates import contributions
from retriever.ask import Retriever
from retriever.embedding import Embedder
from retriever.embedding.cache import CachingEmbedder, VectorCache
from retriever.find import Found
from retriever.ranking.model import packaged
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.fakes import DownEmbedder, FakeEmbedder
from tests.kb.factories import MANAGER
from tests.retriever.factories import published_article, retired_article, retriever_of

AGENT = Actor(None, "agent", frozenset({Role.AGENT}))
CARD = "# 社保卡\n\n社保卡用于就医。\n\n## 补办\n\n补办带身份证，当场取卡。\n\n## 邮寄\n\n邮寄十天送达。\n"
BUS = "# 公交卡\n\n公交卡用于乘车。\n\n## 退卡\n\n退卡到客运中心。\n"
ASKED = "我那个看病刷的小本本找不着了咋整"  # shares no word with the section that answers it
DAY = timedelta(days=1)


@pytest.fixture(params=["words alone", "with vectors"])
def retriever(request: pytest.FixtureRequest, settings: Settings, database: Database) -> Iterator[Retriever]:
    retriever = retriever_of(settings, database, None if request.param == "words alone" else FakeEmbedder())
    yield retriever
    retriever.close()


@pytest.fixture
def articles(database: Database) -> Database:
    published_article(database, "card", CARD, title="社保卡")
    published_article(database, "bus", BUS, title="公交卡")
    return database


def released(database: Database, text: str = ASKED, slug: str = "card", section: str = "补办", *,
             now: datetime = NOW) -> str:
    with database.transaction() as session:
        return known.add(session, MANAGER, slug, section, text, now=now, origin="test").id


def found(retriever: Retriever, question: str = ASKED, viewer: Actor = CITIZEN, **fields: Any) -> Found:
    return retriever.find(AskRequest(question, **fields), viewer, now=fields.get("known_at") or NOW)


def first(retriever: Retriever, question: str = ASKED, **fields: Any) -> tuple[str, ...]:
    ranked = found(retriever, question, **fields).ranked
    return (ranked[0].allowed.live.slug, *ranked[0].hit.passage.heading_path[1:]) if ranked else ()


def chances(retriever: Retriever, viewer: Actor = CITIZEN, **fields: Any) -> dict[tuple[str, ...], float]:
    """The feature ``known`` of each passage that was found, where it has any."""
    return {(r.allowed.live.slug, *r.hit.passage.heading_path[1:]): r.hit.features["known"]
            for r in found(retriever, viewer=viewer, **fields).ranked if r.hit.features["known"]}


def test_a_released_question_raises_its_section_in_the_very_next_question(retriever: Retriever,
                                                                         articles: Database) -> None:
    question = "公交卡丢了看病咋整"  # of the other article, by its words
    assert first(retriever, question)[0] == "bus"
    item = released(articles, question)
    assert first(retriever, question) == ("card", "补办")
    with articles.transaction() as session:
        known.drop(session, MANAGER, item, now=NOW + DAY, origin="test")
    assert first(retriever, question, known_at=NOW + DAY)[0] == "bus"
    assert first(retriever, question, known_at=NOW) == ("card", "补办")  # as it was then


def test_a_proposal_raises_nothing(retriever: Retriever, articles: Database) -> None:
    with articles.transaction() as session:
        known.propose(session, MANAGER, "card", "补办", ASKED, now=NOW, origin="test")
    assert chances(retriever) == {}


def test_only_its_own_section_is_raised_and_the_explanation_adds_up(retriever: Retriever, articles: Database) -> None:
    question = "社保卡邮寄几天"
    released(articles, question, section="邮寄")
    ranked = found(retriever, question).ranked
    assert {(r.allowed.live.slug, *r.hit.passage.heading_path[1:]) for r in ranked if r.hit.features["known"]} == {
        ("card", "邮寄")}
    assert ranked[0].hit.features["known"] > 0.7
    for r in ranked:
        parts = contributions(r.hit, packaged())
        assert sum(parts.values()) == pytest.approx(r.hit.score)
    assert contributions(ranked[0].hit, packaged())["known"] > 0


def test_a_new_revision_keeps_its_questions_while_the_heading_stands(retriever: Retriever, articles: Database) -> None:
    released(articles, "社保卡咋补办")
    published_article(articles, "card", CARD.replace("身份证", "户口簿"), title="社保卡", now=NOW + DAY)
    assert found(retriever, "社保卡咋补办", known_at=NOW + DAY).ranked[0].hit.features["known"] > 0.7
    published_article(articles, "card", CARD.replace("## 补办", "## 重新领卡"), title="社保卡", now=NOW + 2 * DAY)
    assert all(not r.hit.features["known"] for r in found(retriever, "社保卡咋补办", known_at=NOW + 2 * DAY).ranked)


def test_what_a_citizen_may_not_read_moves_nothing_of_a_citizens(retriever: Retriever, articles: Database) -> None:
    inside = "# 坐席口径\n\n## 补办\n\n社保卡补办转三科。\n"
    published_article(articles, "desk", inside, title="坐席口径", audience="agent")
    question = "社保卡补办找谁"
    before = found(retriever, question).ranked
    for n in range(20):
        released(articles, f"社保卡补办找谁{'呀' * n}呢", slug="desk")
    after = found(retriever, question).ranked
    assert [(r.hit.passage.passage_id, r.hit.score) for r in after] == [
        (r.hit.passage.passage_id, r.hit.score) for r in before]
    ranked = found(retriever, question, AGENT).ranked
    assert ranked[0].allowed.live.slug == "desk"
    assert "呢" not in json.dumps(retriever.ask(AskRequest(question), AGENT, now=NOW).as_dict(), ensure_ascii=False)


def test_a_retired_article_stays_silent_whatever_is_known(retriever: Retriever, articles: Database) -> None:
    released(articles, "社保卡咋补办")
    retired_article(articles, "card", now=NOW + DAY)
    assert all(r.allowed.live.slug != "card" for r in found(retriever, "社保卡咋补办", known_at=NOW + DAY).ranked)


def test_a_model_that_is_down_leaves_the_words(settings: Settings, articles: Database) -> None:
    released(articles, "社保卡咋补办")
    retriever = retriever_of(settings, articles, DownEmbedder())
    assert found(retriever, "社保卡咋补办").ranked[0].hit.features["known"] > 0.7
    retriever.close()


def test_after_a_restart_vectors_come_from_the_cache(settings: Settings, articles: Database) -> None:
    released(articles, "社保卡咋补办")
    cache = VectorCache(settings.data_dir / "vectors.sqlite3")

    class Questions(FakeEmbedder):
        """Embeds what is asked, and nothing that is kept."""

        def embed_questions(self, texts: Any) -> Any:
            raise AssertionError(f"{len(texts)} questions were not in the cache")

    def chance(embedder: Embedder) -> float:
        retriever = retriever_of(settings, articles, CachingEmbedder(embedder, cache))
        value = found(retriever, "社保卡咋补办").ranked[0].hit.features["known"]
        retriever.close()
        return value

    assert chance(FakeEmbedder()) == chance(Questions())


def test_the_background_computes_all_vectors(settings: Settings, articles: Database) -> None:
    for n in range(30):
        released(articles, f"社保卡第{n}问")
    retriever = retriever_of(settings, articles, FakeEmbedder())
    assert retriever.embed_known() == 0
    retriever.close()

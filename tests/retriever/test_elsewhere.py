"""Where nothing answers, what has ended and what speaks of it in the other language is named, to who may read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from kb.actor import CITIZEN, Actor, Role
from kb.articles.ended import ended_articles
from kb.articles.live import Moment
from kb.db import Database
from kb.settings import Settings
from retriever.answer import Elsewhere, State
from retriever.ask import Retriever
from retriever.elsewhere import with_elsewhere
from retriever.find import Run
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.fakes import FakeEmbedder
from tests.retriever.factories import published_article, retriever_of

DAY = timedelta(days=1)
AGENT = Actor(None, "agent", frozenset({Role.AGENT}))
KILN = "# 窑炉改造补助\n\n## 标准\n\n窑炉改造补助每座三千元。\n\n## 申请\n\n窑炉改造补助向街道申请。\n"
LOOM = ("# Loom grant\n\n## Amount\n\nThe loom grant is 300 yuan.\n\n## Applying\n\n"
        "Apply for the loom grant at the hall.\n")
OTHERS = {"well": ("水井登记", "zh", "# 水井登记\n\n水井登记带土地证。\n"),
          "barge": ("Barge tolls", "en", "# Barge tolls\n\nBarges pay by length.\n")}


class TopicEmbedder(FakeEmbedder):
    """Texts of one topic lie near each other in both languages, as an embedder of many languages has them."""

    TOPICS = (("窑", "kiln"), ("织机", "loom"), ("水井", "well"), ("驳船", "barge"))

    def _vector(self, side: str, text: str) -> NDArray[np.float32]:
        vector = 0.3 * super()._vector(side, text)
        for n, names in enumerate(self.TOPICS):
            if any(name in text.lower() for name in names):
                vector[n] += 2.0
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


@pytest.fixture
def others(database: Database) -> Database:
    for slug, (title, lang, source) in OTHERS.items():
        published_article(database, slug, source, title=title, lang=lang)
    return database


def asked(settings: Settings, database: Database, question: str, viewer: Actor = AGENT,
          **values: object) -> tuple[Elsewhere, ...]:
    """What is named beside the answer to a question, were it withheld."""
    retriever = retriever_of(settings, database, TopicEmbedder())
    try:
        retriever.embed_all()
        return withheld(retriever, database, question, viewer, **values)
    finally:
        retriever.close()


def withheld(retriever: Retriever, database: Database, question: str, viewer: Actor = AGENT,
             **values: object) -> tuple[Elsewhere, ...]:
    request = AskRequest(question, **values)  # type: ignore[arg-type]
    answer = replace(retriever.ask(request, viewer, now=NOW), state=State.UNKNOWN, reason="not_sure", confidence=0.0)
    return with_elsewhere(Run(0.0), answer, retriever._finder, database, request, viewer,
                          lang="en" if question.isascii() else "zh", history=(), now=NOW).elsewhere


@pytest.mark.parametrize(("title", "source", "question"), [
    ("窑炉改造补助", KILN, "窑炉改造补助怎么申请"), ("窑炉改造补助", KILN, "窑炉改造补助标准是多少"),
    ("Loom grant", LOOM, "how do I apply for the loom grant"), ("Loom grant", LOOM, "loom grant amount"),
])
def test_a_text_that_has_ended_is_named_with_its_last_day_and_never_said(settings: Settings, others: Database,
                                                                         title: str, source: str,
                                                                         question: str) -> None:
    lang = "en" if question.isascii() else "zh"
    published_article(others, "craft", source, title=title, lang=lang, effective_to=NOW - 9 * DAY)
    (one,) = asked(settings, others, question)
    assert (one.kind, one.title, one.slug, one.ended_at) == ("ended", title, "craft", NOW - 9 * DAY)
    assert one.url.startswith("/articles/craft/r/1?cite=")
    assert one.as_dict()["ended_at"] == (NOW - 9 * DAY).isoformat()


def test_what_is_answered_or_of_nothing_that_ended_names_none(settings: Settings, others: Database) -> None:
    published_article(others, "craft", KILN, title="窑炉改造补助", effective_to=NOW - 9 * DAY)
    retriever = retriever_of(settings, others)
    answer = retriever.ask(AskRequest("水井登记带什么"), AGENT, now=NOW)
    retriever.close()
    assert (answer.state, answer.elsewhere, answer.as_dict()["elsewhere"]) == (State.ANSWERED, (), [])
    assert not asked(settings, others, "水井登记带什么")
    assert not asked(settings, others, "彩票中奖去哪里领")


def test_what_goes_on_or_was_replaced_has_not_ended(settings: Settings, others: Database) -> None:
    published_article(others, "craft", KILN, title="窑炉改造补助", effective_to=NOW - 9 * DAY)
    published_article(others, "craft", "# 窑炉\n\n已改由区里办。\n", title="窑炉", effective_from=NOW - 9 * DAY)
    assert not asked(settings, others, "窑炉改造补助标准是多少")


def test_who_may_not_read_it_never_hears_that_it_was_there(settings: Settings, others: Database) -> None:
    published_article(others, "craft", KILN, title="窑炉改造补助", audience="agent", effective_to=NOW - 9 * DAY)
    assert asked(settings, others, "窑炉改造补助怎么申请")
    assert not asked(settings, others, "窑炉改造补助怎么申请", CITIZEN)
    assert not asked(settings, others, "窑炉改造补助怎么申请", AGENT, audience="public")


def test_the_last_ended_text_of_an_article_is_told_and_the_newest_first(database: Database) -> None:
    for slug, ago in (("one", 30), ("two", 3), ("three", 900)):
        published_article(database, slug, "# 甲\n\n乙。\n", effective_to=NOW - ago * DAY)
    published_article(database, "four", "# 甲\n\n乙。\n")
    with database.reading() as session:
        found = ended_articles(session, CITIZEN, Moment(NOW, NOW), since=NOW - 100 * DAY)
    assert [NOW - end for _, _, end in found] == [3 * DAY, 30 * DAY]


@pytest.fixture
def bilingual(settings: Settings, others: Database) -> Iterator[Retriever]:
    sections = "".join(f"## 第{n}节\n\n窑炉第{n}项规定按区里公布的执行。\n\n" for n in "一二三四")
    published_article(others, "craft", f"# 窑炉管理\n\n{sections}", title="窑炉管理")
    sections = "".join(f"## Part {n}\n\nRule {n} of the loom is posted in the hall.\n\n" for n in range(4))
    published_article(others, "looms", f"# Looms\n\n{sections}", title="Looms", lang="en")
    retriever = retriever_of(settings, others, TopicEmbedder())
    retriever.embed_all()
    yield retriever
    retriever.close()


@pytest.mark.parametrize(("question", "slug", "lang"), [
    ("who inspects my kiln", "craft", "zh"), ("is a kiln at home allowed", "craft", "zh"),
    ("织机坏了找谁修", "looms", "en"), ("家里装织机要批吗", "looms", "en"),
])
def test_a_text_of_the_other_language_that_stands_out_is_named(bilingual: Retriever, database: Database,
                                                               question: str, slug: str, lang: str) -> None:
    assert [(one.kind, one.slug, one.lang, one.ended_at) for one in withheld(bilingual, database, question)] == [
        ("language", slug, lang, None)]
    assert not withheld(bilingual, database, question, lang="en" if question.isascii() else "zh")


@pytest.mark.parametrize("question", ["who won the match", "昨天谁赢了比赛"])
def test_what_is_of_nothing_is_told_of_no_other_language(bilingual: Retriever, database: Database,
                                                         question: str) -> None:
    assert not withheld(bilingual, database, question)

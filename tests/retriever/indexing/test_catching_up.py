"""Catching up with what was published: in small batches, with nothing locked in between, and an ask never waits for
more than one of them."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from kb.actor import CITIZEN, Actor, Role
from kb.clock import utc_now
from kb.db import Database
from kb.record import outbox
from kb.settings import Settings
from retriever.answer import Answer
from retriever.ask import Retriever
from retriever.errors import EngineDown
from retriever.factory import index_folder, open_parts
from retriever.indexing.consumer import BATCH, catch_up_once, lag
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.factories import published_article, retired_article

AGENT = Actor(None, "agent", frozenset({Role.AGENT}))
BACKLOG = 3 * BATCH
DAY = timedelta(days=1)


@pytest.fixture
def backlog(database: Database) -> int:
    """Many articles that no index has seen."""
    for n in range(BACKLOG):
        published_article(database, f"a{n}", f"第{n}号码头停泊费{n}元。", title=f"第{n}号码头")
    return BACKLOG


def ask(retriever: Retriever, question: str = "第0号码头停泊费多少钱", viewer: Actor = CITIZEN) -> Answer:
    return retriever.ask(AskRequest(question), viewer, now=NOW)


@contextmanager
def held(settings: Settings) -> Iterator[None]:
    """Another process writes the index; refused when one does already."""
    (folder,) = index_folder(settings).glob("gen-*")
    with (folder / "write.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def test_an_ask_returns_from_the_first_batch_and_says_what_is_behind(retriever: Retriever, backlog: int) -> None:
    answer = ask(retriever)
    assert answer.degraded == ("index_behind",)
    assert "停泊费0元" in answer.sentences[0].text
    assert retriever.lag() == backlog - BATCH
    asked = 1
    while ask(retriever).degraded:
        asked += 1
    assert (asked, retriever.lag()) == (BACKLOG // BATCH - 1, 0)


def test_a_command_catches_up_with_all_of_it(retriever: Retriever, backlog: int) -> None:
    retriever.catch_up()
    assert retriever.lag() == 0 < backlog
    assert ask(retriever, f"第{BACKLOG - 1}号码头停泊费多少钱").degraded == ()


@pytest.mark.usefixtures("backlog")
def test_an_ask_beside_the_thread_that_indexes_waits_for_no_backlog(settings: Settings, retriever: Retriever) -> None:
    with held(settings):
        retriever.start_background(pause_s=0.01)
        assert ask(retriever).degraded == ("index_behind",)
        assert retriever.lag() == BACKLOG


@pytest.mark.usefixtures("backlog")
def test_what_an_index_is_about_to_hear_is_kept_from_when_it_starts(settings: Settings, database: Database,
                                                                    retriever: Retriever) -> None:
    later = utc_now() + timedelta(days=1)
    with held(settings):
        retriever.start_background(pause_s=0.01)
        with database.transaction() as session:
            assert outbox.prune(session, before=later - timedelta(days=30), now=later) == 0
            assert outbox.pruned_up_to(session) == 0
    retriever.catch_up()
    assert retriever.lag() == 0 and ask(retriever).degraded != ("index_behind",)


@pytest.mark.usefixtures("backlog")
def test_the_lock_is_free_between_two_batches(settings: Settings, database: Database) -> None:
    parts, _ = open_parts(settings, database, None)
    steps = 0
    while not catch_up_once(database, parts.engine).is_last:
        with held(settings):
            steps += 1
    assert steps == BACKLOG // BATCH - 1
    parts.engine.close()


def test_a_retired_article_is_silent_while_the_index_is_batches_behind(retriever: Retriever, database: Database,
                                                                       backlog: int) -> None:
    retriever.catch_up()
    for n in range(backlog):
        published_article(database, f"b{n}", f"第{n}号仓库租金{n}元。", title=f"第{n}号仓库", now=NOW + DAY)
    retired_article(database, "a0", now=NOW + DAY)
    answer = retriever.ask(AskRequest("第0号码头停泊费多少钱"), CITIZEN, now=NOW + DAY)
    assert "index_behind" in answer.degraded
    assert "a0" not in {c.slug for c in answer.citations} | {n.slug for n in answer.nearest}


def test_internal_articles_do_not_end_a_batch_of_public_ones(settings: Settings, database: Database) -> None:
    for n in range(BATCH):
        published_article(database, f"a{n}", f"第{n}号码头停泊费{n}元。")
        published_article(database, f"h{n}", f"第{n}号码头由{n}科管。", audience="agent")
    published_article(database, "last", "最后一号码头。")
    parts, _ = open_parts(settings, database, None)
    step = catch_up_once(database, parts.engine)
    assert (step.articles, step.is_last, lag(database, parts.engine)) == (2 * BATCH, False, 1)
    parts.engine.close()


def test_an_article_that_changed_often_is_read_once(settings: Settings, database: Database) -> None:
    for n in range(5):
        published_article(database, "a", f"停泊费{n}元。", now=NOW + n * DAY)
    parts, _ = open_parts(settings, database, None)
    step = catch_up_once(database, parts.engine)
    assert (step.articles, step.is_last) == (1, True)
    parts.engine.close()


@pytest.mark.parametrize("is_followed", [True, False], ids=["beside the thread that indexes", "without one"])
def test_a_citizen_is_not_told_that_an_internal_text_waits_to_be_indexed(
        settings: Settings, database: Database, retriever: Retriever, *, is_followed: bool) -> None:
    published_article(database, "a0", "第0号码头停泊费0元。", title="第0号码头")
    retriever.catch_up()
    published_article(database, "h0", "第0号码头停泊费由九科减免。", audience="agent")
    with held(settings):
        if is_followed:
            retriever.start_background(pause_s=0.01)
        assert (ask(retriever).degraded, retriever.lag(CITIZEN)) == ((), 0)
        assert (ask(retriever, viewer=AGENT).degraded, retriever.lag(AGENT)) == (("index_behind",), 1)


@pytest.mark.parametrize("audience", ["public", "agent"])
def test_a_citizen_is_told_that_a_text_waits_that_was_theirs_and_is_published_again_or_becomes_internal(
        settings: Settings, database: Database, retriever: Retriever, audience: str) -> None:
    published_article(database, "a0", "第0号码头停泊费0元。", title="第0号码头")
    retriever.catch_up()
    published_article(database, "a0", "第0号码头停泊费3元。", title="第0号码头", audience=audience, now=NOW + DAY)
    with held(settings):
        assert (ask(retriever).degraded, retriever.lag(CITIZEN)) == (("index_behind",), 1)


def test_a_backlog_of_internal_texts_is_none_of_a_citizens(database: Database, retriever: Retriever) -> None:
    published_article(database, "a0", "第0号码头停泊费0元。", title="第0号码头")
    retriever.catch_up()
    for n in range(20 * BATCH + 1):  # one more than a batch holds
        published_article(database, f"h{n}", f"第{n}号码头由{n}科管。", audience="agent")
    assert (ask(retriever).degraded, retriever.lag(), retriever.lag(CITIZEN)) == ((), 1, 0)


def test_an_index_that_was_away_too_long_says_so_and_answers_from_the_database(
        retriever: Retriever, database: Database, settings: Settings, backlog: int) -> None:  # noqa: ARG001
    ask(retriever)  # has heard the first batch
    with database.transaction() as session:
        assert outbox.prune(session, before=NOW + 40 * DAY, now=NOW + 70 * DAY) > BATCH
    with pytest.raises(EngineDown) as caught:
        retriever.lag()
    assert (caught.value.code, "kb index rebuild" in caught.value.message) == ("index_outrun", True)
    assert "index_behind" in ask(retriever, f"第{BACKLOG - 1}号码头停泊费多少钱").degraded

"""While the vectors of what was imported are computed, answers say so; once they are there, no more."""

from __future__ import annotations

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings
from retriever.ask import Retriever
from retriever.factory import open_parts
from retriever.indexing.vectors import embed_pending
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.fakes import DownEmbedder, FakeEmbedder
from tests.retriever.factories import published_article

FEE = AskRequest("补办社保卡工本费多少钱")


def test_an_answer_and_a_search_say_that_vectors_are_missing_until_they_are_there(settings: Settings,
                                                                                 database: Database) -> None:
    published_article(database, "card", "补办社保卡工本费20元。", title="社保卡补办")
    retriever = Retriever(settings, database, open_parts(settings, database, FakeEmbedder())[0])
    assert retriever.ask(FEE, CITIZEN, now=NOW).degraded == ("vectors_pending",)
    assert retriever.search("社保卡补办", CITIZEN, now=NOW).degraded == ("vectors_pending",)
    parts = retriever._current.parts
    assert parts.embedder is not None
    embed_pending(parts.engine, parts.embedder)
    assert retriever.ask(FEE, CITIZEN, now=NOW).degraded == ()
    assert retriever.search("社保卡补办", CITIZEN, now=NOW).degraded == ()
    retriever.close()


def test_where_no_question_has_a_vector_that_alone_is_said(settings: Settings, database: Database) -> None:
    published_article(database, "card", "补办社保卡工本费20元。", title="社保卡补办")
    retriever = Retriever(settings, database, open_parts(settings, database, DownEmbedder())[0])
    assert retriever.ask(FEE, CITIZEN, now=NOW).degraded == ("words_only",)
    retriever.close()

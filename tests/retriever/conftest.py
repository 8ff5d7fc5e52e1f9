"""A small installation that answers whatever it finds, and the sample articles, indexed once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kb import setup
from kb.db import Database
from kb.settings import Settings, load_settings
from retriever.ask import Retriever
from retriever.indexing.consumer import catch_up
from retriever.indexing.vectors import embed_pending
from retriever.lab.training.collect import Collected, collect
from tests.conftest import NOW
from tests.fakes import FakeEmbedder
from tests.retriever.factories import retriever_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Without a model, and with no threshold: how sure an answer must be is not what these tests are about."""
    return load_settings(tmp_path, {}, data={"dir": str(tmp_path / "data")}, embedding={"provider": "none"},
                         ask={"precision": 0.0}, search={"lock_seconds": 0.2}, database={"busy_timeout_ms": 200})


@pytest.fixture
def retriever(settings: Settings, database: Database) -> Iterator[Retriever]:
    retriever = retriever_of(settings, database)
    yield retriever
    retriever.close()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Collected:
    """The tiny set's questions with what was found for them, by words alone."""
    folder = tmp_path_factory.mktemp("tiny")
    chosen = load_settings(folder, {}, data={"dir": str(folder)}, embedding={"provider": "none"})
    return collect(chosen, ROOT / "tests/data/tiny", now=NOW, progress=lambda *_: None)


@dataclass(frozen=True)
class Sample:
    """The sample articles of the project, published and indexed."""

    settings: Settings
    database: Database
    retriever: Retriever


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    folder = tmp_path_factory.mktemp("sample")
    settings = load_settings(folder, {}, embedding={"provider": "none"}, ask={"precision": 0.0})
    database = Database(settings)
    report = setup.init(database, settings, now=NOW, sample=ROOT / "articles")
    assert not report.failed
    retriever = retriever_of(settings, database, FakeEmbedder())
    engine = retriever._current.parts.engine
    catch_up(database, engine)
    embed_pending(engine, FakeEmbedder())
    yield Sample(settings, database, retriever)
    retriever.close()
    database.close()

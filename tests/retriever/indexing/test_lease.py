"""Of several processes that serve, one keeps the index current."""

from __future__ import annotations

from pathlib import Path
from time import monotonic, sleep

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings, load_settings
from retriever.ask import Retriever
from retriever.factory import index_folder, open_parts
from retriever.indexing.lease import Lease
from retriever.indexing.rebuild import Generations
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.fakes import FakeEmbedder
from tests.retriever.factories import published_article

FEE = AskRequest("社保卡补办工本费多少钱")


class CountingEmbedder(FakeEmbedder):
    """Counts the texts that it was given."""

    def __init__(self, counted: list[str]) -> None:
        super().__init__()
        self._counted = counted

    def embed_passages(self, texts):  # type: ignore[no-untyped-def]
        self._counted.extend(texts)
        return super().embed_passages(texts)


def test_the_lease_is_one_holders_until_it_ends(tmp_path: Path) -> None:
    first, second = Lease(tmp_path / "index" / "keeper.lock"), Lease(tmp_path / "index" / "keeper.lock")
    assert (first.is_held(), second.is_held(), first.is_held()) == (True, False, True)
    first.release()
    assert second.is_held() and not first.is_held()
    second.release()


@pytest.fixture
def lease_file(settings: Settings) -> Path:
    return index_folder(settings) / "keeper.lock"


def served(settings: Settings, database: Database, lease: Path, counted: list[str]) -> Retriever:
    """What a server process has, following what is published; with time enough for a busy machine."""
    settings = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, search={"wait_seconds": 10.0})
    embedder = CountingEmbedder(counted)
    made = Retriever(settings, database, open_parts(settings, database, embedder)[0],
                     reopen=lambda: open_parts(settings, database, embedder, create=False)[0],
                     stamp=Generations(index_folder(settings)).stamp, lease=Lease(lease))
    made.start_background(pause_s=0.01)
    return made


def until(condition) -> None:  # type: ignore[no-untyped-def]
    deadline = monotonic() + 30
    while not condition():
        assert monotonic() < deadline
        sleep(0.01)


def test_each_vector_is_computed_once_however_many_serve(settings: Settings, database: Database,
                                                         lease_file: Path) -> None:
    counted: list[str] = []
    processes = [served(settings, database, lease_file, counted) for _ in range(3)]
    for n in range(6):
        published_article(database, f"card{n}", f"补办第{n}种社保卡工本费{n}元。", title=f"社保卡补办{n}")
    until(lambda: all(p.lag() == 0 and p.pending_vectors() == 0 for p in processes))
    assert len(counted) == len(set(counted)) > 0
    for process in processes:
        assert process.ask(FEE, CITIZEN, now=NOW).degraded == ()
        process.close()


def test_a_question_sees_what_was_just_published_whichever_process_it_meets(settings: Settings, database: Database,
                                                                            lease_file: Path) -> None:
    processes = [served(settings, database, lease_file, []) for _ in range(2)]
    for n, process in enumerate(processes * 3):
        published_article(database, f"card{n}", f"补办第{n}种社保卡工本费{n}元。", title=f"第{n}种社保卡补办")
        answer = process.ask(FEE, CITIZEN, now=NOW)
        assert (set(answer.degraded) - {"vectors_pending"}, process.lag()) == (set(), 0)
    for process in processes:
        process.close()


def test_when_the_keeper_ends_another_one_goes_on(settings: Settings, database: Database, lease_file: Path) -> None:
    first, second = (served(settings, database, lease_file, []) for _ in range(2))
    until(lambda: first._current._leads != second._current._leads)
    keeper, other = (first, second) if first._current._leads else (second, first)
    keeper.close()
    published_article(database, "card", "补办社保卡工本费20元。", title="社保卡补办")
    until(lambda: other.lag() == 0 and other.pending_vectors() == 0)
    other.close()

"""Damaged storage: it is named with what to do, answers fall back to what still works, and a rebuild heals without a
restart. Scores that are no numbers are damage too."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings
from retriever.ask import Retriever
from retriever.engines import PUBLIC, Engine
from retriever.errors import EmbeddingDown, EngineDown
from retriever.factory import build, index_folder, open_parts
from retriever.indexing.consumer import catch_up
from retriever.indexing.rebuild import Generations, compare_with_database, fill
from retriever.indexing.vectors import embed_pending
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.fakes import FakeEmbedder
from tests.retriever.factories import published_article

Damage = Callable[[Path], None]
FEE = AskRequest("社保卡补办工本费多少钱")


class BrokenEmbedder(FakeEmbedder):
    """A model whose vectors of questions are no vectors."""

    def __init__(self, vector: float) -> None:
        super().__init__()
        self.vector = vector

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return np.full(len(super().embed_query(text)), self.vector, np.float32)


@pytest.fixture
def served(settings: Settings, database: Database) -> Iterator[Retriever]:
    """Some articles, indexed with their vectors, and a retriever that follows what is published."""
    for n in range(12):
        published_article(database, f"card{n}", f"补办第{n}种社保卡工本费{n}元。", title=f"社保卡补办{n}")
    retriever = retriever_with(settings, database, FakeEmbedder())
    retriever.catch_up()
    parts = retriever._current.parts
    embed_pending(parts.engine, parts.embedder)
    assert retriever.ask(FEE, CITIZEN, now=NOW).degraded == ()
    yield retriever
    retriever.close()


def retriever_with(settings: Settings, database: Database, embedder: FakeEmbedder) -> Retriever:
    return Retriever(settings, database, open_parts(settings, database, embedder)[0],
                     reopen=lambda: open_parts(settings, database, embedder, create=False)[0],
                     stamp=Generations(index_folder(settings)).stamp)


def generation(settings: Settings) -> Path:
    found = Generations(index_folder(settings)).current()
    assert found is not None
    return found


def each(pattern: str, change: Callable[[Path], object]) -> Damage:
    """The same damage to all files of this kind."""
    def damage(folder: Path) -> None:
        paths = sorted(folder.glob(pattern))
        assert paths
        for path in paths:
            change(path)
    return damage


def noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(8).bytes(path.stat().st_size))


def flip_the_beginning(path: Path) -> None:
    """Not the end, without which the index is not opened."""
    data = path.read_bytes()
    path.write_bytes(bytes(255 - byte for byte in data[:len(data) // 2]) + data[len(data) // 2:])


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])


DAMAGES: dict[str, Damage] = {
    "lists of segments overwritten": each("*passages/meta.json", lambda p: p.write_text("{", encoding="utf-8")),
    "lists of segments gone": each("*/meta.json", Path.unlink),
    "words gone": each("*passages/*.term", Path.unlink),
    "stored texts cut off": each("passages/*.store", lambda p: p.write_bytes(p.read_bytes()[:10])),
    "postings cut off": each("*/*.idx", lambda p: p.write_bytes(b"")),
    "rows gone": each("rows.bin", Path.unlink),
    "rows cut off": each("rows.bin", lambda p: p.write_bytes(p.read_bytes()[:100])),
    "vectors cut off": each("*.f16", lambda p: p.write_bytes(b"")),
    "bytes of vectors gone": each("*.i8", Path.unlink),
    "checkpoint overwritten": each("checkpoint", lambda p: p.write_text("99 00000000\n", encoding="ascii")),
    "checkpoint gone": each("checkpoint", Path.unlink),
    "the whole folder gone": lambda folder: shutil.rmtree(folder),
}


@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_damage_while_serving_leaves_the_plain_search_and_is_healed_by_a_rebuild(
        served: Retriever, settings: Settings, database: Database, damage: str) -> None:
    DAMAGES[damage](generation(settings))
    served._current.parts.engine._store._looked = 0.0  # type: ignore[attr-defined]  # some time has passed
    answer = served.ask(FEE, CITIZEN, now=NOW)
    assert "plain_search" in answer.degraded
    assert answer.sentences
    assert "plain_search" in served.search("社保卡 补办", CITIZEN, now=NOW).degraded
    with pytest.raises(EngineDown, match="kb index rebuild"):
        served.lag()
    with pytest.raises(EngineDown, match="kb index rebuild"):
        served.health()

    parts, folder = open_parts(settings, database, FakeEmbedder(), fresh=True)
    fill(database, parts.engine)
    embed_pending(parts.engine, parts.embedder)
    assert compare_with_database(database, parts.engine) == []
    Generations(index_folder(settings)).promote(folder)
    parts.engine.close()
    answer = served.ask(FEE, CITIZEN, now=NOW)
    assert answer.degraded == ()
    assert answer.hits[0].candidate.vector_score > 0
    assert served.health().ok


@pytest.mark.parametrize("pattern", ["passages/*.fast", "public-passages/*.idx", "passages/*.store", "revisions/*.term",
                                     "public-revisions/*.fieldnorm", "passages/*.pos"])
def test_one_wrong_bit_of_the_words_is_named_by_verify_and_in_time_by_readiness(
        served: Retriever, settings: Settings, database: Database, pattern: str) -> None:
    assert compare_with_database(database, served._current.parts.engine) == [] and served.health().ok
    path = sorted(generation(settings).glob(pattern))[0]
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)
    told = served._current.parts.engine.damage()
    assert any("1 files of words" in str(message) for message in told)
    looks = [served.health() for _ in range(100)]
    assert any(look.code == "index_damaged" for look in looks)


@pytest.mark.parametrize("damage", ["lists of segments overwritten", "words gone", "postings cut off"])
def test_a_server_starts_on_an_index_that_cannot_be_opened_and_takes_the_next_one_into_use(
        settings: Settings, database: Database, damage: str) -> None:
    published_article(database, "card", "补办社保卡工本费20元。", title="社保卡补办")
    first = build(settings, database)
    first.catch_up()
    first.close()
    DAMAGES[damage](generation(settings))
    served = build(settings, database)
    answer = served.ask(FEE, CITIZEN, now=NOW)
    assert "plain_search" in answer.degraded
    assert answer.sentences or answer.withheld
    with pytest.raises(EngineDown, match="kb index rebuild"):
        served.health()
    parts, folder = open_parts(settings, database, None, fresh=True)
    fill(database, parts.engine)
    Generations(index_folder(settings)).promote(folder)
    parts.engine.close()
    assert served.ask(FEE, CITIZEN, now=NOW).degraded == ()
    assert served.health().ok
    served.close()


def test_a_pointer_that_is_gone_while_serving_changes_nothing_but_that_the_index_stays_behind(
        served: Retriever, settings: Settings) -> None:
    before = generation(settings)
    (index_folder(settings) / "CURRENT").unlink()
    answer = served.ask(FEE, CITIZEN, now=NOW)
    assert answer.sentences and answer.degraded == ("index_behind",)
    assert before.is_dir()


# vectors


def halves(engine: Engine, settings: Settings) -> NDArray[np.float16]:
    """The stored vectors, to write to."""
    assert engine.health().ok
    path = next(generation(settings).glob("*.f16"))
    return np.memmap(path, "<f2", "r+").reshape(-1, FakeEmbedder().recipe.dimension)


VECTORS: dict[str, Callable[[NDArray[np.float16]], object]] = {
    "not a number": lambda v: v.__setitem__(slice(None), np.nan),
    "infinite": lambda v: v.__setitem__((slice(None), 3), np.inf),
    "not of length 1": lambda v: v.__setitem__(slice(None), 9.0),
}


@pytest.mark.parametrize("damage", sorted(VECTORS))
def test_vectors_that_give_no_cosine_leave_words_alone(served: Retriever, settings: Settings, damage: str) -> None:
    stored = halves(served._current.parts.engine, settings)
    VECTORS[damage](stored)
    answer = served.ask(FEE, CITIZEN, now=NOW)
    assert answer.degraded == ("words_only",)
    assert answer.sentences
    assert 0 <= answer.confidence <= 1
    json.dumps(answer.as_dict(), allow_nan=False)
    health = served.health()
    assert (health.ok, health.code) == (False, "vectors_damaged") and "kb index rebuild" in health.detail


@pytest.mark.parametrize("file", ["f16", "i8", "crc"])
def test_vectors_that_were_emptied_are_named_and_degrade_the_answer(served: Retriever, settings: Settings,
                                                                    database: Database, file: str) -> None:
    path = next(generation(settings).glob(f"*.{file}"))
    with path.open("r+b") as opened:
        opened.write(bytes(path.stat().st_size))
    engine = served._current.parts.engine
    problems = [str(problem) for problem in compare_with_database(database, engine)]
    assert len(problems) == 1 and "vectors are damaged: run `kb index rebuild`" in problems[0]
    assert not served.health().ok
    if file == "i8":  # what tells which vectors may be near
        assert served.ask(FEE, CITIZEN, now=NOW).degraded == ("words_only",)
        embed_pending(engine, served._current.parts.embedder)
        assert compare_with_database(database, engine) == []
        assert served.ask(FEE, CITIZEN, now=NOW).degraded == ()


@pytest.mark.usefixtures("served")
def test_checksums_that_are_gone_are_named_by_verify(settings: Settings, database: Database) -> None:
    next(generation(settings).glob("*.crc")).unlink()
    engine = open_parts(settings, database, FakeEmbedder())[0].engine
    assert any("vectors are damaged" in str(problem) for problem in compare_with_database(database, engine))


@pytest.mark.parametrize("file", ["f16", "i8", "crc"])
def test_one_wrong_bit_of_a_vector_is_named_by_verify(served: Retriever, settings: Settings, database: Database,
                                                      file: str) -> None:
    engine = served._current.parts.engine
    assert compare_with_database(database, engine) == []
    path = next(generation(settings).glob(f"*.{file}"))
    with path.open("r+b") as opened:
        opened.seek(path.stat().st_size // 2)
        byte = opened.read(1)[0]
        opened.seek(path.stat().st_size // 2)
        opened.write(bytes([byte ^ 1]))
    problems = [str(problem) for problem in compare_with_database(database, engine)]
    assert problems == ["1 vectors are damaged: run `kb index rebuild`"]
    assert not engine.health().ok


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("file", ["rows.bin", "keys.bin"])
def test_a_damaged_table_is_named_by_verify(settings: Settings, database: Database, file: str) -> None:
    noise(generation(settings) / file)
    engine = open_parts(settings, database, FakeEmbedder())[0].engine
    problems = [str(problem) for problem in compare_with_database(database, engine)]
    assert problems and any("kb index rebuild" in problem or "should be" in problem for problem in problems)


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("damage", [("rows.bin noise", each("rows.bin", noise)), ("keys.bin noise", each(
    "keys.bin", noise)), ("passages/*.store flipped", each("passages/*.store", flip_the_beginning)), *(
    (f"{file} cut off", each(file, cut_in_half)) for file in ("*.f16", "*.i8", "*.crc"))], ids=lambda damage: damage[0])
def test_what_verify_names_makes_a_server_that_starts_on_it_unready(settings: Settings, database: Database,
                                                                   damage: tuple[str, Damage]) -> None:
    damage[1](generation(settings))
    engine = open_parts(settings, database, FakeEmbedder())[0].engine

    def is_named(look: Callable[[], bool]) -> bool:
        try:
            return look()
        except EngineDown as error:
            return "kb index rebuild" in error.message

    assert is_named(lambda: bool(compare_with_database(database, engine)))
    assert is_named(lambda: not engine.health().ok and "kb index rebuild" in engine.health().detail)
    engine.close()


def test_cut_off_vectors_are_no_longer_named_once_they_were_computed_again(served: Retriever, settings: Settings,
                                                                          database: Database) -> None:
    served.close()
    each("*.f16", cut_in_half)(generation(settings))
    parts = open_parts(settings, database, FakeEmbedder())[0]
    assert not parts.engine.health().ok
    embed_pending(parts.engine, parts.embedder)
    assert parts.engine.health().ok
    assert compare_with_database(database, parts.engine) == []
    parts.engine.close()


@pytest.mark.usefixtures("served")
def test_kept_words_that_were_changed_are_read_from_the_index_again(settings: Settings, database: Database) -> None:
    engine = open_parts(settings, database, FakeEmbedder())[0].engine
    right = engine.words(1_000, PUBLIC)
    path = generation(settings) / "words-public.json"
    kept = path.read_text(encoding="utf-8")
    assert engine.words(1_000, PUBLIC) == right and "工本费" in kept
    path.write_text(kept.replace("工本费", "公本费"), encoding="utf-8")
    assert engine.words(1_000, PUBLIC) == right
    assert path.read_text(encoding="utf-8") == kept
    engine.close()


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("vector", [np.nan, np.inf, 0.0, 7.0])
def test_a_model_that_gives_no_vector_leaves_words_alone(settings: Settings, database: Database,
                                                         vector: float) -> None:
    retriever = retriever_with(settings, database, BrokenEmbedder(vector))
    answer = retriever.ask(FEE, CITIZEN, now=NOW)
    assert answer.degraded == ("words_only",) and answer.sentences
    json.dumps(answer.as_dict(), allow_nan=False)
    retriever.close()


# rebuilds side by side


def test_k10_a_rebuild_under_way_survives_that_another_one_is_put_into_use(settings: Settings,
                                                                                  database: Database) -> None:
    published_article(database, "card", "补办社保卡工本费20元。")
    slow, slow_folder = open_parts(settings, database, None, fresh=True)
    fast, fast_folder = open_parts(settings, database, None, fresh=True)
    fill(database, fast.engine)
    generations = Generations(index_folder(settings))
    generations.promote(fast_folder)
    fill(database, slow.engine)
    assert compare_with_database(database, slow.engine) == []
    slow.engine.close()
    fast.engine.close()
    third, third_folder = open_parts(settings, database, None, fresh=True)
    generations.promote(third_folder)
    assert [path.name for path in index_folder(settings).glob("gen-*")] == [third_folder.name]
    assert slow_folder != fast_folder
    third.engine.close()


def test_an_engine_whose_folder_is_gone_says_what_to_do(settings: Settings, database: Database) -> None:
    published_article(database, "card", "补办社保卡工本费20元。")
    parts, folder = open_parts(settings, database, FakeEmbedder())
    shutil.rmtree(folder)
    for act in (lambda: catch_up(database, parts.engine), lambda: parts.engine.put([], checkpoint=9),
                parts.engine.pending_vectors, parts.engine.articles, parts.engine.damage):
        with pytest.raises((EngineDown, EmbeddingDown), match="kb index rebuild"):
            act()
    parts.engine.close()

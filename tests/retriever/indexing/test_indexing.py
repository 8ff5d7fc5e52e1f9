"""From the outbox to the index and back: replay, generations, rebuilds, and the check that both agree."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kb.actor import CITIZEN, OPERATOR
from kb.content import lexicon
from kb.db import Database
from kb.record import outbox
from kb.settings import Settings
from retriever import factory
from retriever.ask import Retriever
from retriever.engines import PUBLIC, Engine
from retriever.errors import EngineDown, IndexMismatch
from retriever.factory import index_folder, open_parts
from retriever.indexing.consumer import catch_up, lag
from retriever.indexing.current import Parts
from retriever.indexing.rebuild import Generations, compare_with_database, fill, words_of
from retriever.indexing.source import read_articles
from retriever.indexing.vectors import embed_pending
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.fakes import FakeEmbedder
from tests.retriever.factories import published_article, retired_article

DAY = timedelta(days=1)


@pytest.fixture
def parts(settings: Settings, database: Database) -> Iterator[Parts]:
    parts, _ = open_parts(settings, database, FakeEmbedder())
    yield parts
    parts.engine.close()


@pytest.fixture
def engine(parts: Parts) -> Engine:
    return parts.engine


def clean(database: Database, engine: Engine) -> bool:
    return compare_with_database(database, engine) == []


# replay


def test_fault_56_what_was_committed_and_not_indexed_is_replayed(database: Database, engine: Engine) -> None:
    published_article(database, "card", "社保卡补办。")
    published_article(database, "card", "社保卡补办免费。", now=NOW + DAY)
    published_article(database, "ferry", "轮渡票价。")
    assert (lag(database, engine), clean(database, engine)) == (3, False)
    assert catch_up(database, engine) == 2
    assert (lag(database, engine), clean(database, engine)) == (0, True)
    assert catch_up(database, engine) == 0


def test_fault_57_an_event_replayed_after_it_was_indexed_changes_nothing(database: Database, engine: Engine) -> None:
    published_article(database, "card", "社保卡补办。")
    catch_up(database, engine)
    before = engine.articles()
    with database.reading() as session:
        articles = read_articles(session, list(before))
    engine.put(articles, checkpoint=0)  # indexed, and killed before that was noted
    assert catch_up(database, engine) == 1
    assert engine.articles() == before
    assert clean(database, engine)


def test_fault_58_an_old_state_that_arrives_late_is_replaced_again(database: Database, engine: Engine) -> None:
    published_article(database, "card", "社保卡补办20元。")
    with database.reading() as session:  # a slow process has read this much
        head = outbox.head(session)
        late = read_articles(session, [e.article_id for e in outbox.read_after(session, 0)])
    published_article(database, "card", "社保卡补办免费。", now=NOW + DAY)
    catch_up(database, engine)
    engine.put(late, checkpoint=head)
    assert not clean(database, engine)
    assert catch_up(database, engine) == 1
    assert clean(database, engine)


def test_events_in_any_order_and_any_batches_end_in_the_same_index(settings: Settings, database: Database,
                                                                  engine: Engine) -> None:
    chance = random.Random(56)
    open_slugs = [f"a{i}" for i in range(6)]
    published: set[str] = set()
    for n in range(20):
        slug = chance.choice(open_slugs)
        if slug in published and len(open_slugs) > 3 and chance.random() < 0.3:
            retired_article(database, slug, now=NOW + n * DAY)
            open_slugs.remove(slug)
        else:
            published_article(database, slug, f"规定第{n}版。", now=NOW + n * DAY)
            published.add(slug)
        if chance.random() < 0.4:
            catch_up(database, engine)
    catch_up(database, engine)
    assert clean(database, engine)
    other, _ = open_parts(settings, database, None, fresh=True)
    with database.reading() as session:
        ids = sorted(engine.articles())
        articles = read_articles(session, ids)
        head = outbox.head(session)
    chance.shuffle(articles)
    for article in articles:
        other.engine.put([article], checkpoint=head)
    assert other.engine.articles() == engine.articles()
    other.engine.close()


def test_a_retired_article_stays_in_the_index_for_the_questions_of_its_time(database: Database,
                                                                          engine: Engine) -> None:
    published_article(database, "card", "社保卡补办。")
    retired_article(database, "card", now=NOW + DAY)
    catch_up(database, engine)
    assert len(engine.articles()) == 1
    assert clean(database, engine)


# verify


def test_verify_names_what_disagrees(database: Database, engine: Engine) -> None:
    published_article(database, "card", "社保卡补办。")
    published_article(database, "ferry", "轮渡票价。")
    catch_up(database, engine)
    first, _ = sorted(engine.articles())
    engine.remove([first], checkpoint=engine.checkpoint())
    assert [p for p in compare_with_database(database, engine) if first in str(p)]
    engine.remove([], checkpoint=99)
    assert any("checkpoint 99" in str(p) for p in compare_with_database(database, engine))


# generations


def test_a_fresh_installation_gets_a_generation_in_use(settings: Settings, database: Database, parts: Parts) -> None:
    assert parts.engine.checkpoint() == 0
    current = Generations(index_folder(settings)).current()
    assert current is not None
    assert words_of(current).words == ()
    assert clean(database, parts.engine)


def test_a_rebuild_is_not_seen_before_it_is_promoted(settings: Settings, database: Database) -> None:
    published_article(database, "card", "社保卡补办工本费20元。")
    retriever = factory.build(settings, database)
    generations = Generations(index_folder(settings))
    old = generations.current()
    retriever.ask(AskRequest("社保卡补办"), CITIZEN, now=NOW)
    fresh, folder = open_parts(settings, database, None, fresh=True)
    assert fill(database, fresh.engine) == 1
    assert generations.current() == old
    published_article(database, "card", "社保卡补办免费。", now=NOW + DAY)
    answer = retriever.ask(AskRequest("社保卡补办"), CITIZEN, now=NOW + DAY)
    assert "免费" in answer.sentences[0].text
    catch_up(database, fresh.engine)
    assert clean(database, fresh.engine)
    fresh.engine.close()
    generations.promote(folder)
    assert generations.current() == folder
    assert [p.name for p in index_folder(settings).glob("gen-*")] == [folder.name]
    published_article(database, "card", "社保卡补办又要15元。", now=NOW + 2 * DAY)
    answer = retriever.ask(AskRequest("社保卡补办"), CITIZEN, now=NOW + 2 * DAY)  # the running process follows
    assert "15元" in answer.sentences[0].text
    assert answer.degraded == ()
    retriever.close()


def test_an_edited_dictionary_takes_effect_with_a_rebuild(settings: Settings, database: Database,
                                                          tmp_path: Path) -> None:
    before, _ = open_parts(settings, database, None)
    file = tmp_path / "lexicon.yaml"
    file.write_text("words: [云帆通卡]\ngroups: [[社会保障卡, 社保卡]]\n", encoding="utf-8")
    with database.transaction() as session:
        lexicon.import_file(session, OPERATOR, file, now=NOW)
    again, _ = open_parts(settings, database, None)
    assert "云帆通卡" not in again.analyser.terms("云帆通卡")  # texts were cut without it
    assert again.analyser.alternatives("社保卡")  # questions know it at once
    fresh, folder = open_parts(settings, database, None, fresh=True)
    assert "云帆通卡" in fresh.analyser.terms("云帆通卡")
    assert words_of(folder).words == ("云帆通卡",)
    for one in (before, again, fresh):
        one.engine.close()


@pytest.mark.parametrize("damage", [
    {"format": 0}, {"analysis": 0},
], ids=str)
def test_fault_65_an_index_of_another_release_is_refused_with_what_to_do(settings: Settings, database: Database,
                                                                        damage: dict[str, object]) -> None:
    parts, folder = open_parts(settings, database, None)
    parts.engine.close()
    meta = folder / "generation.json"
    meta.write_text(json.dumps({**json.loads(meta.read_text(encoding="utf-8")), **damage}), encoding="utf-8")
    with pytest.raises(IndexMismatch, match="kb index rebuild"):
        open_parts(settings, database, None)


@pytest.mark.parametrize("damage", ['{"format": 10, "analysis": 3, "words": null}', "not json", "[]", "", "gone"])
def test_a_damaged_description_of_the_index_leaves_the_plain_search(settings: Settings, database: Database,
                                                                    damage: str) -> None:
    published_article(database, "card", "补办社保卡工本费20元。", title="社保卡补办")
    parts, folder = open_parts(settings, database, None)
    catch_up(database, parts.engine)
    parts.engine.close()
    meta = folder / "generation.json"
    meta.unlink() if damage == "gone" else meta.write_text(damage, encoding="utf-8")
    retriever = factory.build(settings, database)
    assert "plain_search" in retriever.ask(AskRequest("补办社保卡工本费"), CITIZEN, now=NOW).degraded
    with pytest.raises(EngineDown, match="kb index rebuild"):
        retriever.health()
    retriever.close()


def test_a_pointer_that_cannot_be_read_says_what_to_do(settings: Settings, database: Database) -> None:
    parts, _ = open_parts(settings, database, None)
    parts.engine.close()
    pointer = index_folder(settings) / "CURRENT"
    for damage in (b"\xff\xfe", b"", b"gen", b"gen-3\n", b"gen-1/..", b".", b"../../elsewhere", b"gen-" + b"1" * 9_000):
        pointer.write_bytes(damage)
        with pytest.raises(EngineDown, match="kb index rebuild"):
            open_parts(settings, database, None)
    assert (index_folder(settings) / "gen-1").is_dir()  # what is left is not thrown away


def test_a_pointer_that_is_gone_is_written_anew_for_what_is_left_of_the_index(settings: Settings, database: Database,
                                                                             ) -> None:
    published_article(database, "card", "社保卡补办工本费20元。")
    parts, folder = open_parts(settings, database, None)
    catch_up(database, parts.engine)
    parts.engine.close()
    (folder.parent / "gen-7").mkdir()  # of a rebuild that was killed
    (folder.parent / "CURRENT").unlink()
    again, found = open_parts(settings, database, None)
    assert found == folder == Generations(index_folder(settings)).current()
    assert clean(database, again.engine)
    again.engine.close()


def test_an_index_whose_folders_hold_nothing_is_begun_anew(settings: Settings, database: Database) -> None:
    parts, folder = open_parts(settings, database, None)
    parts.engine.close()
    (folder.parent / "CURRENT").unlink()
    (folder / "checkpoint").write_bytes(b"\xff")
    again, found = open_parts(settings, database, None)
    assert found != folder and clean(database, again.engine)
    again.engine.close()


def test_a_killed_rebuild_starts_again(settings: Settings, database: Database) -> None:
    for i in range(5):
        published_article(database, f"a{i}", f"规定第{i}条。")
    fresh, folder = open_parts(settings, database, None, fresh=True)
    with database.reading() as session:
        some = read_articles(session, [e.article_id for e in outbox.read_after(session, 0, limit=2)])
    fresh.engine.put(some, checkpoint=0)  # as far as it came
    fresh.engine.close()
    assert Generations(index_folder(settings)).current() != folder
    parts, _ = open_parts(settings, database, None)
    fill(database, parts.engine)
    assert clean(database, parts.engine)
    parts.engine.close()


def test_fault_62_another_model_over_the_same_index_answers_by_words_meanwhile(settings: Settings,
                                                                              database: Database) -> None:
    published_article(database, "card", "社保卡补办工本费20元。")
    first, _ = open_parts(settings, database, FakeEmbedder())
    catch_up(database, first.engine)
    embed_pending(first.engine, first.embedder)
    first.engine.close()
    changed, _ = open_parts(settings, database, FakeEmbedder("other", 48))
    retriever = Retriever(settings, database, changed)
    answer = retriever.ask(AskRequest("社保卡补办"), CITIZEN, now=NOW)
    assert "20元" in answer.sentences[0].text
    assert answer.hits[0].candidate.vector_score == 0.0
    assert changed.engine.pending_vectors() == 1
    embed_pending(changed.engine, changed.embedder)
    assert retriever.ask(AskRequest("社保卡补办"), CITIZEN, now=NOW).hits[0].candidate.vector_score > 0
    retriever.close()


def test_damaged_or_unwritable_words_are_made_anew(settings: Settings, database: Database) -> None:
    parts, folder = open_parts(settings, database, None)
    published_article(database, "card", "补卡五元。", title="补卡")
    catch_up(database, parts.engine)
    words = parts.engine.words(100, PUBLIC)
    assert ("补卡", 1) in words
    head = json.loads((folder / "words-public.json").read_text(encoding="utf-8").split("\n")[0])

    def holding(kept: str) -> str:
        return f"{json.dumps([*head[:-1], zlib.crc32(kept.encode())])}\n{kept}"

    for damage in ("{", "[]", "[1]\n[]", "null\n5", f"{json.dumps(head)}\n[]", holding('[["补卡"]]'),
                   holding('[["补卡", "x"]]'), holding('{"补卡": 1}'), holding("5")):
        (folder / "words-public.json").write_text(damage, encoding="utf-8")
        assert parts.engine.words(100, PUBLIC) == words
    (folder / "words-public.json").unlink()
    (folder / "words-public.json").mkdir()
    assert parts.engine.words(100, PUBLIC) == words
    parts.engine.close()

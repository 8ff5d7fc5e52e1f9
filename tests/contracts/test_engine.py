"""What every engine must do. An implementation joins by its name in ``ENGINES`` and a way to open it."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retriever.embedding import Embedder
from retriever.engines import PUBLIC, Engine
from retriever.engines.embedded import EmbeddedEngine
from retriever.errors import EmbeddingDown, EngineDown, IndexMismatch
from retriever.indexing.vectors import embed_pending
from retriever.language.analysis import Analyser
from retriever.passages.cutting import embedding_text
from retriever.ranking.fusion import BASE, candidates
from retriever.records import Candidate, EngineQuery, Filters, Passage, Span
from tests.conftest import NOW
from tests.fakes import DownEmbedder, FakeEmbedder, WrongSizeEmbedder
from tests.retriever.factories import LONG_AGO, filters, passage

ENGINES = ["embedded"]
ANALYSER = Analyser()
EQUALLY = dict.fromkeys(BASE, 1.0)
ALL = frozenset({"public", "agent"})
Open = Callable[..., Engine]


def open_engine(kind: str, folder: Path, embedder: Embedder | None = None, *, lock_seconds: float = 30.0) -> Engine:
    """An engine of this kind over this folder; opening it again elsewhere gives another reader of the same index."""
    assert kind == "embedded"
    return EmbeddedEngine(folder, ANALYSER, embedder.recipe if embedder else None, lock_seconds=lock_seconds)


@pytest.fixture(params=ENGINES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def open_(kind: str, tmp_path: Path) -> Iterator[Open]:
    opened: list[Engine] = []

    def open_one(embedder: Embedder | None = None, **options: float) -> Engine:
        opened.append(open_engine(kind, tmp_path / "index", embedder, **options))
        return opened[-1]

    yield open_one
    for engine in opened:
        engine.close()


def found(engine: Engine, text: str = "", *, vector_of: str = "", embedder: Embedder | None = None,
          allowed: Filters | None = None, limit: int = 50) -> dict[str, Candidate]:
    """Candidates by passage id, for words, for a vector, or for both."""
    terms = tuple(ANALYSER.query_terms(text)) if text else ()
    vector = embedder.embed_query(vector_of) if embedder and vector_of else None
    proposed = candidates(engine, EngineQuery(terms, vector, allowed or filters(), limit), EQUALLY)
    assert len({c.passage.passage_id for c in proposed}) == len(proposed)
    return {c.passage.passage_id: c for c in proposed}


# indexing


def test_an_empty_engine_finds_nothing_and_stands_at_zero(open_: Open) -> None:
    engine = open_(FakeEmbedder())
    assert found(engine, "社保卡") == {}
    assert found(engine, vector_of="社保卡", embedder=FakeEmbedder()) == {}
    assert (engine.checkpoint(), engine.articles(), engine.pending_vectors()) == (0, {}, 0)
    assert engine.health().ok


def test_what_was_indexed_comes_back_whole(open_: Open) -> None:
    engine = open_()
    given_ = passage("补卡收工本费 20 元。", article="card", revision=3, ordinal=2, title="社保卡",
                     heading_path=("补卡", "费用"), context="| 项目 | 元 |", department="hrss", audience="public",
                     spans=[Span(LONG_AGO, NOW + timedelta(days=3, microseconds=7), LONG_AGO, None)])
    engine.put([("card", [given_])], checkpoint=7)
    candidate = found(engine, "工本费")["card-r3:2"]
    back = {f.name: getattr(candidate.passage, f.name) for f in fields(Passage)}
    expected = {f.name: getattr(given_, f.name) for f in fields(Passage)}
    assert {**back, "terms": ()} == {**expected, "terms": ()}  # the engine adds the terms it found
    assert candidate.word_score > 0
    assert candidate.article_word_score > 0
    assert engine.checkpoint() == 7
    assert engine.articles() == {"card": ("card-r3:2",)}


def test_title_headings_context_and_keywords_are_searched_too(open_: Open) -> None:
    engine = open_()
    one = passage("当场办结。", title="社保卡挂失", heading_path=("长屿网点",), context="带上户口簿：")
    engine.put([("a", [replace(one, keywords=("市民卡",))])], checkpoint=1)
    for words in ("挂失", "长屿", "户口簿", "市民卡"):
        assert found(engine, words), words


def test_an_article_is_replaced_whole(open_: Open) -> None:
    engine = open_()
    beside = ("b", [passage("旁的规定。", article="b")])
    engine.put([("a", [passage("旧规定一。"), passage("旧规定二。", ordinal=1)]), beside], checkpoint=1)
    engine.put([("a", [passage("新规定。", revision=2)])], checkpoint=2)
    assert set(found(engine, "规定")) == {"a-r2:0", "b-r1:0"}
    assert engine.articles() == {"a": ("a-r2:0",), "b": ("b-r1:0",)}
    assert engine.health().passages == 2


def test_its_figures_are_of_what_the_viewer_may_see(open_: Open) -> None:
    engine = open_(FakeEmbedder())
    engine.put([("a", [passage("规定甲。"), passage("规定乙。", ordinal=1)])], checkpoint=1)
    embed_pending(engine, FakeEmbedder())
    before = engine.health(PUBLIC)
    engine.put([("b", [passage("口径。", article="b", audience="agent")])], checkpoint=2)
    after, of_all = engine.health(PUBLIC), engine.health()
    assert (after.passages, after.vectors, after.detail) == (before.passages, before.vectors, before.detail) == \
        (2, 2, "ready")
    assert (of_all.passages, of_all.vectors) == (3, 2) and of_all.detail != "ready"


def test_a_removed_article_is_gone_and_the_checkpoint_moves(open_: Open) -> None:
    engine = open_(FakeEmbedder())
    engine.put([("a", [passage("规定甲。")]), ("b", [passage("规定乙。", article="b")])], checkpoint=1)
    embed_pending(engine, FakeEmbedder())
    engine.remove(["a"], checkpoint=2)
    assert set(found(engine, "规定")) == {"b-r1:0"}
    assert set(found(engine, vector_of="规定甲。", embedder=FakeEmbedder())) == {"b-r1:0"}
    assert (engine.checkpoint(), engine.articles()) == (2, {"b": ("b-r1:0",)})


def test_an_article_without_passages_is_forgotten(open_: Open) -> None:
    engine = open_()
    engine.put([("a", [passage("规定。")])], checkpoint=1)
    engine.put([("a", [])], checkpoint=2)
    assert found(engine, "规定") == {}
    assert engine.articles() == {}


def test_fault_57_the_same_events_replayed_change_nothing(open_: Open) -> None:
    engine = open_(FakeEmbedder())
    batch = [("a", [passage("规定甲。"), passage("规定乙。", ordinal=1)]), ("b", [passage("规定丙。", article="b")])]
    for _ in range(3):
        engine.put(batch, checkpoint=5)
        embed_pending(engine, FakeEmbedder())
    assert set(found(engine, "规定")) == {"a-r1:0", "a-r1:1", "b-r1:0"}
    assert (engine.checkpoint(), engine.health().passages, engine.health().vectors) == (5, 3, 3)


def test_fault_58_events_in_any_order_end_in_the_last_state_given(open_: Open) -> None:
    engine = open_()
    engine.put([("a", [passage("第五版。", revision=5)])], checkpoint=5)
    engine.put([("a", [passage("第四版。", revision=4)])], checkpoint=4)
    assert engine.checkpoint() == 4  # the older state took its checkpoint back with it, so event 5 is replayed
    engine.put([("a", [passage("第五版。", revision=5)])], checkpoint=5)
    assert engine.articles() == {"a": ("a-r5:0",)}


def test_an_index_is_there_again_when_it_is_opened_again(open_: Open) -> None:
    engine = open_(FakeEmbedder())
    engine.put([("a", [passage("规定甲。")])], checkpoint=9)
    embed_pending(engine, FakeEmbedder())
    engine.close()
    again = open_(FakeEmbedder())
    assert set(found(again, "规定")) == {"a-r1:0"}
    assert (again.checkpoint(), again.pending_vectors()) == (9, 0)


def test_an_error_while_indexing_leaves_the_last_state(open_: Open) -> None:
    engine = open_()
    engine.put([("a", [passage("规定甲。")])], checkpoint=1)

    def broken() -> Iterator[tuple[str, Sequence[Passage]]]:
        yield "a", [passage("规定乙。", revision=2)]
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        engine.put(broken(), checkpoint=2)
    assert (set(found(engine, "规定")), engine.checkpoint()) == ({"a-r1:0"}, 1)
    engine.put([("a", [passage("规定丙。", revision=3)])], checkpoint=3)
    assert engine.articles() == {"a": ("a-r3:0",)}


PRINTABLE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(PRINTABLE, min_size=1, max_size=4), query=PRINTABLE)
def test_fault_10_any_characters_are_stored_exactly_and_searched_without_error(
        open_: Open, texts: list[str], query: str) -> None:
    engine = open_(FakeEmbedder())
    engine.put([("a", [passage(text, ordinal=i, title=text[:9]) for i, text in enumerate(texts)])], checkpoint=1)
    embed_pending(engine, FakeEmbedder())
    by_vector = found(engine, vector_of=texts[0], embedder=FakeEmbedder())
    assert {c.passage.text for c in by_vector.values()} == set(texts)
    found(engine, query, vector_of=query, embedder=FakeEmbedder())


@pytest.mark.parametrize("query", [
    "+规定 -甲", "terms:规定", "规*", "/规.*/", '"规定"~2', "(规定 OR", "规定^9", "[a TO b]", "kind:checkpoint",
    "checkpoint", "NOT 规定", "*:*", "\\", "规定 AND", "{", "!", "a" * 5000,
])
def test_fault_41_query_syntax_is_only_characters(open_: Open, query: str) -> None:
    engine = open_()
    engine.put([("a", [passage("规定甲。")])], checkpoint=1)
    assert set(found(engine, query)) == ({"a-r1:0"} if "规定" in query else set())


# filters


CROWD = 300


def crowded(engine: Engine, hidden: dict[str, object], *, shown: dict[str, object] | None = None) -> None:
    """Many passages that match better and may not be shown, one that matches a little and may."""
    better = [(f"no{i}", [passage("补卡补卡补卡补卡。", article=f"no{i}", **hidden)]) for i in range(CROWD)]  # type: ignore[arg-type]
    worse = passage("先在窗口取号，等叫号后办理，需要补卡的请带身份证。", article="yes", **(shown or {}))  # type: ignore[arg-type]
    engine.put([*better, ("yes", [worse])], checkpoint=1)
    embed_pending(engine, FakeEmbedder())


DAY = timedelta(days=1)
HIDDEN = {
    "department": ({"department": "fund"}, filters(departments=["hrss", "medins"])),
    "audience": ({"audience": "agent"}, filters()),
    "language": ({"lang": "en"}, filters(langs=["zh"])),
    "expired": ({"spans": [Span(LONG_AGO, NOW, LONG_AGO, None)]}, filters()),
    "not yet in force": ({"spans": [Span(NOW + DAY, None, LONG_AGO, None)]}, filters()),
    "superseded": ({"spans": [Span(LONG_AGO, None, LONG_AGO, NOW)]}, filters()),
    "published later": ({"spans": [Span(LONG_AGO, None, NOW + DAY, None)]}, filters()),
    "several": ({"audience": "agent", "department": "fund"}, filters(departments=["hrss"])),
}


@pytest.mark.parametrize("by", sorted(HIDDEN))
def test_filters_never_starve_the_result_list(open_: Open, by: str) -> None:
    hidden, allowed = HIDDEN[by]
    embedder = FakeEmbedder()
    engine = open_(embedder)
    crowded(engine, hidden)
    assert set(found(engine, "补卡", allowed=allowed, limit=3)) == {"yes-r1:0"}
    by_vector = found(engine, vector_of="补卡补卡补卡补卡。", embedder=embedder, allowed=allowed, limit=3)
    assert set(by_vector) == {"yes-r1:0"}


def test_an_agent_sees_what_is_for_agents_and_what_is_for_all(open_: Open) -> None:
    engine = open_()
    internal, public = passage("规定甲。", audience="agent"), passage("规定乙。", article="b")
    engine.put([("a", [internal]), ("b", [public])], checkpoint=1)
    assert set(found(engine, "规定", allowed=filters(audiences=["public", "agent"]))) == {"a-r1:0", "b-r1:0"}
    assert set(found(engine, "规定", allowed=filters(audiences=["agent"]))) == {"a-r1:0"}
    assert set(found(engine, "规定", allowed=filters(audiences=["public"]))) == {"b-r1:0"}


@pytest.mark.parametrize(("as_of", "known_at", "is_found"), [
    (0, 0, True), (-1, 0, False), (9, 0, True), (10, 0, False), (0, -1, False), (0, 4, True), (0, 5, False),
])
def test_both_time_axes_are_half_open(open_: Open, as_of: int, known_at: int, is_found: bool) -> None:
    tick = timedelta(microseconds=1)
    engine = open_(FakeEmbedder())
    engine.put([("a", [passage("规定。", spans=[Span(NOW, NOW + 10 * tick, NOW, NOW + 5 * tick)])])], checkpoint=1)
    embed_pending(engine, FakeEmbedder())
    allowed = filters(as_of=NOW + as_of * tick, known_at=NOW + known_at * tick)
    assert bool(found(engine, "规定", allowed=allowed)) is is_found
    assert bool(found(engine, vector_of="规定。", embedder=FakeEmbedder(), allowed=allowed)) is is_found


def test_a_passage_of_several_intervals_is_found_in_each_and_once(open_: Open) -> None:
    spans = [Span(LONG_AGO, None, LONG_AGO, NOW), Span(LONG_AGO, NOW + DAY, NOW, None)]
    engine = open_(FakeEmbedder())
    engine.put([("a", [passage("规定。", spans=spans)])], checkpoint=1)
    embed_pending(engine, FakeEmbedder())
    assert set(found(engine, "规定", allowed=filters(as_of=NOW, known_at=NOW - DAY))) == {"a-r1:0"}
    assert set(found(engine, "规定", allowed=filters(as_of=NOW, known_at=NOW))) == {"a-r1:0"}
    assert found(engine, "规定", allowed=filters(as_of=NOW + DAY, known_at=NOW)) == {}
    assert engine.articles() == {"a": ("a-r1:0",)}


def test_random_filters_agree_with_a_plain_model(open_: Open) -> None:
    chance = random.Random(2026)

    def moment() -> datetime:
        return NOW + timedelta(days=chance.randint(-5, 5))

    def spans() -> list[Span]:
        """A history: one interval after the other in system time, so that no moment lies in two."""
        turns = sorted(chance.sample(range(-5, 6), chance.randint(2, 4)))
        found = []
        for known_from, known_to in pairwise([NOW + timedelta(days=t) for t in turns]):
            begin = moment()
            end = None if chance.random() < 0.3 else begin + timedelta(days=chance.randint(1, 5))
            found.append(Span(begin, end, known_from, known_to if chance.random() < 0.9 else known_from + DAY / 2))
        if chance.random() < 0.5:
            found[-1] = replace(found[-1], known_to=None)
        return found

    corpus = [passage(f"规定第{i}条。", article=f"a{i}", department=chance.choice(["hrss", "fund", "tax"]),
                      audience=chance.choice(["public", "agent"]), lang=chance.choice(["zh", "en"]),
                      spans=spans()) for i in range(80)]
    embedder = FakeEmbedder()
    engine = open_(embedder)
    engine.put([(p.article_id, [p]) for p in corpus], checkpoint=1)
    embed_pending(engine, FakeEmbedder())

    def inside(span: Span, f: Filters) -> bool:
        return (span.effective_from <= f.as_of and (span.effective_to is None or f.as_of < span.effective_to)
                and span.known_from <= f.known_at and (span.known_to is None or f.known_at < span.known_to))

    for _ in range(60):
        allowed = filters(
            as_of=moment(), known_at=moment(), audiences=chance.choice([["public"], ["agent"], ["public", "agent"]]),
            departments=chance.choice([None, ["hrss"], ["fund", "tax"], ["none"]]), langs=chance.choice([None, ["en"]]))
        model = {p.passage_id for p in corpus
                 if p.audience in allowed.audiences and (allowed.langs is None or p.lang in allowed.langs)
                 and (allowed.departments is None or p.department in allowed.departments)
                 and any(inside(s, allowed) for s in p.spans)}
        assert set(found(engine, "规定", allowed=allowed, limit=200)) == model
        assert set(found(engine, vector_of="规定", embedder=embedder, allowed=allowed, limit=200)) == model


# words and vectors


def test_rarer_terms_weigh_more_and_none_weighs_less_than_nothing(open_: Open) -> None:
    engine = open_()
    engine.put([(f"a{i}", [passage("规定" + ("补卡" if i == 0 else ""), article=f"a{i}")]) for i in range(20)],
                 checkpoint=1)
    idf = engine.idf(["规定", "补卡", "船票"], ALL)
    assert 0 <= idf["规定"] < idf["补卡"] < idf["船票"]


def test_the_most_frequent_words_come_first_with_how_many_passages_hold_them(open_: Open) -> None:
    engine = open_()
    assert engine.words(10, ALL) == []
    engine.put([(f"a{i}", [passage("规定" + ("补卡" if i < 3 else ""), article=f"a{i}")]) for i in range(20)],
                 checkpoint=1)
    assert engine.words(1, ALL) == [("规定", 20)]
    assert dict(engine.words(1000, ALL))["补卡"] == 3
    again = open_()
    assert again.words(1000, ALL) == engine.words(1000, ALL)
    engine.put([("a0", [passage("船票", article="a0")])], checkpoint=2)
    assert dict(again.words(1000, ALL))["船票"] == 1


def test_words_are_found_at_once_and_vectors_follow(open_: Open) -> None:
    embedder = FakeEmbedder()
    engine = open_(embedder)
    engine.put([("a", [passage("规定甲。")])], checkpoint=1)
    before = found(engine, "规定", vector_of="规定甲。", embedder=embedder)["a-r1:0"]
    assert (before.vector_score, engine.pending_vectors()) == (0.0, 1)
    embed_pending(engine, FakeEmbedder())
    after = found(engine, "规定", vector_of="规定甲。", embedder=embedder)["a-r1:0"]
    assert after.vector_score > 0
    assert after.article_vector_score == pytest.approx(after.vector_score)
    assert (engine.pending_vectors(), engine.health().vectors) == (0, 1)


def test_vectors_are_computed_newest_first_and_in_steps(open_: Open) -> None:
    embedder = FakeEmbedder()
    engine = open_(embedder)
    for i in range(3):
        engine.put([(f"a{i}", [passage(f"规定第{i}条。", article=f"a{i}")])], checkpoint=i + 1)
    assert embed_pending(engine, embedder, 1) == 1
    scores = {k: c.vector_score for k, c in found(engine, "规定", vector_of="规定", embedder=embedder).items()}
    assert [k for k, score in scores.items() if score] == ["a2-r1:0"]
    assert engine.pending_vectors() == 2
    assert embed_pending(engine, embedder) == 2
    assert embed_pending(engine, embedder) == 0


def test_an_unchanged_text_keeps_its_vector(open_: Open) -> None:
    engine = open_(FakeEmbedder())
    engine.put([("a", [passage("规定甲。"), passage("规定乙。", ordinal=1)])], checkpoint=1)
    embed_pending(engine, FakeEmbedder())
    engine.put([("a", [passage("规定甲。", revision=2), passage("规定丙。", revision=2, ordinal=1)])], checkpoint=2)
    assert engine.pending_vectors() == 1


def test_fault_60_a_new_text_is_found_by_words_while_its_vectors_are_missing_and_the_old_is_gone(open_: Open) -> None:
    embedder = FakeEmbedder()
    engine = open_(embedder)
    engine.put([("a", [passage("补卡收费二十元。")])], checkpoint=1)
    embed_pending(engine, FakeEmbedder())
    engine.put([("a", [passage("补卡现在免费。", revision=2)])], checkpoint=2)
    both = found(engine, "补卡", vector_of="补卡收费二十元。", embedder=embedder)
    assert set(both) == {"a-r2:0"}
    assert both["a-r2:0"].vector_score == 0.0
    assert found(engine, vector_of="补卡收费二十元。", embedder=embedder).keys() <= {"a-r2:0"}


def test_fault_60_a_model_that_fails_leaves_words_and_a_queue(open_: Open) -> None:
    engine = open_(DownEmbedder())
    engine.put([("a", [passage("补卡现在免费。")])], checkpoint=1)
    with pytest.raises(EmbeddingDown):
        embed_pending(engine, DownEmbedder())
    assert set(found(engine, "补卡")) == {"a-r1:0"}
    assert (engine.pending_vectors(), engine.checkpoint()) == (1, 1)


@pytest.mark.parametrize("other", [FakeEmbedder("another"), FakeEmbedder("fake", 32)], ids=["model", "dimension"])
def test_fault_62_vectors_of_another_model_are_never_mixed(open_: Open, other: FakeEmbedder) -> None:
    first = FakeEmbedder()
    engine = open_(first)
    corpus = [("a", [passage("补卡收费。")]), ("b", [passage("租房提取公积金。", article="b")])]
    engine.put(corpus, checkpoint=1)
    embed_pending(engine, FakeEmbedder())
    expected = {k: c.vector_score for k, c in found(engine, "补卡 公积金", vector_of="补卡", embedder=first).items()}
    engine.close()

    changed = open_(other)
    meanwhile = found(changed, "补卡 公积金", vector_of="补卡", embedder=other)
    assert set(meanwhile) == {"a-r1:0", "b-r1:0"}  # words answer while the new model's vectors are computed
    assert {c.vector_score for c in meanwhile.values()} == {0.0}
    assert changed.pending_vectors() == 2
    embed_pending(changed, other)
    for key, candidate in found(changed, "补卡 公积金", vector_of="补卡", embedder=other).items():
        p = candidate.passage
        text = embedding_text(p.title, p.heading_path, p.context, p.body)
        cosine = float(other.embed_passages([text])[0] @ other.embed_query("补卡"))
        assert candidate.vector_score == pytest.approx(cosine, abs=1e-3), key  # vectors may be kept in half precision
    assert changed.health().fingerprint != first.recipe.fingerprint
    changed.close()

    back = open_(first)
    assert back.pending_vectors() == 0
    again = found(back, "补卡 公积金", vector_of="补卡", embedder=first)
    assert {k: c.vector_score for k, c in again.items()} == pytest.approx(expected)


def test_fault_62_a_model_that_breaks_its_recipe_is_refused_with_what_to_do(open_: Open) -> None:
    engine = open_(WrongSizeEmbedder())
    engine.put([("a", [passage("规定。")])], checkpoint=1)
    with pytest.raises(IndexMismatch, match="kb index rebuild"):
        embed_pending(engine, WrongSizeEmbedder())
    assert set(found(engine, "规定")) == {"a-r1:0"}
    assert engine.pending_vectors() == 1


# several threads and processes


def test_readers_see_an_article_before_or_after_a_change_and_never_between(open_: Open) -> None:
    engine = open_(FakeEmbedder())
    versions = {r: [passage(f"规定第{r}版第{i}条。", revision=r, ordinal=i) for i in range(3)] for r in (1, 2)}
    engine.put([("a", versions[1])], checkpoint=1)
    done = threading.Event()
    torn: list[set[str]] = []
    seen = 0

    def read() -> None:
        nonlocal seen
        while not done.is_set():
            ids = set(found(engine, "规定", vector_of="规定", embedder=FakeEmbedder()))
            seen += 1
            if len(ids) != 3 or len({i.split(":")[0] for i in ids}) != 1:
                torn.append(ids)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for n in range(12):
        engine.put([("a", versions[1 + n % 2])], checkpoint=n + 2)
        embed_pending(engine, FakeEmbedder())
    done.set()
    for reader in readers:
        reader.join()
    assert seen
    assert torn == []


def _write(kind: str, folder: Path, name: str, articles: int, ready: Connection) -> None:
    """In another process: index so many articles, one commit each."""
    engine = open_engine(kind, folder, FakeEmbedder())
    for i in range(articles):
        article = f"{name}{i}"
        engine.put([(article, [passage(f"规定{name}第{i}条。", article=article)])], checkpoint=i + 1)
    embed_pending(engine, FakeEmbedder())
    engine.close()
    ready.send("done")


def _hold(kind: str, folder: Path, ready: Connection) -> None:
    """In another process: begin to index and never finish."""
    def never_ending() -> Iterator[tuple[str, Sequence[Passage]]]:
        yield "half", [passage("半截规定。", article="half")]
        ready.send("holding")
        time.sleep(600)

    open_engine(kind, folder, FakeEmbedder()).put(never_ending(), checkpoint=99)


def _process(target: Callable[..., None], *args: object) -> tuple[multiprocessing.process.BaseProcess, Connection]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=target, args=(*args, there), daemon=True)
    process.start()
    return process, here


def test_what_one_process_writes_another_sees(open_: Open, tmp_path: Path, kind: str) -> None:
    engine = open_(FakeEmbedder())
    assert found(engine, "规定") == {}
    process, pipe = _process(_write, kind, tmp_path / "index", "x", 2)
    assert pipe.recv() == "done"
    by_both = found(engine, "规定", vector_of="规定x第0条。", embedder=FakeEmbedder())
    assert set(by_both) == {"x0-r1:0", "x1-r1:0"}
    assert by_both["x0-r1:0"].vector_score > 0
    assert engine.checkpoint() == 2
    process.join()


def test_two_writing_processes_lose_nothing(open_: Open, tmp_path: Path, kind: str) -> None:
    writers = [_process(_write, kind, tmp_path / "index", name, 4) for name in "xy"]
    for process, pipe in writers:
        assert pipe.recv() == "done"
        process.join()
    engine = open_(FakeEmbedder())
    assert set(engine.articles()) == {f"{name}{i}" for name in "xy" for i in range(4)}
    assert len(found(engine, "规定")) == 8
    assert engine.pending_vectors() == 0


def test_a_killed_writer_frees_the_index_and_leaves_nothing_half_done(open_: Open, tmp_path: Path, kind: str) -> None:
    engine = open_(FakeEmbedder(), lock_seconds=0.2)
    engine.put([("a", [passage("规定甲。")])], checkpoint=1)
    process, pipe = _process(_hold, kind, tmp_path / "index")
    assert pipe.recv() == "holding"
    with pytest.raises(EngineDown, match="another process is writing"):
        engine.put([("b", [passage("规定乙。", article="b")])], checkpoint=2)
    assert set(found(engine, "规定")) == {"a-r1:0"}  # reading goes on
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    engine.put([("b", [passage("规定乙。", article="b")])], checkpoint=2)
    assert engine.articles() == {"a": ("a-r1:0",), "b": ("b-r1:0",)}
    assert set(found(engine, "规定")) == {"a-r1:0", "b-r1:0"}
    assert engine.checkpoint() == 2


def test_only_the_best_of_what_is_proposed_is_given(open_: Open) -> None:
    embedder = FakeEmbedder()
    engine = open_(embedder)
    texts = ["补卡要带身份证。", "补卡免费。", "租房提取公积金。", "坐轮渡要十元。", "Bring your identity card."]
    engine.put([(f"a{i}", [passage(t, article=f"a{i}", lang="en" if t.isascii() else "zh")])
                  for i, t in enumerate(texts)], checkpoint=1)
    embed_pending(engine, FakeEmbedder())
    weights = {"words": 0.3, "vectors": 0.4, "article_words": 0.3, "article_vectors": 0.1, "same_language": 0.5}
    terms, vector = tuple(ANALYSER.query_terms("补卡 card")), embedder.embed_query("补卡")
    query = EngineQuery(terms, vector, filters(), 50, "en")
    everything = candidates(engine, query, weights)
    sums = [sum(w * v for w, v in zip(weights.values(), c.normalised, strict=True)) for c in everything]
    assert len(everything) == 5 and sums == sorted(sums, reverse=True)
    assert everything[0].passage.lang == "en"  # weighed by the language asked in
    assert all(0 <= v <= 1 for c in everything for v in c.normalised)
    assert candidates(engine, query, weights, 2) == everything[:2]


def test_what_a_killed_writer_left_behind_does_not_stop_the_next_one(open_: Open, tmp_path: Path) -> None:
    first, second = passage("轮渡票价十元"), passage("轮渡票价二十元", revision=2)
    open_().put([("a", [first]), ("b", [passage("公积金", article="b")])], checkpoint=1)
    elsewhere = tmp_path / "killed"
    shutil.copytree(tmp_path / "index", elsewhere)
    killed = EmbeddedEngine(elsewhere, ANALYSER, None)
    killed.put([("a", [second])], checkpoint=2)
    killed.close()
    deletions = [path.relative_to(elsewhere) for path in elsewhere.rglob("*.del")]
    assert deletions
    for left in (*deletions, *(path.relative_to(elsewhere) for path in elsewhere.rglob(".managed.json"))):
        shutil.copy(elsewhere / left, tmp_path / "index" / left)  # written before the kill, named by no commit
    (tmp_path / "index" / "dirty").touch()
    engine = open_()
    engine.put([("a", [second])], checkpoint=2)
    assert engine.checkpoint() == 2
    assert [c.passage.text for c in found(engine, "轮渡票价").values()] == ["轮渡票价二十元"]

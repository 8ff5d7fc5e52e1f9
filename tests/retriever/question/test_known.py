"""Likeness of questions: the same question is certain, another matter is nothing, and none moves another."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from retriever.language.analysis import Analyser
from retriever.question.known import REFERENCES, KnownQuestions, KnownText, Section
from tests.conftest import NOW
from tests.fakes import FakeEmbedder

ANALYSER, EMBEDDER = Analyser(), FakeEmbedder()
CARD, FERRY = ("card", ("补领",)), ("ferry", ())


def item(text: str, section: Section = CARD, *, id: str = "", released_at: datetime = NOW,
         dropped_at: datetime | None = None) -> KnownText:
    return KnownText(id or text, section, text, released_at, dropped_at)


def store(*items: KnownText, with_vectors: bool = True) -> KnownQuestions:
    known = KnownQuestions(ANALYSER, EMBEDDER.recipe.dimension if with_vectors else 0)
    known.put(items)
    embed(known)
    return known


def embed(known: KnownQuestions) -> None:
    waiting = known.without_vector(None)
    known.gauge([EMBEDDER.embed_questions(texts) for texts in REFERENCES])
    if not waiting:  # by words alone there are none to compute
        return
    known.put_vectors([row for row, _ in waiting], EMBEDDER.embed_questions([text for _, text in waiting]))


def scores(known: KnownQuestions, question: str, *, known_at: datetime = NOW,
           with_vectors: bool = True) -> dict[Section, float]:
    vector = EMBEDDER.embed_query(question) if with_vectors else None
    return known.scores(vector, dict.fromkeys(ANALYSER.own_terms(question), 1.0), known_at=known_at)


@pytest.mark.parametrize("with_vectors", [True, False])
@pytest.mark.parametrize("question", ["医保卡丢了到哪里补", "where do I replace a lost card"])
def test_the_same_question_is_nearly_certain_and_another_matter_counts_nothing(question: str,
                                                                               with_vectors: bool) -> None:
    known = store(item(question), item("轮渡几点开船", FERRY), with_vectors=with_vectors)
    found = scores(known, question, with_vectors=with_vectors)
    assert found[CARD] > 0.7
    assert FERRY not in found


def test_the_likest_question_of_a_section_counts() -> None:
    known = store(item("补卡收费吗"), item("医保卡丢了到哪里补"))
    assert scores(known, "医保卡丢了到哪里补") == scores(store(item("医保卡丢了到哪里补")), "医保卡丢了到哪里补")


def test_no_question_moves_another_sections() -> None:
    alone = scores(store(item("医保卡丢了到哪里补")), "医保卡丢了去哪里补办")
    others = [item(f"医保卡丢了去哪里补办{n}", ("hidden", (str(n),))) for n in range(400)]
    among = scores(store(*others[:200], item("医保卡丢了到哪里补"), *others[200:]), "医保卡丢了去哪里补办")
    assert alone[CARD] > 0.1
    assert among[CARD] == pytest.approx(alone[CARD], rel=1e-5)


def test_a_question_counts_from_its_release_until_it_is_dropped() -> None:
    day = timedelta(days=1)
    known = store(item("怎么补卡", released_at=NOW, dropped_at=NOW + day))
    at = {n: bool(scores(known, "怎么补卡", known_at=NOW + n * day)) for n in (-1, 0, 1)}
    assert at == {-1: False, 0: True, 1: False}
    known.put([item("怎么补卡", released_at=NOW + 2 * day)])
    assert len(known) == 1
    assert [bool(scores(known, "怎么补卡", known_at=NOW + n * day)) for n in (1, 2)] == [False, True]


def test_words_count_until_a_vector_is_there() -> None:
    known = KnownQuestions(ANALYSER, EMBEDDER.recipe.dimension)
    known.put([item("医保卡丢了到哪里补")])
    assert known.pending() == 1
    assert scores(known, "医保卡丢了到哪里补") == scores(known, "医保卡丢了到哪里补", with_vectors=False)
    embed(known)
    assert known.pending() == 0
    assert scores(known, "医保卡丢了到哪里补") != scores(known, "医保卡丢了到哪里补", with_vectors=False)


def test_the_store_grows_beyond_its_first_room() -> None:
    known = KnownQuestions(ANALYSER, EMBEDDER.recipe.dimension)
    for n in range(700):
        known.put([item(f"第{n}号问题", ("a", (str(n),)))])
        if n % 100 == 0:
            embed(known)
    embed(known)
    assert max(scores(known, "第3号问题").items(), key=lambda pair: pair[1])[0] == ("a", ("3",))
    assert scores(known, "第699号问题")[("a", ("699",))] > 0.7


def test_nothing_known_and_nothing_asked_give_nothing() -> None:
    assert scores(store(), "怎么补卡") == {}
    assert store(item("怎么补卡")).scores(None, {}, known_at=NOW) == {}
    assert np.isfinite(list(scores(store(item("怎么补卡")), "怎么补卡").values())).all()

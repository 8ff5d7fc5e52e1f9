"""Verification: a quote is the source at its offsets, a figure stands in its quotes, or the sentence is not said."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.answering import verify
from retriever.answering.confidence import confidence_of
from retriever.answering.quote import Composed
from retriever.citation import Citation, Sentence
from retriever.ranking.model import packaged
from tests.conftest import NOW

SOURCE = "补办社保卡带身份证，工本费20元，三十日内寄出。首次领卡免费。"


def citation(n: int, start: int, end: int, *, quote: str | None = None, revision: str = "r1") -> Citation:
    return Citation(n=n, article_id="a", slug="card", revision=1, title="社保卡", heading_path=(),
                    quote=SOURCE[start:end] if quote is None else quote, start=start, end=end, department="hrss",
                    effective_from=NOW, effective_to=None, review_by=None, signals=(), url="/articles/card/r/1",
                    revision_id=revision)


def verified(sentences: list[Sentence], citations: list[Citation]) -> Composed:
    return verify.verified(Composed(tuple(sentences), tuple(citations)), {"r1": SOURCE})


WHOLE = citation(1, 0, len(SOURCE))


def test_a_verbatim_quote_stands() -> None:
    sentence = Sentence("补办社保卡带身份证，工本费20元。", (1,))
    assert verified([sentence], [WHOLE]) == Composed((sentence,), (WHOLE,))


@pytest.mark.parametrize("wrong", [
    citation(1, 0, 9, quote="补办社保卡不带身份证"), citation(1, 1, 10, quote=SOURCE[0:9]), citation(1, 5, 5),
    citation(1, 0, 9, revision="r2"), citation(1, 900, 909), citation(1, 0, 9, quote=SOURCE[0:9] + " "),
], ids=["changed", "shifted", "empty", "unknown revision", "beyond the end", "blank added"])
def test_a_quote_that_is_not_the_source_strikes_its_sentence_out(wrong: Citation) -> None:
    assert verified([Sentence("补办社保卡带身份证。", (1,))], [wrong]) == Composed((), ())


@pytest.mark.parametrize("numbers", [(), (0,), (99,), (1, 99), (-1,)])
def test_a_sentence_that_cites_nothing_or_what_is_not_there_is_struck_out(numbers: tuple[int, ...]) -> None:
    assert verified([Sentence("首次领卡免费。", numbers)], [WHOLE]).sentences == ()


@pytest.mark.parametrize("text", ["工本费25元。", "工本费20元，拨12345。", "15日内寄出。", "三千元。"])
def test_a_figure_that_is_not_in_the_quotes_strikes_its_sentence_out(text: str) -> None:
    assert verified([Sentence(text, (1,))], [WHOLE]).sentences == ()


@pytest.mark.parametrize("text", ["三十个工作日内寄出。", "30个月内寄出。", "工本费按20%收取。", "20日内寄出。"])
def test_a_figure_in_another_unit_than_the_quotes_strikes_its_sentence_out(text: str) -> None:
    assert verified([Sentence(text, (1,))], [WHOLE]).sentences == ()


@pytest.mark.parametrize("text", ["工本费20元。", "工本费２０元。", "30日内寄出。", "三十日内寄出。", "首次领卡免费。"])
def test_a_figure_may_be_written_in_either_script(text: str) -> None:
    assert verified([Sentence(text, (1,))], [WHOLE]).sentences == (Sentence(text, (1,)),)


def test_what_remains_is_numbered_anew_in_order() -> None:
    citations = [citation(1, 0, 9), citation(2, 10, 16, quote="工本费99元"), citation(3, 24, 31)]
    first, wrong, last = "补办社保卡带身份证。", "工本费99元。", "首次领卡免费。"
    found = verified([Sentence(first, (1,)), Sentence(wrong, (2,)), Sentence(last, (3,))], citations)
    assert found.sentences == (Sentence(first, (1,)), Sentence(last, (2,)))
    assert [(c.n, c.start) for c in found.citations] == [(1, 0), (2, 24)]


SPANS = st.tuples(st.integers(-3, 40), st.integers(-3, 40))


CITED = st.lists(st.integers(0, 7), max_size=3)


@given(st.lists(st.tuples(SPANS, st.booleans()), max_size=6), st.lists(CITED, max_size=6))
def test_whatever_is_composed_only_what_holds_comes_out(
        spans: list[tuple[tuple[int, int], bool]], cited: list[list[int]]) -> None:
    citations = [replace(citation(n, a, b), quote=SOURCE[a:b] if honest else "免费")
                 for n, ((a, b), honest) in enumerate(spans, 1)]
    found = verified([Sentence("免费。", tuple(numbers)) for numbers in cited], citations)
    assert [c.n for c in found.citations] == list(range(1, len(found.citations) + 1))
    assert all(SOURCE[c.start:c.end] == c.quote for c in found.citations)
    numbers = {c.n for c in found.citations}
    assert all(s.citations and set(s.citations) <= numbers for s in found.sentences)
    assert numbers == {n for s in found.sentences for n in s.citations}


@given(st.dictionaries(st.sampled_from(["said", "cosine", "margin", "other"]),
                       st.floats(allow_nan=False, allow_infinity=False)))
def test_confidence_is_always_a_probability(values: dict[str, float]) -> None:
    assert 0 <= confidence_of(values, packaged()) <= 1
    assert not math.isnan(confidence_of(values, packaged()))

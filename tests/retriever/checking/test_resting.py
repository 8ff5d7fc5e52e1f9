"""Which questions rest on a unit: by what was quoted, and by who stands out among those that were read."""

from __future__ import annotations

from retriever.checking.resting import Rests, resting


def keys(*known: Rests) -> list[str]:
    return [one.key for one in resting(known)]


def test_the_likeliest_question_of_a_unit_is_told_sooner_than_others() -> None:
    assert keys(Rests("a", 0.8, quotes_article=True), Rests("b", -0.5, quotes_article=True)) == ["a"]
    assert keys(Rests("a", 4.0, is_quoted=True, quotes_article=True), Rests("b", 3.5, quotes_article=True)) == ["a", "b"]


def test_a_question_that_other_articles_answer_rests_on_them() -> None:
    assert keys(Rests("a", 1.5, is_elsewhere=True), Rests("b", 1.0, is_quoted=True, quotes_article=True)) == ["b"]


def test_where_nobody_reads_what_was_quoted_decides() -> None:
    assert keys(Rests("a", None, is_quoted=True, quotes_article=True), Rests("b", None, quotes_article=True)) == ["a"]


def test_nothing_near_means_no_warning() -> None:
    assert keys(Rests("a", -4.0), Rests("b", -6.0)) == []

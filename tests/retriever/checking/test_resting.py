"""Which questions rest on a unit: by what was quoted, and by who stands out among those that were read."""

from __future__ import annotations

from retriever.checking.resting import Rests, resting


def keys(*known: Rests) -> list[str]:
    return [one.key for one in resting([known])[0]]


def test_the_likeliest_question_is_told_sooner_than_others() -> None:
    assert keys(Rests("a", 0.5, quotes_section=True), Rests("b", -0.5, quotes_section=True)) == ["a"]
    assert keys(Rests("a", 4.0, quoted=True, quotes_section=True), Rests("b", 3.8, quotes_section=True)) == ["a", "b"]


def test_only_one_of_all_units_is_told_so_soon() -> None:
    units = [[Rests("a", 0.5, quotes_section=True)], [Rests("b", 0.0, quotes_section=True)]]
    assert [[one.key for one in some] for some in resting(units)] == [["a"], []]


def test_a_question_that_other_articles_answer_rests_on_them() -> None:
    given = Rests("b", 1.0, quoted=True, quotes_section=True)
    assert keys(Rests("a", 1.5, elsewhere=True), given) == ["b"]


def test_where_nobody_reads_what_was_quoted_decides() -> None:
    assert keys(Rests("a", None, quoted=True, quotes_section=True), Rests("b", None, quotes_section=True)) == ["a"]


def test_nothing_near_means_no_warning() -> None:
    assert keys(Rests("a", -4.0), Rests("b", -6.0)) == []
    assert resting([]) == []


def test_of_questions_that_read_alike_the_nearer_one_is_told() -> None:
    one, other = Rests("a", 0.5, quotes_section=True, near=0.80), Rests("b", 0.5, quotes_section=True, near=0.92)
    assert keys(one, other) == ["b"]


def test_an_answer_of_the_section_rests_on_it_sooner_than_one_of_another_section() -> None:
    assert keys(Rests("a", 1.5), Rests("b", 1.0, quotes_section=True)) == ["b"]
    assert keys(Rests("a", 1.5), Rests("b", 1.0, offers_section=True)) == ["b"]
    assert keys(Rests("a", 1.0), Rests("b", 1.0, offered_next=True)) == ["b"]

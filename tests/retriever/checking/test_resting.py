"""Which questions rest on a unit: by what was quoted, and by who stands out among those that were read."""

from __future__ import annotations

from retriever.checking.resting import Rests, resting


def keys(*known: Rests) -> list[str]:
    return [one.key for one in resting([known], ["fees"], "zh")[0]]


def test_the_likeliest_question_is_told_sooner_than_others() -> None:
    assert keys(Rests("a", 0.5, quotes_section=True), Rests("b", -0.5, quotes_section=True)) == ["a"]
    assert keys(Rests("a", 4.0, quoted=True, quotes_section=True), Rests("b", 3.8, quotes_section=True)) == ["a", "b"]


def test_only_one_of_all_units_is_told_so_soon() -> None:
    units = [[Rests("a", 0.5, quotes_section=True)], [Rests("b", 0.0, quotes_section=True)]]
    assert [[one.key for one in some] for some in resting(units, ["fees", "papers"], "zh")] == [["a"], []]


def test_a_question_that_other_articles_answer_rests_on_them() -> None:
    given = Rests("b", 1.0, quoted=True, quotes_section=True)
    assert keys(Rests("a", 1.5, elsewhere=True), given) == ["b"]


def test_where_nobody_reads_what_was_quoted_decides() -> None:
    assert keys(Rests("a", None, quoted=True, quotes_section=True), Rests("b", None, quotes_section=True)) == ["a"]


def test_nothing_near_means_no_warning() -> None:
    assert keys(Rests("a", -4.0), Rests("b", -6.0)) == []
    assert resting([], [], "zh") == []


def test_of_questions_that_read_alike_the_nearer_one_is_told() -> None:
    one, other = Rests("a", 0.5, quotes_section=True, near=0.80), Rests("b", 0.5, quotes_section=True, near=0.92)
    assert keys(one, other) == ["b"]


def test_an_answer_of_the_section_rests_on_it_sooner_than_one_of_another_section() -> None:
    assert keys(Rests("a", 1.5), Rests("b", 1.0, quotes_section=True)) == ["b"]
    assert keys(Rests("a", 1.5), Rests("b", 1.0, offers_section=True)) == ["b"]
    assert keys(Rests("a", 1.0), Rests("b", 1.0, offered_next=True)) == ["b"]


def test_of_the_rows_that_changed_a_question_is_likely_for_more_than_one() -> None:
    rows = [[Rests("a", 3.0, offers_section=True), Rests("b", 3.0, quotes_section=True)],
            [Rests("a", -4.0, offers_section=True), Rests("b", 3.0, quotes_section=True)]]
    alone = [[one.key for one in some] for some in resting(rows, ["fees", "papers"], "en")]
    together = [[one.key for one in some] for some in resting(rows, ["fees", "fees"], "en")]
    assert (alone, together) == ([["a", "b"], ["b"]], [["b"], ["b"]])


def test_where_nobody_reads_the_other_rows_take_nothing_away() -> None:
    rows = [[Rests("a", None, quoted=True)], *[[Rests("a", None)]] * 5]
    assert [one.key for one in resting(rows, ["fees"] * 6, "en")[0]] == ["a"]


def test_what_is_read_of_english_texts_must_be_surer() -> None:
    known = [[Rests("a", 4.0, quoted=True, quotes_section=True), Rests("b", 3.4, quotes_section=True)]]
    assert [[one.key for one in resting(known, ["fees"], lang)[0]] for lang in ("zh", "en")] == [["a", "b"], ["a"]]

"""Failures in a terminal: columns stand under each other whatever is written in them, and nothing moves the cursor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.answer import State
from retriever.lab.evaluation.failures.causes import Cause
from retriever.lab.evaluation.failures.collect import Failure, Offered
from retriever.lab.evaluation.failures.side_by_side import WIDTH, as_text, cells, columns, visible, wrapped
from retriever.records import Turn

TEXTS = st.text(alphabet=st.sampled_from("ab c中文，。é\u0301\n\t\x1b\u202e|"), max_size=200)


def failure(**changes: object) -> Failure:
    """An answer that says a fee and not the papers, of a set that wants both."""
    parts: dict[str, object] = {
        "id": "a7", "cause": Cause.INCOMPLETE, "question": "补办要多少钱，带什么", "history": (),
        "state": State.ANSWERED,
        "got": "given with the core, but not whole", "confidence": 0.87, "verdict": "The passage answers.",
        "answer": "工本费20元。", "f1": 0.5, "lacking": ("居民身份证",), "excess": 0.0, "choices": (),
        "quotes": (("card", "工本费20元。"),), "gold_answer": "工本费20元，带居民身份证。",
        "gold_spans": (("card", "工本费20元。"), ("card", "- 居民身份证")), "article_place": 1, "gold_place": 1,
        "described": 3, "candidates": ()}
    return Failure(**(parts | changes))  # type: ignore[arg-type]


def shown(*failures: Failure) -> str:
    return as_text(failures, {"set": "made", "queries": 9, "verdicts": {"right": 7, "incomplete": 1, "beside": 0}})


def test_given_and_ideal_stand_beside_each_other_with_the_verdict_above_and_what_lacks_below() -> None:
    lines = shown(failure()).splitlines()
    (title,) = [line for line in lines if line.startswith("──")]
    assert all(part in title for part in ("a7", "given with the core, but not whole", "answered", "0.87"))
    rows = [[cell.strip() for cell in line.split("│")] for line in lines if "│" in line]
    assert rows == [["[given]", "[ideal]"], ["工本费20元。", "工本费20元。"], ["", "- 居民身份证"]]
    assert "lacking: 居民身份证" in lines


def test_choices_are_told_with_whether_they_hold_the_core() -> None:
    text = shown(failure(state=State.CHECK, excess=1.25, history=(Turn("user", "社保卡丢了"),), choices=(
        Offered("card", "社保卡 › 材料", "带居民\n身份证", has_core=False),
        Offered("card", "社保卡 › 费用", "工本费20元。", has_core=True))))
    assert "choice 1 (without the core): 社保卡 › 材料: 带居民 身份证" in text
    assert "choice 2 (holds the core): 社保卡 › 费用" in text
    assert "[withheld, 1.2 beyond the ideal]" in text
    assert "(user) 社保卡丢了" in text


def test_how_many_got_what_stands_at_the_top_without_what_nobody_got() -> None:
    head = shown(failure()).split("──")[0]
    assert "Failures of made: 1 of 9 questions" in head
    assert "given with the core, but not whole" in head
    assert "beside the matter" not in head


def test_a_set_that_does_not_say_what_must_not_lack_shows_its_gold_answer() -> None:
    one = failure(got="", lacking=(), excess=None, gold_spans=(("card", ""),))
    text = as_text([one], {"set": "made", "queries": 9})
    assert "Core said, not whole" in text
    assert "│ 工本费20元，带居民身份证。" in text


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("中文", 4), ("é", 1), ("e\u0301", 1), ("，1", 3), ("", 0)])
def test_a_wide_character_takes_two_cells_and_an_accent_none(text: str, width: int) -> None:
    assert cells(text) == width


def test_words_are_kept_whole_where_they_fit_and_cut_where_they_do_not() -> None:
    assert wrapped("a dog licence", 8) == ["a dog", "licence"]
    assert wrapped("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert wrapped("补办社会保障卡", 5) == ["补办", "社会", "保障", "卡"]


def test_no_line_begins_with_a_mark_that_closes() -> None:
    assert wrapped("一个月以内，不罚款。", 10) == ["一个月以", "内，不罚", "款。"]
    assert wrapped("，，，，", 4) == ["，，", "，，"]


@given(TEXTS, TEXTS)
def test_no_line_is_wider_than_the_terminal_and_the_columns_meet_at_one_place(left: str, right: str) -> None:
    lines = columns([left], [right])
    assert all(cells(line) <= WIDTH for line in lines)
    assert len({cells(line.split("│")[0]) for line in (line.replace("|", " ") for line in lines)}) <= 1


@given(TEXTS)
def test_nothing_that_is_written_is_lost_by_wrapping(text: str) -> None:
    assert "".join("".join(wrapped(text, 10)).split()) == "".join(visible(text).split())


def test_what_would_move_the_cursor_is_written_out() -> None:
    text = shown(failure(question="红\x1b[2J字\u202e\x9b1m", id="x\x07"))
    assert not {"\x1b", "\u202e", "\x9b", "\x07"} & set(text)
    assert "红[U+001B][2J字[U+202E]" in text

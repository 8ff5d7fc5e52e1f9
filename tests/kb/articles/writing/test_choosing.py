"""Places of a merge: cut as they were marked, chosen one by one, and nothing that stands is touched."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kb.articles.writing.choosing import BOTH, OURS, THEIRS, Place, chosen, cut
from kb.articles.writing.merge import DRAFT_LABELS, Labels, has_conflict_marks, merge_texts

_LINE = st.sampled_from(["甲", "乙", "丙", "丁", "", "- 戊", "=======", ">>>>>>> so", "<<<<<<< 别的"])
_TEXT = st.lists(_LINE, max_size=8).map(lambda lines: "".join(f"{line}\n" for line in lines))


def merged(base: str, ours: str, theirs: str) -> str:
    return merge_texts(base, ours, theirs, DRAFT_LABELS).text


def test_each_place_is_decided_for_itself() -> None:
    text = merged("一\n二\n三\n四\n五\n", "一改\n二\n三\n四\n五改\n", "一变\n二\n三\n四\n五变\n")
    assert cut(text) == (Place("一改\n", "一\n", "一变\n"), "二\n三\n四\n", Place("五改\n", "五\n", "五变\n"))
    assert chosen(text, {0: OURS, 1: THEIRS}) == "一改\n二\n三\n四\n五变\n"
    assert chosen(text, {0: BOTH, 1: OURS}) == "一改\n一变\n二\n三\n四\n五改\n"


def test_a_place_that_is_not_decided_keeps_its_marks() -> None:
    text = merged("一\n二\n三\n", "甲\n二\n丙\n", "子\n二\n寅\n")
    half = chosen(text, {0: OURS, 1: "nonsense"})
    assert half.startswith("甲\n二\n<<<<<<<") and chosen(half, {0: THEIRS}) == "甲\n二\n寅\n"


def test_one_side_may_have_taken_the_lines_out() -> None:
    text = merged("一\n二\n三\n", "一\n三\n", "一\n二改\n三\n")
    assert chosen(text, {0: OURS}) == "一\n三\n" and chosen(text, {0: THEIRS}) == "一\n二改\n三\n"


def test_marks_that_cannot_be_told_apart_are_left_to_whoever_writes() -> None:
    text = merged("标题\n=======\n", "甲\n", "乙\n")  # a heading is underlined like the mark between both sides
    assert cut(text) == (text,) and chosen(text, {0: OURS}) == text
    assert cut("<<<<<<< 我的草稿 / my draft\n没有结束\n") == ("<<<<<<< 我的草稿 / my draft\n没有结束\n",)


def test_marks_of_others_are_no_places() -> None:
    text = merge_texts("一\n", "甲\n", "乙\n", Labels("ours", "base", "theirs")).text
    assert cut(text) == (text,)


@given(_TEXT, _TEXT, _TEXT)
def test_the_parts_are_the_text_and_a_choice_is_one_of_the_sides(base: str, ours: str, theirs: str) -> None:
    found = merge_texts(base, ours, theirs, DRAFT_LABELS)
    assert chosen(found.text, {}) == found.text
    places = [part for part in cut(found.text) if isinstance(part, Place)]
    if len(places) == len(found.conflicts):
        assert [(p.ours, p.base, p.theirs) for p in places] == [(c.ours, c.base, c.theirs) for c in found.conflicts]
        if not any(has_conflict_marks(text) for text in (base, ours, theirs)):
            done = chosen(found.text, dict.fromkeys(range(len(places)), OURS))
            assert DRAFT_LABELS.ours not in done

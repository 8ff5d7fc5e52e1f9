"""Three-way merge: laws that hold for any three texts, what becomes a conflict, and bounded work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.articles.writing.merge import Labels, Merged, has_conflict_marks, merge_texts, merge_values
from kb.markup.alignment import same_lines

# few different lines, so that many are equal; characters that Python takes for line ends and Markdown does not
LINES = ["", "", "# 办理流程", "| 项目 | 费用 |", "窗口受理。", "Bring the form.", "=======", "> 引用", "a\x0bb",
         "尾\u2028行"]
texts = st.builds(lambda lines, last, end: end.join([*lines, last]),
                  st.lists(st.sampled_from(LINES), max_size=12), st.sampled_from(["", "末行 last"]),
                  st.sampled_from(["\n", "\r\n"]))


def lines_of(text: str) -> list[str]:
    return [line for line in text.replace("\r\n", "\n").split("\n") if line]


def written(merged: Merged) -> set[str]:
    return set(lines_of(merged.text))


# --- laws


@given(texts, texts)
def test_what_one_side_alone_changed_is_taken_as_it_is(base: str, changed: str) -> None:
    assert merge_texts(base, changed, base) == merge_texts(base, base, changed) == Merged(changed)


@given(texts, texts)
def test_what_both_sides_wrote_alike_is_taken_once(base: str, changed: str) -> None:
    assert merge_texts(base, changed, changed) == Merged(changed)


@given(texts, texts, texts)
def test_it_does_not_matter_who_is_who(base: str, ours: str, theirs: str) -> None:
    one, other = merge_texts(base, ours, theirs), merge_texts(base, theirs, ours)
    assert one.text == other.text or not one.is_clean
    assert [(c.base, c.ours, c.theirs, c.first_line, c.last_line) for c in one.conflicts] == [
        (c.base, c.theirs, c.ours, c.first_line, c.last_line) for c in other.conflicts]


@given(texts, texts, texts)
def test_nothing_that_a_side_wrote_is_lost(base: str, ours: str, theirs: str) -> None:
    merged = merge_texts(base, ours, theirs)
    assert written(merged) >= (set(lines_of(ours)) | set(lines_of(theirs))) - set(lines_of(base))


@given(texts, texts, texts)
def test_conflicts_stand_in_the_text_at_the_lines_they_name(base: str, ours: str, theirs: str) -> None:
    merged = merge_texts(base, ours, theirs)
    assert has_conflict_marks(merged.text) != merged.is_clean
    lines = merged.text.split("\n")
    for conflict in merged.conflicts:
        block = "\n".join(lines[conflict.first_line - 1:conflict.last_line])
        ends = [mark.strip() for mark in (lines[conflict.first_line - 1], lines[conflict.last_line - 1])]
        assert ends == ["<<<<<<< 我的修改", ">>>>>>> 现行的文本"]
        assert conflict.ours != conflict.theirs
        assert all(part in block + "\n" for part in (conflict.base, conflict.ours, conflict.theirs))


@dataclass(frozen=True)
class Edits:
    """A base of different lines, and what each side made of it; no two of their changes touch."""

    base: str
    ours: str
    theirs: str
    both: str


@st.composite
def edits_apart(draw: st.DrawFn) -> Edits:
    """Edits of single lines, a line that nobody touches between each two."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    acts = draw(st.lists(st.tuples(st.sampled_from(["ours", "theirs", "both"]),
                                   st.sampled_from(["change", "delete", "insert"])), max_size=8))
    made: dict[str, list[str]] = {"base": [], "ours": [], "theirs": [], "merged": []}
    for n, (who, act) in enumerate(acts):
        old, new = f"第{n}条 line {n}", f"{who}改写第{n}条"
        changed = {"change": [new], "delete": [], "insert": [old, new]}[act]
        for name, lines in made.items():
            is_changed = name == "merged" or (name != "base" and who in (name, "both"))
            lines += [*(changed if is_changed else [old]), f"不变的第{n}段"]
    base, ours, theirs, both = (end.join(made[name]) for name in ("base", "ours", "theirs", "merged"))
    return Edits(base, ours, theirs, both)


@given(edits_apart())
def test_changes_of_different_lines_are_all_taken(edits: Edits) -> None:
    assert merge_texts(edits.base, edits.ours, edits.theirs) == Merged(edits.both)


@given(texts, st.lists(st.integers(0, 12), max_size=4), st.lists(st.integers(0, 12), max_size=4))
def test_each_line_that_one_side_inserted_is_in_the_result_once(base: str, ours: list[int], theirs: list[int]) -> None:
    def with_new(name: str, places: list[int]) -> str:
        lines = base.split("\n")
        for n, place in enumerate(places):
            lines.insert(place, f"{name}新增{n}")
        return "\n".join(lines)

    merged = merge_texts(base, with_new("我", ours), with_new("他", theirs)).text.replace("\r", "")
    for name, places in (("我", ours), ("他", theirs)):
        assert all(merged.split("\n").count(f"{name}新增{n}") == 1 for n in range(len(places)))


# --- cases


BASE = """\
# 医保卡补领

## 材料

- 身份证
- 照片一张

## 费用

| 项目 | 金额 |
|---|---|
| 工本费 | 20元 |
| 邮寄费 | 10元 |
"""


def test_edits_of_different_sections_merge() -> None:
    merged = merge_texts(BASE, BASE.replace("照片一张", "照片两张"), BASE.replace("20元", "免费"))
    assert merged == Merged(BASE.replace("照片一张", "照片两张").replace("20元", "免费"))


def test_edits_of_neighbouring_rows_merge() -> None:
    merged = merge_texts(BASE, BASE.replace("20元", "免费"), BASE.replace("10元", "12元"))
    assert merged == Merged(BASE.replace("20元", "免费").replace("10元", "12元"))


def test_an_item_added_below_one_that_the_other_side_rewrote_merges() -> None:
    merged = merge_texts(BASE, BASE.replace("一张\n", "一张\n- 户口簿\n"), BASE.replace("照片一张", "照片两张"))
    assert merged == Merged(BASE.replace("照片一张\n", "照片两张\n- 户口簿\n"))


def test_two_figures_for_one_row_are_a_conflict_that_shows_all_three() -> None:
    merged = merge_texts(BASE, BASE.replace("20元", "免费"), BASE.replace("20元", "25元"),
                         Labels("My edit", "Base", "Revision 4"))
    (conflict,) = merged.conflicts
    assert (conflict.base, conflict.ours, conflict.theirs) == (
        "| 工本费 | 20元 |\n", "| 工本费 | 免费 |\n", "| 工本费 | 25元 |\n")
    assert merged.text == BASE.replace("| 工本费 | 20元 |\n", (
        "<<<<<<< My edit\n| 工本费 | 免费 |\n||||||| Base\n| 工本费 | 20元 |\n=======\n| 工本费 | 25元 |\n"
        ">>>>>>> Revision 4\n"))
    assert (conflict.first_line, conflict.last_line) == (12, 18)


@pytest.mark.parametrize(("ours", "theirs"), [
    (BASE + "| 快递费 | 15元 |\n", BASE + "| 加急费 | 50元 |\n"),  # both put a row at the end
    (BASE.replace("- 照片一张\n", ""), BASE.replace("照片一张", "照片两张")),  # removed here, rewritten there
    (BASE.replace("- 照片一张\n", ""), BASE.replace("一张\n", "一张\n- 户口簿\n")),  # removed here, continued there
    ("", BASE.replace("20元", "免费")),
], ids=["both-append", "removed-and-rewritten", "removed-and-continued", "emptied-and-rewritten"])
def test_what_nobody_but_a_person_can_decide_is_a_conflict(ours: str, theirs: str) -> None:
    merged = merge_texts(BASE, ours, theirs)
    assert len(merged.conflicts) == 1
    assert written(merged) >= set(lines_of(ours)) | set(lines_of(theirs))


def test_a_section_rewritten_here_and_two_lines_of_it_there_are_one_conflict_and_nothing_twice() -> None:
    section = BASE[BASE.index("| 项目"):]
    theirs = section.replace("20元", "免费").replace("项目", "种类")
    merged = merge_texts(BASE, BASE.replace(section, "免费办理。\n"), BASE.replace(section, theirs))
    (conflict,) = merged.conflicts
    assert (conflict.base, conflict.ours, conflict.theirs) == (section, "免费办理。\n", theirs)
    head = BASE.removesuffix(section)
    assert merged.text == (f"{head}<<<<<<< 我的修改\n免费办理。\n||||||| 原来的文本\n{section}=======\n{theirs}"
                           ">>>>>>> 现行的文本\n")


def test_paragraphs_are_found_again_below_many_new_ones() -> None:
    kept = [f"第{n}段" for n in range(100)]
    base = "\n\n".join([*kept, "末段"])
    ours = "\n\n".join([*(f"新增{n}" for n in range(30)), *kept, "末段改写"])
    merged = merge_texts(base, ours, base.replace("第50段", "第五十段"))
    assert merged == Merged(ours.replace("第50段", "第五十段"))


def test_a_line_is_found_again_that_occurs_once_in_its_section_alone() -> None:
    base = "# 甲\n首\n材料\n尾\n# 乙\n首\n材料\n尾\n"
    ours = "# 甲\n首一\n材料\n尾一\n# 乙\n首二\n材料\n尾二\n"
    merged = merge_texts(base, ours, base.replace("材料\n尾\n# 乙", "证件\n尾\n# 乙"))
    assert merged == Merged(ours.replace("材料\n尾一", "证件\n尾一"))


@pytest.mark.parametrize(("base", "ours", "theirs", "both"), [
    ("甲\n乙", "甲\n乙", "甲\n乙\n丙", "甲\n乙\n丙"),  # added below a last line without an end
    ("甲\n乙\n", "甲\n乙", "甲\n乙\n丙\n", "甲\n乙\n丙"),
    ("甲\n\n乙", "甲一\n\n乙", "甲\n\n乙二\n", "甲一\n\n乙二\n"),
    ("甲\r\n乙", "甲一\r\n乙", "甲\r\n乙\r\n", "甲一\r\n乙\r\n"),
    ("甲\r\n\r\n乙\r\n", "甲一\r\n\r\n乙\r\n", "甲\r\n\r\n乙\r\n丙", "甲一\r\n\r\n乙\r\n丙"),
    ("", "甲\n", "", "甲\n"), ("甲", "", "甲", ""),
])
def test_line_ends_stay_as_they_are_and_lines_are_never_glued(base: str, ours: str, theirs: str, both: str) -> None:
    assert merge_texts(base, ours, theirs) == merge_texts(base, theirs, ours) == Merged(both)


# --- marks


@pytest.mark.parametrize("text", [
    "", "办理条件\n=======\n\n本市户籍。", ">>>>>>> 引用中的引用", "> 引用\n>>>>>>> 现行的文本",
    "<<<<<<<\n甲\n=======\n乙\n>>>>>>>", "||||||| x |\n=======\n标题", "正文 <<<<<<< 我的修改",
    "    <<<<<<< 我的修改", "<<<<<<<< 我的修改", "<<<<<<<我的修改",
    ">>>>>>> 乙\n=======\n||||||| 甲", "A heading\n=======\n>>>>>>> a quote in a quote",
])
def test_ordinary_markdown_holds_no_conflict_marks(text: str) -> None:
    assert not has_conflict_marks(text)


@pytest.mark.parametrize("left_out", [None, "<<<<<<< ", "=======", ">>>>>>> ", "||||||| "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_marks_are_seen_also_when_a_conflict_is_half_resolved(end: str, left_out: str | None) -> None:
    merged = merge_texts("甲", f"乙{end}", "丙", Labels("mine", "原文", "第 4 版"))
    assert merged.conflicts
    lines = [line for line in merged.text.split("\n") if left_out is None or not line.startswith(left_out)]
    assert has_conflict_marks("\n".join(lines))


def test_a_mark_has_a_label_of_one_line() -> None:
    merged = merge_texts("甲", "乙", "丙", Labels("我的\n修改", "原文", "现行"))
    assert merged.text.startswith("<<<<<<< 我的 修改\n")
    with pytest.raises(ValueError, match="blank"):
        Labels(ours=" ")


# --- fields


WHEN = datetime(2026, 11, 29, tzinfo=UTC)


def test_fields_that_one_side_set_are_taken_and_those_that_both_set_differently_are_in_conflict() -> None:
    base = {"title": "补卡", "summary": "", "review_by": None, "is_minor": False, "lang": "zh"}
    merged = merge_values(base, base | {"title": "补领", "review_by": WHEN, "is_minor": True},
                          base | {"title": "换领", "summary": "免费", "is_minor": True})
    assert merged.values == {"title": "补领", "summary": "免费", "review_by": WHEN, "is_minor": True, "lang": "zh"}
    assert {name: (c.base, c.ours, c.theirs) for name, c in merged.conflicts.items()} == {
        "title": ("补卡", "补领", "换领")}
    assert not merged.is_clean


def test_words_are_a_set_whose_order_is_kept() -> None:
    base, ours, theirs = ("社保", "补卡", "card"), ("挂失", "社保", "card"), ("补卡", "card", "社保", "loss", "挂失")
    merged = merge_values({"keywords": base}, {"keywords": ours}, {"keywords": theirs})
    assert merged.is_clean and merged.values == {"keywords": ("挂失", "社保", "card", "loss")}


def test_documents_that_cannot_be_hashed_merge_too() -> None:
    a, b, c = {"name": "a", "sha256": "1"}, {"name": "b", "sha256": "2"}, {"name": "c", "sha256": "3"}
    merged = merge_values({"attachments": [a]}, {"attachments": [a, b]}, {"attachments": [c]})
    assert merged.values == {"attachments": [b, c]} and merged.is_clean


def test_versions_with_different_fields_are_not_merged() -> None:
    with pytest.raises(ValueError, match="same fields"):
        merge_values({"title": "a"}, {"title": "a", "lang": "zh"}, {"title": "a"})


words = st.lists(st.sampled_from("甲乙丙丁abc"), unique=True, max_size=5).map(tuple)
fields = st.fixed_dictionaries({"title": st.sampled_from("甲乙丙"), "keywords": words})


@given(fields, fields, fields)
def test_the_laws_hold_for_fields_as_well(base: dict[str, object], ours: dict[str, object],
                                          theirs: dict[str, object]) -> None:
    assert merge_values(base, ours, base).values == merge_values(base, base, ours).values == ours
    assert merge_values(base, ours, ours).values == ours
    one, other = merge_values(base, ours, theirs), merge_values(base, theirs, ours)
    assert one.conflicts.keys() == other.conflicts.keys() <= {"title"}
    for name in base.keys() - one.conflicts.keys():
        assert sorted(one.values[name]) == sorted(other.values[name])
    old, mine, new = (set(v["keywords"]) for v in (base, ours, theirs))  # type: ignore[call-overload]
    assert set(one.values["keywords"]) == (mine | new) - (old - mine) - (old - new)


# --- work


class Line:
    """A line that counts how often lines are compared or looked up."""

    work = 0

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        Line.work += 1
        return isinstance(other, Line) and self.text == other.text

    def __hash__(self) -> int:
        Line.work += 1
        return hash(self.text)


def nested(filler: str) -> Callable[[int], list[str]]:
    """Lines of which the outermost alone occurs once, and the next one once it is paired, and so on."""
    return lambda n: [line for k in range(n // 4) for line in (f"{k + 1}", f"{filler}{k}", f"{max(k - 1, 0)}", filler)]


ADVERSE: dict[str, tuple[Callable[[int], list[str]], Callable[[int], list[str]]]] = {
    "equal lines, more of them": (lambda n: [""] * n, lambda n: [""] * (n + n // 3)),
    "equal lines between two changes": (lambda n: ["a", *[""] * n, "b"], lambda n: ["c", *[""] * n, "d"]),
    "every other line blank, all else new": (lambda n: [f"{i}" if i % 2 else "" for i in range(n)],
                                             lambda n: [f"x{i}" if i % 2 else "" for i in range(n)]),
    "reversed": (lambda n: [f"{i}" for i in range(n)], lambda n: [f"{n - i}" for i in range(n)]),
    "each line twice, there and back": (lambda n: [f"{abs(n // 2 - i)}" for i in range(n)],
                                        lambda n: [f"{abs(n // 3 - i)}" for i in range(n)]),
    "nested": (nested("x"), nested("y")),
    "two kinds in another order": (lambda n: ["x", "y"] * (n // 2), lambda n: ["y"] * (n // 2) + ["x"] * (n // 2)),
}


@pytest.mark.parametrize("kind", ADVERSE)
def test_ten_thousand_lines_are_compared_some_dozens_of_times_each(kind: str) -> None:
    old, new = ([Line(text) for text in make(10_000)] for make in ADVERSE[kind])
    Line.work = 0
    pairs = same_lines(old, new)
    assert Line.work <= 150 * (len(old) + len(new))  # every line with every other would be 5,000 and more
    assert all(a.text == b.text for a, b in ((old[i], new[j]) for i, j in pairs))
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(pairs))


def test_two_changes_far_apart_between_equal_lines_are_two() -> None:
    base = ["旧"] + [""] * 5_000 + ["中", *[""] * 5_000, "旧"]
    ours, theirs = ["新", *base[1:]], [*base[:-1], "新"]
    merged = merge_texts("\n".join(base), "\n".join(ours), "\n".join(theirs))
    assert merged == Merged("\n".join(["新", *base[1:-1], "新"]))

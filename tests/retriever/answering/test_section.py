"""The section that an answer stands in, sections offered to check, and what a caller asks next."""

from __future__ import annotations

import pytest

from kb.markup.language import language
from retriever.answering.section import CHOICES, ReadPassage, choices, kind_of, next_steps, section_of
from retriever.passages.cutting import split
from retriever.question.understanding import Question
from retriever.records import LiveText, Passage
from tests.conftest import NOW

CARD = """# 社保卡补办

先挂失，再补办。

## 申请材料

补办须带：

- 身份证；
- 照片。

## 办理流程

1. 挂失旧卡。
2. 领取新卡。

## 费用

工本费20元。

## 办理地点

各街道便民服务中心。

## 其他事项

旧卡作废。
"""


def live_of(source: str, *, article: str = "card") -> LiveText:
    return LiveText(article, article, f"{article}-r", 3, "社保卡补办", source, language(source), "public", "hrss", "",
                    "", "", NOW, None, None)


def asked(text: str) -> Question:
    return Question(text, language(text), (), (), (), (), text, is_follow_up=False)


def read(live: LiveText, scores: dict[str, float], *, marked: str = "") -> list[ReadPassage]:
    """The article's passages below these headings, with these scores; units that hold ``marked`` are marked."""
    found = []
    for n, cut in enumerate(split(live.source)):
        passage = Passage(f"{live.revision_id}:{n}", live.article_id, live.revision_id, n, live.title, cut.heading_path,
                          cut.start, cut.end, live.source[cut.start:cut.end], units=cut.units)
        logits = [2.0 if marked and marked in live.source[u.start:u.end] else -2.0 for u in cut.units]
        heading = cut.heading_path[-1] if cut.heading_path else ""
        if not scores or heading in scores:
            found.append(ReadPassage(live, passage, scores.get(heading, 0.0), logits))
    return found


def span(source: str, words: str) -> tuple[int, int]:
    return source.index(words), source.index(words) + len(words)


def test_a_section_is_its_heading_with_all_that_stands_below_it() -> None:
    section = section_of(live_of(CARD), [span(CARD, "照片。"), span(CARD, "身份证；")])
    assert section.text.startswith("## 申请材料") and section.text.endswith("- 照片。")
    assert section.text == CARD[section.start:section.end]
    assert section.heading_path == ("社保卡补办", "申请材料")
    assert section.marked == (span(CARD, "身份证；"), span(CARD, "照片。"))
    assert section.url == f"/articles/card/r/3?cite={section.start}-{section.end}#cite-1"


def test_what_is_marked_elsewhere_is_no_part_of_a_section() -> None:
    section = section_of(live_of(CARD), [span(CARD, "身份证；"), span(CARD, "工本费20元。")])
    assert section.marked == (span(CARD, "身份证；"),)


def test_text_before_the_first_heading_is_a_section() -> None:
    source = "当场办好。\n\n## 费用\n\n免费。"
    assert section_of(live_of(source), [(0, 5)]).text == "当场办好。"


@pytest.mark.parametrize("place", [0, 40, 79])
def test_a_section_too_long_to_read_is_narrowed_to_what_stands_around_the_marked_part(place: int) -> None:
    source = "\n\n".join(f"第{n}条 " + "申请人应当如实提交材料。" * 10 for n in range(80))
    marked = span(source, f"第{place}条 ")
    section = section_of(live_of(source), [marked])
    assert section.start <= marked[0] and marked[1] <= section.end
    assert 1_000 < section.end - section.start <= 2_000
    assert source[section.start] == "第" and section.text.endswith("。")


def test_choices_are_sections_most_likely_first_each_with_its_probable_part_marked() -> None:
    live = live_of(CARD)
    offered = choices(read(live, {"费用": 0.2, "申请材料": 0.9, "办理流程": 0.5, "办理地点": 0.1}, marked="照片"),
                      asked("照片几张"), threshold=0.0)
    assert [section.heading_path[-1] for section in offered] == ["申请材料", "办理流程", "费用"]
    assert offered[0].marked == (span(CARD, "照片。"),)
    assert all(section.marked for section in offered)
    assert len(offered) == CHOICES


def test_no_section_is_offered_twice() -> None:
    source = "## 申请材料\n\n" + "\n\n".join(f"{n}类人员须提交身份证明材料。" * 25 for n in "甲乙丙丁")
    parts = read(live_of(source), {"申请材料": 0.9})
    assert len(parts) > 1
    assert len(choices(parts, asked("甲类带什么"), threshold=0.0)) == 1


def test_of_a_section_too_long_to_be_shown_each_passage_is_a_choice() -> None:
    source = "\n\n".join(f"第{n}条 " + "申请人应当如实提交材料。" * 10 for n in range(80))
    live = live_of(source)
    parts = [ReadPassage(live, one.passage, float(n), one.logits) for n, one in enumerate(read(live, {}))]
    offered = choices(parts, asked("带什么"), threshold=0.0)
    assert len({section.marked for section in offered}) == CHOICES


def test_parts_of_a_long_section_that_would_show_the_same_are_one_choice_with_all_marks() -> None:
    source = "\n\n".join(f"第{n}条 " + "申请人应当如实提交材料。" * 10 for n in range(80))
    live = live_of(source)
    near = [ReadPassage(live, one.passage, float(n), one.logits) for n, one in enumerate(read(live, {})[:3])]
    far = [ReadPassage(live, one.passage, -1.0, one.logits) for one in read(live, {})[-1:]]
    offered = choices([*near, *far], asked("带什么"), threshold=0.0)
    assert len(offered) > 1
    assert all(a.end <= b.start or b.end <= a.start for a in offered for b in offered if a is not b)
    assert sum(len(section.marked) for section in offered) > len(offered)


@pytest.mark.parametrize("words", ["第二款的规定。", "subsection two."])
def test_a_long_law_is_shown_from_where_the_clause_of_the_best_begins(words: str) -> None:
    clause = "第{0}条 总的规定。\n\n第二款的规定。" if words.startswith("第") else \
        "Section {0} The rule.\n\nOf subsection two."
    source = "\n\n".join(clause.format(n) + " 其他规定 other rules." * 10 for n in range(60))
    at = source.index(words, len(source) // 2)
    section = section_of(live_of(source), [(at, at + len(words))])
    assert section.text.startswith(("第", "Section"))
    assert section.start < at < section.start + 60


def test_sections_of_different_articles_are_different_choices() -> None:
    both = [*read(live_of(CARD), {"费用": 0.4}), *read(live_of(CARD, article="other"), {"费用": 0.6})]
    assert [section.slug for section in choices(both, asked("多少钱"), threshold=0.0)] == ["other", "card"]


def test_nothing_is_offered_where_nothing_was_read() -> None:
    assert choices([], asked("多少钱"), threshold=0.0) == ()


def test_next_steps_are_the_neighbours_that_say_what_they_give_in_reading_order() -> None:
    live = live_of(CARD)
    steps = next_steps(live, section_of(live, [span(CARD, "挂失旧卡")]))
    assert [(step.heading_path[-1], step.kind) for step in steps] == [
        ("申请材料", "papers"), ("费用", "fee"), ("办理地点", "place")]
    assert steps[1].url == f"/articles/card/r/3?cite={CARD.index('## 费用')}-{span(CARD, '工本费20元。')[1]}#cite-1"


def test_an_introductions_next_steps_are_the_sections_below_it() -> None:
    live = live_of(CARD)
    assert [step.kind for step in next_steps(live, section_of(live, [span(CARD, "先挂失")]))] == [
        "papers", "do", "fee", "place"]


def test_another_matters_sections_are_no_next_steps() -> None:
    source = ("# 户口\n\n## 迁入\n\n### 材料\n\n身份证。\n\n### 期限\n\n三天。\n\n"
              "## 迁出\n\n### 材料\n\n准迁证。\n\n### 费用\n\n免费。")
    live = live_of(source)
    steps = next_steps(live, section_of(live, [span(source, "身份证。")]))
    assert [step.heading_path for step in steps] == [("户口", "迁入", "期限")]


def test_at_most_six_next_steps_and_one_of_each_kind_before_a_second() -> None:
    headings = ("适用对象", "申请材料", "补充材料", "办理期限", "有效期限", "费用", "办理地点", "办理流程")
    source = "# 证\n\n简介。\n\n" + "\n\n".join(f"## {heading}\n\n一句话。" for heading in headings)
    live = live_of(source)
    assert [step.heading_path[-1] for step in next_steps(live, section_of(live, [span(source, "简介。")]))] == [
        "适用对象", "申请材料", "办理期限", "费用", "办理地点", "办理流程"]


def test_a_heading_without_text_is_no_next_step() -> None:
    source = "# 证\n\n简介。\n\n## 费用\n\n## 期限\n\n三天。"
    live = live_of(source)
    assert [step.kind for step in next_steps(live, section_of(live, [span(source, "简介。")]))] == ["time"]


@pytest.mark.parametrize(("heading", "kind"), [
    ("三、申请材料", "papers"), ("要带哪些证件", "papers"), ("What to bring", "papers"), ("Documents", "papers"),
    ("四、办理时限", "time"), ("多久能办好", "time"), ("How long it takes", "time"), ("When to apply", "time"),
    ("收费标准", "fee"), ("要多少钱", "fee"), ("Fees", "fee"), ("What does it cost?", "fee"),
    ("受理地点", "place"), ("到哪里办", "place"), ("Where to go", "place"), ("Where can I park?", "place"),
    ("办理流程", "do"), ("怎么申请", "do"), ("How to apply", "do"), ("Steps to a first license", "do"),
    ("申请条件", "who"), ("哪些人能领津贴？", "who"), ("Who can apply", "who"), ("Eligibility", "who"),
    ("不予受理", "allowed"), ("能不能代办", "allowed"), ("What is allowed", "allowed"), ("Can I register?", "allowed"),
    ("咨询电话", "number"), ("Contact", "number"), ("Whom to call", "number"),
    ("其他事项", "other"), ("夫妻投靠", "other"), ("Living alone", "other"),
    ("When somebody else lives with you", "other"),
])
def test_a_heading_says_what_its_section_gives(heading: str, kind: str) -> None:
    assert kind_of(heading) == kind

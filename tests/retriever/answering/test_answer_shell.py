"""An answer in the shell: what may be said, what is to be checked and what is not known are told apart by words."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from retriever.answer import (
    Answer,
    LeftOut,
    Nearest,
    NearestPassage,
    NextStep,
    Notice,
    Section,
    State,
)
from retriever.answering.answer_shell import print_answer
from retriever.citation import Citation, Differs, Sentence
from retriever.validity import ByDistrict, ReadAsOf, Rule
from tests.conftest import NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")
SOURCE = "补办社保卡：\n\n1. 带身份证到社区服务站；\n2. 交工本费20元。\n"
STEPS = (SOURCE.index("1. "), SOURCE.index("\n2. ")), (SOURCE.index("2. "), len(SOURCE) - 1)
SECTION = Section("a1", "card", 2, "rev-2", "社保卡补办", "hrss", ("社保卡补办", "流程"), 0, len(SOURCE), SOURCE, STEPS,
                  "/articles/card/r/2?cite=0-40")
CITATION = Citation(1, "a1", "card", 2, "社保卡补办", ("社保卡补办", "流程"), "交工本费20元。", 24, 36, "hrss", NOW,
                    None, None, (), "/articles/card/r/2?cite=24-36", "rev-2")
EMPTY = Answer(answer_id="q1", question="社保卡丢了怎么补办", as_of=NOW, known_at=NOW, state=State.UNKNOWN,
               reason="not_sure", confidence=0.4321, sentences=(), citations=(), nearest=(), engine="embedded",
               composer="quote", took_ms=63.4)
ANSWERED = replace(EMPTY, state=State.ANSWERED, reason=None, sentences=(Sentence("交工本费20元。", (1,)),),
                   citations=(CITATION,), section=SECTION)
DEPARTMENT = {"code": "hrss", "name_zh": "市人社局", "name_en": "Human Resources Bureau", "phone": "0540-8811000"}
ENGLISH = "How do I replace a lost card?"


def told(answer: Answer, **options: Any) -> str:
    out = io.StringIO()
    print_answer(answer, out, SHANGHAI, **options)
    return out.getvalue()


def test_each_sentence_is_a_line_with_its_citations_and_each_citation_says_where_it_stands() -> None:
    second = replace(CITATION, n=2, effective_to=NOW + timedelta(days=1))
    lines = told(replace(ANSWERED, sentences=(Sentence("带身份证；", (1, 2)), Sentence("交工本费20元。", (1,))),
                         citations=(CITATION, second))).splitlines()
    assert lines[:2] == ["带身份证；[1][2]", "交工本费20元。[1]"]
    assert any(line.startswith("[1] 社保卡补办 › 流程 — hrss/card r2") for line in lines)
    assert "    /articles/card/r/2?cite=24-36" in lines
    assert "所在段落：社保卡补办 › 流程" in lines


@pytest.mark.parametrize(("state", "zh", "en"), [
    (State.ANSWERED, "有把握", "Confident"), (State.CHECK, "请核对", "Check first"),
    (State.UNKNOWN, "暂无可靠依据", "No reliable answer")])
def test_how_sure_is_said_in_words_and_in_figures_only_when_asked_for(state: State, zh: str, en: str) -> None:
    answer = replace(ANSWERED if state is State.ANSWERED else EMPTY, state=state,
                     choices=(SECTION,) if state is State.CHECK else ())
    for question, words in (("补办要多少钱", zh), (ENGLISH, en)):
        plain = told(replace(answer, question=question))
        assert plain.splitlines()[-1].startswith(words)
        assert not re.search(r"0\.43|\bms\b", plain)
        figures = told(replace(answer, question=question, reader="local"), with_figures=True).splitlines()[-1]
        assert "0.43" in figures and "63 ms" in figures and "local" in figures


def test_what_is_to_be_checked_is_numbered_whole_and_its_probable_part_marked() -> None:
    other = replace(SECTION, title="居住证", heading_path=("居住证", "材料"), slug="permit", marked=(STEPS[1],))
    out = told(replace(EMPTY, state=State.CHECK, choices=(SECTION, other), ask_department=DEPARTMENT))
    assert "1. 社保卡补办 › 流程 — hrss/card r2" in out and "2. 居住证 › 材料 — hrss/permit r2" in out
    assert out.index("1. 社保卡补办") < out.index("2. 居住证")
    assert "    「1. 带身份证到社区服务站；」\n    「2. 交工本费20元。」\n" in out
    assert "    1. 带身份证到社区服务站；\n    「2. 交工本费20元。」\n" in out
    assert "请咨询：市人社局 0540-8811000" in out
    unmarked = re.sub("[「」]", "", out).replace("    ", "")
    assert unmarked.count("\n".join(line for line in SOURCE.splitlines())) == 2


def test_on_a_terminal_the_part_is_highlighted_and_takes_no_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = told(replace(EMPTY, state=State.CHECK, choices=(SECTION,)))
    assert "「" not in out
    assert "\x1b[7m1. 带身份证到社区服务站；" in out


def test_what_is_not_known_shows_the_nearest_passages_whole_and_whom_to_ask() -> None:
    passage = NearestPassage(("社保卡补办", "费用"), "首次20元。\n\n再次40元。", "/u")
    near = Nearest("a1", "card", "社保卡补办", "hrss", 0.4, passage)
    titled = Nearest("a2", "permit", "居住证", "police", 0.3)
    out = told(replace(EMPTY, nearest=(near, titled), ask_department=DEPARTMENT))
    assert "暂无可靠依据" in out.splitlines()[0]
    assert "  社保卡补办 › 费用 — hrss/card\n    首次20元。\n\n    再次40元。\n    /u\n" in out
    assert "居住证 — police/permit" in out
    english = told(replace(EMPTY, question=ENGLISH, ask_department=DEPARTMENT))
    assert english.startswith("Not known") and "Ask: Human Resources Bureau 0540-8811000" in english


def test_an_emergencys_notice_stands_above_everything() -> None:
    out = told(replace(ANSWERED, notice=Notice("gas", "先到户外，再拨燃气抢修电话。", "0540-8811777")))
    assert out.startswith("⚠ 先到户外，再拨燃气抢修电话。 0540-8811777\n")
    assert "交工本费20元。[1]" in out


def test_a_number_that_its_line_names_is_not_said_again() -> None:
    out = told(replace(ANSWERED, notice=Notice("fire", "马上拨打119，先撤离。", "119")))
    assert out.startswith("⚠ 马上拨打119，先撤离。\n")


def test_what_is_wrong_with_a_text_is_said_once_however_often_it_is_quoted() -> None:
    first, *others = ANSWERED.citations
    signal = {"text": "应于2026-06-30前复核，至今未复核", "severity": "warning"}
    twice = tuple(replace(one, article_id=first.article_id, signals=(signal,)) for one in (first, *others, first))
    assert told(replace(ANSWERED, citations=twice)).count("至今未复核") == 1
    elsewhere = replace(first, article_id="another", signals=(signal,))
    assert told(replace(ANSWERED, citations=(*twice, elsewhere))).count("至今未复核") == 2


def test_of_this_year_nothing_is_said_as_todays_rules_answer_it() -> None:
    read = ReadAsOf("今年", NOW, NOW + timedelta(seconds=1))
    assert "今年" not in told(replace(ANSWERED, read_as_of=read))


def test_a_greeting_is_replied_to_and_not_called_unknown() -> None:
    reply = Notice("transfer", "请直接拨打热线。", "12345")
    out = told(replace(EMPTY, question="转人工", reason="no_question", notice=reply))
    assert out == "请直接拨打热线。 12345\n"


@pytest.mark.parametrize(("part", "zh", "en"), [
    (LeftOut("steps", 1, 5, (2,)), "第 2 步，共 5 步", "Steps 2 of 5"),
    (LeftOut("items", 4, 9, (1, 2, 3, 7)), "第 1–3, 7 项，共 9 项", "items 1–3, 7 of 9"),
    (LeftOut("rows", 1, 8, (3,)), "第 3 行，共 8 行", "rows 3 of 8"),
    (LeftOut("text", 320, 1200), "1,200 字中的 320 字", "320 of 1,200 characters")])
def test_what_was_left_out_is_said_right_below_what_is_said(part: LeftOut, zh: str, en: str) -> None:
    assert zh in told(replace(ANSWERED, left_out=part)).splitlines()[1]
    assert en in told(replace(ANSWERED, question=ENGLISH, left_out=part)).splitlines()[1]


def test_what_is_asked_next_is_named_by_its_headings() -> None:
    steps = (NextStep(("社保卡补办", "材料"), "papers", "/a"), NextStep(("社保卡补办", "办理时限"), "time", "/b"))
    assert "接着常问：材料 · 办理时限" in told(replace(ANSWERED, next=steps))
    assert "Related: 材料 · 办理时限" in told(replace(ANSWERED, next=steps, question=ENGLISH))


@pytest.mark.parametrize(("words", "begins", "ends", "time"), [
    ("2025年", "2024-12-31T16:00:00+00:00", "2025-12-31T16:00:00+00:00", "2025-01-01 至 2025-12-31"),
    ("3月1日", "2026-02-28T16:00:00+00:00", "2026-03-01T16:00:00+00:00", "2026-03-01"),
    ("明年起", "2026-12-31T16:00:00+00:00", None, "2027-01-01 以后")])
def test_the_time_that_a_question_named_is_said_with_how_to_undo_it(words: str, begins: str, ends: str | None,
                                                                    time: str) -> None:
    read = ReadAsOf(words, NOW.fromisoformat(begins), NOW.fromisoformat(ends) if ends else None)
    first = told(replace(ANSWERED, read_as_of=read)).splitlines()[0]
    assert f"“{words}”按 {time} 理解" in first and "--ignore-time" in first


YEAR = ReadAsOf("2025年", datetime(2025, 1, 1, tzinfo=SHANGHAI), datetime(2026, 1, 1, tzinfo=SHANGHAI))
JULY = datetime(2025, 7, 1, tzinfo=SHANGHAI)
RULES = (Rule(YEAR.begins_at, JULY, (Sentence("工本费15元。", (2,)),)),
         Rule(JULY, None, (Sentence("交工本费20元。", (1,)),)))


@pytest.mark.parametrize(("question", "note", "dates", "foot"), [
    ("2025年补办多少钱", "规定有过变化", ("2025-01-01 至 2025-06-30", "2025-07-01 起"),
     "按 2025-01-01 至 2025-12-31 有效的规定"),
    (ENGLISH, "The rule changed", ("2025-01-01 to 2025-06-30", "from 2025-07-01"),
     "rules as of 2025-01-01 to 2025-12-31")])
def test_every_rule_of_a_time_stands_under_its_dates(question: str, note: str, dates: tuple[str, str],
                                                     foot: str) -> None:
    out = told(replace(ANSWERED, question=question, rules=RULES, read_as_of=YEAR)).splitlines()
    at = next(n for n, line in enumerate(out) if note in line)
    assert out[at + 1:at + 5] == [dates[0], "    工本费15元。[2]", dates[1], "    交工本费20元。[1]"]
    assert foot in out[-1]


@pytest.mark.parametrize(("question", "note"), [
    ("2025年补办多少钱", "只查到其中一段时间的规定"), (ENGLISH, "found for part of that time only")])
def test_one_rule_of_a_part_of_a_time_says_so(question: str, note: str) -> None:
    assert note in told(replace(ANSWERED, question=question, rules=RULES[1:], read_as_of=YEAR))


@pytest.mark.parametrize(("question", "districts", "line"), [
    ("停车多少钱", ByDistrict(("望海区",), ("港东区", "长屿县")), "以下是望海区的规定，港东区、长屿县另有规定"),
    ("停车多少钱", ByDistrict((), ("望海区", "港东区")), "各区县规定不同（望海区、港东区）"),
    (ENGLISH, ByDistrict(("Wanghai District",), ("Gangdong District",)),
     "this is the rule of Wanghai District, and there is another for Gangdong District"),
    (ENGLISH, ByDistrict((), ("Wanghai", "Gangdong")), "It differs by district (Wanghai, Gangdong)")])
def test_that_rules_differ_by_district_is_said_before_anything_else(question: str, districts: ByDistrict,
                                                                    line: str) -> None:
    assert line in told(replace(ANSWERED, question=question, by_district=districts)).splitlines()[0]


def test_what_is_degraded_is_said_in_words_and_a_part_without_words_by_its_name() -> None:
    out = told(replace(ANSWERED, degraded=("words_only", "some_new_part")))
    assert "只按用词检索" in out and "some_new_part" in out and "words_only" not in out
    assert "words alone" in told(replace(ANSWERED, question=ENGLISH, degraded=("words_only",)))


def test_a_text_cannot_command_the_terminal() -> None:
    sentence = Sentence("带身份证\x1b]0;别的\x07；", (1,))
    hostile = replace(SECTION, title="卡\x1b[2J", text=SOURCE.replace("身", "\x1b"))
    out = told(replace(ANSWERED, sentences=(sentence,))) + told(replace(EMPTY, state=State.CHECK, choices=(hostile,)))
    assert not re.search("[\x00-\x08\x0b-\x1f]", out)


DIFFERS = Differs("money", "a2", "hall-fees", 4, "rev-9", "窗口收费", ("收费说明",), "补办收三十元。",
                  "补办收三十元。", 10, 17, "hall", "public", datetime(2026, 7, 1, tzinfo=UTC), None,
                  "/articles/hall-fees/r/4?cite=10-17", (1,))


def test_what_another_text_says_stands_below_what_is_said_and_the_answer_is_not_called_sure() -> None:
    lines = told(replace(ANSWERED, differs=(DIFFERS,))).splitlines()
    at = lines.index("⚠ 另一条目说法不一致：“补办收三十元。”")
    assert lines[:at] == ["交工本费20元。[1]"]
    assert lines[at + 1] == "    窗口收费 › 收费说明 — hall/hall-fees r4, 2026-07-01 起"
    assert lines[at + 2:at + 4] == ["    /articles/hall-fees/r/4?cite=10-17",
                                    "  请向市民说明两处不一致，并向责任部门核实后再答复。"]
    assert lines[-1].startswith("说法不一，请核实 · ")
    english = told(replace(ANSWERED, question=ENGLISH, differs=(replace(DIFFERS, audience="agent"),)))
    assert "Another article says otherwise" in english and "internal: not for citizens" in english


def test_what_contradicts_an_offered_section_stands_below_that_section_alone() -> None:
    answer = replace(EMPTY, state=State.CHECK, choices=(SECTION, replace(SECTION, slug="second")),
                     differs=(replace(DIFFERS, citations=(), choices=(2,)),))
    page = told(answer)
    assert page.count("另一条目说法不一致") == 1
    assert page.index("/second r2") < page.index("另一条目说法不一致")
    assert page.splitlines()[-1].startswith("请核对")

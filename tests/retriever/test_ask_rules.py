"""A question that names a time in which the rule changed is given every rule of that time, each with its dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from kb.actor import CITIZEN, OPERATOR, Actor
from kb.db import Database
from kb.models import AnswerRow, Revision
from kb.settings import Settings, load_settings
from retriever.answer import Answer, State
from retriever.ask import Retriever
from retriever.factory import open_parts
from retriever.reader.fallback import FallingBack, Timed
from retriever.records import AskRequest
from retriever.rules import MOST
from tests.conftest import NOW
from tests.retriever.factories import published_article, retired_article, retriever_of
from tests.retriever.grounding import check_grounded
from tests.retriever.test_ask_reading import FITTED, MarkingReader

ZONE = ZoneInfo("Asia/Shanghai")
LAST = NOW.year - 1
WAGE = "# 最低工资标准\n\n## 标准\n\n最低工资为每月{}元。\n\n## 投诉\n\n投诉拨打劳动监察电话。{}\n"
FARES = "# Ferry fares\n\n## Fares\n\nAn adult pays {} yuan.\n\n## Pets\n\nDogs travel free.\n"


def day(year: int, month: int = 1, first: int = 1) -> datetime:
    return datetime(year, month, first, tzinfo=ZONE)


def days(answer: Answer) -> list[tuple[str, str | None]]:
    """From which to which day the rules hold, the last one included."""
    return [(rule.effective_from.astimezone(ZONE).date().isoformat(),
             rule.effective_to and (rule.effective_to.astimezone(ZONE) - timedelta(days=1)).date().isoformat())
            for rule in answer.rules]


def said(answer: Answer) -> list[list[str]]:
    return [[s.text for s in rule.sentences] for rule in answer.rules]


def wages(database: Database, *changes: tuple[datetime, int], **values: str) -> list[str]:
    return [published_article(database, "wage", WAGE.format(amount, n), title="最低工资标准", effective_from=begins,
                              **values) for n, (begins, amount) in enumerate(changes)]


@pytest.fixture
def changed(database: Database) -> Database:
    """A rule that changed in July of last year and again last January, in Chinese and English."""
    wages(database, (day(LAST - 2), 2100), (day(LAST, 7), 2300), (day(NOW.year, 1), 2500))
    for begins, fare in ((day(LAST - 2), 3), (day(LAST, 7), 4), (day(NOW.year, 1), 5)):
        published_article(database, "ferry", FARES.format(fare), title="Ferry fares", lang="en", effective_from=begins)
    return database


Asking = Callable[..., Answer]


@pytest.fixture
def ask(settings: Settings, database: Database) -> Asking:
    def asked(question: str, viewer: Actor = CITIZEN, **values: object) -> Answer:
        retriever = retriever_of(settings, database)
        answer = retriever.ask(AskRequest(question, **values), viewer, now=NOW)  # type: ignore[arg-type]
        retriever.close()
        assert check_grounded(database, answer, viewer) or answer.abstained
        return answer
    return asked


@pytest.mark.usefixtures("changed")
@pytest.mark.parametrize(("question", "first", "second"), [
    (f"{LAST}年最低工资多少", "2100", "2300"), ("去年的最低工资标准是多少钱", "2100", "2300"),
    (f"请问{LAST}年度最低工资是几百块", "2100", "2300"), (f"{LAST}年6月和{LAST}年7月最低工资多少", "2100", "2300"),
    (f"what was the ferry fare in {LAST}", "3 yuan", "4 yuan"),
    ("how much was the ferry last year", "3 yuan", "4 yuan"), (f"adult ferry fare during {LAST}?", "3 yuan", "4 yuan")])
def test_each_rule_of_the_time_is_told_with_its_dates_and_quoted_from_its_own_revision(
        ask: Asking, question: str, first: str, second: str) -> None:
    answer = ask(question)
    assert days(answer) == [(f"{LAST - 2}-01-01", f"{LAST}-06-30"), (f"{LAST}-07-01", f"{LAST}-12-31")]
    (one,), (two,) = said(answer)
    assert first in one and second in two
    assert answer.sentences == answer.rules[1].sentences
    cited = {c.n: c for c in answer.citations}
    for number, rule in enumerate(answer.rules, 1):
        for citation in (cited[n] for s in rule.sentences for n in s.citations):
            assert (citation.revision, citation.effective_from) == (number, rule.effective_from)


@pytest.mark.usefixtures("changed")
@pytest.mark.parametrize(("question", "times"), [
    ("最低工资多少", 1), (f"{LAST}年3月最低工资多少", 1), (f"{LAST - 1}年最低工资多少", 1), ("前年的最低工资标准", 1),
    ("今年最低工资多少", 1), ("ferry fare now", 1), (f"ferry fare in March {LAST}", 1), (f"{LAST}年最低工资多少", 2),
    ("ferry fare last year", 2)])
def test_a_time_within_one_rule_has_no_others_and_nothing_is_read_again(
        settings: Settings, database: Database, question: str, times: int) -> None:
    reader = MarkingReader("每月", "yuan")
    retriever = Retriever(settings, database, open_parts(settings, database, None)[0],
                          reader=FallingBack(Timed(reader, 5.0)), fitted=FITTED)
    answer = retriever.ask(AskRequest(question), CITIZEN, now=NOW)
    retriever.close()
    assert not answer.abstained
    assert (len(answer.rules), len(reader.asked)) == (times if times > 1 else 0, times)


def test_a_rule_that_did_not_change_is_told_once(database: Database, ask: Asking) -> None:
    wages(database, (day(LAST - 1), 2100), (day(LAST, 5), 2100))
    answer = ask(f"{LAST}年最低工资多少")
    assert answer.rules == () and [s.text for s in answer.sentences] == ["最低工资为每月2100元。"]


def test_what_another_section_changed_does_not_part_a_rule(database: Database, ask: Asking) -> None:
    wages(database, (day(LAST - 1), 2100), (day(LAST, 5), 2100), (day(LAST, 9), 2300))
    answer = ask(f"{LAST}年最低工资多少")
    assert days(answer) == [(f"{LAST - 1}-01-01", f"{LAST}-08-31"), (f"{LAST}-09-01", None)]
    assert said(answer) == [["最低工资为每月2100元。"], ["最低工资为每月2300元。"]]
    asked = ask(f"{LAST}年最低工资投诉打什么电话")
    assert "劳动监察" in "".join(s.text for s in asked.sentences)


def test_a_rule_that_came_back_is_told_for_both_its_times(database: Database, ask: Asking) -> None:
    wages(database, (day(LAST - 1), 2100), (day(LAST, 3), 1900), (day(LAST, 10), 2100))
    answer = ask(f"{LAST}年最低工资多少")
    assert said(answer) == [["最低工资为每月2100元。"], ["最低工资为每月1900元。"], ["最低工资为每月2100元。"]]
    cited = {c.n: c.revision for c in answer.citations}
    assert [[cited[n] for s in rule.sentences for n in s.citations] for rule in answer.rules] == [[1], [2], [3]]


def test_headings_that_name_their_year_are_one_section(database: Database, ask: Asking) -> None:
    for begins, year, amount in ((day(LAST), LAST, 2100), (day(LAST, 7), NOW.year, 2300)):
        source = f"# 最低工资标准\n\n## {year}年度标准\n\n每月{amount}元。\n\n## 附则\n\n由市人社局解释。\n"
        published_article(database, "wage", source, title="最低工资标准", effective_from=begins)
    assert said(ask(f"{LAST}年最低工资标准多少钱")) == [["每月2100元。"], ["每月2300元。"]]


def test_what_moved_under_another_heading_is_one_rule(database: Database, ask: Asking) -> None:
    for begins, heading in ((day(LAST - 1), "待遇"), (day(LAST, 5), "产假补贴怎么发")):
        source = f"# 生育补贴\n\n## {heading}\n\n产假补贴按基数发放。\n\n## 其他\n\n咨询12333。\n"
        published_article(database, "leave", source, title="生育补贴", effective_from=begins)
    answer = ask(f"{LAST}年产假补贴怎么发")
    assert [s.text for s in answer.sentences] == ["产假补贴按基数发放。"] and answer.rules == ()


def test_a_rule_that_only_a_part_of_the_time_knows_is_told_with_its_dates(settings: Settings,
                                                                          database: Database) -> None:
    for begins, source in ((day(LAST - 1), "# 生育补贴\n\n## 产假\n\n产假按基数发放。\n"),
                           (day(LAST, 5), "# 生育补贴\n\n## 一次性补贴\n\n每孩5000元。\n")):
        published_article(database, "birth", source, title="生育补贴", effective_from=begins)
    sure = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, ask={"precision": 0.9},
                         embedding={"provider": "none"})
    retriever = Retriever(sure, database, open_parts(settings, database, None)[0],
                          reader=FallingBack(Timed(MarkingReader("5000元"), 5.0)), fitted=FITTED)
    answer = retriever.ask(AskRequest(f"{LAST}年生育一次性补贴多少"), CITIZEN, now=NOW)
    retriever.close()
    assert (days(answer), said(answer)) == ([(f"{LAST}-05-01", None)], [["每孩5000元。"]])


def test_a_revision_that_the_asker_may_not_see_is_not_told(database: Database, ask: Asking) -> None:
    wages(database, (day(LAST - 1), 2100))
    wages(database, (day(LAST, 4), 1111), audience="agent")
    wages(database, (day(LAST, 9), 2300))
    answer = ask(f"{LAST}年最低工资多少")
    assert (answer.rules, [s.text for s in answer.sentences]) == ((), ["最低工资为每月2300元。"])
    told = str(answer.as_dict())
    assert "1111" not in told and "2100" not in told  # what was public before it became internal stays closed
    assert len(ask(f"{LAST}年最低工资多少", OPERATOR).rules) == 3


@pytest.mark.usefixtures("changed")
def test_an_explicit_day_and_today_know_one_rule(ask: Asking) -> None:
    assert ask(f"{LAST}年最低工资多少", as_of=day(LAST, 2)).rules == ()
    undone = ask(f"{LAST}年最低工资多少", read_time=False)
    assert (undone.rules, [s.text for s in undone.sentences]) == ((), ["最低工资为每月2500元。"])


def test_of_many_rules_the_latest_are_told_and_it_is_said(database: Database, ask: Asking) -> None:
    wages(database, *((day(LAST, month), 2000 + month) for month in range(1, MOST + 4)))
    answer = ask(f"{LAST}年最低工资多少")
    assert len(answer.rules) == MOST and "rules_cut" in answer.degraded
    assert said(answer)[-1] == [f"最低工资为每月{2000 + MOST + 3}元。"]


@pytest.mark.parametrize("question", [f"{LAST}年取暖补贴多少钱", "去年取暖补贴给多少"])
def test_a_rule_that_ended_within_the_time_answers_for_it(database: Database, ask: Asking, question: str) -> None:
    published_article(database, "heat", "# 取暖补贴\n\n## 标准\n\n取暖补贴每户600元。\n", title="取暖补贴",
                      effective_from=day(LAST - 3), effective_to=day(LAST, 4))
    answer = ask(question)
    assert [s.text for s in answer.sentences] == ["取暖补贴每户600元。"]
    assert answer.citations[0].effective_to == day(LAST, 4)
    assert ask("取暖补贴多少钱").abstained


def test_of_a_retired_article_nothing_is_told(database: Database, ask: Asking) -> None:
    wages(database, (day(LAST - 1), 2100), (day(LAST, 5), 2300))
    retired_article(database, "wage")
    assert ask(f"{LAST}年最低工资多少").abstained


def test_all_that_was_told_is_in_the_log(changed: Database, ask: Asking) -> None:
    answer = ask(f"{LAST}年最低工资多少")
    with changed.reading() as session:
        row = session.scalars(select(AnswerRow).where(AnswerRow.id == answer.answer_id)).one()
    assert [s["text"] for s in row.sentences] == [s.text for s in answer.all_sentences]
    assert len(row.sentences) == 2


@pytest.mark.usefixtures("changed")
def test_the_object_holds_each_rule_with_its_dates(ask: Asking) -> None:
    body = ask(f"{LAST}年最低工资多少").as_dict()
    assert [(rule["from"], rule["to"]) for rule in body["rules"]] == [
        (day(LAST - 2).astimezone(NOW.tzinfo).isoformat(), day(LAST, 7).astimezone(NOW.tzinfo).isoformat()),
        (day(LAST, 7).astimezone(NOW.tzinfo).isoformat(), day(NOW.year).astimezone(NOW.tzinfo).isoformat())]
    numbers = {c["n"] for c in body["citations"]}
    assert all(set(s["citations"]) <= numbers for rule in body["rules"] for s in rule["sentences"])


@pytest.mark.usefixtures("changed")
@pytest.mark.parametrize(("question", "word", "latest", "before"), [
    (f"{LAST}年最低工资多少", "每月", "2300元", "2100元"), ("去年的最低工资标准", "每月", "2300元", "2100元"),
    (f"adult ferry fare in {LAST}", "pays", "4 yuan", "3 yuan")])
def test_sections_to_check_are_those_of_every_rule_of_the_time(
        settings: Settings, database: Database, question: str, word: str, latest: str, before: str) -> None:
    sure = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, ask={"precision": 0.9},
                         embedding={"provider": "none"})
    retriever = Retriever(sure, database, open_parts(settings, database, None)[0],
                          reader=FallingBack(Timed(MarkingReader(word, sure=0.5), 5.0)), fitted=FITTED)
    answer = retriever.ask(AskRequest(question), CITIZEN, now=NOW)
    retriever.close()
    assert (answer.state, answer.rules) == (State.CHECK, ()) and len(answer.choices) <= 3
    first, second = answer.choices[:2]
    assert [latest in first.text, before in second.text] == [True, True]
    assert (first.heading_path, first.revision, second.revision) == (second.heading_path, 2, 1)
    assert second.effective_to == first.effective_from == day(LAST, 7)
    for section in (first, second):
        with database.reading() as session:
            source = session.get_one(Revision, section.revision_id).source
        assert source[section.start:section.end] == section.text
        assert all(section.start <= a < b <= section.end for a, b in section.marked) and section.marked

"""A question that names a time is answered as of that time, and says so."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings
from retriever.answer import Answer, State
from retriever.records import AskRequest
from retriever.validity import ReadAsOf
from tests.conftest import NOW
from tests.retriever.factories import published_article, retriever_of

OLD, NEW, NEXT = "缴费基数下限为每月4200元。", "缴费基数下限为每月4500元。", "缴费基数下限为每月4800元。"


@pytest.fixture
def three_years(database: Database) -> Database:
    for year, text in ((NOW.year - 1, OLD), (NOW.year, NEW), (NOW.year + 1, NEXT)):
        published_article(database, "base", f"# 社会保险缴费基数\n\n## 缴费基数\n\n{text}\n", title="社会保险缴费基数",
                          effective_from=datetime(year - 1, 12, 31, 16, tzinfo=UTC))
    return database


def ask(settings: Settings, database: Database, question: str, **values: object) -> Answer:
    return retriever_of(settings, database).ask(AskRequest(question, **values), CITIZEN, now=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(("question", "text", "words"), [
    (f"{NOW.year - 1}年社保缴费基数下限是多少", OLD, f"{NOW.year - 1}年"), ("去年社保缴费基数下限多少", OLD, "去年"),
    ("明年社保缴费基数下限是多少", NEXT, "明年"), ("今年的社保缴费基数下限", NEW, "今年"),
])
def test_the_rule_of_the_time_that_is_named_answers(settings: Settings, three_years: Database, question: str,
                                                    text: str, words: str) -> None:
    answer = ask(settings, three_years, question)
    assert text in [s.text for s in answer.sentences]
    assert answer.read_as_of is not None
    assert answer.read_as_of.words == words
    assert answer.read_as_of.begins_at <= answer.as_of
    assert answer.read_as_of.ends_at is None or answer.as_of < answer.read_as_of.ends_at


def test_without_a_time_the_rule_of_today_answers(settings: Settings, three_years: Database) -> None:
    answer = ask(settings, three_years, "社保缴费基数下限是多少")
    assert NEW in [s.text for s in answer.sentences]
    assert answer.read_as_of is None


def test_a_date_that_is_given_wins_over_one_that_is_named(settings: Settings, three_years: Database) -> None:
    answer = ask(settings, three_years, "去年社保缴费基数下限多少", as_of=NOW)
    assert (NEW in [s.text for s in answer.sentences], answer.read_as_of) == (True, None)


def test_the_named_time_can_be_left_aside(settings: Settings, three_years: Database) -> None:
    answer = ask(settings, three_years, "去年社保缴费基数下限多少", read_time=False)
    assert (NEW in [s.text for s in answer.sentences], answer.read_as_of) == (True, None)


def test_of_a_time_without_a_rule_the_one_of_today_is_offered_and_that_is_said(settings: Settings,
                                                                               three_years: Database) -> None:
    answer = ask(settings, three_years, f"{NOW.year - 9}年社保缴费基数下限是多少")
    assert (answer.state, answer.sentences, answer.as_of, answer.read_as_of) == (State.CHECK, (), NOW, None)
    assert answer.no_rule_of is not None and answer.no_rule_of.words == f"{NOW.year - 9}年"
    assert NEW in answer.choices[0].text
    assert answer.nearest and all(n.passage and n.passage.text for n in answer.nearest)


def test_a_text_of_today_that_speaks_of_the_year_answers_as_any_other(settings: Settings,
                                                                      database: Database) -> None:
    fact = "云岭大桥1983年由市第二建筑公司承建，1986年通车。"
    published_article(database, "bridge", f"# 云岭大桥\n\n## 建设\n\n{fact}\n", title="云岭大桥")
    published_article(database, "other", "# 摊位费\n\n摊位费每天5元。\n", title="摊位费",
                      effective_from=datetime(1980, 1, 1, tzinfo=UTC))
    answer = ask(settings, database, "1983年云岭大桥由哪个公司承建")
    assert (answer.state, [s.text for s in answer.sentences]) == (State.ANSWERED, [fact])
    assert (answer.as_of, answer.read_as_of, answer.no_rule_of) == (NOW, None, None)


def test_a_rule_of_the_time_is_not_put_aside_for_one_of_today(settings: Settings, three_years: Database) -> None:
    answer = ask(settings, three_years, "去年社保缴费基数由谁批准")
    assert answer.no_rule_of is None and answer.read_as_of is not None


@pytest.mark.parametrize(("text", "is_named"), [
    ("1983年通车", True),
    ("一九八三年通车", True), ("the bridge of 1983", True), ("19830元", False), ("1984年", False)])
@pytest.mark.parametrize("timezone", ["Asia/Shanghai", "America/New_York"])
def test_a_text_that_names_a_year_is_known_by_it(text: str, is_named: bool, timezone: str) -> None:
    begins = datetime(1983, 1, 1, tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    assert ReadAsOf("1983年", begins, None).is_named_in(text) is is_named

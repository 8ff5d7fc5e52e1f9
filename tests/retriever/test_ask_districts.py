"""Where rules differ by district and the question names none, the answer says so; a district that is named wins."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings, load_settings
from retriever.answer import Answer, State
from retriever.ask import Retriever
from retriever.factory import open_parts
from retriever.reader.fallback import FallingBack, Timed
from retriever.records import AskRequest, Turn
from retriever.validity import ByDistrict
from tests.conftest import NOW
from tests.retriever.factories import department, published_article, retriever_of
from tests.retriever.grounding import check_grounded
from tests.retriever.test_ask_reading import FITTED, MarkingReader

ALLOWANCE = "# {0}高龄津贴\n\n## 标准\n\n八十周岁以上老人每人每月{1}元。\n\n## 申领\n\n到街道申领。\n"
LIBRARY = "# Library cards in {0}\n\n## Deposit\n\nThe deposit for a library card is {1} yuan.\n"
DOGS = ("# 养犬登记\n\n## 望海区\n\n登记费每年200元。\n\n## 港东区\n\n登记费每年150元。\n\n"
        "## 材料\n\n身份证和免疫证明。\n")
PARKING = "# 停车收费\n\n## 标准\n\n| 区 | 首小时 |\n|---|---|\n| 望海区 | 5元 |\n| 港东区 | 3元 |\n| 长屿县 | 免费 |\n"
POOLS = "# Swimming pools\n\n## Entry\n\n- Wanghai District: 20 yuan.\n- Gangdong District: 15 yuan.\n"

Asking = Callable[..., Answer]


@pytest.fixture
def ask(settings: Settings, database: Database) -> Asking:
    def asked(question: str, reader: MarkingReader | None = None, **values: object) -> Answer:
        retriever = retriever_of(settings, database) if reader is None else Retriever(
            settings, database, open_parts(settings, database, None)[0], reader=FallingBack(Timed(reader, 5.0)),
            fitted=FITTED)
        answer = retriever.ask(AskRequest(question, **values), CITIZEN, now=NOW)  # type: ignore[arg-type]
        retriever.close()
        check_grounded(database, answer, CITIZEN)
        return answer
    return asked


@pytest.fixture
def by_article(database: Database) -> None:
    for slug, name, amount in (("w", "望海区", 100), ("g", "港东区", 120)):
        published_article(database, slug, ALLOWANCE.format(name, amount), title=f"{name}高龄津贴")
    for slug, name, amount in (("lw", "Wanghai District", 50), ("lg", "Gangdong District", 40)):
        published_article(database, slug, LIBRARY.format(name, amount), title=f"Library cards in {name}", lang="en")
    published_article(database, "card", "# 社保卡补办\n\n## 费用\n\n工本费20元。\n", title="社保卡补办")
    published_article(database, "ferry", "# Ferry fares\n\nAn adult pays 2 yuan.\n", title="Ferry fares", lang="en")
    published_article(database, "gym", "# 望海区体育馆\n\n## 门票\n\n门票每人15元。\n", title="望海区体育馆")


def both(answer: Answer) -> set[str]:
    assert answer.by_district is not None
    assert len(answer.by_district.given) == 1
    return {*answer.by_district.given, *answer.by_district.others}


@pytest.mark.usefixtures("by_article")
@pytest.mark.parametrize(("question", "districts"), [
    ("高龄津贴多少钱", {"望海区", "港东区"}), ("八十岁以上老人高龄津贴每月给几百块", {"望海区", "港东区"}),
    ("我妈八十了，高龄津贴标准是多少", {"望海区", "港东区"}), ("高龄津贴到哪里申领", {"望海区", "港东区"}),
    ("how much is the deposit for a library card", {"Wanghai District", "Gangdong District"}),
    ("library card deposit", {"Wanghai District", "Gangdong District"}),
    ("What deposit does a library card need?", {"Wanghai District", "Gangdong District"})])
def test_districts_with_articles_of_their_own_are_told(ask: Asking, question: str, districts: set[str]) -> None:
    answer = ask(question)
    assert answer.state is State.ANSWERED and both(answer) == districts
    assert answer.by_district is not None and answer.by_district.given[0] in answer.citations[0].title


@pytest.mark.usefixtures("by_article")
@pytest.mark.parametrize(("question", "text"), [
    ("港东区高龄津贴多少钱", "120元"), ("望海那边高龄津贴给多少", "100元"),
    ("library card deposit in Gangdong", "40 yuan"), ("how much is a library card in Wanghai District?", "50 yuan")])
def test_a_district_that_is_named_wins_and_no_other_is_told(ask: Asking, question: str, text: str) -> None:
    answer = ask(question, explain=True)
    assert text in answer.sentences[0].text and answer.by_district is None
    assert answer.explain is not None and answer.explain["candidates"]


@pytest.mark.usefixtures("by_article")
@pytest.mark.parametrize("question", ["社保卡补办多少钱", "体育馆门票多少钱", "how much is the ferry"])
def test_where_no_other_district_has_a_rule_on_the_matter_none_is_told(ask: Asking, question: str) -> None:
    assert ask(question).by_district is None


@pytest.mark.usefixtures("by_article")
@pytest.mark.parametrize("earlier", ["我住在港东区", "我妈是港东的"])
def test_a_district_that_the_caller_named_before_counts(ask: Asking, earlier: str) -> None:
    answer = ask("高龄津贴多少钱", history=(Turn("user", earlier),))
    assert answer.by_district is None


@pytest.mark.parametrize(("question", "marked", "given", "others"), [
    ("养犬登记费多少", "200元", "望海区", "港东区"), ("养狗登记一年多少钱", "150元", "港东区", "望海区"),
    ("登记一条狗要交多少钱", "200元", "望海区", "港东区")])
def test_sections_by_district_are_told_apart(database: Database, ask: Asking, question: str, marked: str, given: str,
                                            others: str) -> None:
    published_article(database, "dogs", DOGS, title="养犬登记")
    assert ask(question, MarkingReader(marked)).by_district == ByDistrict((given,), (others,))
    assert ask("养犬登记要什么材料", MarkingReader("免疫证明")).by_district is None


@pytest.mark.parametrize(("question", "marked", "given", "others"), [
    ("停车一小时多少钱", "5元", "望海区", ("港东区", "长屿县")),
    ("停车怎么收费", "免费", "长屿县", ("望海区", "港东区")),
    ("entry fee of the swimming pool", "20 yuan", "Wanghai District", ("Gangdong District",))])
def test_rows_and_items_by_district_are_told_apart_where_one_is_given(
        database: Database, ask: Asking, question: str, marked: str, given: str, others: tuple[str, ...]) -> None:
    published_article(database, "parking", PARKING, title="停车收费")
    published_article(database, "pools", POOLS, title="Swimming pools", lang="en")
    assert ask(question, MarkingReader(marked)).by_district == ByDistrict((given,), others)


@pytest.mark.parametrize(("question", "marks", "own", "others"), [
    ("港东区停车一小时多少钱", ("5元", "3元", "免费"), "3元", ("望海区", "长屿县")),
    ("我在长屿停车怎么收费", ("5元", "3元", "免费"), "免费", ("望海区", "港东区")),
    ("entry fee of the swimming pool in Gangdong", ("yuan",), "15 yuan", ("Wanghai",))])
def test_of_rows_and_items_by_district_those_of_the_named_one_are_said(
        database: Database, ask: Asking, question: str, marks: tuple[str, ...], own: str,
        others: tuple[str, ...]) -> None:
    published_article(database, "parking", PARKING, title="停车收费")
    published_article(database, "pools", POOLS, title="Swimming pools", lang="en")
    for reader in (MarkingReader(*marks), None):
        answer = ask(question, reader, explain=True)
        said = " ".join(s.text for s in answer.sentences)
        assert own in said and not [name for name in others if name in said]
        assert answer.explain is not None and answer.explain["evidence"]["chosen"]


@pytest.mark.parametrize("earlier", ["我住在港东区，想问停车的事", "我家在港东"])
def test_rows_are_those_of_the_district_that_the_caller_named_before(database: Database, ask: Asking,
                                                                     earlier: str) -> None:
    published_article(database, "parking", PARKING, title="停车收费")
    answer = ask("停车一小时多少钱", MarkingReader("5元", "3元", "免费"), history=(Turn("user", earlier),))
    assert "3元" in answer.sentences[0].text and len(answer.sentences) == 1


def test_an_answer_that_tells_of_every_district_needs_no_list(database: Database, ask: Asking) -> None:
    published_article(database, "parking", PARKING, title="停车收费")
    answer = ask("各区停车一小时多少钱", MarkingReader("5元", "3元", "免费"))
    assert len(answer.sentences) >= 3 and answer.by_district is None


def test_the_department_that_owns_it_may_say_whose_rule_it_is(database: Database, ask: Asking) -> None:
    for code, name, amount in (("cw", "望海区民政局", 100), ("cg", "港东区民政局", 120)):
        department(database, code, name=name)
        source = f"# 临时救助\n\n## 标准\n\n临时救助每人{amount}元。\n"
        published_article(database, code, source, title="临时救助", owner=code)
    assert both(ask("临时救助多少钱")) == {"望海区", "港东区"}


def test_of_a_district_without_a_rule_nothing_is_given_though_others_have_one(
        settings: Settings, database: Database) -> None:
    for slug, name, amount in (("w", "望海区", 100), ("g", "港东区", 120)):
        published_article(database, slug, ALLOWANCE.format(name, amount), title=f"{name}高龄津贴")
    published_article(database, "card", "# 社保卡补办\n\n## 费用\n\n老人补办免工本费。\n", title="社保卡补办")
    sure = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, ask={"precision": 0.9},
                         embedding={"provider": "none"})
    retriever = Retriever(sure, database, open_parts(settings, database, None)[0],
                          reader=FallingBack(Timed(MarkingReader("每月"), 5.0)), fitted=FITTED)
    answer = retriever.ask(AskRequest("长屿县老人高龄津贴多少钱"), CITIZEN, now=NOW)
    retriever.close()
    assert (answer.sentences, answer.reason, answer.not_known_for) == ((), "unknown_place", "长屿县")


@pytest.mark.usefixtures("by_article")
def test_sections_to_check_say_that_they_are_of_several_districts(settings: Settings, database: Database) -> None:
    sure = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, ask={"precision": 0.9},
                         embedding={"provider": "none"})
    retriever = Retriever(sure, database, open_parts(settings, database, None)[0],
                          reader=FallingBack(Timed(MarkingReader("每月", sure=0.5), 5.0)), fitted=FITTED)
    answer = retriever.ask(AskRequest("高龄津贴多少钱"), CITIZEN, now=NOW)
    retriever.close()
    assert (answer.state, answer.by_district) == (State.CHECK, ByDistrict((), ("望海区", "港东区")))
    assert answer.as_dict()["by_district"] == {"given": [], "others": ["望海区", "港东区"]}

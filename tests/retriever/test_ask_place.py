"""A question about a place of which nothing is known is not answered by another place's rule."""

from __future__ import annotations

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.factories import published_article, retriever_of


@pytest.fixture
def two_districts(database: Database) -> Database:
    for slug, name in (("wanghai", "望海区"), ("gangdong", "港东区")):
        published_article(database, slug, f"# {name}高龄津贴\n\n## 标准\n\n{name}八十周岁以上老人每人每月100元。\n",
                          title=f"{name}高龄津贴")
    return database


@pytest.mark.parametrize("place", ["北港区", "青石县", "高新区", "经开区", "开发区", "西城区", "南山区"])
def test_a_place_without_a_text_is_said_not_to_be_known(settings: Settings, two_districts: Database,
                                                        place: str) -> None:
    answer = retriever_of(settings, two_districts).ask(AskRequest(f"{place}高龄津贴多少钱"), CITIZEN, now=NOW)
    assert (answer.abstained, answer.reason, answer.not_known_for) == (True, "unknown_place", place)
    assert answer.sentences == ()
    assert answer.as_dict()["not_known_for"] == place


def test_a_place_of_the_city_is_answered_by_its_own_text(settings: Settings, two_districts: Database) -> None:
    answer = retriever_of(settings, two_districts).ask(AskRequest("港东区高龄津贴多少钱"), CITIZEN, now=NOW)
    assert answer.not_known_for is None
    assert [s.text for s in answer.sentences] == ["港东区八十周岁以上老人每人每月100元。"]


@pytest.mark.parametrize("question", ["高新区高龄津贴多少钱", "开发区高龄津贴多少钱"])
def test_a_zone_that_a_text_names_is_known(settings: Settings, two_districts: Database, question: str) -> None:
    zone = question[:3]
    published_article(two_districts, "zone", f"# {zone}高龄津贴\n\n## 标准\n\n{zone}八十周岁以上老人每人每月90元。\n",
                      title=f"{zone}高龄津贴")
    answer = retriever_of(settings, two_districts).ask(AskRequest(question), CITIZEN, now=NOW)
    assert answer.not_known_for is None

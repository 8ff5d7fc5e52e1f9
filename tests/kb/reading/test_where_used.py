"""A figure is found in every text that may be read, however it is written, kept or not, and in no other."""

from __future__ import annotations

import pytest

from kb.actor import CITIZEN, Actor, Role
from kb.articles.kept_facts import keep_facts
from kb.articles.writing import drafts
from kb.db import Database
from kb.errors import Denied, Invalid
from kb.reading.where_used import Uses, where_used
from tests.kb.factories import (
    AGENT,
    MANAGER,
    add_department,
    approver,
    at,
    editor,
    published,
    retired,
    revision_text,
    submitted,
)

SUPERVISOR = Actor("u-su", "su", frozenset({Role.SUPERVISOR}))


@pytest.fixture
def articles(database: Database) -> Database:
    """Articles of two departments that write a number and a fee in different ways."""
    for code in ("hrss", "fund"):
        add_department(database, code)
    published(database, revision_text("咨询0699-5550912，工本费25元。"), slug="card")
    table = "| 项目 | 金额（元） |\n|---|---|\n| 补卡 | 25 |\n\n电话 06995550912"
    published(database, revision_text(table, owner="fund", author="fund-editor", title="公积金卡"), slug="fund-card")
    published(database, revision_text("每本工本费二十五元。", title="簿册", audience="agent"), slug="book")
    published(database, revision_text("办理时限25个工作日，邮费52元。", title="时限"), slug="limit")
    return database


def places(database: Database, text: str, viewer: Actor = AGENT, *, day: float = 5) -> list[tuple[str, str, str]]:
    return [(use.slug, use.standing.value, use.quote) for use in found(database, text, viewer, day=day).places]


def found(database: Database, text: str, viewer: Actor = AGENT, *, day: float = 5) -> Uses:
    with database.reading() as session:
        return where_used(session, viewer, text, now=at(day))


FEE = [("book", "live", "二十五元"), ("card", "live", "25元"), ("fund-card", "live", "25")]
NUMBER = [("card", "live", "0699-5550912"), ("fund-card", "live", "06995550912")]


def test_a_fee_and_a_number_are_found_however_they_are_written(articles: Database) -> None:
    unkept = found(articles, "25元")
    keep_facts(articles)
    assert found(articles, "25元") == unkept
    for written in ("25元", "二十五元", "25.00元", "¥25"):
        assert places(articles, written) == FEE
    for written in ("0699-5550912", "06995550912", "0699 5550912"):
        assert places(articles, written) == NUMBER
    assert places(articles, "25个工作日") == [("limit", "live", "25个工作日")]
    assert places(articles, "25元/本") == [("book", "live", "二十五元")]
    assert places(articles, "26元") == []


def test_a_text_to_come_is_scheduled_and_one_whose_time_is_over_is_not_found(articles: Database) -> None:
    published(articles, revision_text("工本费30元。", effective_from=at(30)), slug="card", number=2, day=2)
    published(articles, revision_text("夏季开放到6月，门票30元。", title="门票", effective_to=at(4)), slug="ticket")
    keep_facts(articles)
    assert places(articles, "30元") == [("card", "scheduled", "30元")]
    assert places(articles, "30元", day=3) == [("card", "scheduled", "30元"), ("ticket", "live", "30元")]
    assert ("card", "live", "25元") in places(articles, "25元", day=29)
    assert ("card", "live", "25元") not in places(articles, "25元", day=31)
    retired(articles, "fund-card", day=3)
    assert ("fund-card", "live", "25") not in places(articles, "25元")


def test_drafts_and_texts_in_review_are_for_those_who_write_or_sign_for_their_department(articles: Database) -> None:
    keep_facts(articles)
    writer = editor("fund-editor", "fund")
    with articles.transaction() as session:
        drafts.start(session, writer, "new", revision_text("工本费25元。", owner="fund", title="新卡"), now=at(1),
                     origin="test")
    submitted(articles, revision_text("工本费25元，自取。", title="补卡"), slug="card", day=1)
    hidden = {("new", "draft", "25元"), ("card", "waiting", "25元")}
    assert hidden & set(places(articles, "25元", writer)) == {("new", "draft", "25元")}
    assert hidden & set(places(articles, "25元", approver())) == {("card", "waiting", "25元")}
    assert hidden <= set(places(articles, "25元", MANAGER))
    for viewer in (AGENT, SUPERVISOR):
        assert places(articles, "25元", viewer) == FEE
    with articles.reading() as session, pytest.raises(Denied):
        where_used(session, CITIZEN, "25元", now=at(5))


def test_a_place_is_shown_with_its_line_and_what_it_is_of(articles: Database) -> None:
    (use,) = [use for use in found(articles, "25元").places if use.slug == "card"]
    assert (use.before, use.quote, use.after) == ("咨询0699-5550912，工本费", "25元", "。")
    assert (use.attribute, use.number, use.department, use.title) == ("工本费", 1, "hrss", "补卡")
    assert found(articles, "25元").as_dict()["articles"] == 3


def test_words_that_are_not_one_figure_are_refused(database: Database) -> None:
    for text in ("", "工本费", "25", "0699-5550912 或 0699-5550913", "\0", "%", "x" * 300):
        with database.reading() as session, pytest.raises(Invalid) as refused:
            where_used(session, AGENT, text, now=at(5))
        assert "q" in refused.value.facts["fields"]


def test_a_place_is_shown_as_its_page_shows_it(articles: Database) -> None:
    text = "## 收费\n\n- **补领**：每证收[工本费](https://example.org/fee)`27元`，~~旧价~~不另收费。"
    published(articles, revision_text(text, title="补领收费"), slug="reissue")
    use, = found(articles, "27元").places
    assert use.shown == ("补领：每证收工本费", "27元", "，不另收费。")
    assert "**" in use.before and use.as_dict()["shown"] == list(use.shown)
    row = next(use for use in found(articles, "25元").places if use.slug == "fund-card")
    assert row.shown == ("补卡", "25", "")


def test_a_line_that_is_cut_says_so_and_tears_no_number_apart(articles: Database) -> None:
    text = (f"经办咨询拨0699-5550914，缴费{'扣' * 22}拨0699-5550915，工本费28元，{'另' * 30}邮寄费用请拨0699-5550916。")
    published(articles, revision_text(text, title="补卡咨询"), slug="torn")
    use, = found(articles, "28元").places
    assert use.shown[0].startswith("…") and "0914" not in use.shown[0] and use.shown[0].endswith("工本费")
    assert use.shown[2].endswith("…") and "0699" not in use.shown[2]

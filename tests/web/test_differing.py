"""Two articles in force that contradict each other: both are shown, what differs is said, and what to do about it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kb.articles.kept_conflicts import FoundConflict, keep_conflicts
from tests.retriever.factories import department, published_article
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, words

SOURCE = "## 费用\n\n锡石备案每件收工本费20元。\n\n## 材料\n\n锡石备案带身份证原件。\n"
OTHER = "## 收费一览\n\n窗口代办的备案，每件收三十元。<b>含税</b>\n"
QUESTION = "锡石备案每件收工本费多少元"
EARLY = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def articles(app: Flask) -> None:
    contradicting(app)


def contradicting(app: Flask) -> None:
    """Two articles, of which the second says otherwise, and an internal one that does too; once an installation."""
    if app.test_client().get("/articles/cassiterite").status_code != 404:
        return
    database = app.extensions["kb"].database
    department(database, "window-hall", name="市政务服务中心")
    one = published_article(database, "cassiterite", SOURCE, title="锡石备案", now=EARLY)
    others = [published_article(database, f"cassiterite-{audience}", OTHER, title="窗口收费口径", owner="window-hall",
                                audience=audience, effective_from=EARLY, now=EARLY) for audience in ("public", "agent")]
    start, there = SOURCE.index("锡石备案每件"), OTHER.index("每件收三十元")
    for other in others:
        with database.transaction() as session:
            keep_conflicts(session, other, [one], [FoundConflict(
                other, one, "money", 0.9, there, there + 6, start, start + 15)], now=EARLY)
    app.extensions["kb"].retriever.catch_up()


def told(page: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", block).strip() for block in re.findall(r'class="differs".*?</div>', page, re.S)]


def test_an_agent_reads_both_texts_below_the_answer_and_is_told_to_check(agent: Visitor) -> None:
    page = agent.ask(QUESTION).get_data(as_text=True)
    check_harmless(page)
    assert "说法不一，请核实" in page and "有把握" not in page.split('class="verdict')[1].split("</p>")[0]
    blocks = told(page)
    assert len(blocks) == 2
    assert page.index('id="said"') < page.index('class="differs"') < page.index('class="answer-foot"')
    assert "另一条目说法不一致" in blocks[0] and "窗口代办的备案，每件收三十元。" in blocks[0]
    assert "市政务服务中心" in blocks[0] and "2026年7月1日" in blocks[0]
    assert "请向市民说明" in blocks[0]
    assert [("内部" in block) for block in blocks].count(True) == 1


def test_the_copied_text_says_it_too(agent: Visitor) -> None:
    copied = agent.ask(QUESTION).get_data(as_text=True).split('id="copy-text"')[1].split("</template>")[0]
    assert "! 另一条目说法不一致： 窗口代办的备案，每件收三十元。" in copied
    assert "（市政务服务中心、" in copied and "/articles/cassiterite-public/r/1?cite=" in copied


def test_a_citizen_hears_of_the_public_text_alone_and_whom_to_ask(citizen: Visitor) -> None:
    page = citizen.ask(QUESTION).get_data(as_text=True)
    (block,) = told(page)
    assert "请先向责任部门核实" in block and "请向市民说明" not in block
    assert "cassiterite-agent" not in page


def test_an_answer_that_is_opened_again_says_it_still(agent: Visitor) -> None:
    first = agent.ask(QUESTION)
    page = agent.get(first.headers["HX-Push-Url"]).get_data(as_text=True)
    assert [("三十元" in block) for block in told(page)] == [True, True]


def test_the_english_page_says_it_in_english(app: Flask) -> None:
    page = Visitor(app, language="en").ask(QUESTION)
    assert "Another article says otherwise" in words(page) and "Texts differ: check" in words(page)


def test_the_api_gives_the_other_quote_with_its_place(client: FlaskClient) -> None:
    answer = client.post("/api/v1/ask", json={"question": QUESTION}).get_json()
    (one,) = answer["differs"]
    assert OTHER[one["start"]:one["end"]] == one["quote"]
    assert (one["slug"], one["department"], one["audience"], one["kind"]) == (
        "cassiterite-public", "window-hall", "public", "money")
    assert one["citations"] and answer["state"] == "answered"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_section_that_was_taken_is_shown_with_what_contradicts_it(agent: Visitor, installation: Installation) -> None:
    assert installation
    page = agent.ask(QUESTION)
    address = page.headers["HX-Push-Url"]
    start = SOURCE.index("## 费用")
    end = SOURCE.index("## 材料")
    at = SOURCE.index("锡石备案每件")
    taken = agent.post(f"{address}/taken", {
        "question": QUESTION, "slug": "cassiterite", "revision": "1", "heading": ["费用"],
        "place": f"{start}-{end}:{at}-{at + 15}"}).get_data(as_text=True)
    assert len(told(taken)) == 2

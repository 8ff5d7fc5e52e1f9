"""The health of a department and the board: who sees them, what they say of each signal, and the table to take away."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from kb.clock import zone
from kb.db import Database
from kb.models import Article
from kb.upkeep.signals.scanning import scan_articles
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, words

BROKEN = "月长石证免费办理。减免执行至2026年10月31日，见[月长石<b>收费](article:coral-fee)。"


@pytest.fixture(scope="module")
def coral(app: Flask) -> Database:
    """An article of hrss with a date gone by and a link to nowhere, looked at."""
    database: Database = app.extensions["kb"].database
    published_article(database, "coral-card", BROKEN, title="月长石证<i>", now=NOW - timedelta(days=40))
    published_article(database, "coral-inside", "月长石内部口径。", title="月长石口径", audience="agent",
                      now=NOW - timedelta(days=40))
    with database.reading() as session:
        ids = list(session.scalars(select(Article.id).where(Article.slug == "coral-card")))
    scan_articles(database, ids, now=NOW, tz=zone("Asia/Shanghai"))
    return database


@pytest.fixture
def visitor(app: Flask, installation: Installation) -> Callable[..., Visitor]:
    def sign_in(login: str, language: str = "zh") -> Visitor:
        found = Visitor(app, language=language)
        assert found.sign_in(login, installation.passwords[login]).status_code == 303
        return found

    return sign_in


@pytest.mark.usefixtures("coral")
def test_a_department_sees_what_is_due_with_its_evidence_linked(visitor: Callable[..., Visitor]) -> None:
    page = visitor("hrss-editor").get("/upkeep/departments/hrss")
    assert page.status_code == 200
    html = page.get_data(as_text=True)
    check_harmless(html)
    assert "文中内容的执行期限（2026年10月31日）已过" in words(page)
    start = BROKEN.index("减免")
    assert f'href="/articles/coral-card/r/1?cite={start}-{len(BROKEN)}#cite-1"' in unescape(html)
    assert "文中引用的知识条目 coral-fee 不存在" in words(page)
    assert 'action="/edit/articles/coral-card/drafts"' in html  # one click to a draft
    assert "每周情况" in words(page)
    english = visitor("hrss-editor", "en").get("/upkeep/departments/hrss")
    assert "what it says held until 2026-10-31" in words(english)


@pytest.mark.usefixtures("coral")
def test_who_may_not_read_a_departments_insights_is_refused(visitor: Callable[..., Visitor], agent: Visitor,
                                                            citizen: Visitor) -> None:
    assert visitor("hrss-editor").get("/upkeep/departments/fund").status_code == 403
    assert agent.get("/upkeep/departments/hrss").status_code == 403
    refused = agent.get("/upkeep")
    assert refused.status_code == 403 and "由各部门编写和签字人员" in words(refused)
    assert agent.get("/upkeep/board.csv").status_code == 403
    assert 'href="/upkeep"' not in agent.get("/help").get_data(as_text=True)
    assert citizen.get("/upkeep").status_code == 401
    assert citizen.get("/upkeep/board.csv").status_code == 401
    assert visitor("supervisor").get("/upkeep/departments/nonsense").status_code == 404


@pytest.mark.usefixtures("coral")
def test_the_board_has_every_department_and_says_its_rules(visitor: Callable[..., Visitor]) -> None:
    page = visitor("supervisor").get("/upkeep")
    assert page.status_code == 200
    check_harmless(page.get_data(as_text=True))
    assert "人力资源" in words(page) and "应付了事" in words(page)
    assert len(re.findall(r'href="/upkeep/departments/', page.get_data(as_text=True))) >= 15
    own = visitor("hrss-editor").get("/upkeep")
    assert own.status_code == 302 and own.location.endswith("/upkeep/departments/hrss")


@pytest.mark.usefixtures("coral")
def test_the_board_is_taken_away_as_a_table(visitor: Callable[..., Visitor]) -> None:
    reply = visitor("supervisor").get("/upkeep/board.csv")
    assert reply.mimetype == "text/csv" and "attachment" in reply.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(reply.get_data(as_text=True).removeprefix("\ufeff"))))
    hrss, = (row for row in rows if row["department"] == "hrss")
    assert int(hrss["stale"]) >= 1 and hrss["way"] in ("few", "coping", "selective", "delayed", "well", "mixed")


@pytest.mark.usefixtures("coral")
def test_staff_see_signals_on_the_articles_page_and_citizens_beside_a_citation(agent: Visitor, citizen: Visitor,
                                                                               ) -> None:
    page = agent.get("/articles/coral-card")
    assert "可能过时的内容" in words(page) and "coral-fee 不存在" in words(page)
    check_harmless(page.get_data(as_text=True))
    assert "可能过时的内容" not in words(citizen.get("/articles/coral-card"))
    answer = citizen.ask("月长石证的减免执行至什么时候")
    assert "文中内容的执行期限（2026年10月31日）已过" in words(answer)


@pytest.mark.usefixtures("coral")
def test_the_desk_tells_signals_and_is_narrowed_by_them(visitor: Callable[..., Visitor]) -> None:
    desk = visitor("hrss-editor")
    assert "coral-card" in desk.get("/edit?q=月长石&signals=warning").get_data(as_text=True)
    assert "coral-card" not in desk.get("/edit?q=月长石&signals=serious").get_data(as_text=True)
    assert desk.get("/edit?signals=nonsense").status_code == 400


@pytest.mark.usefixtures("coral")
def test_the_api_lists_signals_page_by_page_for_the_staff(app: Flask, token: Callable[..., dict[str, str]]) -> None:
    client, headers = app.test_client(), {**token("agent", "read"), "Accept-Language": "en"}
    body = client.get("/api/v1/signals?article=coral-card&limit=1", headers=headers).get_json()
    assert len(body["items"]) == 1
    more = client.get(f"/api/v1/signals?article=coral-card&limit=1&cursor={body['next_cursor']}", headers=headers
                      ).get_json()
    kinds = {one["kind"] for one in (*body["items"], *more["items"])}
    assert kinds == {"date", "reference"}
    assert client.get("/api/v1/signals?kind=nonsense", headers=headers).status_code == 400
    assert client.get("/api/v1/signals").status_code == 401

"""What is out of sight: citizens read that the text is not public now, the staff why, since when and by whom."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from kb.articles.acts import hiding
from tests.conftest import NOW
from tests.kb.factories import MANAGER, approver
from tests.retriever.factories import published_article
from tests.web.conftest import Installation, later
from tests.web.site import Visitor, words


def test_a_hidden_article_is_gone_for_citizens_and_marked_for_the_staff(make_app: Callable[..., Flask], app: Flask,
                                                                       installation: Installation) -> None:
    database = app.extensions["kb"].database
    published_article(database, "unseen", "缂丝补贴每月七十七元。", title="缂丝补贴", now=NOW)
    with database.transaction() as session:
        hiding.hide(session, MANAGER, "unseen", reason="金额 <b>有误</b>", now=NOW, origin="test")
    soon = make_app(clock=later(minutes=1))
    citizen, agent = Visitor(soon), Visitor(soon)
    agent.sign_in("agent", installation.passwords["agent"])
    for path in ("/articles/unseen", "/articles/unseen/r/1", "/articles/unseen/history"):
        response = citizen.get(path)
        assert (response.status_code, "该文本现在不公开" in words(response)) == (404, True)
    for visitor in (citizen, agent):
        assert "缂丝" not in words(visitor.get("/browse/hrss"))
        assert "七十七元" not in words(visitor.ask("缂丝补贴多少钱"))
        assert "缂丝" not in words(visitor.post("/suggest", {"typed": "缂丝"}))
        assert "七十七元" not in words(visitor.get("/search?q=缂丝补贴"))
    page = agent.get("/articles/unseen")
    assert "km于2026年11月24日 12:00将其隐藏" in words(page) and "到2026年11月26日 12:00自动恢复" in words(page)
    assert "金额 &lt;b&gt;有误&lt;/b&gt;" in page.get_data(as_text=True)
    with database.transaction() as session:
        hiding.sign_hiding(session, approver("wu"), "unseen", now=NOW, origin="test")
    assert "wu已签字" in words(agent.get("/articles/unseen"))
    with database.transaction() as session:
        hiding.show(session, MANAGER, "unseen", now=NOW, origin="test")
    assert "缂丝补贴每月七十七元" in words(citizen.get("/articles/unseen"))


def test_s14_an_old_address_does_not_show_what_was_public_by_mistake(make_app: Callable[..., Flask], app: Flask,
                                                                     installation: Installation) -> None:
    database = app.extensions["kb"].database
    published_article(database, "slip", "琥珀事项内部口径。", title="琥珀口径", now=NOW)
    published_article(database, "slip", "琥珀事项内部口径，改。", title="琥珀口径", audience="agent", now=NOW)
    soon = make_app(clock=later(minutes=1))
    citizen, agent = Visitor(soon), Visitor(soon)
    agent.sign_in("agent", installation.passwords["agent"])
    for path in ("/articles/slip", "/articles/slip/r/1"):
        assert "该文本现在不公开" in words(citizen.get(path))
        assert "琥珀事项内部口径" in words(agent.get(path))
    for day in ("", "2026-11-24"):
        assert "内部口径" not in words(citizen.ask("琥珀事项口径", as_of=day))

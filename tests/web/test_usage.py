"""The page that finds where a figure is used, and carries one change of it into the articles that are ticked."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask

from kb.actor import OPERATOR, Actor, Role
from kb.articles.writing import drafts
from kb.people import people
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, words

PHONE, OTHER = "0599-5550142", "0599-5550188"
MANAGER = Actor("u-km", "manager", frozenset({Role.KNOWLEDGE_MANAGER}))


@pytest.fixture(scope="module")
def manager(app: Flask, installation: Installation) -> Visitor:
    database = app.extensions["kb"].database
    for slug, text in (("usage-one", f"咨询{PHONE}。"), ("usage-two", "请拨打05995550142<b>。")):
        published_article(database, slug, text, title=f"用处{slug[-3:]}<i>", now=NOW)
    visitor = Visitor(app)
    assert visitor.sign_in("manager", installation.passwords["manager"]).status_code == 303
    return visitor


@pytest.mark.usefixtures("manager")
def test_staff_find_every_place_and_citizens_do_not_see_the_page(agent: Visitor, citizen: Visitor) -> None:
    page = agent.get(f"/where-used?q={PHONE}")
    assert page.status_code == 200 and "共有2个条目用到" in words(page)
    html = page.get_data(as_text=True)
    check_harmless(html)
    assert re.search(r'href="/articles/usage-one/r/1\?cite=2-14"', unescape(html))
    assert "生成草稿" not in words(page)  # an agent writes nothing
    assert citizen.get(f"/where-used?q={PHONE}").status_code == 401
    assert "没有用到" in words(agent.get(f"/where-used?q={OTHER}"))
    assert agent.get("/where-used").status_code == 200


def test_what_is_no_figure_is_said_on_the_page(agent: Visitor) -> None:
    page = agent.get("/where-used?q=电话")
    assert page.status_code == 400 and "请输入一项带单位的内容" in words(page)
    assert 'value="电话"' in page.get_data(as_text=True)


def test_ticked_articles_get_drafts_and_a_wrong_change_is_said(app: Flask, manager: Visitor, agent: Visitor) -> None:
    form = {"old": PHONE, "new": "25元", "slug": ["usage-one"], "note": "换号"}
    wrong = manager.post("/where-used/carry", form)
    assert wrong.status_code == 400 and "类别或单位不一致" in words(wrong) and "用处one" in words(wrong)
    assert agent.post("/where-used/carry", form).status_code == 403
    done = manager.post("/where-used/carry", {**form, "new": OTHER})
    assert done.status_code == 200 and "已生成1份草稿" in words(done) and "1处" in words(done)
    with app.extensions["kb"].database.reading() as session:
        (draft,) = drafts.list_drafts(session, MANAGER, slug="usage-one")
        assert (draft.text.source, draft.text.change_note, draft.author) == (f"咨询{OTHER}。", "换号", "manager")
    again = manager.post("/where-used/carry", {**form, "new": OTHER})
    assert "您已有该条目的草稿" in words(again)
    assert "没有勾选条目" in words(manager.post("/where-used/carry", {**form, "new": OTHER, "slug": []}))
    with app.extensions["kb"].database.transaction() as session:
        drafts.discard(session, MANAGER, draft.id, seen=draft.version, now=NOW, origin="test")


@pytest.mark.usefixtures("manager")
def test_articles_that_another_department_changes_have_no_box_to_tick(app: Flask) -> None:
    with app.extensions["kb"].database.transaction() as session:
        people.create_user(session, OPERATOR, login="usage-fund", name="", grants=[(Role.EDITOR, "fund")],
                           password="a long password", is_once=False, now=NOW)
    visitor = Visitor(app)
    assert visitor.sign_in("usage-fund", "a long password").status_code == 303
    page = visitor.get(f"/where-used?q={PHONE}")
    assert "由该部门修改" in words(page) and 'value="usage-one"' not in page.get_data(as_text=True)

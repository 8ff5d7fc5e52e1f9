"""Where every page leads: for whom what is shown, how much waits there, and what must not be built."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask_babel import lazy_gettext

from kb.people.permissions import Action
from tests.web.conftest import Installation
from tests.web.site import Visitor, tags, words
from web import navigation
from web.navigation import ITEMS, Item, check_items, is_within

EVERYBODYS = ["/", "/search", "/browse"]


def ways(page: str) -> list[str]:
    nav = page.split('id="site-nav"')[1].split("</nav>")[0]
    return [a["href"] for tag, a in tags(nav) if tag == "a"]


def test_citizens_are_led_to_what_is_for_everybody_and_agents_to_what_they_said(citizen: Visitor,
                                                                               agent: Visitor) -> None:
    assert ways(citizen.get("/search").get_data(as_text=True)) == EVERYBODYS
    assert ways(agent.get("/search").get_data(as_text=True)) == [*EVERYBODYS, "/feedback", "/callbacks", "/notices"]


def test_an_administrator_is_led_to_people_too(app: Flask, installation: Installation) -> None:
    admin = Visitor(app)
    admin.sign_in("admin", installation.passwords["admin"])
    page = admin.get("/admin/people").get_data(as_text=True)
    assert ways(page)[:3] == EVERYBODYS and "/admin/people" in ways(page)
    assert re.search(r'<a href="/admin/people" aria-current="page">', page)


@pytest.mark.parametrize(("path", "current"), [
    ("/", "/"), ("/search?q=x", "/search"), ("/browse/hrss", "/browse"), ("/articles/hostile/history", "/browse")])
def test_the_screen_that_is_open_is_marked(citizen: Visitor, path: str, current: str) -> None:
    nav = citizen.get(path).get_data(as_text=True).split('id="site-nav"')[1].split("</nav>")[0]
    assert [a["href"] for tag, a in tags(nav) if tag == "a" and a.get("aria-current")] == [current]


def test_of_what_came_of_answers_one_screen_is_marked(agent: Visitor) -> None:
    for path in ("/feedback/mine", "/callbacks"):
        nav = agent.get(path).get_data(as_text=True).split('id="site-nav"')[1].split("</nav>")[0]
        assert [a["href"] for tag, a in tags(nav) if tag == "a" and a.get("aria-current")] == [
            "/callbacks" if path == "/callbacks" else "/feedback"]


def test_how_much_waits_is_told_to_those_who_may_do_it(agent: Visitor, citizen: Visitor,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    review = replace(ITEMS[1], action=Action.PROPOSE_KNOWN, counts=lambda _session, who, _now: len(who.name))
    monkeypatch.setattr(navigation, "ITEMS", (ITEMS[0], review))
    nav = agent.get("/help").get_data(as_text=True).split('id="site-nav"')[1].split("</nav>")[0]
    assert re.search(r'<span class="count">5<span class="visually-hidden"> 项待办</span></span>', nav)
    assert ways(citizen.get("/help").get_data(as_text=True)) == ["/"]


@pytest.mark.parametrize("endpoint", ["editor.no_such_screen", "public.home"])
def test_a_way_to_nowhere_or_to_the_same_screen_twice_stops_the_start(app: Flask, endpoint: str) -> None:
    with pytest.raises(RuntimeError, match=endpoint.replace(".", r"\.")):
        check_items(app, (*ITEMS, Item(endpoint, lazy_gettext("Ask"), Action.READ)))


def test_a_whole_blueprint_belongs_to_a_screen_where_it_says_so() -> None:
    item = Item("a.list", lazy_gettext("Ask"), Action.READ, within=("b.", "c.one"))
    assert [name for name in ("a.list", "a.other", "b.any", "c.one", "c.two") if is_within(item, name)] == [
        "a.list", "b.any", "c.one"]


def test_every_page_names_the_hotline_its_number_and_help(citizen: Visitor) -> None:
    for path in ("/", "/browse", "/no-such-page"):
        foot = citizen.get(path).get_data(as_text=True).split('<footer class="site-foot">')[1]
        assert 'href="tel:12345"' in foot and 'href="/help"' in foot
    text = words(citizen.get("/help"))
    assert "怎么提问" in text and "有把握" in text and "快捷键" in text

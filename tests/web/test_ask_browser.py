"""At an agent's desk, in a real browser: the conversation stays whatever happens, and the keyboard is enough."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from kb.actor import Actor, Role
from kb.articles.acts import hiding
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.conftest import Installation
from tests.web.test_answers_browser import signed_in
from tests.web.test_browser import CHROMIUM, PHONE, QUESTION, address, ask, browser, open_page, serve

__all__ = ["address", "browser", "open_page", "serve"]  # fixtures

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: make browser, or CHROMIUM=…")
ADDRESS = re.compile(r"/answers/[0-9a-f-]{36}$")
FOLLOW_UP = "那邮寄要多久"


def test_the_conversation_survives_reload_back_and_a_switch_of_language(open_page: Callable[..., Page]) -> None:
    page = open_page()
    ask(page, QUESTION)
    expect(page).to_have_url(ADDRESS)
    ask(page, FOLLOW_UP)
    second = page.url
    page.reload()
    expect(page.locator("#asked")).to_have_text(FOLLOW_UP)
    expect(page.locator(".earlier summary")).to_have_text([QUESTION])
    page.click("nav.site-nav a:nth-child(2)")
    page.go_back()
    expect(page.locator("#asked")).to_have_text(FOLLOW_UP)
    page.go_back()
    expect(page.locator("#asked")).to_have_text(QUESTION)
    page.wait_for_timeout(800)  # the page takes one step of the history after the other
    page.go_forward()
    expect(page.locator("#asked")).to_have_text(FOLLOW_UP)
    page.click("text=English")
    assert page.url == second
    expect(page.locator("#copy")).to_contain_text("Copy with sources")
    expect(page.locator("#asked")).to_have_text(FOLLOW_UP)


@pytest.mark.parametrize("gap_ms", [40, 200])
def test_back_and_at_once_forward_again_shows_where_one_is(open_page: Callable[..., Page], gap_ms: int) -> None:
    page = open_page()
    ask(page, "社保卡丢了怎么补办")
    ask(page, "坐轮渡多少钱")
    there = page.url
    page.evaluate(f"history.back(); setTimeout(() => history.forward(), {gap_ms})")
    expect(page.locator("#workspace")).not_to_have_attribute("aria-busy", "true")
    page.wait_for_timeout(500)
    expect(page.locator("#asked")).to_have_text("坐轮渡多少钱")
    assert page.url == there
    page.go_back()
    expect(page.locator("#asked")).to_have_text("社保卡丢了怎么补办")
    ask(page, "公积金怎么提取")  # what came back is alive


def test_an_answers_address_leads_a_colleague_to_the_same_words(open_page: Callable[..., Page],
                                                                installation: Installation) -> None:
    page = signed_in(open_page, installation)
    ask(page, "紫晶事项派给谁")
    said = page.locator("#said").inner_text()
    stranger = open_page(ADDRESS.search(page.url)[0], expected="404")  # type: ignore[index]
    expect(stranger.locator("#problem-said")).to_be_visible()
    stranger.click("#main a[href^='/sign-in']")
    stranger.fill("#login", "supervisor")
    stranger.fill("#password", installation.passwords["supervisor"])
    stranger.keyboard.press("Enter")
    expect(stranger.locator("#said")).to_have_text(said, use_inner_text=True)


def test_a_new_caller_the_last_question_and_the_cited_text_are_one_key_away(open_page: Callable[..., Page]) -> None:
    page = open_page()
    ask(page, QUESTION)
    page.keyboard.press("s")
    body = page.locator("#panel .panel-body")
    expect(body).to_be_focused()
    before = body.evaluate("it => it.scrollTop")
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    page.wait_for_function("before => document.querySelector('.panel-body').scrollTop > before", arg=before)
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator(".cite").first).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#question")).to_have_value(QUESTION)
    page.keyboard.press("Alt+n")
    expect(page.locator(".hero")).to_be_visible()
    expect(page.locator("#question")).to_be_focused()
    expect(page.locator("[name=turn_text]")).to_have_count(0)


def test_the_question_mark_shows_the_keys_and_escape_closes_them(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.keyboard.type("?")
    expect(page.locator("#question")).to_have_value("?")  # in the box it is a character
    ask(page, QUESTION)
    page.keyboard.press("?")
    sheet = page.locator("#keys-sheet")
    expect(sheet).to_be_visible()
    expect(sheet).to_contain_text("新来电")
    page.keyboard.press("n")
    expect(page.locator("#asked")).to_have_text(QUESTION)  # behind the sheet nothing happens
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_a_click_while_the_network_is_away_loses_nothing(open_page: Callable[..., Page]) -> None:
    page = open_page(expected="ERR_INTERNET_DISCONNECTED|htmx:")
    ask(page, QUESTION)
    page.context.set_offline(True)
    page.locator("#said .cite").first.click()
    expect(page.locator("#problem")).to_contain_text("连不上服务器")
    expect(page.locator("#asked")).to_have_text(QUESTION)
    page.fill("#question", FOLLOW_UP)
    page.press("#question", "Enter")
    expect(page.locator("#problem")).to_contain_text("连不上服务器")
    expect(page.locator("#question")).to_have_value(FOLLOW_UP)
    page.context.set_offline(False)
    page.press("#question", "Enter")
    expect(page.locator("#asked")).to_have_text(FOLLOW_UP)


def test_fault_63_a_tab_that_is_come_back_to_is_told_that_its_answer_holds_no_more(
        open_page: Callable[..., Page], app: Flask) -> None:
    database = app.extensions["kb"].database
    published_article(database, "opal-tab", "欧泊手续费收取三十元。", title="欧泊手续费",
                      now=datetime(2026, 1, 1, tzinfo=UTC))
    page = open_page()
    ask(page, "欧泊手续费")
    manager = Actor("u-km", "km", frozenset({Role.KNOWLEDGE_MANAGER}))
    with database.transaction() as session:
        hiding.hide(session, manager, "opal-tab", reason="金额有误", now=NOW, origin="test")
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("#standing")).to_contain_text("请勿再按此答复")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press("c")
    expect(page.locator("#copy span")).to_have_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()").startswith("回答所引条文已不再公开")
    page.keyboard.press("r")
    expect(page.locator("#standing")).to_be_empty()
    expect(page.locator("#asked")).to_have_text("欧泊手续费")
    assert "三十元" not in page.inner_text("body")


def test_a_known_question_or_a_name_is_suggested_by_its_initials(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.keyboard.type("sbk")
    expect(page.locator("#suggestions li").first).to_contain_text("社会保障卡")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2").first).to_contain_text("社会保障卡")
    expect(page.locator("#question")).to_have_value("")


@pytest.mark.parametrize("login", ["manager", "admin"])
def test_on_a_phone_many_ways_fold_into_a_menu(open_page: Callable[..., Page], installation: Installation,
                                               login: str) -> None:
    page = open_page("/sign-in", size=PHONE)
    page.fill("#login", login)
    page.fill("#password", installation.passwords[login])
    page.keyboard.press("Enter")
    page.wait_for_selector("html.scripted #question")
    folds = page.locator("[popovertarget=site-nav]")
    if folds.count():
        expect(page.locator("#site-nav")).to_be_hidden()
        folds.tap()
    expect(page.locator("#site-nav a").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

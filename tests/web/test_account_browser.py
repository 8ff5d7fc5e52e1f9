"""Signing in, a sign-in that ends and one's own password, in a real browser."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from kb.actor import OPERATOR, Role
from kb.people import people, sessions
from tests.conftest import NOW
from tests.web.test_browser import CHROMIUM, DESK, PHONE, QUESTION, address, browser, open_page, serve

__all__ = ["address", "browser", "open_page", "serve"]  # fixtures

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: make browser, or CHROMIUM=…")

PASSWORD, ANOTHER = "a long password", "another long password"


@pytest.fixture
def login(app: Flask) -> str:
    """Somebody who is nobody else's."""
    made = f"staff-{uuid.uuid4().hex[:8]}"
    with app.extensions["kb"].database.transaction() as session:
        people.create_user(session, OPERATOR, login=made, name=made, grants=[(Role.AGENT, None)], password=PASSWORD,
                           is_once=False, now=NOW)
    return made


def sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    page.fill("#login", login)
    page.fill("#password", password)
    page.keyboard.press("Enter")
    expect(page.locator(".who")).to_have_text(login)


def end_sessions(app: Flask, login: str) -> None:
    with app.extensions["kb"].database.transaction() as session:
        sessions.end_sessions(session, OPERATOR, login, now=NOW)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(("language", "done"), [("zh-CN", "密码已修改"), ("en-GB", "has been changed")])
def test_one_changes_ones_password_by_a_click_on_ones_name(
        open_page: Callable[..., Page], login: str, size: dict[str, int], language: str, done: str) -> None:
    page = open_page("/sign-in?next=/browse", size=size, language=language)
    sign_in(page, login)
    assert page.url.endswith("/browse")
    page.click(".who")
    expect(page.locator("#old")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.fill("#old", PASSWORD)
    page.fill("#new", ANOTHER)
    page.fill("#again", ANOTHER)
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_contain_text(done)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click(".site-tools form:last-of-type button")
    page.goto(page.url.split("/account")[0] + "/sign-in")
    sign_in(page, login, ANOTHER)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_a_page_says_that_the_sign_in_has_ended_and_leads_back(
        open_page: Callable[..., Page], app: Flask, login: str, size: dict[str, int], language: str) -> None:
    page = open_page("/sign-in?next=/browse/hrss", size=size, language=language)
    sign_in(page, login)
    end_sessions(app, login)
    page.reload()
    expect(page.locator(".ended")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click(".ended a")
    sign_in(page, login)
    assert page.url.endswith("/browse/hrss")
    expect(page.locator(".ended")).to_have_count(0)


def test_a_question_asked_after_the_sign_in_has_ended_is_kept_until_one_is_back(
        open_page: Callable[..., Page], app: Flask, login: str) -> None:
    page = open_page("/sign-in", expected="401")
    sign_in(page, login)
    page.wait_for_selector("html.scripted #question")
    end_sessions(app, login)
    page.fill("#question", QUESTION)
    page.press("#question", "Enter")
    expect(page.locator("#problem")).to_contain_text("登录已失效，请重新登录。")
    expect(page.locator("#question")).to_have_value(QUESTION)
    page.click("#problem a")
    sign_in(page, login)
    expect(page.locator("#question")).to_have_value(QUESTION)
    page.press("#question", "Enter")
    expect(page.locator("#asked")).to_have_text(QUESTION)
    page.goto(page.url)
    expect(page.locator("#question")).to_have_value("")

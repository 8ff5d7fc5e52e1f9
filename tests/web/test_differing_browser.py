"""The agent's page in a real browser: what another article says stands below the answer, and opens beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.web.conftest import Installation
from tests.web.test_answers_browser import signed_in
from tests.web.test_browser import CHROMIUM, DESK, PHONE, address, ask, browser, open_page, serve
from tests.web.test_differing import QUESTION, contradicting

__all__ = ["address", "browser", "open_page", "serve"]  # fixtures

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: make browser, or CHROMIUM=…")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_what_another_article_says_stands_below_the_answer_and_its_text_opens(
        open_page: Callable[..., Page], installation: Installation, app: Flask, size: dict[str, int]) -> None:
    contradicting(app)
    page = signed_in(open_page, installation, size=size)
    ask(page, QUESTION)
    expect(page.locator(".verdict")).to_have_text("说法不一，请核实")
    told = page.locator(".differs")
    expect(told).to_have_count(2)
    public = told.filter(has_not_text="内部").first
    expect(public).to_contain_text("窗口代办的备案，每件收三十元。")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    said, below = page.locator("#said").bounding_box(), public.bounding_box()
    assert said and below and said["y"] + said["height"] <= below["y"]
    public.locator("a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("mark").filter(has_text="三十元").first).to_be_visible()

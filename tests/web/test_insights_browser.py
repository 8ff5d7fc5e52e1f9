"""Judging an answer with one key, in a real browser: it acts outside fields alone, and nothing is reloaded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Installation
from tests.web.test_answers_browser import signed_in
from tests.web.test_browser import CHROMIUM, QUESTION, address, ask, browser, open_page, serve

__all__ = ["address", "browser", "open_page", "serve"]  # fixtures

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: make browser, or CHROMIUM=…")


def test_one_key_judges_and_the_page_stays(open_page: Callable[..., Page], installation: Installation) -> None:
    page = signed_in(open_page, installation)
    ask(page, QUESTION)
    said = page.locator("#said").inner_text()
    page.keyboard.press("o")
    expect(page.locator("#judge-outdated")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#said")).to_have_text(said, use_inner_text=True)
    page.fill(".judge-note input[name=note]", "wow, yes, I do")  # letters of a field are letters
    expect(page.locator("#judge-outdated")).to_have_attribute("aria-pressed", "true")
    with page.expect_response("**/feedback"):
        page.keyboard.press("Enter")  # saves the note, and gives no other verdict
    expect(page.locator(".judge-note input[name=note]")).to_have_value("wow, yes, I do")
    page.reload()
    expect(page.locator("#judge-outdated")).to_have_attribute("aria-pressed", "true")
    page.click(".judge button[value=none]")
    expect(page.locator("[aria-pressed=true]")).to_have_count(0)
    page.fill("#question", "")
    page.locator("#question").press_sequentially("yow")
    expect(page.locator("[aria-pressed=true]")).to_have_count(0)


def test_while_an_input_method_composes_no_key_judges(open_page: Callable[..., Page],
                                                      installation: Installation) -> None:
    page = signed_in(open_page, installation)
    ask(page, QUESTION)
    for options in ("{key: 'w', isComposing: true, bubbles: true}", "{key: 'w', keyCode: 229, bubbles: true}"):
        page.evaluate(f"document.body.dispatchEvent(new KeyboardEvent('keydown', {options}))")
    page.wait_for_timeout(300)
    expect(page.locator("[aria-pressed=true]")).to_have_count(0)

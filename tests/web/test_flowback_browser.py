"""What became of a verdict, in a real browser, by keyboard: from the agent's key to the owner's queue, the text that
says it better, the call that was told the old one, and back to the agent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from kb.actor import OPERATOR, Role
from kb.people import people
from retriever.callbacks import find_callbacks
from retriever.language.analysis import Analyser
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.test_axe_browser import AXE, RUN
from tests.web.test_browser import CHROMIUM, DESK, PHONE, browser, serve
from tests.web.test_reviews_browser import PASSWORD, PATIENCE_MS, Calendar, open_as
from tests.web.test_tasks_browser import press, tab_to

__all__ = ["browser", "open_as", "serve"]  # fixtures

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: make browser, or CHROMIUM=…")

QUESTION = "铁杉津贴每人每月多少钱"
SOURCE = "# 铁杉津贴\n\n## 标准\n\n铁杉津贴每人每月八十元。\n"


def test_an_outdated_answer_is_mended_its_caller_listed_and_the_agent_told(
        make_app: Callable[..., Flask], serve: Callable[[Flask], str], browser: Browser,
        open_as: Callable[..., Page]) -> None:
    clock = Calendar()
    app = make_app(clock=clock)
    base, database = serve(app), app.extensions["kb"].database
    published_article(database, "fl-hemlock", SOURCE, title="铁杉津贴", now=NOW)
    with database.transaction() as session:
        for login, role, department in (("fl-agent", Role.AGENT, None), ("fl-editor", Role.EDITOR, "hrss")):
            people.create_user(session, OPERATOR, login=login, name=login, password=PASSWORD, is_once=False, now=NOW,
                               origin="test", grants=((role, department),))
    agent = open_as(base, "fl-agent", "/")
    agent.wait_for_load_state()
    agent.fill("#question", QUESTION)
    agent.press("#question", "Enter")
    expect(agent.locator("#asked")).to_have_text(QUESTION, timeout=PATIENCE_MS)
    expect(agent.locator("#said")).to_contain_text("八十元")
    agent.keyboard.press("o")
    expect(agent.locator("#judge-outdated")).to_have_attribute("aria-pressed", "true", timeout=PATIENCE_MS)
    tab_to(agent, "it.name === 'note'")
    agent.keyboard.insert_text("来电人说已提到一百元")
    with agent.expect_response("**/feedback"):
        agent.keyboard.press("Enter")

    owner = open_as(base, "fl-editor", "/feedback/queue")
    said = owner.locator(".said-of > li", has_text=QUESTION)
    expect(said).to_contain_text("铁杉津贴每人每月八十元。")
    expect(said).to_contain_text("来电人说已提到一百元")
    tab_to(owner, f"it.name === 'reply' && it.closest('li').innerText.includes('{QUESTION}')")
    owner.keyboard.insert_text("按新标准修改")
    press(owner, "采纳")
    expect(owner.locator(".said-of > li", has_text=QUESTION)).to_have_count(0, timeout=PATIENCE_MS)

    clock.now += timedelta(hours=1)
    published_article(database, "fl-hemlock", SOURCE.replace("八十元", "一百元"), title="铁杉津贴", now=clock.now)
    clock.now += timedelta(minutes=5)
    find_callbacks(database, Analyser(), days=90, now=clock.now, origin="test")
    owner.goto(f"{base}/callbacks")
    call = owner.locator(".said-of > li", has_text=QUESTION)
    expect(call.locator(".was")).to_contain_text("八十元", timeout=PATIENCE_MS)
    expect(call.locator(".now")).to_contain_text("一百元")
    check_barriers(browser, owner, base, "/callbacks")
    owner.goto(f"{base}/feedback/queue?state=accepted")
    tab_to(owner, f"it.innerText === '已修改' && it.closest('li').innerText.includes('{QUESTION}')")
    owner.keyboard.press("Enter")
    expect(owner.locator(".said-of > li", has_text=QUESTION)).to_have_count(0, timeout=PATIENCE_MS)

    agent.goto(f"{base}/feedback/mine")
    became = agent.locator(".said-of > li", has_text=QUESTION)
    expect(became).to_contain_text("已修改", timeout=PATIENCE_MS)
    expect(became).to_contain_text("按新标准修改")
    agent.goto(f"{base}/callbacks")  # the call was this agent's
    expect(agent.locator(".said-of > li", has_text=QUESTION)).to_contain_text("一百元", timeout=PATIENCE_MS)


def check_barriers(browser: Browser, page: Page, base: str, path: str) -> None:
    """Axe finds nothing on the filled page, light and dark, on a desk and a phone."""
    for scheme, size in (("light", DESK), ("dark", PHONE)):
        context = browser.new_context(base_url=base, viewport=size, color_scheme=scheme,  # type: ignore[arg-type]
                                      storage_state=page.context.storage_state(), reduced_motion="reduce")
        other = context.new_page()
        other.goto(path)
        other.evaluate(AXE.read_text(encoding="utf-8"))
        assert other.evaluate(RUN) == []
        assert other.evaluate("document.documentElement.scrollWidth <= innerWidth")
        context.close()

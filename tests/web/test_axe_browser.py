"""Every screen in a real browser under axe, light and dark, in both languages, on a desk and a phone; and zoomed in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.conftest import ROOT, Installation
from tests.web.test_browser import CHROMIUM, DESK, PHONE, QUESTION, address, ask, browser, serve

__all__ = ["address", "browser", "serve"]  # fixtures

AXE = Path(os.environ.get("AXE", ROOT / "node_modules/axe-core/axe.min.js"))
ZOOMED = {"width": DESK["width"] // 2, "height": DESK["height"] // 2}  # 200 %: half as many pixels of the page's own
EVERYBODYS = ("/", "/search?q=公积金", "/search?q=zzyzx", "/browse", "/browse/fund", "/help", "/sign-in",
              "/no-such-page", "/articles/social-card-loss-reissue/r/1", "/articles/social-card-loss-reissue/history",
              "/articles/social-card-loss-reissue/diff?from=1&to=3", "/articles/ferry-timetable-fares",
              "/articles/axe-changed/diff?from=1&to=2")
ADMINS = ("/account/password", "/account/sessions", "/account/tokens", "/admin/people", "/admin/people/agent",
          "/admin/departments", "/admin/departments/fund", "/admin/tokens", "/scheduler", "/calendar")
MANAGERS = ("/edit", "/reviews", "/reviews/known", "/upkeep", "/upkeep/departments/fund", "/rules", "/tasks",
            "/tasks?whose=department", "/tasks/departments", "/tasks/absence", "/feedback", "/feedback/queue",
            "/feedback/mine", "/gaps", "/callbacks", "/scheduler", "/where-used?q=25元", "/notices", "/notices/choices",
            "/articles/axe-changed/blame", "/articles/axe-changed/r/2/sheet", "/articles/axe-changed/r/2/rights",
            "/reviews/axe-changed/2", "/reviews/axe-changed/2?view=side", "/edit/articles/axe-changed")
# words, links, rows and columns that went, came and moved
CHANGED = ("详见[办法](article:social-card-loss-reissue)和[表](https://example.gov/a)。\n\n"
           "| 类别 | 费用 |\n|---|---|\n| 甲 | 10元 |\n| 乙 | 20元 |\n\n- 身份证\n- 户口簿\n",
           "详见[办法](article:ferry-timetable-fares)和[表](https://example.gov/b)。\n\n"
           "| 类别 | 费用 | 备注 |\n|---|---|---|\n| 乙 | 20元 | 无 |\n| 甲 | 12元 | 每人 |\n\n- 身份证\n")
# what axe cannot judge from the page alone is not a finding
RUN = """() => axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations.map(
    each => `${each.id}: ${each.help} — ${each.nodes.slice(0, 3).map(node => node.target.join(" ")).join(", ")}`))"""

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: make browser, or CHROMIUM=…")


@pytest.fixture(scope="module", autouse=True)
def changed(app: Flask) -> None:
    """An article with two texts between which there is every kind of change."""
    for source in CHANGED:
        published_article(app.extensions["kb"].database, "axe-changed", source, title="柘木补贴", now=NOW)


@pytest.fixture
def screen(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    contexts = []

    def start(**options: Any) -> Page:
        context = browser.new_context(base_url=address, reduced_motion="reduce", **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        return page

    yield start
    for context in contexts:
        context.close()


def walk(page: Page, installation: Installation, check: Callable[[str], None]) -> None:
    """Open every screen, as a citizen, as an administrator and as a knowledge manager."""
    for path in EVERYBODYS:
        page.goto(path)
        check(path)
    page.goto("/")
    ask(page, QUESTION)
    check("an answer")
    page.locator("#said .cite").first.click()
    expect(page.locator("#panel h2").first).to_be_visible()
    check("an answer and its source")
    enter(page, installation, "admin")
    ask(page, "zzyzx qwfpgj")
    check("no answer")
    page.focus("#asked")
    page.keyboard.press("?")
    expect(page.locator("#keys-sheet")).to_be_visible()
    check("the sheet of keys")
    for path in ADMINS:
        page.goto(path)
        check(path)
    enter(page, installation, "manager")
    for path in MANAGERS:
        page.goto(path)
        page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
        check(path)


def enter(page: Page, installation: Installation, login: str) -> None:
    """Sign this person in, in place of whoever is."""
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.fill("#login", login)
    page.fill("#password", installation.passwords[login])
    page.keyboard.press("Enter")
    page.wait_for_selector("html.scripted #question")


@pytest.mark.skipif(not AXE.exists(), reason=f"no axe-core at {AXE}: npm ci, or AXE=…")
@pytest.mark.parametrize(("language", "scheme", "size"), [("zh-CN", "light", DESK), ("en-GB", "dark", PHONE)],
                         ids=["zh-light-desk", "en-dark-phone"])
def test_axe_finds_nothing_on_any_screen(screen: Callable[..., Page], installation: Installation, language: str,
                                         scheme: str, size: dict[str, int]) -> None:
    page = screen(locale=language, color_scheme=scheme, viewport=size)
    source, found = AXE.read_text(encoding="utf-8"), []

    def check(name: str) -> None:
        page.evaluate(source)  # beside the page's policy, which lets no such script in
        found.extend(f"{name}: {violation}" for violation in page.evaluate(RUN))

    walk(page, installation, check)
    assert not found, "\n".join(found)


def test_no_screen_is_wider_than_itself_at_200_per_cent(screen: Callable[..., Page],
                                                        installation: Installation) -> None:
    page = screen(locale="zh-CN", viewport=ZOOMED, device_scale_factor=2)
    wide: list[str] = []

    def check(name: str) -> None:
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            wide.append(name)

    walk(page, installation, check)
    assert not wide

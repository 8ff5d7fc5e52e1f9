"""The registers in a real browser: entered by keyboard, no barriers, nothing wider than the screen, without script too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Installation
from tests.web.test_axe_browser import AXE, RUN, ZOOMED, screen
from tests.web.test_browser import CHROMIUM, DESK, PHONE, address, browser, serve

__all__ = ["address", "browser", "screen", "serve"]  # fixtures

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: make browser, or CHROMIUM=…")

PATIENCE_MS = 30_000
LISTS = ("/registers/phones", "/registers/documents", "/registers/documents?status=repealed", "/registers/links",
         "/registers/links?which=all&department=all", "/registers/phones/import", "/registers/documents/import")


def sign_in(page: Page, installation: Installation) -> None:
    page.goto("/sign-in")
    page.fill("#login", "manager")
    page.fill("#password", installation.passwords["manager"])
    page.keyboard.press("Enter")
    page.wait_for_selector("#question")


def enter(page: Page, kind: str, **fields: str) -> str:
    """Enter something by keyboard alone; the address of its page."""
    page.goto(f"/registers/{kind}")
    for name, value in fields.items():
        page.focus(f".register-entry [name={name}]")
        page.keyboard.insert_text(value)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(next(iter(fields.values())), timeout=PATIENCE_MS)
    return page.url


@pytest.mark.skipif(not AXE.exists(), reason=f"no axe-core at {AXE}: npm ci, or AXE=…")
@pytest.mark.parametrize(("language", "scheme", "size", "number"), [
    ("zh-CN", "light", DESK, "0599-5559201"), ("en-GB", "dark", PHONE, "0599-5559202")],
    ids=["zh-light-desk", "en-dark-phone"])
def test_axe_finds_nothing_and_no_page_is_wider_than_the_screen(
        screen: Callable[..., Page], installation: Installation, language: str,
        scheme: str, size: dict[str, int], number: str) -> None:
    page = screen(locale=language, color_scheme=scheme, viewport=size)
    sign_in(page, installation)
    entries = [enter(page, "phones", number=number, name_zh=f"螺钿长名称{'很长' * 20}"),
               enter(page, "documents", title=f"螺钿办法{number[-4:]}", number=f"螺钿发〔2020〕{number[-4:]}号")]
    page.check("[name=status][value=repealed]")
    page.fill("[name=changed_on]", "2026-01-01")
    page.click("text=/保存效力状态|Save how it stands/")
    source, found = AXE.read_text(encoding="utf-8"), list[str]()
    for path in (*LISTS, *entries):
        page.goto(path)
        page.evaluate(source)
        found += [f"{path}: {violation}" for violation in page.evaluate(RUN)]
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"{path}: wider than the screen")
    assert not found, "\n".join(found)


def test_a_table_is_imported_without_script_and_at_200_per_cent(screen: Callable[..., Page],
                                                                installation: Installation) -> None:
    page: Any = screen(locale="zh-CN", viewport=ZOOMED, device_scale_factor=2, java_script_enabled=False)
    page.goto("/sign-in")
    page.fill("#login", "manager")
    page.fill("#password", installation.passwords["manager"])
    page.keyboard.press("Enter")
    page.wait_for_selector("#question")
    page.goto("/registers/phones/import")
    page.set_input_files("#file", {"name": "a.csv", "mimeType": "text/csv",
                                   "buffer": "电话,名称\n0599-5559203,螺钿表线\n".encode("gbk")})
    page.click("text=预览导入结果")
    expect(page.locator("[role=status]")).to_contain_text("尚未作任何改动")
    page.click("text=确认导入")
    expect(page.locator("[role=status]")).to_contain_text("表格已导入")
    page.goto("/registers/phones?q=螺钿表线")
    expect(page.locator("tbody th")).to_have_text("0599-5559203")

"""The screenshots of docs/images: ``python -m docs.screenshots``, which needs Chromium (CHROMIUM=…) and the test extra.

They show the sample in a throw-away folder at a fixed time, with the packaged model, so that only what the pages look
like changes them. The question is the README's.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from kb import setup
from kb.actor import OPERATOR, Role
from kb.db import Database
from kb.people import people
from kb.settings import load_settings
from web import create_app

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
NOW = datetime(2026, 11, 29, 4, tzinfo=UTC)
PASSWORD = "a password of the pictures"
SLUG = "social-card-loss-reissue"
ASKED = "人住进外地医院了才想起没备案，现在补来得及吗"
_LARGEST = 200_000  # bytes


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The sample's pages, an editor for each language who may change it, and an agent; their address."""
    settings = load_settings(folder, {}, data={"dir": str(folder)}, reader={"local_seconds": 60.0})
    database = Database(settings)
    setup.init(database, settings, now=NOW, sample=ROOT / "articles")
    with database.transaction() as session:
        editor = Role.EDITOR, "hrss"
        for login, name, grant in (("zh-cn", "王编辑", editor), ("en-gb", "Wang, editor", editor),
                                   ("li", "李坐席", (Role.AGENT, None))):
            people.create_user(session, OPERATOR, login=login, name=name, grants=[grant], password=PASSWORD,
                               is_once=False, now=NOW)
    database.close()
    app = create_app(settings, clock=lambda: NOW)
    app.extensions["kb"].retriever.embed_all()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    app.extensions["kb"].close()


def sign_in(page: Page, address: str, login: str, leads_to: str) -> None:
    """Sign in, and go on to a page."""
    page.goto(f"{address}/sign-in?next={leads_to}")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}{leads_to}")


def take_answer(browser: Browser, address: str) -> None:
    """The page where an agent asks, with the answer."""
    context = browser.new_context(viewport={"width": 1280, "height": 960}, locale="zh-CN")
    page = context.new_page()
    sign_in(page, address, "li", "/")
    page.fill("#question", ASKED)
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer .verdict", timeout=120_000)
    page.wait_for_timeout(1_000)
    keep(page, "ask")
    context.close()


def take(browser: Browser, address: str, locale: str, suffix: str) -> None:
    """The editor's screens in one language."""
    context = browser.new_context(viewport={"width": 1060, "height": 560}, locale=locale)
    page = context.new_page()
    sign_in(page, address, locale.lower(), "/edit")
    page.wait_for_selector(".desk")
    keep(page, f"desk{suffix}")
    page.goto(f"{address}/edit/articles/{SLUG}")
    page.click(".desk-article .primary")
    page.wait_for_selector(".cm-content")
    page.click(".cm-content")
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text("补卡前请先挂失。")
    page.wait_for_selector("#saving[data-state=saved]")
    page.wait_for_timeout(1_000)
    keep(page, f"draft{suffix}")
    page.click("button[value=hand_in]")
    page.wait_for_selector("#check .findings, #check .done", timeout=60_000)
    keep(page, f"hand-in{suffix}")
    context.close()


def keep(page: Page, name: str) -> None:
    """Store the screen; raises ValueError for a picture that is too large for the repository."""
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    if path.stat().st_size > _LARGEST:
        raise ValueError(f"{path} has {path.stat().st_size} bytes; the limit is {_LARGEST}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright, served(Path(made)) as at:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        take(chromium, at, "zh-CN", ".zh")
        take(chromium, at, "en-GB", "")
        take_answer(chromium, at)
        chromium.close()

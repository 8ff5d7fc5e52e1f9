"""From a rejection to the agent's next answer, in a real browser: comments, keys, two departments, a scheduled text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from kb.actor import OPERATOR, Actor, Role
from kb.articles.comments import comments_in_draft
from kb.articles.writing import drafts, submission
from kb.db import Database
from kb.people import people
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.conftest import Installation
from tests.web.test_browser import CHROMIUM, DESK, PHONE, browser, serve

__all__ = ["browser", "serve"]  # fixtures

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: make browser, or CHROMIUM=…")

PASSWORD = "a long pass phrase 7"
EDITOR = Actor("u-rb", "rb-editor", frozenset({Role.EDITOR}), frozenset({(Role.EDITOR, "hrss")}))
PATIENCE_MS = 30_000
SLUG, QUESTION = "rb-agate", "松烟补贴每人每月多少钱"
OLD = "# 松烟补贴\n\n## 标准\n\n松烟补贴每人每月二百元。\n\n## 材料\n\n- 身份证\n- 户口本\n"


class Calendar:
    """The application's clock, which the test sets."""

    def __init__(self) -> None:
        self.now = NOW + timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def open_as(browser: Browser, installation: Installation) -> Iterator[Callable[..., Page]]:
    """A page of somebody who has signed in; what the page complains about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def start(base: str, login: str, path: str, *, size: dict[str, int] = DESK) -> Page:
        context = browser.new_context(viewport=size, locale="zh-CN")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{base}/sign-in?next={path}")
        page.fill("[name=login]", login)
        page.fill("[name=password]", installation.passwords.get(login, PASSWORD))
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"**{path}")
        return page

    yield start
    for context in contexts:
        context.close()
    assert not complaints


def submitted(database: Database, source: str, *, number: int | None, at: datetime, effective_from: datetime) -> None:
    """What an editor does: take the text up, answer the comments, hand it in."""
    with database.transaction() as session:
        draft = drafts.edit(session, EDITOR, SLUG, number=number, now=at, origin="test")
        if number is not None:
            said = comments_in_draft(session, EDITOR, draft.id)
            assert [(c.quote, c.body) for c in said] == [("三百元", "依据是哪份文件？")]
        text = replace(draft.text, source=source, change_note="按新标准", co_owners=("medins",),
                       effective_from=effective_from)
        draft = drafts.save(session, EDITOR, draft.id, text, seen=draft.version, now=at, origin="test")
        submission.submit(session, EDITOR, draft.id, seen=draft.version, now=at, origin="test")


def select_words(page: Page, words: str) -> None:
    """Select these words where they stand in the text, as a reader does."""
    page.evaluate("""words => {
        const walker = document.createTreeWalker(document.querySelector(".difference"), NodeFilter.SHOW_TEXT);
        for (let node; (node = walker.nextNode());) {
            const at = node.data.indexOf(words);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + words.length);
            document.getSelection().removeAllRanges();
            document.getSelection().addRange(range);
            return;
        }
    }""", words)


def asked(page: Page) -> str:
    page.wait_for_load_state()  # keys act once the scripts are there
    page.fill("#question", QUESTION)
    page.press("#question", "Enter")
    expect(page.locator("#asked")).to_have_text(QUESTION, timeout=PATIENCE_MS)
    return page.locator(".answer").inner_text()


def test_a_text_goes_from_rejection_with_comments_to_the_agents_next_answer(
        make_app: Callable[..., Flask], serve: Callable[[Flask], str],
        open_as: Callable[..., Page]) -> None:
    clock = Calendar()
    app = make_app(clock=clock)
    base, database = serve(app), app.extensions["kb"].database
    published_article(database, SLUG, OLD, title="松烟补贴", now=NOW)
    with database.transaction() as session:
        for login, department in (("rb-hrss", "hrss"), ("rb-medins", "medins")):
            people.create_user(session, OPERATOR, login=login, name=login, password=PASSWORD, is_once=False, now=NOW,
                               origin="test", grants=((Role.APPROVER, department),))
    new, start = OLD.replace("二百元", "三百元").replace("- 户口本\n", ""), NOW + timedelta(days=2)
    submitted(database, new, number=None, at=clock.now, effective_from=start)

    page = open_as(base, "rb-hrss", "/reviews")
    page.click(f"a[href='/reviews/{SLUG}/2']")
    page.wait_for_url(f"**/reviews/{SLUG}/2")
    page.wait_for_load_state()  # keys act once the scripts are there
    for number in (1, 2):  # the amount, and the lost paper
        page.keyboard.press("j")
        expect(page.locator(f"#change-{number}")).to_be_focused()
        expect(page.locator(f"#change-{number}")).to_be_in_viewport()
    page.keyboard.press("k")
    expect(page.locator("#change-1")).to_be_focused()
    select_words(page, "三百元")
    page.wait_for_function("getSelection().toString() === '三百元'")
    page.keyboard.press("c")
    expect(page.locator("#body")).to_be_focused()
    expect(page.locator("#quote")).to_have_value("三百元")
    page.keyboard.type("依据是哪份文件？")
    page.click("#comment-form button")
    expect(page.locator(".comment-quote")).to_have_text("三百元", timeout=PATIENCE_MS)
    expect(page.locator("mark#cite-1")).to_have_text("三百元")
    page.click("text=按批注退回修改")
    expect(page.locator(".seats .is-rejected")).to_contain_text("依据是哪份文件？", timeout=PATIENCE_MS)

    clock.now += timedelta(hours=1)
    better = new.replace("三百元。", "三百元（滨人社规〔2026〕9号）。")
    submitted(database, better, number=2, at=clock.now, effective_from=start)
    page.goto(f"{base}/reviews/{SLUG}/3")
    expect(page.locator(".compared-with")).to_contain_text("您上次查看第2版", timeout=PATIENCE_MS)
    page.click("text=代表市人力资源和社会保障局签字同意")
    expect(page.locator(".seats .is-signed")).to_contain_text("rb-hrss", timeout=PATIENCE_MS)
    other = open_as(base, "rb-medins", f"/reviews/{SLUG}/3", size=PHONE)
    other.click("text=代表市医疗保障局签字同意")
    expect(other.locator(".badges")).to_contain_text("会签完毕", timeout=PATIENCE_MS)
    page.reload()
    page.click("button:has-text('发布')")
    page.wait_for_url(f"**/articles/{SLUG}/r/3")
    expect(page.locator(".badges").first).to_contain_text("尚未施行", timeout=PATIENCE_MS)

    agent = open_as(base, "agent", "/")
    assert "二百元" in asked(agent)  # the day has not come
    clock.now = start + timedelta(minutes=1)
    agent = open_as(base, "agent", "/")
    answer = asked(agent)
    assert "三百元" in answer and "二百元" not in answer

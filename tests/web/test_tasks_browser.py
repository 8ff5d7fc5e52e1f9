"""A reviewer's morning in a real browser, by keyboard alone: from the notice of the morning to the evidence and each of
the three outcomes, a revision up to its publication. Its screens under axe, light and dark, in both languages."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from kb.actor import OPERATOR, Role
from kb.db import Database
from kb.models import Article, ReviewTask, SignalRow
from kb.people import people
from kb.upkeep.reviews import tasks
from kb.upkeep.reviews.daily import tend_tasks
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.conftest import later
from tests.web.test_axe_browser import AXE, RUN
from tests.web.test_browser import CHROMIUM, DESK, PHONE, browser, serve
from tests.web.test_reviews_browser import PATIENCE_MS, open_as

__all__ = ["browser", "open_as", "serve"]  # fixtures

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: make browser, or CHROMIUM=…")

PASSWORD = "a long pass phrase 7"
SLUGS = ("tb-right", "tb-wrong", "tb-over")
SOURCE = "# 檀木补助\n\n## 标准\n\n檀木补助每人每月八十元。\n"


@pytest.fixture(scope="module")
def morning(make_app: Callable[..., Flask]) -> Flask:
    """An application with a reviewer whose three articles ask to be looked at."""
    app = make_app(clock=later(hours=1))
    database: Database = app.extensions["kb"].database
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login="tb-reviewer", name="审阅人", password=PASSWORD, is_once=False,
                           now=NOW, origin="test", grants=((Role.APPROVER, "culture"), (Role.EDITOR, "culture")))
    for n, slug in enumerate(SLUGS, 1):
        published_article(database, slug, SOURCE, title=f"檀木补助{n}", now=NOW, owner="culture")
        at = SOURCE.index("八十元")
        with database.transaction() as session:
            article_id = session.scalars(select(Article.id).where(Article.slug == slug)).one()
            session.add(SignalRow(
                id=str(uuid.uuid4()), article_id=article_id, kind="other", key="", severity="warning",
                audience="public", facts={}, raised_at=NOW + timedelta(minutes=n), cleared_why="", evidence=[
                    {"quote": "八十元", "revision_id": None, "start": at, "end": at + 3, "source": "register:1"}]))
    tend_tasks(database, now=NOW + timedelta(hours=1))
    with database.transaction() as session:  # those that the sample's editor of the department was given
        manager = people.actor_of(session, "manager", now=NOW)
        for task in session.scalars(select(ReviewTask).join(Article, Article.id == ReviewTask.article_id).where(
                Article.slug.in_(SLUGS), ReviewTask.person != "tb-reviewer")).all():
            tasks.delegate(session, manager, task.id, to="tb-reviewer", now=NOW + timedelta(hours=1), origin="test")
    tend_tasks(database, now=NOW + timedelta(hours=1))
    with database.transaction() as session:  # who comes after the tasks are given out, and has none
        people.create_user(session, OPERATOR, login="tb-second", name="会签人", password=PASSWORD, is_once=False,
                           now=NOW, origin="test", grants=((Role.APPROVER, "culture"),))
    return app


def outcome(app: Flask, slug: str) -> str | None:
    with app.extensions["kb"].database.reading() as session:
        found: str | None = session.scalars(select(ReviewTask.outcome).join(
            Article, Article.id == ReviewTask.article_id).where(Article.slug == slug)).one()
        return found


def open_task(page: Page, title: str) -> None:
    """From the queue to the task of this title, by its digit."""
    titles = page.locator(".task-row h2 a").all_inner_texts()
    page.keyboard.press(str(titles.index(title) + 1))
    expect(page.locator("h1").first).to_have_text(title, timeout=PATIENCE_MS)
    page.wait_for_load_state()


def tab_to(page: Page, here: str) -> None:
    """Press Tab until the focus is where this says, of the focused element."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(f"(it => {here})(document.activeElement)"):
            return
    raise AssertionError(here)


def press(page: Page, label: str) -> None:
    """The button of this label, reached and pressed by keyboard."""
    tab_to(page, f"it.tagName === 'BUTTON' && it.innerText.includes('{label}')")
    page.keyboard.press("Enter")


def told(page: Page, words: str) -> None:
    expect(page.locator("[role=status]").first).to_contain_text(words, timeout=PATIENCE_MS)
    page.wait_for_load_state()


def test_a_reviewers_morning_goes_by_keyboard_from_its_notice_to_the_three_outcomes(
        morning: Flask, serve: Callable[[Flask], str], open_as: Callable[..., Page]) -> None:
    base = serve(morning)
    page = open_as(base, "tb-reviewer", "/notices")
    page.wait_for_load_state()
    press(page, "檀木补助1")  # the notice leads to its task
    expect(page.locator("h1").first).to_have_text("檀木补助1", timeout=PATIENCE_MS)
    page.wait_for_load_state()
    expect(page.locator(".evidence blockquote").first).to_contain_text("八十元")
    page.keyboard.press("c")
    expect(page.locator("#note")).to_be_focused(timeout=PATIENCE_MS)
    page.keyboard.insert_text("与批复核对")
    press(page, "确认")
    told(page, "任务办结")
    assert outcome(morning, "tb-right") == "confirmed"

    open_task(page, "檀木补助3")
    page.keyboard.press("r")
    expect(page.locator("#retire-reason")).to_be_focused(timeout=PATIENCE_MS)
    page.keyboard.insert_text("业务停办")
    page.check("#retire-sure")
    press(page, "停用")
    told(page, "条目已停用")
    assert outcome(morning, "tb-over") == "retired"

    open_task(page, "檀木补助2")
    page.keyboard.press("e")
    page.wait_for_url("**/drafts/**")
    assert outcome(morning, "tb-wrong") is None
    hand_in(page, SOURCE.replace("八十元", "一百元"), "标准提高")
    sign_and_publish(open_as(base, "tb-second", "/reviews"), "檀木补助2")
    assert outcome(morning, "tb-wrong") == "revised"
    page.goto(f"{base}/tasks")
    expect(page.locator(".task-row h2 a", has_text="檀木补助")).to_have_count(0, timeout=PATIENCE_MS)


def hand_in(page: Page, source: str, why: str) -> None:
    """Write this in place of the draft's text, and submit it."""
    expect(page.locator(".cm-content")).to_be_visible(timeout=PATIENCE_MS)
    tab_to(page, "it.id === 'code' || it.closest('#code')")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")  # what is typed over a heading the browser would style, which the policy refuses
    page.keyboard.insert_text(source)
    page.keyboard.press("Control+s")
    expect(page.locator("#saving")).to_have_attribute("data-state", "saved", timeout=PATIENCE_MS)
    tab_to(page, "it.value === 'hand_in'")
    page.keyboard.press("Enter")
    expect(page.locator("#field-change_note")).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_load_state()
    tab_to(page, "it.id === 'field-change_note'")
    page.keyboard.insert_text(why)
    expect(page.locator("#check > *").first).to_be_visible(timeout=PATIENCE_MS)
    press(page, "提交")
    expect(page.locator(".done")).to_contain_text("已提交", timeout=PATIENCE_MS)


def sign_and_publish(page: Page, title: str) -> None:
    """From the list of what waits for a signature to the published text."""
    page.wait_for_load_state()
    tab_to(page, f"it.tagName === 'A' && it.innerText.includes('{title}')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews/*/*")
    page.wait_for_load_state()
    press(page, "签字同意")
    expect(page.locator(".badges").first).to_contain_text("会签完毕", timeout=PATIENCE_MS)
    page.wait_for_load_state()
    press(page, "发布")
    page.wait_for_url("**/articles/**")


@pytest.mark.skipif(not AXE.exists(), reason=f"no axe-core at {AXE}: npm ci, or AXE=…")
@pytest.mark.parametrize(("language", "scheme", "size"), [("zh-CN", "light", DESK), ("en-GB", "dark", PHONE)],
                         ids=["zh-light-desk", "en-dark-phone"])
def test_axe_finds_nothing_on_the_screens_of_review_tasks(morning: Flask, serve: Callable[[Flask], str],
                                                          browser: Browser, language: str, scheme: str,
                                                          size: dict[str, int]) -> None:
    base = serve(morning)
    context = browser.new_context(base_url=base, reduced_motion="reduce", locale=language,
                                  color_scheme=scheme, viewport=size)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/sign-in?next=/tasks")
    page.fill("[name=login]", "tb-reviewer")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/tasks")
    with morning.extensions["kb"].database.reading() as session:
        task_id = session.scalars(select(ReviewTask.id).join(Article, Article.id == ReviewTask.article_id).where(
            Article.slug == "tb-wrong")).one()
    found, source = [], AXE.read_text(encoding="utf-8")
    for path in ("/tasks", "/tasks?standing=done", f"/tasks/{task_id}", "/tasks/departments", "/tasks/absence",
                 "/upkeep/departments/culture", "/notices"):
        page.goto(path)
        page.evaluate("for (const each of document.querySelectorAll('details.more-acts')) each.open = true")
        page.evaluate(source)
        found += [f"{path}: {violation}" for violation in page.evaluate(RUN)]
        wide = page.evaluate("""[...document.querySelectorAll("main *")].filter(
            each => each.getBoundingClientRect().right > innerWidth + 1).map(each => each.outerHTML.slice(0, 80))""")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, wide[:5])
    context.close()
    assert not found, "\n".join(found)

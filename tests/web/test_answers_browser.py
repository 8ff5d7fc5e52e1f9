"""The answer in a real browser: keys take a section that is offered, what is opened is noted, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from retriever.answer import Answer, NextStep, State
from retriever.ask import Retriever
from retriever.validity import ByDistrict, ReadAsOf
from tests.conftest import NOW
from tests.web.conftest import Installation
from tests.web.test_answers import Change, article, known_questions, section, to_check
from tests.web.test_browser import (
    CHROMIUM,
    DESK,
    PHONE,
    QUESTION,
    address,
    ask,
    browser,
    check_quote_in_view,
    open_page,
    serve,
)

__all__ = ["address", "article", "browser", "open_page", "serve"]  # fixtures

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: make browser, or CHROMIUM=…")
OFFERED = "孔雀石登记步骤"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[Change], None]:
    """Let every answer be another one: states that the sample's answers take only with a reader."""
    real = Retriever.ask

    def give(change: Change) -> None:
        monkeypatch.setattr(Retriever, "ask", lambda *args, **named: change(real(*args, **named)))

    return give


def signed_in(open_page: Callable[..., Page], installation: Installation, **options: object) -> Page:
    page = open_page("/sign-in", **options)
    page.fill("#login", "agent")
    page.fill("#password", installation.passwords["agent"])
    page.keyboard.press("Enter")
    page.wait_for_selector("html.scripted #question")
    return page


@pytest.mark.parametrize(("key", "said"), [("2", "带身份证到窗口。"), ("Alt+1", "项目：首次登记；费用：20元")])
def test_a_key_takes_a_section_that_is_offered(open_page: Callable[..., Page], given: Callable[[Change], None],
                                               key: str, said: str) -> None:
    given(to_check)
    page = open_page()
    ask(page, OFFERED)
    expect(page.locator(".choice")).to_have_count(2)
    expect(page.locator("#said")).to_have_count(0)
    expect(page.locator("#announcer")).to_contain_text("2段需要核对")
    if key.startswith("Alt"):
        page.focus("#question")  # with Alt also from the box
    page.keyboard.press(key)
    expect(page.locator("#said")).to_contain_text(said)
    expect(page.locator("#asked")).to_have_text(OFFERED)
    expect(page.locator("#asked")).to_be_focused()


def test_a_digit_in_the_box_is_only_a_digit(open_page: Callable[..., Page], given: Callable[[Change], None]) -> None:
    given(to_check)
    page = open_page()
    ask(page, OFFERED)
    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("1c0")
    expect(page.locator("#question")).to_have_value("1c0")
    expect(page.locator(".choice")).to_have_count(2)


def test_without_script_a_section_is_taken_by_its_button(open_page: Callable[..., Page],
                                                         given: Callable[[Change], None]) -> None:
    given(to_check)
    page = open_page(script=False)
    page.fill("#question", OFFERED)
    page.click("#ask .primary")
    page.locator(".choice .take").nth(1).click()
    expect(page.locator("#said")).to_contain_text("带身份证到窗口。")


def test_what_an_agent_takes_and_opens_is_noted(open_page: Callable[..., Page], installation: Installation, app: Flask,
                                                given: Callable[[Change], None]) -> None:
    given(to_check)
    page = signed_in(open_page, installation)
    question = "孔雀石要走几步呀"
    ask(page, question)
    page.keyboard.press("2")
    expect(page.locator("#said")).to_be_visible()
    assert (question, [OFFERED], "proposed") in known_questions(app)

    def with_next(answer: Answer) -> Answer:
        fees = section(answer, "孔雀石登记费用")
        return replace(answer, next=(NextStep(fees.heading_path, "fee", fees.url),))

    given(with_next)
    question = "孔雀石登记怎样弄"
    ask(page, question)
    with page.expect_response(lambda response: response.url.endswith("/used")) as noted:
        page.locator(".next .chip").click()
    assert noted.value.status == 204
    expect(page.locator("#panel mark").first).to_be_visible()
    assert (question, ["孔雀石登记费用"], "proposed") in known_questions(app)


def test_the_panel_opens_beside_the_answer_and_closes_again(open_page: Callable[..., Page]) -> None:
    page = open_page()
    ask(page, QUESTION)
    last = page.locator("#said .cite").last
    last.click()
    check_quote_in_view(page)
    expect(page.locator("#announcer")).to_have_text(page.locator("#panel h2").first.inner_text())
    page.locator("[data-close]").click()
    expect(page.locator("#panel")).to_be_hidden()
    expect(last).to_be_focused()


def test_a_key_puts_aside_the_time_that_was_read(open_page: Callable[..., Page],
                                                 given: Callable[[Change], None]) -> None:
    seen: list[int] = []

    def timed(answer: Answer) -> Answer:
        seen.append(1)
        return replace(answer, read_as_of=ReadAsOf("去年", NOW.replace(year=NOW.year - 1), NOW) if len(seen) == 1 else
                       None)

    given(timed)
    page = open_page()
    ask(page, "去年社保卡怎么补办")
    expect(page.locator(".read-as-of")).to_contain_text("按去年的规定回答")
    page.keyboard.press("0")
    expect(page.locator(".read-as-of")).to_have_count(0)
    expect(page.locator("#asked")).to_have_text("去年社保卡怎么补办")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_district_that_is_pressed_is_asked_for_without_leaving_the_page(
        open_page: Callable[..., Page], given: Callable[[Change], None], size: dict[str, int]) -> None:
    given(lambda answer: replace(answer, by_district=None if "港东" in answer.question else
                                 ByDistrict(("望海区",), ("港东区", "长屿县"))))
    page = open_page(size=size)
    ask(page, QUESTION)
    expect(page.locator(".by-district p")).to_contain_text("以下是望海区的规定，港东区、长屿县另有规定")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    chip = page.locator(".by-district .chip", has_text="港东区")
    chip.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#asked")).to_have_text(f"港东区，{QUESTION}")
    expect(page.locator(".by-district")).to_have_count(0)


def test_c_copies_and_what_is_copied_says_by_which_day(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    page.keyboard.press("c")
    expect(page.locator("#copy span")).to_have_text("已复制")
    assert "按2026年11月24日有效的规定" in page.evaluate("navigator.clipboard.readText()")


def test_enter_pressed_again_asks_once_and_what_is_typed_meanwhile_stays(open_page: Callable[..., Page]) -> None:
    page = open_page()
    held: list[Route] = []
    page.route("**/ask", lambda route: held.append(route))
    page.fill("#question", QUESTION)
    page.press("#question", "Enter")
    page.press("#question", "Enter")
    page.press("#question", "Enter")
    page.fill("#question", "那要多少钱")
    page.wait_for_timeout(200)
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator("#asked")).to_have_text(QUESTION)
    expect(page.locator("#question")).to_have_value("那要多少钱")
    expect(page.locator("#question")).to_be_focused()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("state", [State.CHECK, State.UNKNOWN, State.ANSWERED])
def test_no_answer_is_wider_than_its_screen_and_every_target_is_large_enough(
        open_page: Callable[..., Page], given: Callable[[Change], None], size: dict[str, int], state: State) -> None:
    if state is State.CHECK:
        given(to_check)
    elif state is State.UNKNOWN:
        given(lambda answer: replace(answer, state=state, reason="not_sure", sentences=(), citations=(), section=None,
                                     next=()))
    page = open_page(size=size)
    ask(page, OFFERED)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.evaluate("""() => [...document.querySelectorAll(".answer button, .answer .cite, .answer .chip")]
        .filter(it => !it.hidden).map(it => it.getBoundingClientRect()).filter(it => it.width < 24 || it.height < 24)
        .length""")
    assert small == 0

"""The pages in a real browser: ask, see the quote, phone, keyboard, input method, rights, language."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from kb import setup
from kb.db import Database
from kb.settings import load_settings
from tests.conftest import NOW
from tests.web.conftest import ROOT, Installation
from web import create_app

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
QUESTION = "社保卡丢了怎么补办"
OF_MANY_QUOTES = "坐轮渡多少钱"  # a table's heading, header and row, and sentences below it

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: make browser, or CHROMIUM=…")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[Flask], str]]:
    """Serve an application on a free port; gives its address."""
    servers = []

    def start(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def address(serve: Callable[[Flask], str], app: Flask) -> str:
    return serve(app)


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """A page of a fresh visitor; whatever the page complains about, but ``expected`` (with | between), fails the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def complain(text: str, expected: str) -> None:
        if not expected or not any(part in text for part in expected.split("|")):
            complaints.append(text)

    def start(path: str = "/", *, language: str = "zh-CN", size: dict[str, int] = DESK, base: str = address,
              script: bool = True, expected: str = "") -> Page:
        context = browser.new_context(viewport=size, locale=language, has_touch=size is PHONE, is_mobile=size is PHONE,
                                      java_script_enabled=script)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda m: complain(m.text, expected) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complain(str(error), ""))
        page.goto(base + path)
        return page

    yield start
    for context in contexts:
        context.close()
    assert not complaints


def ask(page: Page, question: str) -> None:
    page.wait_for_load_state()  # after a sign-in: a page that is still loading may take the focus away
    page.fill("#question", question)
    page.press("#question", "Enter")
    expect(page.locator("#asked")).to_have_text(question)


def check_quote_in_view(page: Page) -> str:
    """The marked quote is on screen, inside the panel's visible part; its words."""
    page.wait_for_function("""() => {
        const mark = document.querySelector("#panel:not(.is-loading) #cite-1");
        const box = mark?.closest(".panel-body").getBoundingClientRect(), own = mark?.getBoundingClientRect();
        return own && own.top >= box.top - 1 && own.top < box.bottom && own.top < innerHeight;
    }""")
    mark = page.locator("#panel #cite-1")
    expect(mark).to_be_in_viewport()
    colour = mark.evaluate("mark => getComputedStyle(mark).backgroundColor")
    assert colour not in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")
    return "".join(page.locator("#panel mark").all_inner_texts())


def test_asking_shows_the_answer_and_below_it_its_section(open_page: Callable[..., Page]) -> None:
    page = open_page()
    ask(page, QUESTION)
    expect(page.locator("#asked")).to_be_focused()
    expect(page.locator("#announcer")).to_contain_text("已回答")
    size, below = (float(page.locator(place).first.evaluate("it => parseFloat(getComputedStyle(it).fontSize)"))
                   for place in ("#said", ".section-text"))
    assert size > below
    mark = page.locator(".section-text mark").first
    assert mark.evaluate("it => getComputedStyle(it).backgroundColor") not in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")
    expect(page.locator("#panel")).to_be_hidden()


def test_clicking_each_citation_brings_its_quote_into_view(open_page: Callable[..., Page], app: Flask) -> None:
    page = open_page()
    ask(page, OF_MANY_QUOTES)
    answer = app.test_client().post("/api/v1/ask", json={"question": OF_MANY_QUOTES}).get_json()
    assert len(answer["citations"]) > 3
    for citation in reversed(answer["citations"]):
        page.click(f"#said .cite[data-n='{citation['n']}']")
        expect(page.locator(f"#said .cite[data-n='{citation['n']}']")).to_have_attribute("aria-current", "true")
        expect(page.locator("#panel h2").first).to_have_text(citation["title"])
        words = check_quote_in_view(page)
        stripped = "".join(c for c in citation["quote"] if c.isalnum())
        assert "".join(c for c in words if c.isalnum()) == stripped
    assert page.evaluate("scrollY") == 0  # the panel scrolled, the answer stayed where it was


def test_without_script_a_citation_leads_to_the_same_words(open_page: Callable[..., Page]) -> None:
    page = open_page(script=False)
    page.fill("#question", QUESTION)
    page.click("#ask .primary")
    last = page.locator("#said .cite").last
    title = page.locator(".source-title a").first.inner_text()
    last.click()
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator("#cite-1")).to_be_in_viewport()


def test_on_a_phone_the_cited_text_is_a_sheet_that_closes_again(open_page: Callable[..., Page]) -> None:
    page = open_page(size=PHONE)
    ask(page, QUESTION)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("#panel")).to_be_hidden()
    page.locator("#said .cite").last.tap()
    expect(page.locator("#panel")).to_have_attribute("role", "dialog")
    check_quote_in_view(page)
    assert page.locator("#panel").bounding_box() == {"x": 0, "y": 0, **PHONE}
    page.locator("[data-close]").tap()
    expect(page.locator("#panel")).to_be_hidden()
    page.locator("#said .cite").first.tap()
    check_quote_in_view(page)
    page.go_back()
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator("#asked")).to_have_text(QUESTION)


@pytest.mark.parametrize("path", ["/", "/search?q=公积金", "/browse", "/browse/fund", "/sign-in",
                                  "/articles/social-card-loss-reissue/r/2",
                                  "/articles/social-card-loss-reissue/diff?from=1&to=3",
                                  "/articles/social-card-loss-reissue/history", "/articles/hostile"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_no_page_is_wider_than_its_screen(open_page: Callable[..., Page], path: str, size: dict[str, int]) -> None:
    page = open_page(path, size=size)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_keyboard_alone_reaches_suggestions_answer_and_quotes(open_page: Callable[..., Page]) -> None:
    page = open_page()
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("公积金")
    expect(page.locator("#suggestions li").first).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text("条建议")  # a text field has no list that it says is open
    assert page.locator("#question").get_attribute("role") is None
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#suggestions [aria-selected=true]")
    expect(chosen).to_have_count(1)
    assert page.locator("#question").get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    title = chosen.locator("span").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2").first).to_have_text(title)
    expect(page.locator("#question")).to_have_value("")  # what was typed to find it is no question
    page.keyboard.type("公积金 租房")
    page.keyboard.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#asked")).to_have_text("公积金 租房")
    last = page.locator("#said .cite").last
    last.focus()
    page.keyboard.press("Enter")
    expect(last).to_have_attribute("aria-current", "true")
    check_quote_in_view(page)


def test_shift_enter_begins_a_line_and_enter_in_an_empty_box_does_nothing(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.keyboard.press("Enter")
    page.keyboard.type("a")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("b")
    expect(page.locator("#question")).to_have_value("a\nb")
    expect(page.locator(".answer")).to_have_count(0)


def test_an_input_method_keeps_its_keys_while_its_letters_are_suggested_for(open_page: Callable[..., Page]) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if r.url.endswith("/ask") else None)
    method = page.context.new_cdp_session(page)
    method.send("Input.imeSetComposition", {"text": "gong'ji'jin", "selectionStart": 11, "selectionEnd": 11})
    expect(page.locator("#suggestions li").first).to_be_visible()
    # what a browser sends for keys that are the input method's: Enter takes the letters, digits choose, arrows walk
    for key, code in (("Enter", "Enter"), ("ArrowDown", "ArrowDown"), ("1", "Digit1"), ("?", "Slash")):
        page.evaluate("""([key, code]) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
            {key, code, keyCode: 229, bubbles: true, cancelable: true}))""", [key, code])
    expect(page.locator("#suggestions [aria-selected=true]")).to_have_count(0)
    expect(page.locator("#keys-sheet")).to_be_hidden()
    assert asked == []
    method.send("Input.insertText", {"text": "公积金"})
    expect(page.locator("#question")).to_have_value("公积金")
    expect(page.locator("#suggestions li").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#asked")).to_have_text("公积金")


def test_a_follow_up_keeps_the_dialogue_until_a_new_conversation(open_page: Callable[..., Page]) -> None:
    page = open_page()
    ask(page, QUESTION)
    ask(page, "那邮寄要多久")
    expect(page.locator(".earlier summary")).to_have_text([QUESTION])
    assert "社会保障卡" in page.locator(".source-title").first.inner_text()
    page.click("#new")
    expect(page.locator(".hero")).to_be_visible()
    expect(page.locator("[name=turn_text]")).to_have_count(0)


def test_without_an_answer_the_page_names_whom_to_ask(open_page: Callable[..., Page], serve: Callable[[Flask], str],
                                                      make_app: Callable[..., Flask]) -> None:
    page = open_page(base=serve(make_app(ask={"precision": 1.0})))
    ask(page, QUESTION)
    expect(page.locator(".verdict")).to_contain_text("暂无可靠依据")
    expect(page.locator(".ask-department .phone")).to_have_attribute("href", "tel:05408810100")
    page.locator(".sources a").first.click()
    expect(page.locator("#panel h2").first).to_have_text("社会保障卡挂失与补领")


def test_an_agent_sees_what_a_citizen_does_not(open_page: Callable[..., Page], installation: Installation) -> None:
    citizen = open_page()
    ask(citizen, "紫晶事项派给谁")
    assert "紫晶事项派单口径" not in citizen.inner_text("body")
    agent = open_page("/sign-in")
    agent.fill("#login", "agent")
    agent.fill("#password", installation.passwords["agent"])
    agent.keyboard.press("Enter")
    expect(agent.locator(".who")).to_have_text("坐席 Agent")
    ask(agent, "紫晶事项派给谁")
    expect(agent.locator(".source-title").first).to_contain_text("紫晶事项派单口径")
    expect(agent.locator(".badge-internal").first).to_be_visible()
    agent.click("text=退出")
    expect(agent.locator("text=登录")).to_be_visible()


def test_the_language_can_be_switched_and_stays(open_page: Callable[..., Page]) -> None:
    page = open_page(language="en-GB")
    expect(page.locator("h1")).to_have_text("Ask in plain words")
    page.click("text=中文")
    expect(page.locator("h1")).to_have_text("您想咨询什么")
    page.goto(page.url + "browse")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


def test_the_answer_is_copied_with_its_sources(open_page: Callable[..., Page], address: str) -> None:
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    page.click("#copy")
    expect(page.locator("#copy span")).to_have_text("已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert QUESTION in copied and "[1]" in copied and f"{address}/articles/social-card-loss-reissue/r/3?cite=" in copied


def test_a_server_that_is_gone_is_said_and_the_question_kept(open_page: Callable[..., Page]) -> None:
    page = open_page(expected="502")
    page.route("**/ask", lambda route: route.fulfill(status=502, content_type="text/plain", body="bad gateway"))
    page.fill("#question", QUESTION)
    page.click("#ask .primary")
    expect(page.locator("#problem")).to_contain_text("连不上服务器")
    expect(page.locator("#question")).to_have_value(QUESTION)
    page.unroute("**/ask")
    page.click("#ask .primary")
    expect(page.locator("#asked")).to_have_text(QUESTION)


@pytest.fixture
def with_model(model_folder: Path, tmp_path: Path) -> Iterator[Flask]:
    """An application that understands: some Chinese articles and the packaged model."""
    sample = tmp_path / "articles"
    (sample / "hrss").mkdir(parents=True)
    for subject in ("social-card-loss-reissue", "unemployment-benefit-claim", "labour-arbitration"):
        for file in (ROOT / "articles" / "hrss").glob(f"{subject}.*"):
            shutil.copy(file, sample / "hrss")
    for name in ("departments.yaml", "lexicon.yaml"):
        shutil.copy(ROOT / "articles" / name, sample / name)
    settings = load_settings(tmp_path, {}, embedding={"model_dir": str(model_folder)}, ask={"precision": 0.0})
    database = Database(settings)
    assert not setup.init(database, settings, now=NOW, sample=sample).failed
    database.close()
    app = create_app(settings, clock=lambda: NOW)
    parts = app.extensions["kb"]
    parts.retriever.start_background(pause_s=0.05)
    for _ in range(1_200):
        if parts.retriever.health().vectors and not parts.retriever.pending_vectors():
            break
        sleep(0.1)
    yield app
    parts.close()


def test_with_the_model_a_question_in_another_language_finds_its_quote(
        open_page: Callable[..., Page], serve: Callable[[Flask], str], with_model: Flask) -> None:
    page = open_page(base=serve(with_model))
    ask(page, "I lost my social security card, how do I get a new one?")
    expect(page.locator(".source-title").first).to_contain_text("社会保障卡挂失与补领")
    page.locator("#said .cite").last.click()
    expect(page.locator("#panel h2").first).to_have_text("社会保障卡挂失与补领")
    check_quote_in_view(page)


def test_a_hostile_article_runs_nothing(open_page: Callable[..., Page]) -> None:
    page = open_page("/articles/hostile")
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    loaded: list[str] = []
    page.on("request", lambda r: loaded.append(r.url))
    page.reload()
    ask_page = open_page()
    ask(ask_page, "翡翠补贴怎么申领")
    expect(ask_page.locator(".section-text")).to_contain_text("编码")
    ask_page.locator("#said .cite").first.click()
    expect(ask_page.locator("#panel")).to_contain_text("翡翠补贴")
    assert all(url.startswith("http://127.0.0.1") for url in loaded)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(("language", "summary", "lost"), [("zh-CN", "为什么这样答", "落后原因"),
                                                           ("en-GB", "Why this answer?", "Behind on")])
def test_an_agent_opens_why_by_keyboard_and_reads_a_losers_text(
        open_page: Callable[..., Page], installation: Installation, size: dict[str, int], language: str, summary: str,
        lost: str) -> None:
    page = open_page("/sign-in", size=size, language=language)
    page.fill("#login", "agent")
    page.fill("#password", installation.passwords["agent"])
    page.keyboard.press("Enter")
    page.wait_for_selector("html.scripted #question")
    ask(page, QUESTION)
    why = page.locator("details.why")
    expect(why.locator("summary")).to_have_text(summary)
    expect(why.locator(".compared").first).to_be_hidden()
    why.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(why.locator(".compared").first).to_contain_text(lost)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    loser = why.locator(".compared").first.locator("a[data-panel]").nth(1)
    title = loser.inner_text().split(" › ")[0]
    loser.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2").first).to_have_text(title)
    check_quote_in_view(page)

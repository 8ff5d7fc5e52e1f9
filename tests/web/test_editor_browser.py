"""Writing in a real browser: by keyboard, with an input method, and through all that takes words away elsewhere."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from kb.actor import OPERATOR, Role
from kb.articles.writing import checks, drafts
from kb.people import people, sessions
from tests.conftest import NOW
from tests.web.test_browser import CHROMIUM, DESK, PHONE, address, browser, open_page, serve

__all__ = ["address", "browser", "open_page", "serve"]  # fixtures

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: make browser, or CHROMIUM=…")

PASSWORD = "a long password"
AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"


@pytest.fixture
def login(app: Flask) -> str:
    """An editor and approver who is nobody else's."""
    made = f"writer-{uuid.uuid4().hex[:8]}"
    with app.extensions["kb"].database.transaction() as session:
        people.create_user(session, OPERATOR, login=made, name=made, grants=[(Role.EDITOR, "hrss")], password=PASSWORD,
                           is_once=False, now=NOW)
    return made


def sign_in(page: Page, login: str) -> None:
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".who")).to_contain_text(login)


def begin(page: Page, login: str, title: str = "银杏事项怎么办") -> str:
    """A new article's draft in the editor; its address."""
    sign_in(page, login)
    page.fill("#field-title", title)
    page.fill("#field-slug", f"made-{uuid.uuid4().hex[:8]}")
    page.check("input[value=blank]")
    page.click("text=开始写")
    expect(page.locator(".cm-content")).to_be_visible()
    return page.url


def write(page: Page, text: str) -> None:
    """Put text in place of all that is there."""
    page.click(".cm-content")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def expect_saved(page: Page) -> None:
    expect(page.locator("#saving")).to_have_attribute("data-state", "saved")


def stored(app: Flask, path: str) -> str:
    with app.extensions["kb"].database.reading() as session:
        return drafts.get(session, OPERATOR, path.rsplit("/", 1)[1]).text.source


def lengthen(app: Flask, login: str, path: str) -> None:
    """Make the draft longer than what a browser sends for a page that is gone."""
    key = path.rsplit("/", 1)[1]
    with app.extensions["kb"].database.transaction() as session:
        me = people.actor_of(session, login, now=NOW)
        found = drafts.get(session, me, key)
        drafts.save(session, me, key, replace(found.text, source="长。\n" * 12_000), seen=found.version, now=NOW,
                    origin="test")


def end_sessions(app: Flask, login: str) -> None:
    with app.extensions["kb"].database.transaction() as session:
        sessions.end_sessions(session, OPERATOR, login, now=NOW)


def test_a_text_is_written_seen_and_handed_in_by_keyboard_alone(
        open_page: Callable[..., Page], app: Flask, login: str) -> None:
    page = open_page("/sign-in?next=/edit")
    sign_in(page, login)
    page.locator("text=新建条目").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#field-title")).to_be_visible()
    page.locator("#field-title").focus()
    page.keyboard.insert_text("银杏事项怎么办")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.insert_text(f"made-{uuid.uuid4().hex[:8]}")
    page.keyboard.press("Enter")
    expect(page.locator(".cm-content")).to_be_visible()
    page.locator("#field-title").focus()
    for _ in range(12):  # over the tools, into the text
        if page.evaluate("document.activeElement.id") == "code":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("银杏事项当天办结。\n\n- 身份证")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("户口簿")
    expect(page.locator("#preview li")).to_have_text(["身份证", "户口簿"])
    page.keyboard.press("Control+s")
    expect_saved(page)
    assert stored(app, page.url).endswith("- 身份证\n- 户口簿")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "preview"  # the text lets go of the key
    page.locator("button[value=hand_in]").focus()
    page.keyboard.press("Enter")
    page.locator("#field-change_note").focus()
    page.keyboard.insert_text("新增条目")
    expect(page.locator("#check .findings")).to_contain_text("没有填写政策依据")
    page.locator("main form .primary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_contain_text("已提交")


def hand_in_while_checking(page: Page, login: str) -> Route:
    """A draft whose hand-in is pressed while the check of it is on its way; that request, held."""
    begin(page, login)
    write(page, "银杏事项当天办结。")
    page.keyboard.press("Control+s")
    expect_saved(page)
    held: list[Route] = []
    page.route("**/check", lambda route: held.append(route))
    page.click("button[value=hand_in]")
    page.fill("#field-change_note", "新增条目")
    expect(page.locator("#checking.htmx-request")).to_be_visible()
    page.click("#hand-in .primary")
    expect(page.locator("#waiting")).to_contain_text("检查还没做完")
    route, = held
    return route


def test_handing_in_while_the_check_runs_waits_for_what_it_finds(
        open_page: Callable[..., Page], app: Flask, login: str) -> None:
    page = open_page("/sign-in?next=/edit/new")
    hand_in_while_checking(page, login).continue_()
    expect(page.locator("#check .findings").first).to_be_visible()
    expect(page.locator("#waiting")).to_contain_text("检查有发现")
    page.click("#hand-in .primary")
    expect(page.locator(".done")).to_contain_text("已提交")
    slug = page.url.partition("?")[0].rsplit("/", 1)[1]
    with app.extensions["kb"].database.reading() as session:
        assert checks.read_submitted_check(session, OPERATOR, slug, 1) is not None


@pytest.mark.parametrize("ends", ["nothing found", "none kept"])
def test_handing_in_goes_on_by_itself_once_the_check_has_nothing_to_say(open_page: Callable[..., Page], login: str,
                                                                        ends: str) -> None:
    page = open_page("/sign-in?next=/edit/new")
    route = hand_in_while_checking(page, login)
    if ends == "none kept":
        route.fulfill(status=204)
    else:
        route.fulfill(body='<p class="done">…</p>', content_type="text/html")
    expect(page.locator(".done")).to_contain_text("已提交")


def test_a_check_that_broke_off_is_none_that_found_nothing(open_page: Callable[..., Page], login: str) -> None:
    page = open_page("/sign-in?next=/edit/new", expected="ERR_FAILED|htmx:")
    hand_in_while_checking(page, login).abort()
    expect(page.locator("#waiting")).to_contain_text("检查没有做完")
    expect(page.locator("#page-problem")).to_contain_text("连不上服务器")
    page.evaluate("document.dispatchEvent(new CustomEvent('htmx:timeout', {cancelable: true}))")
    expect(page.locator("#page-problem")).to_contain_text("响应超时")
    page.click("#hand-in .primary")
    expect(page.locator(".done")).to_contain_text("已提交")


def test_pressed_again_a_draft_is_handed_in_without_its_check(open_page: Callable[..., Page], login: str) -> None:
    page = open_page("/sign-in?next=/edit/new")
    hand_in_while_checking(page, login)
    page.click("#hand-in .primary")
    expect(page.locator(".done")).to_contain_text("已提交")


@pytest.mark.parametrize("width", [962, 1060, 1280])
def test_an_editors_ways_stay_on_one_line_so_that_the_header_covers_nothing(open_page: Callable[..., Page], login: str,
                                                                            width: int) -> None:
    page = open_page("/sign-in?next=/edit", language="en-GB", size={"width": width, "height": 560})
    sign_in(page, login)
    tops = page.evaluate("[...document.querySelectorAll('.site-nav a')].map(way => Math.round(way.offsetTop))")
    assert len(tops) > 8 and len(set(tops)) == 1
    page.evaluate("document.querySelector('.site-nav').append(...[1, 2, 3, 4, 5, 6].map(() => Object.assign("
                  "document.createElement('a'), {href: '/', textContent: 'One way more'})))")
    shown, reckoned = page.evaluate(  # what sticks below reckons with the height, from the frame after the next one on
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(["
        "`${document.querySelector('.site').offsetHeight}px`, "
        "getComputedStyle(document.documentElement).getPropertyValue('--header')]), 100))))")
    assert shown == reckoned


def test_an_input_method_composes_in_peace_and_its_words_are_saved(
        open_page: Callable[..., Page], app: Flask, login: str) -> None:
    page = open_page("/sign-in?next=/edit/new")
    path = begin(page, login)
    write(page, "社保卡")
    method = page.context.new_cdp_session(page)
    for part in ("b", "bu", "buling"):
        method.send("Input.imeSetComposition", {"text": part, "selectionStart": len(part), "selectionEnd": len(part)})
    page.wait_for_timeout(2_000)  # longer than the pause after which the page saves by itself
    expect(page.locator(".cm-content")).to_have_text("社保卡buling")
    method.send("Input.insertText", {"text": "补领"})
    expect(page.locator(".cm-content")).to_have_text("社保卡补领")
    page.keyboard.press("Enter")
    method.send("Input.imeSetComposition", {"text": "zuihou", "selectionStart": 6, "selectionEnd": 6})
    method.send("Input.insertText", {"text": "最后"})
    expect(page.locator("#preview")).to_contain_text("最后")
    page.keyboard.press("Control+s")
    expect_saved(page)
    assert stored(app, path) == "社保卡补领\n最后"


def test_what_is_written_when_a_tab_is_closed_is_sent_with_the_last_breath(
        open_page: Callable[..., Page], app: Flask, login: str) -> None:
    page = open_page("/sign-in?next=/edit/new")
    path = begin(page, login)
    write(page, "关掉之前写的半句")
    again = page.context.new_page()
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    for _ in range(50):
        again.goto(path)
        if "半句" in again.inner_text(".cm-content"):
            break
        again.wait_for_timeout(100)
    expect(again.locator(".cm-content")).to_have_text("关掉之前写的半句")
    assert stored(app, path) == "关掉之前写的半句"


def test_a_closed_tab_loses_no_word_of_a_long_text_either(
        open_page: Callable[..., Page], app: Flask, login: str) -> None:
    page = open_page("/sign-in?next=/edit/new")
    path = begin(page, login)
    lengthen(app, login, path)
    page.reload()
    context = page.context
    context.route("**/edit/drafts/*", lambda route: route.abort() if route.request.method == "POST"
                  else route.fallback())
    page.click(".cm-content")
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("关掉之前写的半句")
    again = context.new_page()  # a browser without a page is gone
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    context.unroute("**/edit/drafts/*")
    again.goto(path)
    expect(again.locator("#kept")).to_be_visible()
    assert "半句" not in stored(app, path)
    again.click("#kept-take")
    expect_saved(again)
    assert stored(app, path).endswith("长。\n关掉之前写的半句")
    assert again.evaluate("Object.keys(localStorage)") == []  # nothing is kept that the server has


def test_a_lost_network_keeps_the_words_and_saves_them_when_it_is_back(
        open_page: Callable[..., Page], app: Flask, login: str) -> None:
    page = open_page("/sign-in?next=/edit/new", expected="ERR_INTERNET_DISCONNECTED")
    path = begin(page, login)
    page.context.set_offline(True)
    write(page, "断网时写的一句")
    expect(page.locator("#saving")).to_have_attribute("data-state", "offline")
    assert "断网时写的一句" in page.evaluate("JSON.stringify(Object.values(localStorage))")
    page.keyboard.insert_text("，又一句")
    page.context.set_offline(False)
    expect_saved(page)
    assert stored(app, path) == "断网时写的一句，又一句"


def test_a_sign_in_that_ends_in_mid_sentence_is_mended_in_another_tab(
        open_page: Callable[..., Page], app: Flask, login: str) -> None:
    page = open_page("/sign-in?next=/edit/new", expected="401")
    path = begin(page, login)
    end_sessions(app, login)
    write(page, "写到一半登录失效")
    expect(page.locator("#trouble")).to_contain_text("登录已失效")
    with page.context.expect_page() as opened:
        page.click("#trouble-sign-in")
    other = opened.value
    other.fill("#login", login)
    other.fill("#password", PASSWORD)
    other.keyboard.press("Enter")
    expect(other.locator("#login")).to_have_count(0)
    other.close()
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("#trouble")).to_be_hidden()
    expect_saved(page)
    expect(page.locator(".cm-content")).to_have_text("写到一半登录失效")
    assert stored(app, path) == "写到一半登录失效"


def test_fault_70_two_tabs_of_a_draft_end_in_a_choice_and_both_words_are_there(
        open_page: Callable[..., Page], app: Flask, login: str) -> None:
    page = open_page("/sign-in?next=/edit/new", expected="412")
    path = begin(page, login)
    write(page, "甲。\n\n乙。")
    page.keyboard.press("Control+s")
    expect_saved(page)
    other = page.context.new_page()
    other.goto(path)
    write(page, "甲，此处。\n\n乙。")
    page.keyboard.press("Control+s")
    expect_saved(page)
    write(other, "甲，彼处。\n\n乙，彼处。")
    expect(other.locator("#trouble")).to_contain_text("刚在别处保存过")
    other.keyboard.insert_text("还在写")
    other.click("#trouble-merge")
    for text in ("甲，此处。", "甲，彼处。"):
        expect(other.locator(".place")).to_contain_text(text)
    other.check("input[name=place-0][value=both]")
    other.click(".merge .primary")
    expect(other.locator(".done")).to_contain_text("合并")
    assert stored(app, path).split() == ["甲，彼处。", "乙，彼处。还在写", "甲，此处。", "乙。"] or (
        stored(app, path).split() == ["甲，彼处。", "甲，此处。", "乙，彼处。还在写"])


def test_signing_out_takes_what_this_browser_kept_along(
        open_page: Callable[..., Page], app: Flask, login: str) -> None:
    page = open_page("/sign-in?next=/edit/new", expected="Failed to load resource")
    path = begin(page, login)
    page.route("**/edit/drafts/*", lambda route: route.fulfill(status=503, body="{}") if route.request.method == "POST"
               else route.fallback())
    write(page, "没存成的半句")
    expect(page.locator("#saving")).to_have_attribute("data-state", "offline")
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("text=退出")
    expect(page.locator("a:text-is('登录')")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage)") == []
    assert "没存成的半句" not in stored(app, path)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(("language", "colours"), [("zh-CN", "light"), ("en-GB", "dark")])
def test_every_screen_is_without_barriers(open_page: Callable[..., Page], login: str, size: dict[str, int],
                                          language: str, colours: str) -> None:
    page = open_page("/sign-in?next=/edit/new", size=size, language=language)
    page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    sign_in(page, login)
    check_barriers(page)
    page.fill("#field-title", "银杏事项")
    page.fill("#field-slug", f"made-{uuid.uuid4().hex[:8]}")
    page.click("main form .primary")
    expect(page.locator(".cm-content")).to_be_visible()
    draft = page.url
    check_barriers(page)
    for path in (f"{draft}/hand-in", "/edit", "/edit/drafts", "/edit/articles/social-card-loss-reissue"):
        page.goto(page.evaluate("([path]) => new URL(path, location).href", [path]))
        check_barriers(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def check_barriers(page: Page) -> None:
    """Nothing that axe finds at levels A and AA."""
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    found = session.send("Runtime.evaluate", {"awaitPromise": True, "returnByValue": True, "expression": """
        axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then((found) =>
            JSON.stringify(found.violations.map((one) => [one.id, one.nodes.map((node) => node.html.slice(0, 200))])))
    """})
    assert json.loads(found["result"]["value"]) == [], page.url


def test_another_form_of_the_page_waits_until_the_words_are_saved(
        open_page: Callable[..., Page], app: Flask, login: str) -> None:
    page = open_page("/sign-in?next=/edit/new")
    path = begin(page, login)
    write(page, "银杏事项当天办结。")
    page.click("header button[name=language]")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#kept")).to_be_hidden()
    assert stored(app, path).strip() == "银杏事项当天办结。"


def test_a_draft_that_saved_itself_is_thrown_away_at_once(open_page: Callable[..., Page], login: str) -> None:
    page = open_page("/sign-in?next=/edit/new")
    begin(page, login)
    write(page, "写了又不要")
    page.keyboard.press("Control+s")
    expect_saved(page)
    page.click(".away summary")
    page.click(".away button")
    expect(page.locator(".done")).to_contain_text("草稿")
    assert page.url.endswith("gone=1")


def test_the_desks_filter_is_sent_with_some_of_it_left_open(open_page: Callable[..., Page], login: str) -> None:
    page = open_page("/sign-in?next=/edit")
    sign_in(page, login)
    page.select_option("select[name=state]", "live")
    page.click(".desk-filter button")
    expect(page.locator("select[name=state]")).to_have_value("live")
    assert "state=live" in page.url and "review=" in page.url


def test_a_file_attached_on_its_own_page_is_no_quarrel_with_the_text(
        open_page: Callable[..., Page], app: Flask, login: str) -> None:
    page = open_page("/sign-in?next=/edit/new")
    path = begin(page, login)
    write(page, "先写一句")
    page.keyboard.press("Control+s")
    expect_saved(page)
    page.click("text=附件")
    page.set_input_files("#file", {"name": "说明.txt", "mimeType": "text/plain", "buffer": "说明".encode()})
    page.click("form.attach button")
    expect(page.locator(".files")).to_contain_text("说明.txt")
    page.click("main .acts a")
    write(page, "再写一句")
    page.keyboard.press("Control+s")
    expect_saved(page)
    page.go_back()
    page.go_back()
    page.go_back()
    page.wait_for_url(path)
    write(page, "返回后又写一句")
    page.keyboard.press("Control+s")
    expect_saved(page)
    assert stored(app, path) == "返回后又写一句"


def test_twice_as_large_everything_is_still_there(open_page: Callable[..., Page], login: str) -> None:
    """WCAG 1.4.4 and 1.4.10: at 200 % a screen has half as many pixels, and nothing scrolls sideways."""
    page = open_page("/sign-in?next=/edit/new", size={"width": DESK["width"] // 2, "height": DESK["height"] // 2})
    draft = begin(page, login)
    for path in (draft, f"{draft}/hand-in", f"{draft}/attachments", "/edit", "/edit/drafts", "/edit/new",
                 "/edit/articles/social-card-loss-reissue"):
        page.goto(page.evaluate("([path]) => new URL(path, location).href", [path]))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        lost = page.evaluate("""() => [...document.querySelectorAll("main a, main button, main input, main select,"
            + " main summary")].filter((it) => it.checkVisibility() && it.type !== "hidden").filter((it) => {
                const box = it.getBoundingClientRect();
                return box.width && (box.right > innerWidth + 1 || box.left < -1)
                    && !it.closest("[data-scrolls], .records-frame, .visually-hidden");
            }).map((it) => it.outerHTML.slice(0, 120))""")
        assert lost == [], path
    page.goto(draft)
    page.click(".cm-content")
    page.keyboard.insert_text("放大后也能写")
    page.keyboard.press("Control+s")
    expect_saved(page)


def test_an_article_is_picked_to_link_to_by_keyboard_alone(open_page: Callable[..., Page], app: Flask, login: str
                                                           ) -> None:
    page = open_page("/sign-in?next=/edit/new")
    begin(page, login)
    assert page.evaluate("scrollY") == 0  # a draft opens at its top, not at the pickers below it
    write(page, "另见")
    page.keyboard.press("Control+k")
    expect(page.locator("#link-words")).to_be_focused()
    page.keyboard.type("sbk")
    expect(page.locator("#link-picker .pick").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+s")
    expect_saved(page)
    assert "](article:social-card-loss-reissue)" in stored(app, page.url)


def test_fault_3_a_drawing_with_scripts_is_neither_run_nor_taken_where_one_writes(
        open_page: Callable[..., Page], login: str) -> None:
    page = open_page("/sign-in?next=/edit/new", expected="400")
    draft = begin(page, login)
    drawing = ("<svg xmlns='http://www.w3.org/2000/svg' onload='document.title=1'>"
               "<script>document.title=2</script></svg>")
    write(page, f"图：{drawing}\n\n```svg\n{drawing}\n```\n\n![图](data:image/svg+xml;utf8,{drawing})\n")
    expect(page.locator("#preview pre")).to_contain_text("<svg")
    assert page.locator("#preview svg, #preview script, #preview img").count() == 0
    assert page.title() not in ("1", "2")
    page.keyboard.press("Control+s")
    expect_saved(page)
    page.goto(f"{draft}/attachments")
    for name in ("图.svg", "图.png"):
        page.set_input_files("#file", {"name": name, "mimeType": "image/png", "buffer": drawing.encode()})
        page.click("form.attach button")
        expect(page.locator("[role=alert].problem:not(#page-problem)")).to_be_visible()
        assert page.locator(".files li").count() == 0

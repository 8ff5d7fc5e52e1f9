"""Writing without script: lists, drafts, merging, handing in; and no word is lost where somebody was first."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from kb.actor import OPERATOR, Role
from kb.articles import owners, publication
from kb.articles.acts import signatures
from kb.markup.language import language
from kb.people import people
from tests.conftest import NOW
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, words
from web.filters import article_html

SLUG = "social-card-loss-reissue"
_FIELD = re.compile(r'<input[^>]*name="([\w-]+)"[^>]*value="([^"]*)"')
PASSWORD = "a long password"


@pytest.fixture
def sign_in(app: Flask, installation: Installation) -> Callable[..., Visitor]:
    def start(login: str, language: str = "zh") -> Visitor:
        visitor = Visitor(app, language=language)
        assert visitor.sign_in(login, installation.passwords.get(login, PASSWORD)).status_code == 303
        return visitor

    return start


@pytest.fixture
def editor(sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in("hrss-editor")


@pytest.fixture(scope="session")
def colleague(app: Flask) -> str:
    """Another who writes for the same department."""
    with app.extensions["kb"].database.transaction() as session:
        people.create_user(session, OPERATOR, login="hrss-colleague", name="同事", grants=[(Role.EDITOR, "hrss")],
                           password=PASSWORD, is_once=False, now=NOW)
    return "hrss-colleague"


@pytest.fixture(scope="session")
def stranger(app: Flask) -> str:
    """Somebody who writes for another department."""
    with app.extensions["kb"].database.transaction() as session:
        people.create_user(session, OPERATOR, login="fund-stranger", name="", grants=[(Role.EDITOR, "fund")],
                           password=PASSWORD, is_once=False, now=NOW)
    return "fund-stranger"


def begun(visitor: Visitor, *, slug: str = "", kind: str = "service", **fields: str) -> str:
    """The address of a new article's draft."""
    reply = visitor.post("/edit/new", {"title": "紫云事项怎么办", "department": "hrss", "kind": kind,
                                       "slug": slug or f"made-{uuid.uuid4().hex[:8]}", "lang": "zh", **fields})
    assert reply.status_code == 303, words(reply)
    return str(reply.headers["Location"])


def page_of(visitor: Visitor, path: str) -> tuple[str, dict[str, str]]:
    """A draft's page, and what its form would send of what is hidden in it."""
    html = visitor.get(path).get_data(as_text=True)
    hidden = {name: value for name, value in _FIELD.findall(html) if name in ("seen", "slug", "was", "onto")}
    return html, {name: value.replace("&#34;", '"').replace("&amp;", "&") for name, value in hidden.items()}


def saved(visitor: Visitor, path: str, seen: dict[str, str], **fields: Any) -> TestResponse:
    return visitor.post(path, {**seen, **fields})


def json_saved(visitor: Visitor, path: str, **fields: Any) -> TestResponse:
    return visitor.client.post(path, data={"form_token": visitor.form_token(), **fields},
                               headers={"Accept": "application/json"})


def test_a_new_article_begins_with_the_outline_of_its_kind_and_goes_into_review(
        editor: Visitor, sign_in: Callable[..., Visitor]) -> None:
    path = begun(editor, slug="purple-cloud")
    html, seen = page_of(editor, path)
    for heading in ("条件", "材料", "时限", "费用", "地点"):
        assert f"## {heading}" in html
    check_harmless(html)
    reply = saved(editor, path, seen, source="紫云事项当天办结。\n\n## 费用\n\n不收费。", summary="紫云",
                  then="hand_in", basis_title=["紫云办法", ""], basis_number=["〔2026〕7号", ""],
                  basis_issuer=["市政府", ""], basis_date=["2026-01-05", ""], basis_url=["https://gov.example/7", ""],
                  last_day="2030-12-31")
    assert reply.status_code == 303 and reply.headers["Location"].endswith("/hand-in")
    last = editor.get(reply.headers["Location"])
    assert "人力资源和社会保障局" in words(last) and "首个版本须走完整审签流程" in words(last)
    _, seen = page_of(editor, reply.headers["Location"])
    done = editor.post(reply.headers["Location"], {**seen, "change_note": "新增", "effective_from": "2026-11-01",
                                                   "last_day": "2030-12-31", "review_by": "2027-11-01"})
    assert done.status_code == 303, words(done)
    desk = words(editor.get(done.headers["Location"]))
    assert "已提交" in desk and "审签中" in desk
    assert "紫云事项怎么办" in words(editor.get("/edit?state=waiting"))
    assert "紫云事项怎么办" in words(sign_in("hrss-approver").get("/edit?state=waiting"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_categories_in_the_texts_own_language_are_listed_first(editor: Visitor, lang: str) -> None:
    html, _ = page_of(editor, begun(editor, lang=lang))
    listed = html.partition('id="field-category"')[2].partition("</select>")[0]
    languages = [language(one) for one in re.findall(r'<option value="([^"]+)"', listed)]
    assert set(languages) == {"zh", "en"} and languages == sorted(languages, reverse=lang == "zh")


def test_what_was_found_before_handing_in_is_shown_to_those_who_sign(
        editor: Visitor, sign_in: Callable[..., Visitor]) -> None:
    slug = f"violet-{uuid.uuid4().hex[:8]}"
    path = begun(editor, slug=slug, kind="blank")
    _, seen = page_of(editor, path)
    assert saved(editor, path, seen, source="青萝事项见[办法](article:no-such-thing-9)。").status_code == 303
    checked = words(editor.post(f"{path}/check", {}, follow_redirects=True))
    assert "no-such-thing-9" in checked
    _, seen = page_of(editor, f"{path}/hand-in")
    done = editor.post(f"{path}/hand-in", {**seen, "change_note": "新增", "effective_from": "2026-11-01",
                                           "review_by": "2027-11-01"})
    assert done.status_code == 303, words(done)
    review = words(sign_in("hrss-approver").get(f"/reviews/{slug}/1"))
    assert "提交前检查" in review and "no-such-thing-9" in review


def test_a_day_that_changed_is_told_as_readers_see_it_before_handing_in(editor: Visitor) -> None:
    begin = editor.post(f"/edit/articles/{SLUG}/drafts", {})
    path = begin.headers["Location"]
    _, seen = page_of(editor, path)
    assert saved(editor, path, seen, effective_from="2026-11-30").status_code == 303
    told = words(editor.get(f"{path}/hand-in"))
    assert "2026年11月30日" in told and "+00:00" not in told and "(none)" not in told
    assert editor.post(f"{path}/discard", {"seen": "2"}).status_code == 303


def test_whoever_goes_back_to_a_draft_that_is_gone_finds_the_way_on(editor: Visitor) -> None:
    path = begun(editor)
    assert editor.post(f"{path}/discard", {"seen": "1"}).status_code == 303
    for address in (path, f"{path}/hand-in"):
        reply = editor.get(address)
        assert reply.status_code == 404 and "可能已经提交或废弃" in words(reply)
        assert 'href="/edit/drafts"' in reply.get_data(as_text=True)
        assert editor.get(address, headers={"Accept": "application/json"}).is_json


def test_an_outline_of_a_service_is_no_sign_in_service(editor: Visitor) -> None:
    page = words(editor.get("/edit/new"))
    assert "办事 条件、材料、流程" in " ".join(page.split()) and "登录服务" not in page


def test_hints_that_nobody_replaced_are_named_before_handing_in(editor: Visitor) -> None:
    path = begun(editor)
    assert "【谁可以申请，需要满足什么】" in words(editor.get(f"{path}/hand-in"))
    _, seen = page_of(editor, path)
    saved(editor, path, seen, source="写好了。")
    assert "【" not in words(editor.get(f"{path}/hand-in"))


def test_the_list_keeps_its_filter_in_the_address_and_pages_go_on_with_it(editor: Visitor) -> None:
    begun(editor)
    reply = editor.get("/edit?draft=mine&state=unpublished")
    html = reply.get_data(as_text=True)
    assert '<option value="mine" selected>' in html and '<option value="unpublished" selected>' in html
    assert "紫云事项怎么办" in words(reply) and "社会保障卡" not in words(reply)
    assert editor.get("/edit?state=nonsense").status_code == 400
    assert editor.get("/edit?after=Not%20A%20Slug").status_code == 400
    assert "补领" in words(editor.get("/edit?q=社会保障卡"))


def test_an_editor_sees_only_what_their_departments_write(
        sign_in: Callable[..., Visitor], editor: Visitor, stranger: str) -> None:
    path = begun(editor)
    other = sign_in(stranger)
    for address in (path, f"{path}/hand-in", f"{path}/merge"):
        assert other.get(address).status_code == 404
    for address in (path, f"{path}/take-over", f"{path}/discard", f"{path}/merge"):
        assert other.post(address, {"seen": "1", "onto": "1", "source": "别人的"}).status_code == 404
    assert "别人的" not in page_of(editor, path)[0]
    assert "紫云事项怎么办" not in words(other.get("/edit?draft=any"))
    assert "紫云事项怎么办" not in words(other.get("/edit/drafts?whose=all"))
    assert other.get(f"/edit/articles/{SLUG}").status_code == 404


def test_a_refused_field_is_named_and_every_word_comes_back(editor: Visitor) -> None:
    path = begun(editor)
    _, seen = page_of(editor, path)
    reply = saved(editor, path, seen, title="紫云", source="保留下来的正文。", effective_from="2026-13-45")
    assert reply.status_code == 400 and "保留下来的正文。" in reply.get_data(as_text=True)
    assert 'aria-invalid="true"' in reply.get_data(as_text=True)


def test_the_preview_is_what_the_live_page_shows(editor: Visitor) -> None:
    source = f"## 费用\n\n| 项目 | 标准 |\n|---|---|\n| 补领 | 25元 |\n\n<script>1</script>[条目](article:{SLUG})"
    html = editor.post("/edit/preview", {"source": source}).get_data(as_text=True)
    with editor.client.application.app_context(), editor.client.application.test_request_context():
        assert html == str(article_html(source))
    check_harmless(html)
    assert f'href="/articles/{SLUG}"' in html


def test_days_are_the_hotlines_and_the_last_day_is_one_of_them(editor: Visitor) -> None:
    path = begun(editor)
    _, seen = page_of(editor, path)
    saved(editor, path, seen, effective_from="2026-12-01", last_day="2027-03-31", review_by="2027-02-01")
    html, _ = page_of(editor, path)
    for name, value in (("effective_from", "2026-12-01"), ("last_day", "2027-03-31"), ("review_by", "2027-02-01")):
        assert re.search(rf'name="{name}" type="date" value="{value}"', html), name


def test_fault_70_a_save_that_comes_second_leads_to_a_choice_and_loses_nothing(editor: Visitor) -> None:
    path = begun(editor)
    _, first = page_of(editor, path)
    saved(editor, path, first, source="甲段。\n\n乙段。\n\n丙段。\n")
    _, here = page_of(editor, path)
    there = dict(here)
    mine = {"title": "这里改的标题", "source": "甲段，这里改。\n\n乙段，这里改。\n\n丙段。\n"}
    assert saved(editor, path, there, title="别处改的标题",
                 source="甲段，别处改。\n\n乙段。\n\n丙段，别处改。\n").status_code == 303
    reply = saved(editor, path, here, **mine)
    html = re.sub("</?mark>", "", reply.get_data(as_text=True))
    assert reply.status_code == 409
    for text in ("甲段，别处改。", "甲段，这里改。", "乙段，这里改。", "丙段，别处改。", "别处改的标题", mine["title"]):
        assert text in html
    assert html.count('class="place"') == 2  # one place and one field: the rest goes together
    _, again = page_of(editor, path)
    assert "甲段，别处改。" in page_of(editor, path)[0]  # nothing is stored before it was decided
    send = {**here, "onto": again["seen"], **mine}
    assert editor.post(f"{path}/merge", send).status_code == 409  # nothing was chosen
    done = editor.post(f"{path}/merge", {**send, "place-0": "both", "field-title": "theirs"})
    assert done.status_code == 303
    html, _ = page_of(editor, path)
    assert "甲段，这里改。\n甲段，别处改。\n\n乙段，这里改。\n\n丙段，别处改。" in html and "别处改的标题" in html


def test_fault_70_what_is_saved_while_one_decides_makes_the_choice_come_again(editor: Visitor) -> None:
    path = begun(editor)
    _, old = page_of(editor, path)
    saved(editor, path, old, source="二。\n")
    _, now = page_of(editor, path)
    mine = {**old, "source": "一。\n", "onto": now["seen"], "place-0": "ours"}
    saved(editor, path, now, source="三。\n")
    reply = editor.post(f"{path}/merge", mine)
    html = reply.get_data(as_text=True)
    assert reply.status_code == 409 and "三。" in html and "一。" in html
    assert "三。" in page_of(editor, path)[0]


def test_fault_70_a_draft_that_was_taken_over_gives_its_first_author_the_words_back(
        editor: Visitor, sign_in: Callable[..., Visitor], colleague: str) -> None:
    path = begun(editor)
    _, here = page_of(editor, path)
    other = sign_in(colleague)
    assert "接手" in words(other.get(path))
    assert other.post(f"{path}/take-over", {"seen": here["seen"]}).status_code == 303
    _, theirs = page_of(other, path)
    saved(other, path, theirs, source="同事写的。\n")
    reply = saved(editor, path, here, source="我没来得及保存的。\n")
    assert reply.status_code == 403 and "我没来得及保存的。" in reply.get_data(as_text=True)
    merged = editor.post(f"{path}/take-over", {**here, "source": "我没来得及保存的。\n"})
    assert all(text in merged.get_data(as_text=True) for text in ("我没来得及保存的。", "同事写的。"))
    assert "同事写的。" in page_of(editor, path)[0]


def test_fault_70_words_for_a_draft_that_was_handed_in_begin_another(editor: Visitor) -> None:
    begun_at = editor.post(f"/edit/articles/{SLUG}/drafts").headers["Location"]
    _, here = page_of(editor, begun_at)
    assert editor.post(f"{begun_at}/discard", {"seen": here["seen"]}).status_code == 303
    reply = saved(editor, begun_at, here, source="迟到的一句。\n")
    assert reply.status_code in (404, 409) and "迟到的一句。" in reply.get_data(as_text=True)
    fresh = editor.post(f"/edit/articles/{SLUG}/drafts", {**here, "source": "迟到的一句。\n"})
    assert fresh.status_code == 303 and "迟到的一句。" in page_of(editor, fresh.headers["Location"])[0]


def test_saving_in_json_tells_the_version_and_who_was_first(editor: Visitor) -> None:
    path = begun(editor)
    done = json_saved(editor, path, seen="1", source="一。")
    assert (done.status_code, done.get_json()["version"]) == (200, 2)
    assert json_saved(editor, path, seen="2", source="一。").get_json()["version"] == 2  # nothing new: nothing stored
    second = json_saved(editor, path, seen="1", source="二。")
    assert (second.status_code, second.get_json()["code"], second.get_json()["version"]) == (412, "draft_changed", 2)
    wrong = json_saved(editor, path, seen="2", title="")
    assert wrong.status_code == 400 and "title" in wrong.get_json()["fields"]
    gone = json_saved(editor, f"/edit/drafts/{uuid.uuid4()}", seen="1", source="三。")
    assert (gone.status_code, gone.get_json()["code"]) == (404, "no_draft")


def test_a_page_from_before_signing_in_again_learns_its_new_token(editor: Visitor, citizen: Visitor) -> None:
    told = editor.get("/edit/session").get_json()
    assert told["login"] == "hrss-editor" and len(told["form_token"]) == 64
    assert citizen.get("/edit/session").get_json()["login"] is None


def test_a_draft_on_an_older_revision_is_merged_with_the_published_one_and_decided(
        editor: Visitor) -> None:
    slug = f"rebased-{uuid.uuid4().hex[:6]}"
    publish(editor, begun(editor, slug=slug), "一。\n\n二。\n")
    old = editor.post(f"/edit/articles/{slug}/drafts").headers["Location"]
    publish(editor, editor.post(f"/edit/articles/{slug}/drafts").headers["Location"], "一，已发布。\n\n二。\n")
    _, seen = page_of(editor, old)
    reply = saved(editor, old, seen, source="一，我的。\n\n二。\n", then="rebase")
    screen = editor.get(editor.get(reply.headers["Location"]).headers["Location"])
    assert "一，已发布。" in words(screen) and "一，我的。" in words(screen)
    _, seen = page_of(editor, f"{old}/merge")
    assert editor.post(f"{old}/merge", {**seen, "place-0": "theirs"}).status_code == 303
    html, seen = page_of(editor, old)
    assert "一，已发布。" in html and "一，我的。" not in html and "&lt;&lt;&lt;&lt;" not in html


def publish(editor: Visitor, path: str, source: str) -> None:
    """Hand it in, and have it signed and published."""
    _, seen = page_of(editor, path)
    saved(editor, path, seen, source=source)
    _, seen = page_of(editor, f"{path}/hand-in")
    done = editor.post(f"{path}/hand-in", {**seen, "change_note": "改", "effective_from": "2026-01-01", "last_day": "",
                                           "review_by": "2027-11-01"})
    assert done.status_code == 303, words(done)
    slug = done.headers["Location"].split("/articles/")[1].split("?")[0]
    number = int(done.headers["Location"].split("handed_in=")[1])
    with editor.client.application.extensions["kb"].database.transaction() as session:
        me = people.actor_of(session, "hrss-approver", now=NOW)
        revision = owners.revision_by_number(session, me, slug, number)
        signatures.sign(session, me, revision, shown=revision.sha256, now=NOW, origin="test")
        publication.publish(session, me, revision, now=NOW, origin="test")


def test_fault_7_html_in_titles_and_headings_is_shown_and_never_obeyed(editor: Visitor) -> None:
    title = "银杏<img src=x onerror=alert(1)>"
    heading = "## 标题<svg onload=alert(2)>\n\n<script>alert(3)</script>正文\n"
    path = begun(editor, title=title)
    _, seen = page_of(editor, path)
    saved(editor, path, seen, source=heading, basis_title="依据\"><script>alert(4)</script>", summary="<b>摘要</b>")
    conflict = saved(editor, path, seen, title=f"{title}二", source=heading.replace("正文", "另一句"))
    pages = [conflict, *(editor.get(address) for address in (
        path, f"{path}/hand-in", "/edit/drafts", "/edit?draft=mine", "/edit/documents?q=%22%3E%3Cscript"))]
    pages.append(editor.post("/edit/preview", {"source": heading}))
    for page in pages:
        html = page.get_data(as_text=True)
        check_harmless(html)
        assert "<img" not in html.replace('<img src="/static/icon.svg"', "") and "<svg onload" not in html


def test_json_pairs_of_what_a_page_showed_are_checked(editor: Visitor) -> None:
    path = begun(editor)
    saved(editor, path, {"seen": "1"}, source="二。")
    for was in ("[", "[[1]]", '{"a": 1}', json.dumps([["effective_from", "never"]])):
        assert saved(editor, path, {"seen": "1", "was": was}, source="三。").status_code == 400, was


def test_the_lists_own_links_carry_nothing_else_of_the_address(editor: Visitor) -> None:
    page = editor.get("/edit?q=a&_external=1&_scheme=javascript&endpoint=x&_anchor=y&state=live")
    assert page.status_code == 200 and "javascript:" not in page.text


def test_numbers_beyond_any_revision_or_comment_are_refused(editor: Visitor) -> None:
    for number in ("9" * 5000, "٣", "x"):
        assert editor.post(f"/edit/articles/{SLUG}/drafts", {"revision": number}).status_code == 400
    assert editor.post(f"/reviews/comments/{'9' * 40}/resolve").status_code == 404

"""Reviewing in the browser without script: queue, decisions on the text that was shown, comments, sheet, questions."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from flask import Flask
from sqlalchemy import select

from kb.actor import OPERATOR, Actor, Role
from kb.articles.writing import drafts, submission
from kb.db import Database
from kb.known import known
from kb.models import Article, Revision
from kb.people import people
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.conftest import Installation, later
from tests.web.site import Visitor, check_harmless, words

PASSWORD = "a long pass phrase 7"
EDITOR = Actor("u-rv", "rv-editor", frozenset({Role.EDITOR}), frozenset({(Role.EDITOR, "hrss")}))
_names = count()


@pytest.fixture(scope="module")
def site(make_app: Callable[..., Flask]) -> Flask:
    """An application an hour later, with reviewers of two departments."""
    app = make_app(clock=later(hours=1))
    with database_of(app).transaction() as session:
        for login, department in (("rv-hrss", "hrss"), ("rv-medins", "medins"), ("rv-water", "water")):
            people.create_user(session, OPERATOR, login=login, name=login, password=PASSWORD, is_once=False,
                               now=NOW, origin="test", grants=((Role.APPROVER, department),))
    return app


def database_of(app: Flask) -> Database:
    database: Database = app.extensions["kb"].database
    return database


@pytest.fixture
def hrss(site: Flask) -> Visitor:
    return signed_in(site, "rv-hrss")


@pytest.fixture
def editor(site: Flask, installation: Installation) -> Iterator[Visitor]:
    visitor = Visitor(site)
    assert visitor.sign_in("hrss-editor", installation.passwords["hrss-editor"]).status_code == 303
    yield visitor


def signed_in(site: Flask, login: str) -> Visitor:
    visitor = Visitor(site)
    assert visitor.sign_in(login, PASSWORD).status_code == 303
    return visitor


OLD, NEW = "云母补贴每人每月二百元，当月发放。", "云母补贴每人每月三百元，当月发放。"


def in_review(site: Flask, source: str = NEW, *, former: str = OLD, title: str = "云母补贴", minor: bool = False,
              co_owners: tuple[str, ...] = ()) -> str:
    """An article whose second text waits for signatures; its slug."""
    slug = f"rv-{next(_names)}"
    database = database_of(site)
    published_article(database, slug, former, title=title, now=NOW)
    at = NOW + timedelta(minutes=1)
    with database.transaction() as session:
        draft = drafts.edit(session, EDITOR, slug, now=at, origin="test")
        text = replace(draft.text, source=source, is_minor=minor, change_note="按新文件调整", co_owners=co_owners)
        draft = drafts.save(session, EDITOR, draft.id, text, seen=draft.version, now=at, origin="test")
        submission.submit(session, EDITOR, draft.id, seen=draft.version, now=at, origin="test")
    return slug


def sha256_of(page: str) -> str:
    found = re.search(r'name="sha256" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def shown(visitor: Visitor, slug: str) -> str:
    return visitor.get(f"/reviews/{slug}/2").get_data(as_text=True)


def test_what_waits_is_listed_read_signed_and_published(site: Flask, hrss: Visitor) -> None:
    slug = in_review(site)
    assert f"/reviews/{slug}/2" in hrss.get("/reviews").get_data(as_text=True)
    page = shown(hrss, slug)
    assert re.search(r"<del><span[^>]*>删除：</span>二百", page)
    assert re.search(r"<ins><span[^>]*>新增：</span>三百", page)
    signed = hrss.post(f"/reviews/{slug}/2/sign", {"sha256": sha256_of(page)})
    assert signed.status_code == 303 and "您已签字；签字已齐。" in words(hrss.get(signed.location))
    text = words(hrss.get(f"/reviews/{slug}/2"))
    assert "会签完毕" in text and "rv-hrss" in text
    assert f"/reviews/{slug}/2" not in hrss.get("/reviews").get_data(as_text=True)
    assert f"/reviews/{slug}/2" in hrss.get("/reviews?whose=ready").get_data(as_text=True)
    assert hrss.post(f"/reviews/{slug}/2/publish").headers["Location"] == f"/articles/{slug}/r/2"
    assert "三百元" in words(Visitor(site).get(f"/articles/{slug}"))


def test_fault_26_a_signature_for_another_text_than_the_one_shown_is_refused(site: Flask, hrss: Visitor) -> None:
    slug = in_review(site)
    response = hrss.post(f"/reviews/{slug}/2/sign", {"sha256": "0" * 64})
    assert response.status_code == 409 and "未签" in words(response)


def test_who_comes_second_reads_who_signed_and_when(site: Flask, hrss: Visitor) -> None:
    with database_of(site).transaction() as session:
        people.create_user(session, OPERATOR, login="rv-late", name="late", password=PASSWORD, is_once=False,
                           now=NOW, origin="test", grants=((Role.APPROVER, "hrss"),))
    late, slug = signed_in(site, "rv-late"), in_review(site, co_owners=("medins",))
    form = {"sha256": sha256_of(shown(late, slug)), "department": "hrss"}
    assert hrss.post(f"/reviews/{slug}/2/sign", form).status_code == 303
    for sent, status in ((form, 409), ({"sha256": form["sha256"]}, 403)):
        response = late.post(f"/reviews/{slug}/2/sign", sent)
        assert response.status_code == status and re.search(
            r"rv-hrss已于\d+年\d+月\d+日 [\d:]+代表市人力资源和社会保障局签字；尚缺：市医疗保障局。", words(response))
    signed_in(site, "rv-medins").post(f"/reviews/{slug}/2/sign", {"sha256": form["sha256"]})
    assert "签字；签字已齐。" in words(late.post(f"/reviews/{slug}/2/sign", form))


def test_every_co_owner_signs_and_the_page_says_who_has_not(site: Flask, hrss: Visitor) -> None:
    slug = in_review(site, co_owners=("medins",))
    page = shown(hrss, slug)
    hrss.post(f"/reviews/{slug}/2/sign", {"sha256": sha256_of(page)})
    other = signed_in(site, "rv-medins")
    text = words(other.get(f"/reviews/{slug}/2"))
    assert "已签字 市人力资源和社会保障局" in text and "未签 市医疗保障局" in text
    assert other.post(f"/reviews/{slug}/2/sign", {"sha256": sha256_of(page)}).status_code == 303
    assert "会签完毕" in words(other.get(f"/reviews/{slug}/2"))


def test_a_refusal_needs_a_reason_which_the_page_then_shows(site: Flask, hrss: Visitor) -> None:
    slug = in_review(site)
    page = shown(hrss, slug)
    response = hrss.post(f"/reviews/{slug}/2/reject", {"sha256": sha256_of(page)})
    assert response.status_code == 400 and 'role="alert"' in response.get_data(as_text=True)
    fields = {"sha256": sha256_of(page), "reason": "缺依据文件"}
    assert hrss.post(f"/reviews/{slug}/2/reject", fields).status_code == 303
    text = words(hrss.get(f"/reviews/{slug}/2"))
    assert "已退回修改" in text and "缺依据文件" in text


def test_a_comment_stands_at_the_words_that_it_is_about(site: Flask, hrss: Visitor, editor: Visitor) -> None:
    slug = in_review(site)
    path = f"/reviews/{slug}/2/comments"
    assert hrss.post(path, {"quote": "三百 元", "body": "依据？", "position": "7"}).status_code == 303
    page = shown(hrss, slug)
    assert '<mark id="cite-1">' in page and 'href="#cite-1">三百元</a>' in page
    assert hrss.post(path, {"quote": "四百元", "body": "x"}).status_code == 400
    assert hrss.post(path, {"quote": "", "body": " "}).status_code == 400
    assert hrss.post(f"/reviews/{slug}/2/changes", {"sha256": sha256_of(page)}).status_code == 303
    text = words(editor.get(f"/reviews/{slug}/2"))
    assert "已退回修改" in text and "1. 依据？" in text
    found = re.search(r"/reviews/comments/(\d+)/resolve", shown(editor, slug))
    assert found and editor.post(f"/reviews/comments/{found[1]}/resolve").status_code == 303
    assert "已处理：hrss editor" in words(editor.get(f"/reviews/{slug}/2"))


def test_minor_corrections_are_signed_in_one_go_and_others_are_not(site: Flask, hrss: Visitor) -> None:
    unended = "云母补贴当月发放，每人每月二百元"
    minor = [in_review(site, f"{unended}。", former=unended, minor=True) for _ in range(2)]
    major = in_review(site)
    unread = in_review(site, f"{unended}。", former=unended, minor=True)
    for slug in minor:
        shown(hrss, slug)
    page = hrss.get("/reviews").get_data(as_text=True)
    chosen = [value for value in re.findall(r'name="chosen" value="([^"]+)"', page)
              if value.split("/")[0] in minor]
    assert len(chosen) == 2 and f'value="{unread}/' not in page and f'value="{major}/' not in page
    assert "请先逐份打开看过" in page
    other = f"{major}/2/{sha256_of(shown(hrss, major))}"
    response = hrss.post("/reviews/minor", {"chosen": [*chosen, other, "../x", f"{minor[0]}/2/{'0' * 64}"]})
    text = words(response)
    assert text.count("云母补贴 · 第2版 — 已签字") == 2 and all(slug not in text for slug in minor)
    with database_of(site).reading() as session:
        sha256 = session.scalars(select(Revision.sha256).join(Article, Article.id == Revision.article_id).where(
            Article.slug == unread, Revision.number == 2)).one()
    refused = words(hrss.post("/reviews/minor", {"chosen": f"{unread}/2/{sha256}"}))
    assert "— 您还没有打开过这份文稿；请先打开看过，再签字。" in refused and "已签字" not in refused
    shown(hrss, unread)
    assert "— 已签字" in words(hrss.post("/reviews/minor", {"chosen": f"{unread}/2/{sha256}"}))
    assert "会签完毕" not in words(hrss.get(f"/reviews/{major}/2"))


def test_what_changed_since_ones_last_look_can_be_shown(site: Flask, hrss: Visitor) -> None:
    slug = in_review(site)
    page = shown(hrss, slug)
    hrss.post(f"/reviews/{slug}/2/reject", {"sha256": sha256_of(page), "reason": "数字不对"})
    with database_of(site).transaction() as session:
        at = NOW + timedelta(minutes=2)
        draft = drafts.edit(session, EDITOR, slug, number=2, now=at, origin="test")
        text = replace(draft.text, source="云母补贴每人每月二百五十元，当月发放。", change_note="改正")
        draft = drafts.save(session, EDITOR, draft.id, text, seen=draft.version, now=at, origin="test")
        submission.submit(session, EDITOR, draft.id, seen=draft.version, now=at, origin="test")
    first = words(hrss.get(f"/reviews/{slug}/3"))
    assert "与第1版对照" in first and "第2版 · 您上次看到的" in first
    again = hrss.get(f"/reviews/{slug}/3").get_data(as_text=True)  # having looked takes nothing back
    assert "只看此后的变动" in again and f"/reviews/{slug}/3?from=2" in again
    since = hrss.get(f"/reviews/{slug}/3?from=2").get_data(as_text=True)
    assert re.search(r"<del><span[^>]*>删除：</span>三百", since)


def test_fault_28_a_text_in_review_is_a_404_for_whoever_may_not_know_it(site: Flask, agent: Visitor) -> None:
    slug = in_review(site)
    reading = (f"/reviews/{slug}/2", f"/reviews/{slug}/2?view=side", f"/articles/{slug}/r/2",
               f"/articles/{slug}/r/2/sheet", f"/articles/{slug}/diff?from=1&to=2")
    acting = ("sign", "reject", "changes", "comments")
    for visitor in (agent, signed_in(site, "rv-water"), Visitor(site)):
        for path in reading:
            response = visitor.get(path)
            assert response.status_code in (404, 401), path
            assert "三百" not in response.get_data(as_text=True)
            absent = visitor.get(path.replace(slug, "rv-none"))
            assert absent.status_code == response.status_code, path
        for act in acting:
            fields = {"sha256": "0" * 64, "reason": "x", "body": "x"}
            response = visitor.post(f"/reviews/{slug}/2/{act}", fields)
            assert response.status_code in (401, 403, 404), act
            assert visitor.post(f"/reviews/rv-none/2/{act}", fields).status_code == response.status_code, act
    assert f"/reviews/{slug}/2" not in signed_in(site, "rv-water").get("/reviews?whose=all").get_data(as_text=True)
    assert "三百" not in words(Visitor(site).get(f"/articles/{slug}/history"))


def test_fault_30_a_cited_text_is_opened_only_by_who_may_read_it(citizen: Visitor, agent: Visitor) -> None:
    for path in ("/articles/inside/r/1?cite=0-5", "/articles/inside/diff?from=1&to=2", "/articles/inside/r/1/sheet"):
        assert citizen.get(path).status_code in (401, 404) and "紫晶" not in citizen.get(path).get_data(as_text=True)
    assert '<mark id="cite-1">' in agent.get("/articles/inside/r/1?cite=0-5").get_data(as_text=True)


def test_fault_39_no_page_with_a_decision_on_it_stands_in_another_sites_frame(site: Flask, hrss: Visitor) -> None:
    slug = in_review(site)
    page = shown(hrss, slug)
    for response in (hrss.get("/reviews"), hrss.get(f"/reviews/{slug}/2"), hrss.get("/reviews/known"),
                     hrss.post(f"/reviews/{slug}/2/sign", {"sha256": "0" * 64}),
                     hrss.post(f"/reviews/{slug}/2/sign", {"sha256": sha256_of(page)})):
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Frame-Options"] == "DENY"


def test_fault_24_nothing_is_decided_without_a_form_of_this_site(site: Flask, hrss: Visitor) -> None:
    slug = in_review(site)
    fields = {"sha256": sha256_of(shown(hrss, slug)), "reason": "x", "body": "x"}
    for act in ("sign", "reject", "changes", "publish", "comments"):
        assert hrss.client.post(f"/reviews/{slug}/2/{act}", data=fields).status_code == 403
        assert hrss.get(f"/reviews/{slug}/2/{act}").status_code == 405
    assert "未签" in words(hrss.get(f"/reviews/{slug}/2"))


def test_fault_08_a_hostile_text_is_reviewed_without_harm(site: Flask, hrss: Visitor) -> None:
    bad = "<script>alert(1)</script> [点](javascript:alert(2)) <img src=x onerror=alert(3)> 五百元"
    slug = in_review(site, bad, former="<script>alert(0)</script> 四百元", title="琉翠<b>补贴")
    hrss.post(f"/reviews/{slug}/2/comments", {"quote": "五百元", "body": "</textarea><script>alert(4)</script>"})
    for path in (f"/reviews/{slug}/2", f"/reviews/{slug}/2?view=side", f"/articles/{slug}/r/2/sheet", "/reviews"):
        page = hrss.get(path).get_data(as_text=True)
        check_harmless(page)
        assert html.escape("琉翠<b>补贴") in page


def test_the_approval_sheet_tells_who_decided_what_on_which_text(site: Flask, hrss: Visitor) -> None:
    slug = in_review(site, co_owners=("medins",))
    sha256 = sha256_of(shown(hrss, slug))
    hrss.post(f"/reviews/{slug}/2/sign", {"sha256": sha256})
    text = words(hrss.get(f"/articles/{slug}/r/2/sheet"))
    for told in ("审签单", "第2版", sha256, "市人力资源和社会保障局 同意 rv-hrss", "市医疗保障局 未签", "按新文件调整",
                 "与第1版对照"):
        assert told in text, told


def test_people_are_named_by_their_names_and_on_paper_by_the_user_name_too(site: Flask, hrss: Visitor) -> None:
    slug = in_review(site, title="云母补贴签字")
    with database_of(site).transaction() as session:
        for login, name, role in (("rv-editor", "方拟稿", Role.EDITOR), ("rv-xu", "许复核", Role.APPROVER)):
            people.create_user(session, OPERATOR, login=login, name=name, password=PASSWORD, is_once=False, now=NOW,
                               origin="test", grants=((role, "hrss"),))
    assert "方拟稿于" in words(hrss.get("/reviews?whose=all"))
    signer = signed_in(site, "rv-xu")
    page = shown(signer, slug)
    assert signer.post(f"/reviews/{slug}/2/comments", {"quote": "", "body": "依据齐全"}).status_code == 303
    assert signer.post(f"/reviews/{slug}/2/sign", {"sha256": sha256_of(page)}).status_code == 303
    text = words(signer.get(f"/reviews/{slug}/2"))
    assert "方拟稿于" in text and text.count("许复核 ·") == 2 and "rv-xu" not in text
    sheet = words(signer.get(f"/articles/{slug}/r/2/sheet"))
    assert "方拟稿 (rv-editor)" in sheet and "许复核 (rv-xu)" in sheet


def test_proposed_questions_are_released_or_refused_with_a_reason(site: Flask, hrss: Visitor) -> None:
    slug = f"rv-{next(_names)}"
    published_article(database_of(site), slug, "# 玛璃补贴\n\n## 怎么领\n\n持身份证到窗口领取。", title="玛璃补贴",
                      now=NOW)
    agent = Actor("u-a", "agent", frozenset({Role.AGENT}))
    with database_of(site).transaction() as session:
        made = [known.propose(session, agent, slug, "怎么领", text, now=NOW, origin="test").id
                for text in ("玛璃补贴去哪领呀", "玛璃钱咋还没到")]
    page = words(hrss.get("/reviews/known"))
    assert "玛璃补贴去哪领呀" in page and "怎么领" in page
    released = hrss.post(f"/reviews/known/{made[0]}", {"act": "release"})
    assert released.status_code == 303 and "已放行：“玛璃补贴去哪领呀”" in words(hrss.get(released.location))
    assert hrss.post(f"/reviews/known/{made[1]}", {"act": "drop"}).status_code == 400
    assert hrss.post(f"/reviews/known/{made[1]}", {"act": "drop", "reason": "与本条无关"}).status_code == 303
    assert "玛璃补贴" not in words(hrss.get("/reviews/known"))
    assert hrss.post(f"/reviews/known/{made[0]}", {"act": "release"}).status_code == 409
    other = signed_in(site, "rv-water").post(f"/reviews/known/{made[0]}", {"act": "drop", "reason": "x"})
    assert other.status_code == 403
    assert "玛璃补贴去哪领呀" not in words(signed_in(site, "rv-water").get("/reviews/known?state=released"))
    listed = hrss.get("/reviews/known?state=released")
    check_harmless(listed.get_data(as_text=True))
    assert "玛璃补贴去哪领呀" in words(listed) and "玛璃钱咋还没到" not in words(listed) and slug not in words(listed)
    address = re.search(rf'action="(/reviews/known/{made[0]}[^"]*)"', listed.get_data(as_text=True))
    assert address
    dropped = hrss.post(html.unescape(address[1]), {"act": "drop", "reason": "已不这样问"})
    page = words(hrss.get(dropped.location))
    assert dropped.status_code == 303 and "不再使用：“玛璃补贴去哪领呀”" in page
    assert "玛璃补贴去哪领呀" in words(hrss.get("/reviews/known?state=dropped"))


def test_a_cited_text_that_no_longer_applies_says_so_beside_the_quote(citizen: Visitor) -> None:
    page = citizen.get("/articles/social-card-loss-reissue/r/2?cite=0-31").get_data(as_text=True)
    assert page.index('<div class="banners stays">') < page.index("已不再适用") < page.index('<mark id="cite-1">')
    part = citizen.get("/articles/social-card-loss-reissue/r/2?cite=0-31", headers={"HX-Request": "true"})
    panel = part.get_data(as_text=True)
    assert panel.index("已不再适用") < panel.index('<div class="panel-body"') < panel.index('<mark id="cite-1">')


def test_open_comments_stand_in_the_draft_that_answers_them(site: Flask, hrss: Visitor, editor: Visitor) -> None:
    slug = in_review(site)
    hrss.post(f"/reviews/{slug}/2/comments", {"quote": "三百元", "body": "依据？"})
    hrss.post(f"/reviews/{slug}/2/changes", {"sha256": sha256_of(shown(hrss, slug))})
    writer = Actor("u-e", "hrss-editor", frozenset({Role.EDITOR}), frozenset({(Role.EDITOR, "hrss")}))
    with database_of(site).transaction() as session:
        draft = drafts.edit(session, writer, slug, number=2, now=NOW + timedelta(minutes=9), origin="test")
    path = f"/edit/drafts/{draft.id}"
    page = editor.get(path).get_data(as_text=True)
    assert '<a class="comment-quote" href="#cite-1">三百元</a>' in page and '<mark id="cite-1">三百元</mark>' in page
    found = re.search(r"/reviews/comments/(\d+)/resolve", page)
    assert found
    done = editor.post(f"/reviews/comments/{found[1]}/resolve", {"next": path})
    assert done.headers["Location"] == path
    assert 'class="carried"' not in editor.get(path).get_data(as_text=True)
    assert editor.post(f"/reviews/comments/{found[1]}/resolve", {"next": "//evil.example"}).headers["Location"] == "/"

"""Article pages: facts, banners, changelog, differences, and hostile texts shown without harm."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from flask import Flask

from kb.actor import OPERATOR
from kb.articles import publication
from kb.db import Database
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.conftest import later
from tests.web.site import Visitor, check_harmless, tags, words

SLUG = "social-card-loss-reissue"


def test_the_live_revision_shows_what_it_rests_on_and_who_keeps_it(citizen: Visitor) -> None:
    response = citizen.get(f"/articles/{SLUG}")
    text = words(response)
    for shown in ("社会保障卡挂失与补领", "现行有效", "第3版", "2026年4月1日起", "市人力资源和社会保障局",
                  "0540-8810100", "市医疗保障局", "滨海市社会保障卡管理办法", "滨人社规〔2024〕6号"):
        assert shown in text
    assert re.search(r"复核期限 20\d\d年\d{1,2}月\d{1,2}日", text)  # which day, moves as others confirm the text
    assert "hrss-editor" not in text
    links = [a for tag, a in tags(response.get_data(as_text=True)) if tag == "a" and a["href"].startswith("http")]
    assert links and all("noopener" in a["rel"] and "noreferrer" in a["rel"] for a in links)


def test_staff_see_author_and_approvers(agent: Visitor) -> None:
    assert "hrss editor" in words(agent.get(f"/articles/{SLUG}"))


def test_an_old_revision_stays_readable_under_a_banner(citizen: Visitor) -> None:
    response = citizen.get(f"/articles/{SLUG}/r/2?cite=0-31")
    text, page = words(response), response.get_data(as_text=True)
    assert "这是第2版，已不再适用。" in text and "自2026年4月1日起由第3版替代。" in text
    assert "2025年7月1日至2026年3月31日" in text
    hrefs = [a["href"] for tag, a in tags(page) if tag == "a"]
    assert f"/articles/{SLUG}" in hrefs and f"/articles/{SLUG}/diff?from=2&to=3" in hrefs
    assert 'id="cite-1"' in page
    assert "已不再适用" not in words(citizen.get(f"/articles/{SLUG}/r/3"))


@pytest.mark.parametrize("cite", ["5-2", "0-9999999", "0-99999999999", "x", "0-", "1-1", "-1-5", "0-31-40"])
def test_a_stretch_that_is_not_in_the_text_marks_nothing(citizen: Visitor, cite: str) -> None:
    response = citizen.get(f"/articles/{SLUG}/r/2?cite={cite}")
    assert response.status_code == 200 and "<mark" not in response.get_data(as_text=True)


def test_the_panel_is_the_same_revision_without_its_frame(citizen: Visitor) -> None:
    part = citizen.get(f"/articles/{SLUG}/r/2?cite=0-31", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "<html" not in part and 'id="cite-1"' in part and "已不再适用" in part


def test_the_changelog_tells_every_revision_newest_first(citizen: Visitor) -> None:
    response = citizen.get(f"/articles/{SLUG}/history")
    text = words(response)
    assert re.findall(r"第(\d)版 (?:现行有效|已被替代)", text) == ["3", "2", "1"]
    assert "邮寄补卡由7个工作日缩短为5个工作日" in text
    assert f"/articles/{SLUG}/diff?from=2&amp;to=3" in response.get_data(as_text=True)


def test_the_difference_marks_what_changed_as_readers_see_it(citizen: Visitor) -> None:
    page = citizen.get(f"/articles/{SLUG}/diff?from=2&to=3").get_data(as_text=True)
    assert re.search(r"<del><span[^>]*>删除：</span>7个工作日</del>", page)
    assert re.search(r"<ins><span[^>]*>新增：</span>5个工作日</ins>", page)
    assert "段未变" in page and "|---|" not in page and "**" not in page and '<tr class="come">' in page
    assert '<a href="#change-1"><del>' in page  # the figures lead to their places
    text = words(citizen.get(f"/articles/{SLUG}/diff?from=2&to=3"))
    assert "生效日期" in text and "滨人社函〔2026〕17号" in text and "7个工作日缩短为5个工作日" in text
    assert "两个版本的正文相同" in words(citizen.get(f"/articles/{SLUG}/diff?from=3&to=3"))


def test_side_by_side_each_text_stands_alone(citizen: Visitor) -> None:
    page = citizen.get(f"/articles/{SLUG}/diff?from=2&to=3&view=side").get_data(as_text=True)
    old, new = ("".join(re.findall(f'<div class="doc side-{side}".*?</div>', page, re.DOTALL))
                for side in ("old", "new"))
    assert "7个工作日" in old and "5个工作日" not in old and "<ins>" not in old
    assert "5个工作日" in new and "7个工作日" not in new and "<del>" not in new
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_a_difference_tells_the_notes_of_all_revisions_between_and_of_no_other(citizen: Visitor) -> None:
    text = words(citizen.get(f"/articles/{SLUG}/diff?from=1&to=3"))
    assert "第2版 补卡不再收取工本费" in text and "第3版 邮寄补卡由7个工作日缩短为5个工作日" in text
    text = words(citizen.get(f"/articles/{SLUG}/diff?from=1&to=2"))
    assert "补卡不再收取工本费" in text and "邮寄补卡由7个工作日缩短" not in text


def test_any_two_revisions_can_be_chosen_in_the_changelog(citizen: Visitor) -> None:
    page = citizen.get(f"/articles/{SLUG}/history").get_data(as_text=True)
    assert '<select id="from" name="from">' in page and page.count('<option value="1"') == 2


def test_the_rule_of_a_day_is_shown_for_any_day(citizen: Visitor) -> None:
    text = words(citizen.get(f"/articles/{SLUG}/at?day=2025-08-01"))
    assert "按2025年8月1日有效的规定" in text and "第2版" in text and "7个工作日" in text
    assert "没有有效的规定" in words(citizen.get(f"/articles/{SLUG}/at?day=1999-01-01"))
    assert [citizen.get(f"/articles/{SLUG}/at{query}").status_code for query in ("", "?day=x", "?day=99999-01-01")] == [
        400, 400, 400]
    assert 'name="day"' in citizen.get(f"/articles/{SLUG}/history").get_data(as_text=True)


def test_each_sentence_is_traced_to_the_revision_that_brought_it(citizen: Visitor) -> None:
    page = citizen.get(f"/articles/{SLUG}/blame").get_data(as_text=True)
    rows = re.findall(r"<tr class=[^>]*>.*?</tr>", page, re.DOTALL)
    by_row = ["".join(re.findall(">([^<]*)<", row)) for row in rows]
    assert any("第3版" in row and "5个工作日" in row for row in by_row)
    assert any("第1版" in row for row in by_row) and "|---|" not in page
    check_harmless(citizen.get("/articles/hostile/blame").get_data(as_text=True))
    assert citizen.get("/articles/inside/blame").status_code == 404


@pytest.mark.parametrize("query", ["", "?from=1", "?from=1&to=x", "?from=0&to=1", "?from=-1&to=2",
                                   "?from=1&to=9999999999"])
def test_a_difference_of_nothing_is_a_wrong_request(citizen: Visitor, query: str) -> None:
    assert citizen.get(f"/articles/{SLUG}/diff{query}").status_code == 400


@pytest.mark.parametrize("path", [
    "/articles/none", f"/articles/{SLUG}/r/99", f"/articles/{SLUG}/r/0", f"/articles/{SLUG}/r/99999999999999999999",
    f"/articles/{SLUG}/r/01", f"/articles/{SLUG}/diff?from=1&to=99", "/articles/none/history",
    "/articles/..%2F..%2Fetc", "/articles/%00", "/articles/%ED%A0%80", "/articles/" + "x" * 500, "/articles/Big",
])
def test_what_is_not_there_is_a_404(citizen: Visitor, path: str) -> None:
    response = citizen.get(path)
    assert response.status_code == 404 and "没有这个页面" in words(response)


def test_fault_01_markup_in_an_article_is_shown_as_text(citizen: Visitor) -> None:
    page = citizen.get("/articles/hostile").get_data(as_text=True)
    check_harmless(page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "&lt;form action=" in page
    assert [a for tag, a in tags(page) if tag == "form"] == [
        a for tag, a in tags(citizen.get(f"/articles/{SLUG}").get_data(as_text=True)) if tag == "form"]


def test_fault_02_a_link_that_runs_something_loses_its_address_and_keeps_its_words(citizen: Visitor) -> None:
    page = citizen.get("/articles/hostile").get_data(as_text=True)
    check_harmless(page)
    for kept in ("点我", "这里", "数据", "编码", "制表", "脚本"):
        assert kept in page


def test_fault_06_the_final_page_reads_the_same_when_it_is_parsed_and_written_again(citizen: Visitor) -> None:
    page = citizen.get("/articles/hostile?cite=0-10").get_data(as_text=True)
    doc = page.split('<div class="doc"')[1].split("</div>")[0]
    kinds = {tag for tag, _ in tags(doc)}
    assert kinds <= {"p", "h2", "ul", "ol", "li", "a", "mark", "span", "code", "pre", "br", "em", "strong"}


def test_fault_08_both_sides_of_a_difference_are_escaped_before_they_are_marked(citizen: Visitor) -> None:
    page = citizen.get("/articles/hostile/diff?from=1&to=2").get_data(as_text=True)
    check_harmless(page)
    assert html.escape("<script>alert(1)</script>") in page
    assert re.search(r"</span>[^<]*三百", page) and "&lt;b&gt;" in page
    check_harmless(citizen.get("/articles/hostile/diff?from=1&to=2&view=side").get_data(as_text=True))


def test_fault_09_overrides_of_writing_direction_become_visible(make_app: Callable[..., Flask], app: Flask) -> None:
    published_article(app.extensions["kb"].database, "bidi", "琥珀\u202eABC\u2066补贴。", title="琥珀补贴", now=NOW)
    visitor = Visitor(make_app(clock=later(minutes=1)))
    for path in ("/articles/bidi", "/search?q=琥珀"):
        page = visitor.get(path).get_data(as_text=True)
        assert "[U+202E]" in page and not set(page) & set("\u202e\u2066"), path
    assert not set(visitor.ask("琥珀\u202e补贴").get_data(as_text=True)) & set("\u202e\u2066")


def test_an_article_that_was_taken_back_names_its_reason_and_successor(make_app: Callable[..., Flask],
                                                                       app: Flask) -> None:
    database: Database = app.extensions["kb"].database
    published_article(database, "gone", "玳瑁补贴已经停发。", title="玳瑁补贴", now=NOW)
    published_article(database, "heir", "珊瑚补贴每月二百元。", title="珊瑚补贴", now=NOW)
    with database.transaction() as session:
        from sqlalchemy import select

        from kb.models import Article
        gone, heir = (session.scalars(select(Article).where(Article.slug == slug)).one() for slug in ("gone", "heir"))
        publication.import_retirement(session, OPERATOR, gone, now=NOW, origin="test", reason="合并 <b>两项</b>",
                                      successor=heir)
    visitor = Visitor(make_app(clock=later(minutes=1)))
    response = visitor.get("/articles/gone")
    assert "本条目已于2026年11月24日停用。" in words(response)
    assert "合并 &lt;b&gt;两项&lt;/b&gt;" in response.get_data(as_text=True)
    assert 'href="/articles/heir"' in response.get_data(as_text=True)
    assert "玳瑁补贴" not in words(visitor.get("/browse/hrss"))

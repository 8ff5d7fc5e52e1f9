"""Asking on the page without script: answers, citations that lead to their words, dialogue, abstention, search."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask, render_template

from kb.actor import CITIZEN
from retriever.ask import Retriever
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.web.conftest import HOSTILE_TITLE, later
from tests.web.site import Visitor, check_harmless, tags, words
from web.public.dialogue import Asked

MARK = re.compile(r"<mark[^>]*>(.*?)</mark>", re.S)


def cites(page: str) -> list[str]:
    """The addresses of the answer's citations."""
    said = page.split('id="said"')[1].split("</div>")[0]
    return [a["href"] for tag, a in tags(said) if tag == "a"]


def hidden_turns(page: str) -> list[tuple[str, str]]:
    found = [a for tag, a in tags(page) if tag == "input" and a.get("name") in ("turn_role", "turn_text")]
    return [(role["value"], text["value"]) for role, text in zip(found[::2], found[1::2], strict=True)]


def test_every_sentence_of_an_answer_has_a_citation_that_leads_to_its_words(citizen: Visitor) -> None:
    page = citizen.ask("社保卡丢了怎么补办").get_data(as_text=True)
    said = page.split('id="said"')[1].split("</div>")[0]
    sentences = re.findall(r'(.*?)<span class="together">(.*?)</span>', said, re.S)
    assert sentences and all('class="cite"' in end for _, end in sentences)
    for address in cites(page):
        slug, number, start, end = re.fullmatch(  # type: ignore[union-attr]
            r"/articles/([a-z0-9-]+)/r/(\d+)\?cite=(\d+)-(\d+)#cite-1", address).groups()
        api = citizen.get(f"/api/v1/articles/{slug}/revisions/{number}").get_json()
        quote = re.sub(r"[*`|\s-]+", "", api["source"][int(start):int(end)])
        shown = citizen.get(address.split("#")[0]).get_data(as_text=True)
        assert 'id="cite-1"' in shown
        assert re.sub(r"\s+", "", html.unescape("".join(MARK.findall(shown)))) == quote


def test_the_section_stands_below_the_answer_with_what_is_said_marked(citizen: Visitor) -> None:
    page = citizen.ask("社保卡丢了怎么补办").get_data(as_text=True)
    below = page.split('id="said"')[1].split('<section class="sources"')[1]
    assert "社会保障卡挂失与补领" in below and MARK.findall(below)
    assert 'id="cite-1"' not in page  # the anchor of an article's page, where a citation leads


def test_the_page_tells_what_a_typing_error_was_read_as(citizen: Visitor) -> None:
    assert "同时按“社保卡”查找" in citizen.ask("社宝卡丢了怎么补办").get_data(as_text=True)
    assert "同时按" not in citizen.ask("社保卡丢了怎么补办").get_data(as_text=True)


def test_a_follow_up_carries_the_dialogue_and_a_new_conversation_does_not(citizen: Visitor) -> None:
    first = citizen.ask("社保卡丢了怎么补办").get_data(as_text=True)
    turns = hidden_turns(first)
    assert [role for role, _ in turns] == ["user", "agent"] and turns[0][1] == "社保卡丢了怎么补办"
    second = citizen.ask("那邮寄要多久", turn_role=[r for r, _ in turns], turn_text=[t for _, t in turns])
    page = second.get_data(as_text=True)
    assert "social-card-loss-reissue" in "".join(cites(page))
    assert [role for role, _ in hidden_turns(page)] == ["user", "agent", "user", "agent"]
    assert "本次对话的前文" in words(second)
    new = next(a["href"] for tag, a in tags(page) if tag == "a" and a.get("id") == "new")
    assert hidden_turns(citizen.get(new).get_data(as_text=True)) == []


def test_another_topic_is_said_and_begins_a_new_dialogue(citizen: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Retriever.ask
    monkeypatch.setattr(Retriever, "ask", lambda *given, **named: replace(ask(*given, **named), new_topic=True))
    second = citizen.ask("结婚登记要带什么", turn_role=["user"], turn_text=["社保卡丢了怎么补办"])
    assert "已按新问题处理，未结合上文" in words(second)
    assert "社保卡丢了怎么补办" in words(second)  # the dialogue so far stays in sight
    turns = hidden_turns(second.get_data(as_text=True))
    assert [text for role, text in turns if role == "user"] == ["结婚登记要带什么"]


def test_a_dialogue_of_any_length_and_form_is_bounded_and_shown_as_text(citizen: Visitor) -> None:
    response = citizen.ask("社保卡", turn_role=["user", "system", *["user"] * 100],
                           turn_text=["<script>alert(1)</script>", "ignored", *[f"第{n}句" for n in range(100)]])
    page = response.get_data(as_text=True)
    assert response.status_code == 200
    check_harmless(page)
    assert len(hidden_turns(page)) <= 42 and "ignored" not in page


def test_asking_for_a_date_answers_with_the_rules_of_that_day(citizen: Visitor) -> None:
    old = citizen.ask("社保卡挂失补领 邮寄 工作日", as_of="2025-08-01").get_data(as_text=True)
    new = citizen.ask("社保卡挂失补领 邮寄 工作日", as_of="2026-05-01").get_data(as_text=True)
    assert {re.search(r"/r/(\d)", a)[1] for a in cites(old) if "social-card-loss-reissue" in a} == {"2"}  # type: ignore[index]
    assert {re.search(r"/r/(\d)", a)[1] for a in cites(new) if "social-card-loss-reissue" in a} == {"3"}  # type: ignore[index]
    assert 'value="2025-08-01"' in old


def test_a_page_left_open_over_midnight_asks_for_today(make_app: Callable[..., Flask]) -> None:
    visitor = Visitor(make_app(clock=later(days=1)))
    page = visitor.ask("社保卡丢了", as_of="2026-11-24", shown_day="2026-11-24").get_data(as_text=True)
    assert "按2026年11月25日有效的规定" in page
    page = visitor.ask("社保卡丢了", as_of="2026-11-24", shown_day="2026-11-25").get_data(as_text=True)
    assert "按2026年11月24日有效的规定" in page


@pytest.mark.parametrize("day", ["gestern", "2026-02-30", "99999-01-01", "\x00", "2026-03-01' OR 1=1"])
def test_a_date_that_is_none_comes_back_with_the_question(citizen: Visitor, day: str) -> None:
    response = citizen.ask("社保卡丢了", as_of=day)
    assert response.status_code == 400
    assert "日期无法识别" in words(response) and "社保卡丢了" in response.get_data(as_text=True)


def test_without_support_the_page_says_so_and_names_whom_to_ask(make_app: Callable[..., Flask]) -> None:
    visitor = Visitor(make_app(ask={"precision": 1.0}))
    response = visitor.ask("社保卡丢了怎么补办")
    text, page = words(response), response.get_data(as_text=True)
    assert "暂无可靠依据，不能直接答复" in text and "市人力资源和社会保障局" in text
    assert "tel:05408810100" in page and "社会保障卡挂失与补领" in text
    assert 'id="said"' not in page and "mark" not in [tag for tag, _ in tags(page)]


@pytest.mark.parametrize(("language", "recorded"), [("zh", "问题已记录"), ("en", "The question was recorded")])
def test_that_a_question_was_recorded_is_said_only_where_it_was(make_app: Callable[..., Flask], language: str,
                                                                recorded: str) -> None:
    for is_kept in (True, False):
        visitor = Visitor(make_app(ask={"precision": 1.0, "log_questions": is_kept}), language=language)
        for question in ("社保卡丢了怎么补办", "zzyzx qwfpgj"):
            assert (recorded in words(visitor.ask(question))) == is_kept


@pytest.mark.parametrize(("degraded", "said"), [
    (("words_only",), {"简易检索"}), (("plain_search",), {"简易检索"}), (("index_behind",), {"最新的修改"}),
    (("no_reader",), {"未能充分核对"}), (("reader_down",), {"未能充分核对"}), (("not_recorded",), {"未能记录"}),
    (("index_behind", "plain_search"), {"简易检索", "最新的修改"}), (("vectors_pending",), {"语义检索尚未"}),
    ((), set()),
])
def test_a_banner_tells_what_is_degraded(app: Flask, degraded: tuple[str, ...], said: set[str]) -> None:
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        app.preprocess_request()
        answer = app.extensions["kb"].retriever.ask(AskRequest("zzyzx qwfpgj"), CITIZEN, now=NOW)
        page = render_template("public/workspace.html", asked=Asked(), answer=replace(answer, degraded=degraded))
    told = ("简易检索", "最新的修改", "未能记录", "未能充分核对", "语义检索尚未")
    assert {text for text in told if text in page} == said


def test_where_nothing_is_near_the_hotline_is_named(citizen: Visitor) -> None:
    text = words(citizen.ask("zzyzx qwfpgj"))
    assert "没有条目谈到这个问题" in text and "滨海市12345政务服务便民热线" in text


def test_a_question_that_is_asked_again_by_reloading_leads_to_the_start(citizen: Visitor) -> None:
    response = citizen.get("/ask")
    assert (response.status_code, response.headers["Location"]) == (302, "/")


def test_a_fragment_holds_the_workspace_alone(citizen: Visitor) -> None:
    whole = citizen.ask("社保卡丢了").get_data(as_text=True)
    part = citizen.post("/ask", {"question": "社保卡丢了"}, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "<html" in whole and "<html" not in part and 'id="workspace"' in part


def test_suggestions_go_with_what_was_typed_also_by_pinyin(citizen: Visitor) -> None:
    for typed in ("公积金贷", "gjj", "gongjijin"):
        page = citizen.post("/suggest", {"typed": typed}).get_data(as_text=True)
        options = [a for tag, a in tags(page) if tag == "li"]
        assert options and all(a["role"] == "option" and a["data-href"].startswith("/articles/") for a in options)
        assert "公积金" in page
    assert citizen.post("/suggest", {"typed": " "}).get_data(as_text=True) == ""
    assert citizen.post("/suggest", {"typed": "长" * 200}).get_data(as_text=True) == ""


def test_search_shows_passages_page_by_page(citizen: Visitor) -> None:
    first = citizen.get("/search?q=公积金").get_data(as_text=True)
    following = next(a["href"] for tag, a in tags(first) if tag == "a" and a.get("rel") == "next")
    second = citizen.get(following).get_data(as_text=True)
    found = [[a["href"] for tag, a in tags(page) if tag == "a" and "?cite=" in a.get("href", "")]
             for page in (first, second)]
    assert found[0] and found[1] and not set(found[0]) & set(found[1])


@pytest.mark.parametrize("page", ["0", "-1", "1000000", "11", "x", "１", "9" * 30, ""])
def test_fault_43_a_page_far_down_is_refused_with_advice(citizen: Visitor, page: str) -> None:
    response = citizen.get(f"/search?q=公积金&page={page}")
    assert response.status_code == 400 and "缩小范围" in words(response)


def test_search_can_be_narrowed_and_may_find_nothing(citizen: Visitor) -> None:
    assert "住房公积金" in words(citizen.get("/search?q=提取&department=fund"))
    assert "没有找到" in words(citizen.get("/search?q=zzzz"))
    assert citizen.get("/search?q=提取&department=nowhere").status_code == 400
    assert citizen.get("/search?q=提取&lang=xx").status_code == 400
    assert citizen.get("/search?q=").status_code == 200


def test_the_catalogue_lists_departments_and_their_articles(citizen: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "市住房公积金管理中心" in words(citizen.get("/browse"))
    assert citizen.get("/browse/nowhere").status_code == 404
    whole = re.findall(r'<li><a href="(/articles/[a-z0-9-]+)"', citizen.get("/browse/hrss").get_data(as_text=True))
    monkeypatch.setattr("web.public.routes.ARTICLES", 3)
    walked: list[str] = []
    path = "/browse/hrss"
    for _ in range(50):
        page = citizen.get(path).get_data(as_text=True)
        walked += re.findall(r'<li><a href="(/articles/[a-z0-9-]+)"', page)
        following = [a["href"] for tag, a in tags(page) if tag == "a" and a.get("rel") == "next"]
        if not following:
            break
        path = following[0]
    assert walked == whole and len(whole) > 3


def test_fault_05_a_picture_from_elsewhere_is_never_loaded(citizen: Visitor) -> None:
    for page in (citizen.get("/articles/hostile"), citizen.ask("翡翠补贴怎么申领")):
        text = page.get_data(as_text=True)
        assert "翡翠补贴" in text
        check_harmless(text)
        assert {a["src"] for tag, a in tags(text) if tag == "img"} == {"/static/icon.svg"}


def test_fault_07_a_title_with_markup_is_text_wherever_it_stands(citizen: Visitor) -> None:
    for page in (citizen.ask("翡翠补贴怎么申领"), citizen.get("/search?q=翡翠补贴"), citizen.get("/browse/hrss"),
                 citizen.get("/articles/hostile"), citizen.get("/articles/hostile/r/1"),
                 citizen.get("/articles/hostile/history"), citizen.get("/articles/hostile/diff?from=1&to=2"),
                 citizen.post("/suggest", {"typed": "翡翠"})):
        text = page.get_data(as_text=True)
        whole = re.sub(r"</?mark>", "", text)  # what was searched is marked
        assert page.status_code == 200 and html.escape(HOSTILE_TITLE) in whole, page.request.path
        check_harmless(text)


def test_fault_41_a_question_full_of_operators_is_only_words(citizen: Visitor) -> None:
    for question in ('title:"社保卡" AND (丢* OR 补?) NOT ~x^2', "社保卡 /.*(a+)+$/ [2020 TO 2030]", '"社保卡', "\\",
                     "社保卡)("):
        assert citizen.ask(question).status_code == 200
        assert citizen.get("/search", query_string={"q": question}).status_code == 200


@pytest.mark.parametrize("question", ["的", "。", "😀", "   的 了 吗 ", "的了吗呢吧啊" * 84, "1", "0" * 200,
                                      "\t\n社\n", "%", "_"])
def test_fault_44_a_question_without_a_word_to_look_for_has_a_defined_result(citizen: Visitor, question: str) -> None:
    assert citizen.ask(question).status_code == 200


@pytest.mark.parametrize("question", ["", " ", "\u3000", "\u200b\u2060", " " * 500])
def test_fault_44_an_empty_question_is_asked_for_again(citizen: Visitor, question: str) -> None:
    response = citizen.ask(question)
    assert response.status_code == 400 and "请输入要问的内容" in words(response)


def test_fault_40_a_question_beyond_the_limit_is_refused_with_its_reason(citizen: Visitor) -> None:
    long = citizen.ask("长" * 2_001)
    assert long.status_code == 400 and "问题太长" in words(long)
    huge = citizen.ask("长" * 350_000)
    assert huge.status_code == 413 and "内容太长" in words(huge)


def test_what_a_caller_asked_never_stands_in_the_log(citizen: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        citizen.ask("绝密问题怎么办")
        citizen.ask("绝密问题怎么办", as_of="绝密日期")
        citizen.post("/suggest", {"typed": "绝密问题"})
        citizen.get("/search?q=绝密问题")
        citizen.client.post("/api/v1/ask", json={"question": "绝密问题", "history": [{"role": "绝密", "text": "绝密"}]})
    assert "绝密" not in caplog.text


def test_too_many_questions_from_one_address_have_to_wait(make_app: Callable[..., Flask]) -> None:
    app = make_app(web={"asks_per_minute": 2})
    visitor = Visitor(app, address="192.0.2.1")
    assert [visitor.ask("社保卡").status_code for _ in range(3)] == [200, 200, 429]
    refused = visitor.ask("社保卡")
    assert "稍候" in words(refused) and 0 < int(refused.headers["Retry-After"]) <= 60
    assert Visitor(app, address="192.0.2.2").ask("社保卡").status_code == 200

"""What an agent sees of an answer: what to say, where it stands, what to check, whom to ask, and what is noted."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from kb.markup.parse import parse
from kb.models import KnownQuestion
from retriever.answer import Answer, LeftOut, Nearest, NearestPassage, NextStep, Notice, Section, State
from retriever.ask import Retriever
from retriever.validity import ReadAsOf
from tests.retriever.factories import published_article
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, tags, words

Change = Callable[[Answer], Answer]
SOURCE = """\
办好事情要看下面。

## 孔雀石登记步骤

孔雀石登记按顺序办：

1. 网上预约。
2. 带身份证到窗口。
3. 领取回执。

## 孔雀石登记费用

| 项目 | 费用 |
|---|---|
| 首次登记 | 20元 |
| 变更登记 | 免费 |
"""


@pytest.fixture(scope="module", autouse=True)
def article(app: Flask) -> None:
    if app.test_client().get("/articles/malachite").status_code == 404:  # two files of tests use it
        database = app.extensions["kb"].database
        published_article(database, "malachite", SOURCE, title="孔雀石登记", now=datetime(2026, 1, 1, tzinfo=UTC))
        app.extensions["kb"].retriever.catch_up()


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[Change], None]:
    """Let every answer be another one: states that the sample's answers take only with a reader."""
    ask = Retriever.ask

    def give(change: Change) -> None:
        monkeypatch.setattr(Retriever, "ask", lambda *args, **named: change(ask(*args, **named)))

    return give


def section(answer: Answer, heading: str, *quotes: str) -> Section:
    """A section of the article that an answer cites, these words of it marked."""
    cited = answer.citations[0]
    start = SOURCE.index(f"## {heading}")
    end = SOURCE.find("\n## ", start + 1)
    end = len(SOURCE) if end < 0 else end + 1
    marked = tuple((at, at + len(quote)) for quote in quotes for at in [SOURCE.index(quote, start)])
    return Section(cited.article_id, cited.slug, cited.revision, cited.revision_id, cited.title, cited.department,
                   (heading,), start, end, SOURCE[start:end], marked,
                   f"/articles/{cited.slug}/r/{cited.revision}?cite={start}-{end}#cite-1")


def to_check(answer: Answer) -> Answer:
    choices = (section(answer, "孔雀石登记费用", "| 首次登记 | 20元 |"),
               section(answer, "孔雀石登记步骤", "2. 带身份证到窗口。", "3. 领取回执。"))
    return replace(answer, state=State.CHECK, reason="not_sure", sentences=(), citations=(), section=None, next=(),
                   choices=choices, explain=None)


def said(page: str) -> str:
    return page.split('id="said"')[1].split("</div>")[0]


def forms(page: str, ending: str) -> list[dict[str, Any]]:
    """The fields of every form that leads to an address ending so; those sent several times are lists."""
    found = []
    for form in re.findall(r"<form[^>]*action=\"([^\"]*)\"[^>]*>(.*?)</form>", page, re.S):
        if form[0].endswith(ending):
            fields: dict[str, Any] = {}
            for tag, a in tags(form[1]):
                if tag == "input":
                    fields.setdefault(a["name"], []).append(a["value"])
            found.append({"": form[0], **fields})
    return found


def take(visitor: Visitor, page: str, n: int) -> str:
    fields = forms(page, "/taken")[n]
    return visitor.post(fields.pop(""), fields).get_data(as_text=True)


def known_questions(app: Flask) -> list[tuple[str, list[str], str]]:
    with app.extensions["kb"].database.reading() as session:
        return [(row.text, list(row.heading_path), row.state) for row in session.scalars(select(KnownQuestion))]


# what is said

def test_steps_and_rows_stand_on_lines_of_their_own_with_their_numbers(citizen: Visitor,
                                                                       given: Callable[[Change], None]) -> None:
    given(to_check)
    page = citizen.ask("孔雀石登记步骤").get_data(as_text=True)
    steps = said(take(citizen, page, 1))
    assert re.findall(r'<li value="(\d)">', steps) == ["2", "3"]
    assert "<p>" not in steps
    rows = said(take(citizen, page, 0))
    assert "项目：首次登记；费用：20元" in re.sub(r"<[^>]*>", "", rows) and rows.count("<li>") == 1


def test_sentences_of_one_paragraph_stay_together(citizen: Visitor) -> None:
    for line in re.findall(r"<p>(.*?)</p>", said(citizen.ask("社保卡丢了怎么补办").get_data(as_text=True)), re.S):
        assert line.count('class="cite"') >= 1


def test_below_it_stands_its_section_with_what_is_said_marked(citizen: Visitor,
                                                              given: Callable[[Change], None]) -> None:
    given(to_check)
    page = take(citizen, citizen.ask("孔雀石登记步骤").get_data(as_text=True), 1)
    whole = page.split('section-text"')[1].split("</section>")[0]
    assert re.findall(r"<mark>(.*?)</mark>", whole) == ["带身份证到窗口。", "领取回执。"]
    assert "网上预约。" in whole and "首次登记" not in whole
    assert "<h3>孔雀石登记步骤</h3>" in whole and 'id="cite' not in whole


def test_an_answer_says_in_which_language_it_is(citizen: Visitor) -> None:
    page = citizen.ask("社保卡丢了怎么补办").get_data(as_text=True)
    assert '<div class="said" id="said" lang="zh-Hans">' in page
    english = Visitor(citizen.client.application, language="en")  # the page's language is another matter
    assert '<div class="said" id="said" lang="zh-Hans">' in english.ask("社保卡丢了怎么补办").get_data(as_text=True)


@pytest.mark.parametrize(("left", "language", "told"), [
    (LeftOut("steps", 2, 5, (2, 3)), "zh", "第2、3步，共5步"),
    (LeftOut("steps", 2, 5, (2, 3)), "en", "Steps 2, 3 of 5"),
    (LeftOut("steps", 1, 4, (4,)), "zh", "第4步，共4步"), (LeftOut("steps", 1, 4, (4,)), "en", "Step 4 of 4"),
    (LeftOut("steps", 5, 9, (1, 2, 3, 4, 9)), "zh", "第1–4、9步，共9步"),
    (LeftOut("items", 3, 8, (1, 2, 3)), "zh", "共8项，这里是3项"), (LeftOut("items", 3, 8), "en", "3 of 8 items"),
    (LeftOut("rows", 1, 6, (2,)), "zh", "共6行，这里是1行"), (LeftOut("rows", 1, 6), "en", "1 of 6 rows"),
    (LeftOut("text", 90, 300), "zh", "全文见下"), (LeftOut("text", 90, 300), "en", "the rest stands below")])
def test_what_was_left_out_is_said_in_words(app: Flask, given: Callable[[Change], None], left: LeftOut, language: str,
                                            told: str) -> None:
    given(lambda answer: replace(answer, left_out=left))
    page = Visitor(app, language=language).ask("社保卡丢了怎么补办")
    assert told in words(page)
    assert told in page.get_data(as_text=True).split('id="copy-text"')[1].split("</template>")[0]


@pytest.mark.parametrize(("language", "kind"), [("zh", "费用"), ("en", "Fee")])
def test_what_callers_ask_next_leads_to_its_section(app: Flask, given: Callable[[Change], None], language: str,
                                                    kind: str) -> None:
    def with_next(answer: Answer) -> Answer:
        step = section(answer, "孔雀石登记费用")
        return replace(answer, next=(NextStep(step.heading_path, "fee", step.url),))

    given(with_next)
    page = Visitor(app, language=language).ask("孔雀石登记步骤").get_data(as_text=True)
    chip = next(a for tag, a in tags(page) if tag == "a" and a.get("class") == "chip")
    assert chip["title"] == kind and chip["href"].startswith("/articles/malachite/r/")


def test_the_question_is_echoed_as_it_was_typed(citizen: Visitor) -> None:
    page = citizen.ask("社保卡丢了，怎么补办？（急！）Ａ").get_data(as_text=True)
    assert re.search(r'<h2 id="asked"[^>]*>社保卡丢了，怎么补办？（急！）Ａ</h2>', page)


# how sure

@pytest.mark.parametrize(("reader", "language", "word"), [
    ("local", "zh", "有把握"), ("local", "en", "Confident"), ("", "zh", "请核对原文"), ("", "en", "Check the text")])
def test_how_sure_an_answer_is_stands_in_words_and_figures_only_under_why(
        app: Flask, installation: Installation, given: Callable[[Change], None], reader: str, language: str,
        word: str) -> None:
    given(lambda answer: replace(answer, reader=reader, confidence=0.8765, took_ms=43_210.0))
    visitor = Visitor(app, language=language)
    visitor.sign_in("agent", installation.passwords["agent"])
    page = visitor.ask("社保卡丢了怎么补办").get_data(as_text=True)
    answered, why = page.split('<details class="why">')
    assert word in re.findall(r'<p class="verdict[^>]*>(.*?)</p>', answered, re.S)[0]
    assert "88" in why and "43210 ms" in why
    assert " ms" not in answered and "88%" not in answered and "88 %" not in answered


def test_what_is_below_the_threshold_is_not_marked_as_quoted(make_app: Callable[..., Flask],
                                                             installation: Installation) -> None:
    visitor = Visitor(make_app(ask={"precision": 1.0}))
    visitor.sign_in("agent", installation.passwords["agent"])
    page = visitor.ask("社保卡丢了怎么补办").get_data(as_text=True)
    assert "为什么不答" in page and "已引用" not in page


# what is to be checked

def test_sections_to_check_are_offered_and_nothing_is_said_before_one_is_taken(
        citizen: Visitor, given: Callable[[Change], None]) -> None:
    given(to_check)
    response = citizen.ask("孔雀石登记步骤")
    page = response.get_data(as_text=True)
    assert "请核对：可能是下面几段" in words(response) and "请核对原文" in words(response)
    assert 'id="said"' not in page and 'id="copy"' not in page
    assert re.findall(r'data-key="(\d)"', page) == ["1", "2"]
    assert re.findall(r"<mark>(.*?)</mark>", page) == ["首次登记", "20元", "带身份证到窗口。", "领取回执。"]
    taken = take(citizen, page, 0)
    assert "项目：首次登记" in re.sub(r"<[^>]*>", "", said(taken)) and 'id="copy"' in taken
    assert "请核对原文" in taken and "有把握" not in taken
    assert re.search(r'<h2 id="asked"[^>]*>孔雀石登记步骤</h2>', taken)
    turns = [a["value"] for tag, a in tags(taken) if tag == "input" and a.get("name") == "turn_text"]
    assert turns == ["孔雀石登记步骤", "项目：首次登记；费用：20元"]


def test_what_an_agent_takes_becomes_a_proposed_known_question_and_what_a_citizen_takes_does_not(
        app: Flask, agent: Visitor, citizen: Visitor, given: Callable[[Change], None]) -> None:
    given(to_check)
    take(citizen, citizen.ask("孔雀石怎么一步步弄").get_data(as_text=True), 1)
    assert not [text for text, *_ in known_questions(app) if text == "孔雀石怎么一步步弄"]
    take(agent, agent.ask("孔雀石怎么一步步弄").get_data(as_text=True), 1)
    assert ("孔雀石怎么一步步弄", ["孔雀石登记步骤"], "proposed") in known_questions(app)


@pytest.mark.parametrize(("field", "value", "status"), [
    ("place", "0-99999:1-2", 400), ("place", "0-10", 400), ("place", "0-10:", 400), ("place", "x", 400),
    ("place", "10-20:0-5", 400), ("place", "0-20:5-5", 400), ("place", "0-30:" + ",".join(["1-2"] * 101), 400),
    ("slug", "../etc", 400), ("slug", "nowhere", 404), ("revision", "0", 400), ("revision", "99", 404),
    ("heading", ["a"] * 7, 400)])
def test_a_section_that_is_none_cannot_be_taken(citizen: Visitor, given: Callable[[Change], None], field: str,
                                                value: Any, status: int) -> None:
    given(to_check)
    fields = forms(citizen.ask("孔雀石登记步骤").get_data(as_text=True), "/taken")[0] | {field: value}
    response = citizen.post(fields.pop(""), fields)
    assert response.status_code == status
    assert "孔雀石登记步骤" in response.get_data(as_text=True)  # the question is not lost
    check_harmless(response.get_data(as_text=True))


def test_a_citizen_cannot_take_what_is_internal(citizen: Visitor, agent: Visitor,
                                                given: Callable[[Change], None]) -> None:
    def inside(answer: Answer) -> Answer:
        return replace(answer, state=State.CHECK, reason="not_sure", sentences=(), citations=(), section=None,
                       choices=(answer.section,) if answer.section else (), explain=None)

    given(inside)
    page = agent.ask("紫晶事项派给谁").get_data(as_text=True)
    fields = forms(page, "/taken")[0]
    assert "内部条目" in page
    assert "首次联系" in agent.post(fields[""], fields).get_data(as_text=True)
    own = forms(citizen.ask("紫晶事项派给谁").get_data(as_text=True), "/ask")[0]
    refused = citizen.post(fields[""], {**fields, "form_token": own["form_token"]})
    assert refused.status_code == 404 and "首次联系" not in refused.get_data(as_text=True)


def test_taking_needs_a_form_of_this_site(citizen: Visitor, given: Callable[[Change], None]) -> None:
    given(to_check)
    fields = forms(citizen.ask("孔雀石登记步骤").get_data(as_text=True), "/taken")[0]
    assert citizen.post(fields.pop(""), fields | {"form_token": "0" * 64}).status_code == 403


# what is noted

def use(visitor: Visitor, page: str, **fields: Any) -> int:
    address = re.search(r'data-used="([^"]*)"', page)
    assert address
    return visitor.post(address[1], fields).status_code


def test_another_section_that_an_agent_opens_is_proposed(app: Flask, agent: Visitor) -> None:
    page = agent.ask("孔雀石登记办好几步").get_data(as_text=True)
    article_id = app.test_client().get("/api/v1/articles/malachite").get_json()["article_id"]
    assert use(agent, page, action="opened", article_id=article_id, heading=["孔雀石登记费用"]) == 204
    assert ("孔雀石登记办好几步", ["孔雀石登记费用"], "proposed") in known_questions(app)
    assert use(agent, page, action="copied", article_id=article_id, heading=["没有这一段"]) == 204  # the page goes on
    assert use(agent, page, action="chosen", article_id=article_id) == 400
    assert use(agent, page, action="opened") == 400


def test_of_a_citizen_nothing_is_noted(citizen: Visitor, agent: Visitor) -> None:
    assert "data-used" not in citizen.ask("社保卡丢了怎么补办").get_data(as_text=True)
    address = re.search(r'data-used="([^"]*)"', agent.ask("社保卡丢了怎么补办").get_data(as_text=True))
    assert address and citizen.post(address[1], {"action": "opened", "article_id": "x"}).status_code == 401


# what is not known, and what stands above all

@pytest.mark.parametrize(("language", "unchecked"), [("zh", "未核实"), ("en", "Unchecked")])
def test_a_refusal_shows_the_nearest_passage_whole_and_says_that_it_is_unchecked(
        app: Flask, given: Callable[[Change], None], language: str, unchecked: str) -> None:
    def near(answer: Answer) -> Answer:
        fees = section(answer, "孔雀石登记费用")
        passage = NearestPassage(fees.heading_path, fees.text, fees.url)
        nearest = (Nearest(fees.article_id, fees.slug, fees.title, fees.department, 0.3, passage),)
        return replace(answer, state=State.UNKNOWN, reason="not_sure", sentences=(), citations=(), section=None,
                       nearest=nearest, explain=None)

    given(near)
    response = Visitor(app, language=language).ask("孔雀石登记步骤")
    page = response.get_data(as_text=True)
    assert unchecked in words(response) and "变更登记" in words(response) and "<mark" not in page
    assert 'id="said"' not in page and 'id="copy"' not in page
    box = re.search(r'<textarea id="question".*?>(.*?)</textarea>', page, re.S)
    assert box and box[1] == "孔雀石登记步骤"  # to be put in other words


@pytest.mark.parametrize("state", [State.ANSWERED, State.UNKNOWN])
def test_an_emergency_stands_above_everything_with_a_number_to_call(citizen: Visitor, given: Callable[[Change], None],
                                                                    state: State) -> None:
    notice = Notice("gas", "到室外拨打119。", "119")
    given(lambda answer: replace(answer, notice=notice) if state is State.ANSWERED else
          replace(answer, notice=notice, state=state, reason="not_sure", sentences=(), citations=(), section=None))
    page = citizen.ask("社保卡丢了怎么补办").get_data(as_text=True)
    answer = page.split('<section class="answer')[1]
    assert answer.index('role="alert"') < answer.index('href="tel:119"') < answer.index('id="asked"')


@pytest.mark.parametrize(("question", "language"), [("你好", "zh"), ("hello", "en")])
def test_a_greeting_is_replied_to_and_nothing_is_refused(app: Flask, question: str, language: str) -> None:
    page = Visitor(app, language=language).ask(question).get_data(as_text=True)
    answer = page.split('<section class="answer')[1]
    assert 'class="notice"' in answer and 'role="alert"' not in answer
    assert not [part for part in ("verdict", "ask-department", "refused") if part in answer]


def test_a_time_that_the_question_names_is_said_and_can_be_put_aside(citizen: Visitor, given: Callable[[Change], None],
                                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def timed(answer: Answer) -> Answer:
        return replace(answer, read_as_of=ReadAsOf("2025年", datetime(2024, 12, 31, 16, tzinfo=UTC),
                                                   datetime(2025, 12, 31, 16, tzinfo=UTC)))

    given(timed)
    response = citizen.ask("2025年社保卡怎么补办", turn_role=["user"], turn_text=["社保卡丢了"])
    page = response.get_data(as_text=True)
    assert "按2025年的规定回答" in words(response)
    again = next(f for f in forms(page, "/ask") if f.get("turn_text") == ["社保卡丢了"])
    assert re.search(r'<button[^>]*name="read_time" value="no" data-key="0"', page)
    ask = Retriever.ask

    def listening(self: Retriever, request: Any, *args: Any, **named: Any) -> Answer:
        asked.append(request.read_time)
        return replace(ask(self, request, *args, **named), read_as_of=None)

    monkeypatch.setattr(Retriever, "ask", listening)
    undone = citizen.post(again.pop(""), again | {"read_time": "no"})
    assert asked == [False] and "的规定回答" not in words(undone)
    assert "2025年社保卡怎么补办" in undone.get_data(as_text=True)


# what is copied

def test_a_copy_says_by_which_day_from_which_document_and_what_must_not_be_read_out(agent: Visitor) -> None:
    page = agent.ask("紫晶事项派给谁").get_data(as_text=True)
    copied = page.split('id="copy-text"')[1].split("</template>")[0]
    assert "内部，不可对外" in copied or "内部条目" in copied
    assert "按2026年11月24日有效的规定" in copied
    page = agent.ask("社保卡丢了怎么补办", as_of="2025-08-01").get_data(as_text=True)
    copied = page.split('id="copy-text"')[1].split("</template>")[0]
    assert "按2025年8月1日有效的规定" in copied and "已被替代" in copied


def test_a_copy_carries_the_documents_number(agent: Visitor, app: Flask) -> None:
    bare = agent.ask("社保卡丢了怎么补办").get_data(as_text=True)
    source = app.test_client().get("/api/v1/articles/social-card-loss-reissue").get_json()
    numbers = [basis["number"] for basis in source["basis"] if basis["number"]]
    copied = bare.split('id="copy-text"')[1].split("</template>")[0]
    assert numbers and all(number in copied for number in numbers)


def test_the_article_of_these_tests_has_the_shape_they_rest_on() -> None:
    kinds = [block.kind for block in parse(SOURCE).root.blocks]
    assert kinds == ["paragraph", "heading", "paragraph", "list", "heading", "table"]

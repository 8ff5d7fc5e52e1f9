"""Why an answer was given: for staff, of what they may see, in the page's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from retriever.answering.labels import label
from retriever.ask import Retriever
from retriever.factory import open_parts
from retriever.reader.fallback import FallingBack, Timed
from tests.retriever.answering.test_explain_reading import FITTED
from tests.retriever.test_ask_reading import MarkingReader
from tests.web.conftest import Installation
from tests.web.site import Visitor, check_harmless, tags, words

QUESTION = "社保卡丢了怎么补办"


@pytest.fixture
def english_agent(app: Flask, installation: Installation) -> Visitor:
    visitor = Visitor(app, language="en")
    assert visitor.sign_in("agent", installation.passwords["agent"]).status_code == 303
    return visitor


def why_of(page: str) -> str:
    """The explanation's own markup, or nothing."""
    found = re.search(r'<details class="why">.*?</details>', page, re.DOTALL)
    return found[0] if found else ""


def test_staff_are_told_why_and_citizens_are_not(citizen: Visitor, agent: Visitor) -> None:
    assert "为什么这样答" in words(agent.ask(QUESTION))
    page = citizen.ask(QUESTION).get_data(as_text=True)
    assert why_of(page) == "" and "为什么这样答" not in page
    assert why_of(citizen.ask(QUESTION, explain="true").get_data(as_text=True)) == ""


def test_it_names_words_passages_sentences_and_what_cost_the_losers_most(agent: Visitor) -> None:
    why = why_of(agent.ask(QUESTION).get_data(as_text=True))
    assert "补办" in why and "社会保障卡" in why
    places = re.findall(r'<span class="place-number">(\d+)</span>', why)
    assert places == [str(n) for n in range(1, len(places) + 1)] and len(places) > 3
    assert why.count("落后原因") >= len(places) - 1
    assert label("words", "zh") in why
    assert "已引用" in why
    links = [a["href"] for tag, a in tags(why) if tag == "a"]
    assert len(links) > len(places)
    for link in links[:3]:
        assert agent.get(link).status_code == 200


def test_it_is_in_the_pages_language(english_agent: Visitor) -> None:
    why = why_of(english_agent.ask(QUESTION).get_data(as_text=True))
    assert "Why this answer?" in why and "Behind on" in why and "Passages compared" in why
    assert label("article_words", "en") in why
    assert not [text for text in ("落后原因", "置信度", "用词", "把握") if text in why]


@pytest.mark.parametrize(("audience", "shown"), [("", True), ("public", False)])
def test_a_narrowed_view_narrows_the_explanation(agent: Visitor, audience: str, shown: bool) -> None:
    why = why_of(agent.ask("紫晶事项派给谁", audience=audience).get_data(as_text=True))
    assert why
    assert ("紫晶事项派单口径" in why) is shown
    assert ("内部条目" in why) is shown


def test_a_refusal_says_why(make_app: Callable[..., Flask], installation: Installation) -> None:
    visitor = Visitor(make_app(ask={"precision": 1.0}))
    visitor.sign_in("agent", installation.passwords["agent"])
    why = why_of(visitor.ask("社保卡 火星签证").get_data(as_text=True))
    assert "为什么不答" in why and "把握不足" in why
    assert "火星" in why


def test_a_follow_up_in_full_words_is_shown_in_them_and_does_not_lean_on_the_dialogue(agent: Visitor) -> None:
    page = agent.ask("邮寄", turn_role=["user", "agent"], turn_text=[QUESTION, "带身份证。"])
    why = why_of(page.get_data(as_text=True))
    assert "连同对话：社保卡丢了 补办 邮寄" in why
    assert "以对话为准" not in why


@pytest.mark.parametrize(("text", "said_before"), [("外地", "带身份证。"), ("邮寄", "您想邮寄还是自取？")])
def test_a_question_that_says_little_by_itself_is_said_to_lean_on_the_dialogue(agent: Visitor, text: str,
                                                                               said_before: str) -> None:
    page = agent.ask(text, turn_role=["user", "agent"], turn_text=[QUESTION, said_before])
    why = why_of(page.get_data(as_text=True))
    assert "连同对话" in why and QUESTION in why
    assert "以对话为准" in why


@pytest.mark.parametrize(("language", "heading", "answers", "part", "other"), [
    ("zh", "逐段阅读", "能回答", "像是答案", "不是答案"),
    ("en", "As read", "answers", "likely part of the answer", "no part of the answer"),
])
def test_what_a_reader_said_of_each_passage_and_sentence_is_told_in_words(
        make_app: Callable[..., Flask], installation: Installation, language: str, heading: str, answers: str,
        part: str, other: str) -> None:
    app = make_app()
    parts = app.extensions["kb"]
    reading = Retriever(parts.settings, parts.database, open_parts(parts.settings, parts.database, None)[0],
                        reader=FallingBack(Timed(MarkingReader("工本费"), 5.0)), fitted=FITTED)
    app.extensions["kb"] = replace(parts, retriever=reading)
    visitor = Visitor(app, language=language)
    visitor.sign_in("agent", installation.passwords["agent"])
    page = visitor.ask("补办社保卡工本费多少").get_data(as_text=True)
    reading.close()
    why = why_of(page)
    shown = [" ".join(words.split()) for words in re.findall(r'<span class="figure">([^<]*)</span>', why)]
    assert heading in why and {answers, part, other} <= set(shown)
    quoted = re.findall(r'<li class="is-quoted">.*?</li>', why, re.DOTALL)
    assert quoted and all(part in one for one in quoted)
    check_harmless(page)


def test_a_typing_error_is_shown_with_what_it_was_read_as(agent: Visitor) -> None:
    assert "“押今”可能是“押金”" in why_of(agent.ask("租房押今不退怎么办").get_data(as_text=True))


def test_hostile_words_stay_words(agent: Visitor) -> None:
    page = agent.ask("翡翠补贴怎么申领 <script>alert(1)</script>").get_data(as_text=True)
    assert "翡翠" in why_of(page)
    check_harmless(page)

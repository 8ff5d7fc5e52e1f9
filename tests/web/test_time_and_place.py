"""The page of an answer that does not hold at all times, or not in all districts: it says so, and asks again."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from retriever.answer import Answer, Elsewhere, State
from retriever.ask import Retriever
from retriever.records import AskRequest
from retriever.validity import ByDistrict
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.web.site import Visitor, check_harmless, words
from tests.web.test_answers import forms, said

ZONE = ZoneInfo("Asia/Shanghai")
LAST = NOW.year - 1
LONG_AGO = datetime(LAST - 3, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def articles(app: Flask) -> None:
    database = app.extensions["kb"].database
    for year, month, amount in ((LAST - 2, 1, 310), (LAST, 7, 420)):
        for slug, lang, title, text in (
                ("amber", "zh", "琥珀补贴", f"# 琥珀补贴\n\n## 标准\n\n琥珀补贴每人每月{amount}元。\n"),
                ("amber-en", "en", "Amber grant", f"# Amber grant\n\n## Rates\n\nThe amber grant is {amount} yuan.\n")):
            published_article(database, slug, text, title=title, lang=lang, now=LONG_AGO,
                              effective_from=datetime(year, month, 1, tzinfo=ZONE))
    for slug, name, amount in (("glaze-w", "望海区", 70), ("glaze-g", "港东区", 80)):
        published_article(database, slug, f"# {name}琉璃津贴\n\n## 标准\n\n琉璃津贴每人{amount}元。\n",
                          title=f"{name}琉璃津贴", now=LONG_AGO)
    for slug, name, amount in (("jasper-w", "Wanghai District", 70), ("jasper-g", "Gangdong District", 80)):
        text = f"# Jasper permit in {name}\n\n## Fee\n\nThe jasper permit costs {amount} yuan.\n"
        published_article(database, slug, text, title=f"Jasper permit in {name}", lang="en", now=LONG_AGO)
    app.extensions["kb"].retriever.catch_up()


def spoken(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", said(page)))


def copied(page: str) -> str:
    return page.split('id="copy-text"')[1].split("</template>")[0]


# rules of a time

@pytest.mark.parametrize(("language", "question", "note", "first", "second"), [
    ("zh", f"{LAST}年琥珀补贴多少钱", "规定有过变化", f"{LAST - 2}年1月1日至{LAST}年6月30日", f"{LAST}年7月1日起"),
    ("zh", "去年的琥珀补贴标准", "规定有过变化", f"{LAST - 2}年1月1日至{LAST}年6月30日", f"{LAST}年7月1日起"),
    ("en", f"how much was the amber grant in {LAST}", "changed within that time",
     f"1 January {LAST - 2} to 30 June {LAST}", f"from 1 July {LAST}"),
    ("en", "amber grant last year", "changed within that time",
     f"1 January {LAST - 2} to 30 June {LAST}", f"from 1 July {LAST}")])
def test_each_rule_of_the_time_stands_under_its_dates(app: Flask, language: str, question: str, note: str, first: str,
                                                      second: str) -> None:
    response = Visitor(app, language=language).ask(question)
    page = response.get_data(as_text=True)
    check_harmless(page)
    assert note in words(response)
    for text in (spoken(page), copied(page)):
        places = [text.index(part) for part in (first, "310", second, "420")]
        assert places == sorted(places)
    assert page.count("revision 1" if language == "en" else "第1版") >= 1
    assert re.findall(r'class="cite" href="/articles/amber[^"/]*/r/(\d)\?', page) == ["1", "2"]


def test_the_section_stands_below_the_revision_that_it_is_of(citizen: Visitor) -> None:
    sources = citizen.ask(f"{LAST}年琥珀补贴多少钱").get_data(as_text=True).split('<section class="sources"')[1]
    assert sources.index("第2版") < sources.index("<mark>") < sources.index("第1版")
    assert "420元" in sources.split("<mark>")[1].split("</mark>")[0]


@pytest.mark.parametrize("question", [f"{LAST}年琥珀补贴多少钱", "去年的琥珀补贴标准", "amber grant last year"])
def test_one_key_goes_back_to_the_rules_of_today(citizen: Visitor, question: str) -> None:
    page = citizen.ask(question).get_data(as_text=True)
    assert re.search(r'<button[^>]*name="read_time" value="no" data-key="0"', page)
    again = next(f for f in forms(page, "/ask") if f.get("question") == [question])
    undone = citizen.post(again.pop(""), again | {"read_time": "no"}).get_data(as_text=True)
    assert "420" in spoken(undone) and "310" not in spoken(undone) and "read-as-of" not in undone


def test_a_rule_that_held_for_a_part_only_says_so(citizen: Visitor) -> None:
    response = citizen.ask(f"{LAST - 2}年琥珀补贴多少钱")
    assert "310元" in spoken(response.get_data(as_text=True)) and "规定有过变化" not in words(response)


@pytest.mark.parametrize(("question", "taken", "day"), [
    (f"{LAST}年琥珀补贴多少钱", 0, "2026年11月24日"), (f"{LAST}年琥珀补贴多少钱", 1, f"{LAST}年6月30日")])
def test_a_section_of_another_time_that_is_taken_is_shown_as_of_that_time(
        citizen: Visitor, monkeypatch: pytest.MonkeyPatch, question: str, taken: int, day: str) -> None:
    give = Retriever.ask

    def to_check(self: Retriever, request: AskRequest, *args: Any, **named: Any) -> Answer:
        answer = give(self, request, *args, **named)
        early = give(self, replace(request, as_of=datetime(LAST, 2, 1, tzinfo=ZONE)), *args, **named)
        assert answer.section and early.section and answer.rules
        return replace(answer, state=State.CHECK, sentences=(), citations=(), rules=(), section=None, explain=None,
                       choices=(answer.section, early.section))

    monkeypatch.setattr(Retriever, "ask", to_check)
    page = citizen.ask(question).get_data(as_text=True)
    assert f"{LAST - 2}年1月1日至{LAST}年6月30日" in page and f"{LAST}年7月1日起" in page
    fields = forms(page, "/taken")[taken]
    shown = words(citizen.post(fields.pop(""), fields))
    assert "琥珀补贴每人每月" in shown and f"按{day}有效的规定" in shown


@pytest.mark.parametrize(("language", "note"), [
    ("zh", "只查到其中一段时间的规定"), ("en", "found for part of that time only")])
def test_where_a_rule_was_found_for_a_part_of_the_time_only_that_is_said(
        app: Flask, monkeypatch: pytest.MonkeyPatch, language: str, note: str) -> None:
    give = Retriever.ask

    def of_a_part(*args: Any, **named: Any) -> Answer:
        answer = give(*args, **named)
        return replace(answer, rules=answer.rules[1:])

    monkeypatch.setattr(Retriever, "ask", of_a_part)
    response = Visitor(app, language=language).ask(f"{LAST}年琥珀补贴多少钱")
    assert note in words(response) and "310" not in spoken(response.get_data(as_text=True))


# districts

@pytest.mark.parametrize(("language", "question", "note"), [
    ("zh", "琉璃津贴多少钱", "各区县规定不同"), ("zh", "请问琉璃津贴标准是多少？", "各区县规定不同"),
    ("en", "how much is the jasper permit?", "It differs by district"),
    ("en", "jasper permit fee", "It differs by district")])
def test_a_chip_asks_for_the_other_district(app: Flask, language: str, question: str, note: str) -> None:
    visitor = Visitor(app, language=language)
    response = visitor.ask(question, turn_role=["user"], turn_text=["社保卡丢了"])
    page = response.get_data(as_text=True)
    check_harmless(page)
    assert note in words(response) and note in copied(page)
    form = next(f for f in forms(page, "/ask") if "turn_text" in f and "question" not in f)
    chips = re.findall(r'<button class="chip" name="question" value="([^"]*)">([^<]*)</button>', page)
    (asks, name), amount = chips[0], "80" if "70" in spoken(page) else "70"
    assert len(chips) == 1 and name in asks
    answered = visitor.post(form.pop(""), form | {"question": asks}).get_data(as_text=True)
    assert amount in spoken(answered) and "by-district" not in answered


@pytest.mark.parametrize("question", [
    "港东区琉璃津贴多少钱", "jasper permit fee in Gangdong District", "琥珀补贴多少钱"])
def test_where_the_district_is_named_or_none_differs_nothing_is_offered(citizen: Visitor, question: str) -> None:
    assert "by-district" not in citizen.ask(question).get_data(as_text=True)


@pytest.mark.parametrize(("language", "note"), [("zh", "请先问清是哪个区县"), ("en", "ask which one is meant")])
def test_sections_to_check_name_their_districts(app: Flask, monkeypatch: pytest.MonkeyPatch, language: str,
                                                note: str) -> None:
    give = Retriever.ask

    def to_check(*args: Any, **named: Any) -> Answer:
        answer = give(*args, **named)
        assert answer.section
        return replace(answer, state=State.CHECK, sentences=(), citations=(), choices=(answer.section,), section=None,
                       by_district=ByDistrict((), ("望海区", "港东区")), explain=None)

    monkeypatch.setattr(Retriever, "ask", to_check)
    response = Visitor(app, language=language).ask("琉璃津贴多少钱")
    assert note in words(response)
    assert re.findall(r'class="chip" name="question" value="([^"]*)"', response.get_data(as_text=True)) == [
        "望海区，琉璃津贴多少钱", "港东区，琉璃津贴多少钱"]


def test_what_was_put_aside_stays_aside_when_it_is_asked_again(citizen: Visitor) -> None:
    page = citizen.ask(f"{LAST}年琉璃津贴多少钱", read_time="no").get_data(as_text=True)
    form = next(f for f in forms(page, "/ask") if f.get("read_time"))
    assert form["read_time"] == ["no"]


@pytest.mark.parametrize(("language", "ended", "other"), [
    ("zh", "这项规定执行到2026年6月30日为止，现已停止：", "有一篇英文条目说到这件事："),
    ("en", "This was in force until 30 June 2026 and has ended:", "A text in English speaks of it:"),
])
def test_what_has_ended_and_what_is_in_another_language_is_named_where_nothing_answers(
        app: Flask, monkeypatch: pytest.MonkeyPatch, language: str, ended: str, other: str) -> None:
    give = Retriever.ask

    def withheld(self: Retriever, request: AskRequest, *args: Any, **named: Any) -> Answer:
        url = "/articles/celadon/r/1?cite=1-9#cite-1"
        return replace(
            give(self, request, *args, **named), state=State.UNKNOWN, reason="not_sure", sentences=(), citations=(),
            rules=(), section=None, choices=(), explain=None, elsewhere=(
                Elsewhere("ended", "a", "celadon", 1, "青瓷<窑>扶持金", "civil", "zh", ("申请",), url,
                          datetime(2026, 7, 1, tzinfo=ZONE)),
                Elsewhere("language", "b", "celadon-en", 1, "Celadon kilns", "civil", "en", (), url)))

    monkeypatch.setattr(Retriever, "ask", withheld)
    response = Visitor(app, language=language).ask("琥珀补贴多少钱")
    check_harmless(response.get_data(as_text=True))
    told = words(response)
    assert told.index(f"{ended} 青瓷&lt;窑&gt;扶持金 › 申请") < told.index(f"{other} Celadon kilns")

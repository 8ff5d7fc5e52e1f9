"""What is withdrawn while an answer is being made is not in it when it goes out, on the page and by the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from kb.db import Database
from retriever.ask import Retriever
from tests.conftest import NOW
from tests.retriever.factories import published_article, retired_article
from tests.web.site import Visitor

LATER = NOW + timedelta(seconds=2)
TEXT = "{word}登记费每件30元，当场交。"
QUESTION = "{word}登记费多少钱"


def retire(database: Database, slug: str, _word: str) -> None:
    retired_article(database, slug, now=NOW + timedelta(seconds=1))


def replace_text(database: Database, slug: str, word: str) -> None:
    published_article(database, slug, TEXT.format(word=word).replace("30", "40"), title=f"{word}登记费",
                      now=NOW + timedelta(seconds=1))


def make_internal(database: Database, slug: str, word: str) -> None:
    published_article(database, slug, TEXT.format(word=word), title=f"{word}登记费", audience="agent",
                      now=NOW + timedelta(seconds=1))


@pytest.mark.parametrize(("happens", "word"), [(retire, "蛇纹石"), (replace_text, "天河石"), (make_internal, "葡萄石")])
@pytest.mark.parametrize("way", ["page", "api"])
def test_fault_31_what_is_withdrawn_between_answer_and_page_is_not_shown(
        make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, way: str, happens: Callable[..., None],
        word: str) -> None:
    """A program that asks has the question asked once more; a page says that it is to be asked again."""
    clock, slug, asked = [NOW], f"still-{way}-{happens.__name__.replace('_', '-')}", list[Any]()
    app = make_app(clock=lambda: clock[0])
    parts = app.extensions["kb"]
    published_article(parts.database, slug, TEXT.format(word=way + word), title=f"{way}{word}登记费", now=NOW)
    parts.retriever.catch_up()
    ask = Retriever.ask

    def meanwhile(*args: Any, **named: Any) -> Any:
        answer: Any = ask(*args, **named)
        asked.append(answer)
        if len(asked) > 1:
            return answer
        assert any(c.slug == slug for c in (*answer.citations, *answer.choices)), answer
        happens(parts.database, slug, way + word)
        clock[0] = LATER
        return answer

    monkeypatch.setattr(Retriever, "ask", meanwhile)
    question = QUESTION.format(word=way + word)
    if way == "page":
        page = Visitor(app).ask(question)
        assert "30元" not in page.get_data(as_text=True) and "请重新" in page.get_data(as_text=True)
        assert page.status_code == 409
        return
    response = app.test_client().post("/api/v1/ask", json={"question": question})
    assert response.status_code == 200 and len(asked) == 2
    assert "30元" not in response.get_data(as_text=True)
    assert response.get_json()["answer_id"] == asked[1].answer_id


def test_a_question_whose_texts_change_each_time_is_given_up_with_a_word(
        make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    clock, word = [NOW], "蓝晶石"
    app = make_app(clock=lambda: clock[0])
    parts = app.extensions["kb"]
    published_article(parts.database, "still-each-time", TEXT.format(word=word), title=f"{word}登记费", now=NOW)
    parts.retriever.catch_up()
    ask = Retriever.ask

    def meanwhile(*args: Any, **named: Any) -> Any:
        answer: Any = ask(*args, **named)
        clock[0] += timedelta(seconds=2)
        published_article(parts.database, "still-each-time", TEXT.format(word=word).replace("30", str(clock[0].second)),
                          title=f"{word}登记费", now=clock[0])
        clock[0] += timedelta(seconds=2)
        return answer

    monkeypatch.setattr(Retriever, "ask", meanwhile)
    response = app.test_client().post("/api/v1/ask", json={"question": QUESTION.format(word=word)})
    assert response.status_code == 409 and response.get_json()["code"] == "changed"

"""Beside an emergency's line a refusal names the hotline itself: its number is called, not a department's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings, load_settings
from retriever.answer import Answer
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.factories import published_article, retriever_of

Asking = Callable[[str], Answer]


@pytest.fixture
def refusing(settings: Settings, database: Database) -> Asking:
    """An installation that is never sure enough."""
    for slug, title, lang, text in (("gas", "家里煤气味", "zh", "家里煤气味的费用由燃气公司收取。"),
                                    ("lift", "电梯困人", "zh", "电梯困人责任由使用单位承担。"),
                                    ("contract", "Lift contract fees", "en", "Lift contract fees are agreed freely."),
                                    ("smell", "Gas smell in the flat", "en", "A gas smell in the flat is no defect.")):
        published_article(database, slug, f"# {title}\n\n{text}\n", title=title, lang=lang)
    strict = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, ask={"precision": 1.0},
                           embedding={"provider": "none"})
    return lambda question: retriever_of(strict, database).ask(AskRequest(question), CITIZEN, now=NOW)


@pytest.mark.parametrize("question", ["家里煤气味很大", "电梯里困着人", "I smell gas in the flat"])
def test_beside_an_emergency_the_hotline_is_named(refusing: Asking, settings: Settings, question: str) -> None:
    answer = refusing(question)
    assert answer.notice is not None and answer.abstained and answer.nearest
    assert answer.ask_department is not None
    assert (answer.ask_department["code"], answer.ask_department["phone"]) == ("", settings.hotline.phone)


@pytest.mark.parametrize("question", ["电梯困人责任谁承担", "电梯困人责任归哪个单位", "lift contract fees"])
def test_beside_none_the_department_is_that_is_near(refusing: Asking, question: str) -> None:
    answer = refusing(question)
    assert answer.notice is None and answer.abstained
    assert answer.ask_department is not None and answer.ask_department["code"] == "hrss"

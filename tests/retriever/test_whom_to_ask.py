"""Where nothing is known, an office is named whose matter it is; else the hotline itself, which knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings, load_settings
from retriever.answer import Answer
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.kb.factories import add_department
from tests.retriever.factories import published_article, retriever_of

Asking = Callable[[str], Answer]
QUESTIONS = Path(__file__).parents[1] / "data/whom_to_ask"
ARTICLES = (
    ("pipe", "water", "zh", "水管坏了报修", "水管坏了打抢修电话。三天没人修的，可以投诉。"),
    ("meter", "water", "zh", "水表读数复核", "水表读数复核由供水企业上门。水表读数复核不收费。"),
    ("bin", "urban", "zh", "垃圾桶坏了报修", "垃圾桶坏了由街道更换。三天没人修的，可以投诉。"),
    ("pipe-en", "water", "en", "Broken water pipe", "A broken water pipe outside your door is repaired in a day."),
    ("meter-en", "water", "en", "Water meter reading", "A water meter reading is checked on request."),
    ("bin-en", "urban", "en", "Broken bin outside", "A broken bin outside your door is replaced in a week."),
)


@pytest.fixture
def refusing(settings: Settings, database: Database) -> Asking:
    """An installation that is never sure enough, with articles of two departments."""
    for code in ("water", "urban"):
        add_department(database, code)
    for slug, owner, lang, title, text in ARTICLES:
        published_article(database, slug, f"# {title}\n\n{text}\n", title=title, lang=lang, owner=owner)
    strict = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, ask={"precision": 1.0},
                           embedding={"provider": "none"})
    return lambda question: retriever_of(strict, database).ask(AskRequest(question), CITIZEN, now=NOW)


@pytest.mark.parametrize("question", ["路灯坏了三天没人修", "门口路灯坏了没人修", "路灯坏了报修",
                                      "the street light outside my door is broken", "broken street light outside"])
def test_a_street_light_is_no_office_s_because_its_words_are(refusing: Asking, question: str) -> None:
    answer = refusing(question)
    assert answer.abstained and len({n.department for n in answer.nearest}) > 1
    assert answer.ask_department is not None and answer.ask_department["code"] == ""


@pytest.mark.parametrize("question", ["水表读数复核", "水表读数复核收费吗", "water meter reading"])
def test_what_is_one_office_s_alone_names_it(refusing: Asking, question: str) -> None:
    answer = refusing(question)
    assert answer.abstained and answer.ask_department is not None
    assert answer.ask_department["code"] == "water"


def test_every_question_of_the_set_stands_in_one_half_with_whom_to_ask() -> None:
    halves = [[json.loads(line) for line in (QUESTIONS / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()]
              for half in ("taught", "apart")]
    texts = [item["text"] for half in halves for item in half]
    assert len(texts) == len(set(texts)) >= 120
    assert all(item["right"] and item["lang"] in ("zh", "en") for half in halves for item in half)

"""What the city's own papers cost is no answer to who asks for another place's."""

from __future__ import annotations

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings
from retriever.answer import Answer, State
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.factories import published_article, retriever_of

CARD = "# 身份证补领\n\n## 费用\n\n身份证丢失补领收费40元。\n"
PASSPORT = "# Renewing a passport\n\n## Fee\n\nRenewing a passport costs 120 yuan.\n"
CONSULATES = "# Passports of other countries\n\n## Renewing\n\nA foreign passport is renewed at the consulate.\n"


def asked(settings: Settings, database: Database, question: str) -> Answer:
    retriever = retriever_of(settings, database)
    try:
        return retriever.ask(AskRequest(question), CITIZEN, now=NOW)
    finally:
        retriever.close()


@pytest.fixture
def cards(database: Database) -> Database:
    published_article(database, "idcard", CARD, title="身份证补领")
    published_article(database, "passport", PASSPORT, title="Renewing a passport", lang="en")
    return database


@pytest.mark.parametrize(("question", "paper", "own"), [
    ("香港身份证丢失补领收费多少", "香港身份证", "身份证丢失补领收费多少"),
    ("上海身份证丢失补领收费多少", "上海身份证", "本市身份证丢失补领收费多少"),
    ("renewing a British passport fee", "british passport", "renewing a passport fee"),
    ("renewing a Canadian passport costs", "canadian passport", "renewing my passport costs"),
])
def test_another_places_paper_is_not_known(settings: Settings, cards: Database, question: str, paper: str,
                                           own: str) -> None:
    answer = asked(settings, cards, question)
    assert (answer.state, answer.reason, answer.not_known_for) == (State.UNKNOWN, "unknown_issuer", paper)
    assert asked(settings, cards, own).state is State.ANSWERED


def test_a_text_that_speaks_of_it_answers(settings: Settings, cards: Database) -> None:
    published_article(cards, "consulates", CONSULATES, title="Passports of other countries", lang="en")
    answer = asked(settings, cards, "where is a foreign passport renewed, at the consulate")
    assert answer.state is State.ANSWERED and "consulate" in answer.sentences[0].text

"""A section that says nothing answers no question, and its neighbours do not answer for it."""

from __future__ import annotations

import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings
from retriever.answer import Answer, State
from retriever.ask import Retriever
from retriever.factory import open_parts
from retriever.reader.fallback import FallingBack, Timed
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.retriever.factories import published_article
from tests.retriever.test_ask_reading import FITTED, MarkingReader

ELMS = """# 榆树认领

## 认领期限

本节说明认领期限。

## 认领费用

榆树每棵每年300元。

## 榆园门票

## 榆园停车

榆园停车小车每次10元。

## 挂牌

认领人可以挂牌。本节规定挂牌的有关要求。
"""
ELMS_EN = """# Elm sponsorship

## Sponsorship period

This section explains the sponsorship period.

## Sponsorship fee

An elm costs 40 dollars a year.

## Arboretum tickets

## Arboretum parking

Parking at the arboretum costs 5 dollars.
"""


def asked(settings: Settings, database: Database, question: str, marked: str) -> Answer:
    published_article(database, "elms", ELMS, title="榆树认领")
    published_article(database, "elms-en", ELMS_EN, title="Elm sponsorship", lang="en")
    retriever = Retriever(settings, database, open_parts(settings, database, None)[0],
                          reader=FallingBack(Timed(MarkingReader(marked, sure=3.0), 5.0)), fitted=FITTED)
    answer = retriever.ask(AskRequest(question), CITIZEN, now=NOW)
    retriever.close()
    return answer


@pytest.mark.parametrize(("question", "marked"), [
    ("榆树认领期限多长", "期限"), ("榆树认领期限是几年", "元"), ("榆园门票多少钱", "元"), ("榆园的门票贵不贵", "10元"),
    ("what is the sponsorship period of an elm", "period"), ("how much are arboretum tickets", "dollars")])
def test_an_empty_section_is_not_answered_by_its_neighbour(settings: Settings, database: Database, question: str,
                                                           marked: str) -> None:
    answer = asked(settings, database, question, marked)
    assert answer.state is not State.ANSWERED and answer.sentences == ()
    told = [c.text[a - c.start:b - c.start] for c in answer.choices for a, b in c.marked]
    assert not any("本节说明" in text or "This section" in text for text in told)


@pytest.mark.parametrize(("question", "marked", "text"), [
    ("榆树认领费用多少", "300", "榆树每棵每年300元。"), ("榆园停车多少钱", "10元", "榆园停车小车每次10元。"),
    ("榆树认领人能挂牌吗", "挂牌", "认领人可以挂牌。"),
    ("how much is arboretum parking", "Parking at", "Parking at the arboretum costs 5 dollars.")])
def test_what_stands_beside_it_is_answered_without_a_placeholder(settings: Settings, database: Database, question: str,
                                                                 marked: str, text: str) -> None:
    answer = asked(settings, database, question, marked)
    assert [s.text for s in answer.sentences] == [text]

"""Who tells that something is not so gets the passage about that first, where the reader holds it likely."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.settings import Settings
from retriever.answering import reading
from retriever.answering.what_is_not import of_what_is_not
from retriever.reader import Read
from retriever.records import AskRequest
from tests.conftest import NOW
from tests.fakes import FakeEmbedder
from tests.retriever.answering.test_reading import FITTED, text_of
from tests.retriever.factories import published_article, retriever_of

CREMATION = """# 寄存骨灰

## 收费标准

凭登记卡寄存骨灰的，每年收费60元。

## 其他情形

没有登记卡寄存骨灰的，每年收费90元。
"""
LOCKERS = """# Gym lockers

## Fees

With a member card a gym locker costs 2 yuan.

## Guests

Guests without a member card pay 5 yuan for a gym locker.
"""


@pytest.mark.parametrize(("source", "question", "first", "then"), [
    (CREMATION, "没有登记卡的寄存骨灰收费多少", "60元", "90元"),
    (CREMATION, "我没登记卡，寄存骨灰收费几块", "60元", "90元"),
    (LOCKERS, "gym locker fees if I have no member card", "costs 2", "pay 5"),
    (LOCKERS, "what does a gym locker cost without a card", "costs 2", "pay 5"),
])
def test_the_passage_about_what_is_not_goes_first(settings: Settings, database: Database, source: str, question: str,
                                                  first: str, then: str) -> None:
    published_article(database, "keeping", source, title=source[2:source.index("\n")],
                      lang="en" if source is LOCKERS else "zh")
    retriever = retriever_of(settings, database, FakeEmbedder())
    try:
        items = reading.to_read(retriever.find(AskRequest(question), CITIZEN, now=NOW).ranked)
    finally:
        retriever.close()
    read = reading.together(items, [Read(1.0, np.full(len(item.hit.passage.units), 1.0)) for item in items], FITTED)
    read.sort(key=lambda one: first not in text_of(one))
    assert then in text_of(of_what_is_not(read, question, FITTED)[0])
    assert of_what_is_not(read, question.replace("没", "").replace("no ", "a ").replace("without", "with"),
                          FITTED) == read
    far = [replace(one, read=Read(one.read.passage, one.read.units - 4.0)) for one in read]
    assert of_what_is_not(far, question, FITTED) == far

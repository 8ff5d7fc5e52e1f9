"""Asking with a reader: what it marks is said, how sure it is decides, and without it everything goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from kb.actor import CITIZEN
from kb.db import Database
from kb.known import known
from kb.settings import Settings, load_settings
from retriever.answer import Answer, State
from retriever.answering.fitted import Fitted
from retriever.ask import Retriever
from retriever.errors import ReaderDown
from retriever.factory import open_parts
from retriever.ranking.model import Logistic
from retriever.reader import Read, ReadableText
from retriever.reader.fallback import FallingBack, Timed
from retriever.records import AskRequest, Turn
from tests.conftest import NOW
from tests.kb.factories import MANAGER
from tests.retriever.factories import published_article

CARD = """# 社会保障卡补办

## 怎么补办

1. 拨打12333挂失；
2. 带身份证到社保卡服务网点；
3. 填写申请表，当场领取新卡。

## 费用

补办收工本费25元。低保对象免收。

## 时限

当场办结。
"""
FITTED = Fitted({"score": 2.0, "passage": 0.5}, 0.0, 0.0, 99.0, Logistic(0.0, {"passage": 1.0}),
                Logistic(0.0, {"passage": 1.0}), 0.3, {0.9: 0.8})


class MarkingReader:
    """Marks the units that hold one of some words; a passage is as likely as its best unit."""

    name = "marking"

    def __init__(self, *words: str, sure: float = 4.0) -> None:
        self.words, self.sure = words, sure
        self.asked: list[tuple[str, list[str]]] = []

    def read(self, question: str, earlier: Sequence[str], texts: Sequence[ReadableText], *,
             seconds: float) -> list[Read]:
        assert seconds > 0
        self.asked.append((question, list(earlier)))
        found = []
        for text in texts:
            units = np.array([self.sure if any(w in text.source[u.start:u.end] for w in self.words) else -4.0
                              for u in text.passage.units])
            found.append(Read(float(units.max(initial=-4.0)), units))
        return found


class DownReader(MarkingReader):
    """Cannot read."""

    def read(self, *_: object, **__: object) -> list[Read]:
        raise ReaderDown("down", "it is down")


class NumberlessReader(MarkingReader):
    """Gives scores that are no numbers."""

    def read(self, question: str, earlier: Sequence[str], texts: Sequence[ReadableText], *,
             seconds: float) -> list[Read]:
        assert question
        assert not earlier
        assert seconds
        return [Read(float("nan"), np.full(len(text.passage.units), float("nan"))) for text in texts]


Asking = Callable[..., Answer]


@pytest.fixture
def asking(settings: Settings, database: Database) -> Asking:
    published_article(database, "card", CARD, title="社会保障卡补办")
    published_article(database, "ferry", "# 轮渡票价\n\n## 票价\n\n成人单程2元。\n", title="轮渡票价")

    def ask(question: str, reader: MarkingReader, fitted: Fitted = FITTED, **values: object) -> Answer:
        sure = load_settings(settings.root, {}, data={"dir": str(settings.data_dir)}, ask={"precision": 0.9},
                             embedding={"provider": "none"})
        retriever = Retriever(sure, database, open_parts(settings, database, None)[0],
                              reader=FallingBack(Timed(reader, 5.0)), fitted=fitted)
        return retriever.ask(AskRequest(question, **values), CITIZEN, now=NOW)  # type: ignore[arg-type]
    return ask


def test_what_the_reader_marks_is_said_with_the_section_it_stands_in(asking: Asking) -> None:
    answer = asking("社保卡补办要多少钱", MarkingReader("25元"))
    assert (answer.state, answer.reader, answer.degraded) == (State.ANSWERED, "marking", ())
    assert "补办收工本费25元。" in [s.text for s in answer.sentences]
    assert answer.section is not None
    assert answer.section.heading_path[-1] == "费用"
    assert next(CARD[a:b] for a, b in answer.section.marked).startswith("补办收工本费25元")
    assert {step.heading_path[-1] for step in answer.next} == {"怎么补办", "时限"}


def test_steps_come_whole_where_most_are_marked(asking: Asking) -> None:
    answer = asking("社保卡怎么补办", MarkingReader("12333", "身份证"))
    assert [s.text for s in answer.sentences] == [
        "拨打12333挂失；", "带身份证到社保卡服务网点；", "填写申请表，当场领取新卡。"]


def test_an_unsure_answer_offers_sections_to_check_and_says_nothing(asking: Asking) -> None:
    answer = asking("社保卡补办要多少钱", MarkingReader("25元", sure=0.5))
    assert (answer.state, answer.reason, answer.sentences, answer.citations) == (State.CHECK, "not_sure", (), ())
    assert answer.abstained
    first = answer.choices[0]
    assert first.heading_path[-1] == "费用"
    assert first.text == CARD[first.start:first.end]
    assert all(first.start <= a < b <= first.end for a, b in first.marked)
    assert len(answer.choices) <= 3


def test_a_reader_that_sees_no_answer_leaves_it_unknown(asking: Asking) -> None:
    answer = asking("社保卡补办要多少钱", MarkingReader())
    assert (answer.state, answer.choices) == (State.UNKNOWN, ())
    assert answer.nearest


def test_a_reader_that_is_down_leaves_the_features_and_is_told(asking: Asking) -> None:
    answer = asking("社保卡补办要多少钱", DownReader())
    assert "no_reader" in answer.degraded
    assert answer.reader == ""
    assert answer.hits


def test_scores_that_are_no_numbers_give_no_answer(asking: Asking) -> None:
    answer = asking("社保卡补办要多少钱", NumberlessReader())
    assert answer.abstained
    assert np.isfinite(answer.confidence)


def test_one_article_alone_makes_nothing_certain(asking: Asking) -> None:
    many = asking("社保卡补办要多少钱", MarkingReader("25元"))
    one = asking("社保卡补办要多少钱", MarkingReader("25元"), department="hrss")
    assert one.confidence <= many.confidence


def test_the_caller_s_earlier_turns_are_read_unless_a_new_topic_begins(asking: Asking) -> None:
    reader = MarkingReader("25元")
    asking("多少钱", reader, history=(Turn("user", "社保卡怎么补办"), Turn("agent", "先挂失")))
    assert reader.asked == [("多少钱", ["社保卡怎么补办"])]


def test_a_unit_below_the_threshold_is_said_only_where_none_is_above(asking: Asking) -> None:
    low = replace(FITTED, threshold=9.0, refusal={})
    answer = asking("社保卡补办要多少钱", MarkingReader("25元"), low)
    assert [s.text for s in answer.sentences] == ["补办收工本费25元。"]


@pytest.mark.parametrize("question", ["看病刷的那张小本本补一张要掏多少", "how much for another of those health cards"])
def test_what_an_agent_took_and_the_department_released_is_sure_the_next_time(asking: Asking, database: Database,
                                                                              question: str) -> None:
    unsure = MarkingReader("25元", sure=0.5)
    before = asking(question, unsure)
    with database.transaction() as session:
        known.add(session, MANAGER, "card", "费用", question, now=NOW, origin="test")
    after = asking(question, unsure)
    assert before.state is not State.ANSWERED
    assert after.state is State.ANSWERED
    assert "补办收工本费25元。" in [s.text for s in after.sentences]
    assert asking("轮渡票价是多少", unsure).state is not State.ANSWERED  # of another matter nothing is surer

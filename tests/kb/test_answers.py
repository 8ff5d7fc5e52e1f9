"""The answer log keeps what is needed to replay an answer, and nobody's number."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from kb import answers
from kb.articles import add_revision
from kb.db import Database
from kb.models import AnswerRow
from kb.permissions import SYSTEM
from kb.revisions import RevisionText
from tests.conftest import NOW


@pytest.mark.parametrize("number", [
    "13800138000", "138 0013 8000", "138-0013-8000", "１３８００１３８０００", "+8613800138000",
    "11010519491231002X", "110105 19491231 002x", "110105194912310021",
    "6222020200112233445", "6222 0202 0011 2233 445", "a.b+c@example.com", "z3@邮局.中国",
])
def test_fault_46_personal_numbers_are_masked(number: str) -> None:
    masked = answers.mask_personal(f"我叫王五，号码{number}，社保卡丢了")
    assert masked.startswith("我叫王五，号码")
    assert masked.endswith("，社保卡丢了")
    assert not any(c.isdigit() for c in masked)
    assert len(masked) == len(f"我叫王五，号码{number}，社保卡丢了")


@pytest.mark.parametrize("text", ["12345", "0540-8810100", "2026-03-01到2026-04-01", "滨人社规〔2025〕3号", "2200元",
                                  "12000000000元", "每月15日9:00-17:00"])
def test_figures_that_are_nobodys_stay(text: str) -> None:
    assert answers.mask_personal(text) == text


@pytest.mark.parametrize("text", ["1" * 200_000, "a@" * 100_000, "1 " * 100_000, "a." * 100_000, "1234 " * 40_000])
def test_fault_42_masking_takes_linear_time(text: str) -> None:
    started = time.perf_counter()
    answers.mask_personal(text)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("keep", [True, False])
def test_an_answer_is_stored_with_its_citations(database: Database, keep: bool) -> None:
    with database.transaction() as session:
        words = RevisionText(title="补卡", source="工本费 20 元。", lang="zh", audience="public", owner="hrss",
                             effective_from=NOW, author="x")
        revision, _ = add_revision(session, SYSTEM, "card", words, number=1, now=NOW, origin="test")
        answers.record(session, answers.AnswerRecord(
            id="a1", asked_at=NOW, user_id=None, audience="public", lang="zh", question="我13800138000补卡多少钱",
            as_of=NOW, known_at=NOW, abstained=False, reason=None, confidence=0.9,
            sentences=({"text": "工本费 20 元。", "citations": [1]},),
            citations=(answers.CitedSpan(1, revision.id, 0, 9, "工本费 20 元。"),), stages={"words": 1.5},
        ), keep_question=keep)
    with database.reading() as session:
        stored = session.scalars(select(AnswerRow).options(selectinload(AnswerRow.citations))).one()
        assert stored.question == ("我***********补卡多少钱" if keep else "")
        assert stored.sentences == [{"text": "工本费 20 元。", "citations": [1]}]
        assert [(c.n, c.start, c.end, c.quote) for c in stored.citations] == [(1, 0, 9, "工本费 20 元。")]

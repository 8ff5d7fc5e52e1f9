"""The answer log keeps what is needed to replay an answer, and nobody's number."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from kb.actor import OPERATOR
from kb.articles.revisions import RevisionText
from kb.articles.writing.intake import import_history
from kb.db import Database
from kb.models import AnswerRow
from kb.record import answers
from tests.conftest import NOW


@pytest.mark.parametrize("keep", [True, False])
def test_an_answer_is_stored_with_its_citations(database: Database, keep: bool) -> None:
    with database.transaction() as session:
        words = RevisionText(title="补卡", source="工本费 20 元。", lang="zh", audience="public", owner="hrss",
                             effective_from=NOW, author="x")
        revision, _ = import_history(session, OPERATOR, "card", words, number=1, now=NOW, origin="test",
                                     signed={"zhou": NOW})
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

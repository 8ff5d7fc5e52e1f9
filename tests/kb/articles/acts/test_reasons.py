"""What people say about an act is text that can be read: each service refuses anything else, whoever calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.actor import OPERATOR, Role
from kb.articles import publication
from kb.articles.acts import confirming, hiding, moving, redaction, signatures, urgency, workflow
from kb.db import Database
from kb.errors import Invalid
from kb.models import Article, AuditEntry, Confirmation, Revision, Signature
from kb.people import people, tokens
from kb.people.department_editing import rename, set_department
from kb.text import clean_note
from tests.kb.factories import ADMIN, MANAGER, add_department, approver, at, editor, published, revision_text, submitted

DONE: dict[str, Any] = {"now": at(1), "origin": "test"}
UNREADABLE = {"null": "a\x00b", "bell": "a\x07", "escape": "\x1b[31m红", "c1": "a\x85b", "surrogate": "a\ud800",
              "override": "a\u202egpj", "line separator": "a\u2028b", "endless": "长" * 2_001}

Act = Callable[..., object]  # of a text in review, one that is live, and what is said
ACTS: dict[str, Act] = {
    "sign": lambda s, row, _, said: signatures.sign(s, MANAGER, row, shown=row.sha256, department="hrss", reason=said,
                                                    **DONE),
    "reject": lambda s, row, _, said: signatures.reject(s, approver(), row, shown=row.sha256, reason=said, **DONE),
    "withdraw": lambda s, row, _, said: workflow.withdraw(s, editor(), row, reason=said, **DONE),
    "urgent": lambda s, row, _, said: urgency.publish_urgently(s, approver(), row, reason=said, **DONE),
    "hide": lambda s, *_, said: hiding.hide(s, approver(), "live", reason=said, **DONE),
    "move": lambda s, *_, said: moving.move(s, approver(), "live", to="fund", reason=said, **DONE),
    "redact": lambda s, _, live, said: redaction.ask_redaction(s, ADMIN, live, reason=said, **DONE),
    "retire": lambda s, _, live, said: publication.retire(s, MANAGER, s.get_one(Article, live.article_id), reason=said,
                                                          successor=None, **DONE),
    "confirm": lambda s, *_, said: confirming.confirm(s, editor(), "live", review_by=at(99), note=said, **DONE),
}


@pytest.fixture
def texts(database: Database) -> tuple[str, str]:
    """The ids of a text in review and of one that is live."""
    add_department(database, "fund")
    return submitted(database), published(database, revision_text("收费。"), slug="live")


@pytest.mark.parametrize("act", sorted(ACTS))
def test_fault_10_a_reason_that_is_no_text_is_refused_and_changes_nothing(database: Database, texts: tuple[str, str],
                                                                          act: str) -> None:
    with database.reading() as session:
        before = session.scalar(select(func.count(AuditEntry.id)))
    for kind, said in UNREADABLE.items():
        with pytest.raises(Invalid) as caught, database.transaction() as session:
            ACTS[act](session, *(session.get_one(Revision, text) for text in texts), said=said)
        assert set(caught.value.facts["fields"]) <= {"reason", "note"}, kind  # type: ignore[call-overload]
    with database.reading() as session:
        assert session.scalar(select(func.count(AuditEntry.id))) == before
        assert session.get_one(Revision, texts[0]).state == "in_review"


def test_what_can_be_read_is_kept_as_it_was_written(database: Database, texts: tuple[str, str]) -> None:
    said = " 代签：\r\n局长出差\t𠮷\ue000（见第2条）\u3000\n"
    with database.transaction() as session:
        row = session.get_one(Revision, texts[0])
        signatures.sign(session, MANAGER, row, shown=row.sha256, reason=said, **DONE)
        confirming.confirm(session, editor(), "live", review_by=at(99), note=said, **DONE)
    with database.reading() as session:
        kept = {*session.scalars(select(Signature.reason).where(Signature.revision_id == texts[0])),
                *session.scalars(select(Confirmation.note))}
    assert kept == {"代签：\n局长出差\t𠮷\ue000（见第2条）"}
    assert clean_note("长" * 2_000, field="note") == "长" * 2_000
    assert clean_note(" \n\t", field="note") == ""


def test_fault_10_a_name_is_one_clean_line_whichever_service_takes_it(database: Database) -> None:
    dirty = "甲\x00\x07\u202e\n乙\ud800"
    with database.transaction() as session:
        people.create_user(session, OPERATOR, login="li", name=dirty, grants=[(Role.AGENT, None)], password=None,
                           now=at(0))
        assert people.find_user(session, "li").name == "甲 乙"
        tokens.create_token(session, OPERATOR, "li", name=dirty, scopes=["ask"], days=None, now=at(0))
        assert [token.name for token in tokens.list_tokens(session, OPERATOR, "li")] == ["甲 乙"]
        assert rename(session, ADMIN, "hrss", name_zh=dirty, name_en=dirty, **DONE).name_zh == "甲 乙"
        found = set_department(session, ADMIN, "hrss", phone="1\x002", contacts=[{"name": dirty, "phone": "\x073"}],
                               **DONE)
        assert (found.phone, found.contacts) == ("12", ({"name": "甲 乙", "phone": "3"},))


@pytest.mark.usefixtures("texts")
@pytest.mark.parametrize("code", ["a\x00", "\ud800", "hrss\x00", "%", "x" * 5000])
def test_fault_10_a_code_that_is_none_is_refused_wherever_it_is_named(database: Database, code: str) -> None:
    acts: list[Callable[[Session], object]] = [
        lambda s: moving.move(s, MANAGER, "live", to=code, reason="x", **DONE),
        lambda s: people.create_user(s, OPERATOR, login="li", name="", grants=[(Role.EDITOR, code)], password=None,
                                     now=at(0)),
        lambda s: set_department(s, ADMIN, "hrss", head=code, **DONE),
        lambda s: set_department(s, ADMIN, "hrss", district=code, **DONE),
    ]
    for act in acts:
        with pytest.raises(Invalid), database.transaction() as session:
            act(session)

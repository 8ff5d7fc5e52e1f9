"""Whoever is to sign hears of a text once; whoever wrote in it hears what was decided."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from kb.actor import Role
from kb.articles.acts import signatures
from kb.articles.acts.urgency import publish_urgently
from kb.articles.acts.workflow import withdraw
from kb.db import Database
from kb.messages.catalogue import say
from kb.messages.keeping import from_json
from kb.models import Notice, Revision, User
from kb.people import people
from kb.upkeep.sign_notices import settled_of, tell_texts
from tests.kb.factories import ADMIN, MANAGER, add_department, approver, at, editor, revision_text, submitted

LATER = at(0) + timedelta(hours=1)
PEOPLE = {"hrss-editor": (Role.EDITOR, "hrss"), "hrss-approver": (Role.APPROVER, "hrss"),
          "medins-approver": (Role.APPROVER, "medins"), "fund-approver": (Role.APPROVER, "fund"),
          "agent": (Role.AGENT, None)}


@pytest.fixture
def office(database: Database) -> Database:
    """Three departments' people, with accounts."""
    for code in ("medins", "fund"):
        add_department(database, code)
    with database.transaction() as session:
        for login, grant in PEOPLE.items():
            people.create_user(session, ADMIN, login=login, name=login, grants=[grant], password=None, now=at(0))
    return database


def tell(database: Database, now: datetime = LATER) -> int:
    with database.transaction() as session:
        return tell_texts(session, now=now)


def told(database: Database) -> dict[str, list[str]]:
    """What each person was told, in Chinese."""
    found: dict[str, list[str]] = {}
    with database.reading() as session:
        for login, notice in session.execute(select(User.login, Notice).join(
                Notice, Notice.user_id == User.id).order_by(Notice.id)):
            found.setdefault(login, []).append(say(from_json(notice.message), "zh"))
    return found


def decide(database: Database, revision_id: str, signer: str, department: str, reason: str = "") -> None:
    with database.transaction() as session:
        revision = session.get(Revision, revision_id)
        assert revision is not None
        act = signatures.reject if reason else signatures.sign
        act(session, approver(signer, department), revision, shown=revision.sha256, reason=reason, now=LATER,
            origin="test")


def test_those_who_may_sign_are_told_once_and_nobody_else(office: Database) -> None:
    submitted(office, revision_text(co_owners=("medins",)))
    assert tell(office) == 2
    assert tell(office) == 0
    assert told(office) == {"hrss-approver": ["《补卡》待您部门签字"], "medins-approver": ["《补卡》待您部门签字"]}
    with office.reading() as session:
        assert set(session.scalars(select(Notice.link))) == {"/reviews/card/1"}


def test_who_wrote_in_a_text_is_not_asked_to_sign_it(office: Database) -> None:
    submitted(office, revision_text(author="hrss-approver"))
    assert tell(office) == 0


def test_a_department_whose_signature_is_there_is_not_told(office: Database) -> None:
    revision = submitted(office, revision_text(co_owners=("medins",)))
    decide(office, revision, "hrss-approver", "hrss")
    assert tell(office) == 1
    assert list(told(office)) == ["medins-approver"]


def test_what_another_signed_or_was_taken_back_is_settled_and_counts_no_more(office: Database) -> None:
    with office.transaction() as session:
        people.create_user(session, ADMIN, login="second", name="second", grants=[(Role.APPROVER, "hrss")],
                           password=None, now=at(0))
    revision_id = submitted(office, revision_text(co_owners=("medins",)))
    tell(office)
    assert unread(office) == {"hrss-approver", "second", "medins-approver"}
    decide(office, revision_id, "hrss-approver", "hrss")
    tell(office)
    assert unread(office) == {"medins-approver"}
    with office.reading() as session:
        second = settled_of(session, approver("second", "hrss"), [f"sign:{revision_id}", "x"], now=LATER)
        assert second == {f"sign:{revision_id}"}
        assert not settled_of(session, approver("medins-approver", "medins"), [f"sign:{revision_id}"], now=LATER)
    with office.transaction() as session:
        revision = session.get_one(Revision, revision_id)
        withdraw(session, editor(), revision, reason="改期", now=LATER, origin="test")
    tell(office)
    assert not unread(office)


def unread(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(User.login).join(Notice, Notice.user_id == User.id).where(
            Notice.read_at.is_(None))))


def test_its_writers_hear_why_a_text_came_back(office: Database) -> None:
    revision = submitted(office)
    decide(office, revision, "hrss-approver", "hrss", reason="金额不对")
    assert tell(office) == 1
    assert told(office) == {"hrss-editor": ["hrss-approver 退回了《补卡》：金额不对"]}
    assert tell(office) == 0


def test_its_writers_hear_once_that_all_have_signed(office: Database) -> None:
    revision = submitted(office, revision_text(co_owners=("medins",)))
    decide(office, revision, "hrss-approver", "hrss")
    decide(office, revision, "medins-approver", "medins")
    assert tell(office) == 2
    assert tell(office) == 0
    assert told(office)["hrss-editor"] == ["《补卡》已全部签字"]


def test_what_was_published_urgently_is_told_to_those_who_owe_a_signature(office: Database) -> None:
    revision_id = submitted(office, revision_text(co_owners=("medins",)))
    decide(office, revision_id, "hrss-approver", "hrss")
    with office.transaction() as session:
        revision = session.get(Revision, revision_id)
        assert revision is not None
        publish_urgently(session, MANAGER, revision, reason="停水", now=LATER, origin="test")
    assert tell(office, LATER + timedelta(minutes=1)) == 1
    assert told(office) == {"medins-approver": ["《补卡》已先行发布，您部门须在2026年1月2日前补签"]}
    decide(office, revision_id, "medins-approver", "medins", reason="金额不对")
    assert tell(office, LATER + timedelta(minutes=2)) == 1
    assert told(office)["hrss-editor"] == ["medins-approver 对已先行发布的《补卡》拒绝补签，文本仍然有效：金额不对"]


def test_what_was_handed_in_or_decided_long_ago_is_told_to_nobody(office: Database) -> None:
    submitted(office)
    other = submitted(office, slug="other")
    decide(office, other, "hrss-approver", "hrss", reason="重复")
    assert tell(office, at(5)) == 0


def test_those_who_may_publish_hear_that_all_have_signed(office: Database) -> None:
    revision = submitted(office, revision_text(co_owners=("medins",)))
    decide(office, revision, "hrss-approver", "hrss")
    assert tell(office) == 1 and list(told(office)) == ["medins-approver"]
    decide(office, revision, "medins-approver", "medins")
    assert tell(office) == 2
    assert tell(office) == 0
    assert told(office)["hrss-approver"] == ["《补卡》已全部签字，待发布"]
    assert told(office)["hrss-editor"] == ["《补卡》已全部签字"] and "agent" not in told(office)
    assert told(office)["medins-approver"] == ["《补卡》待您部门签字"]

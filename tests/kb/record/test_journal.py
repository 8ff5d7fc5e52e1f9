"""An act is told whole: entry and event together, or neither; of many at once, none waits crosswise for another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from kb.actor import OPERATOR, SYSTEM, Actor, Role
from kb.articles.writing import drafts
from kb.content import verification
from kb.content.verification import Finding
from kb.db import Database
from kb.errors import Denied, KbError
from kb.models import AuditEntry, Draft, OutboxEvent, User
from kb.people import people
from kb.record import audit
from kb.record.journal import Change, record
from tests.conftest import NOW
from tests.kb.factories import forget_everybody, published, revision_text


def told(database: Database) -> tuple[int, int]:
    with database.reading() as session:
        return (session.scalar(select(func.count()).select_from(AuditEntry)) or 0,
                session.scalar(select(func.count()).select_from(OutboxEvent)) or 0)


def test_an_act_that_readers_see_is_an_entry_and_an_event(database: Database) -> None:
    with database.transaction() as session:
        assert record(session, OPERATOR, "rename", "department:hrss", now=NOW, origin="test") is None
        event_id = record(session, OPERATOR, "hide", "article:a", now=NOW, origin="test", change=Change("a", "hidden"))
        assert session.get_one(OutboxEvent, event_id).kind == "hidden"
    assert told(database) == (2, 1)


def test_what_is_rolled_back_is_told_nowhere_and_wakes_nobody(database: Database) -> None:
    woken: list[int] = []
    database.on_change(lambda: woken.append(1))
    try:
        with database.transaction() as session:
            record(session, OPERATOR, "hide", "article:a", now=NOW, origin="test", change=Change("a", "hidden"))
            raise RuntimeError
    except RuntimeError:
        pass
    assert (told(database), woken) == ((0, 0), [])
    with database.transaction() as session:
        record(session, OPERATOR, "rename", "department:hrss", now=NOW, origin="test")
    assert woken == []  # nothing that others must hear of
    with database.transaction() as session:
        record(session, OPERATOR, "hide", "article:a", now=NOW, origin="test", change=Change("a", "hidden"))
    assert (told(database), woken) == ((2, 1), [1])


LI = Actor("u-li", "li", frozenset({Role.KNOWLEDGE_MANAGER}))


@pytest.fixture
def looked_up(database: Database) -> Iterator[Database]:
    """Nobody is taken for granted."""
    event.listen(Session, "after_transaction_create", forget_everybody)
    yield database
    event.remove(Session, "after_transaction_create", forget_everybody)


@pytest.fixture
def peopled(looked_up: Database) -> Database:
    """Somebody has an account, and somebody had one."""
    with looked_up.transaction() as session:
        session.add_all([User(id="u-li", login="li", name="李", created_at=NOW),
                         User(id="u-wu", login="wu", name="吴", created_at=NOW, disabled_at=NOW)])
        record(session, OPERATOR, "arrange", "test:people", now=NOW, origin="test")
    return looked_up


def _found(database: Database) -> Finding | None:
    """Of entries of people without an account; the chain holds."""
    with database.reading() as session:
        walk = verification.rows.Told()
        assert audit.verify(session, see=walk.see).broken_at is None
        return verification.rows.check_actors(session, walk)


@pytest.mark.parametrize("actor", [
    replace(LI, user_id="u-ghost", name="ghost"), replace(LI, name="ghost"), replace(LI, user_id=None, name="ghost"),
    replace(LI, user_id="u-wu", name="wu"), replace(LI, user_id=None), replace(LI, user_id="u-ghost"),
    replace(LI, user_id="u-wu")], ids=["stranger", "another's name", "no id", "shut out", "own name without id",
                                       "own name with an id of nobody", "own name with another's id"])
def test_nothing_is_done_in_the_name_of_somebody_without_an_open_account(peopled: Database, actor: Actor) -> None:
    with pytest.raises(Denied, match=r"has no account that is open|is no person"), peopled.transaction() as session:
        drafts.start(session, actor, "card", revision_text(author=actor.name), now=NOW, origin="test")
    assert told(peopled) == (1, 0)
    with peopled.reading() as session:
        assert session.scalars(select(Draft)).all() == []


def test_who_has_one_and_who_is_no_person_act(peopled: Database) -> None:
    with peopled.transaction() as session:
        drafts.start(session, LI, "card", revision_text(author="li"), now=NOW, origin="test")
        record(session, OPERATOR, "arrange", "test:more", now=NOW, origin="test")
        session.get_one(User, "u-li").disabled_at = NOW
        record(session, LI, "disable_user", "user:li", now=NOW, origin="test")
    assert told(peopled) == (4, 0)


@pytest.mark.parametrize("anybody", [True, False], ids=["others have one", "nobody has one"])
def test_an_entry_of_somebody_who_never_had_an_account_is_named(request: pytest.FixtureRequest, looked_up: Database,
                                                                anybody: bool) -> None:
    if anybody:
        request.getfixturevalue("peopled")
    with looked_up.transaction() as session:
        record(session, OPERATOR, "arrange", "test:more", now=NOW, origin="test")
    assert _found(looked_up) is None
    with looked_up.transaction() as session:
        number = audit.append(session, replace(LI, name="ghost"), "sign", "test:x", now=NOW, origin="test").id
    finding = _found(looked_up)
    assert finding is not None and (str(finding.subject), finding.entry) == (f"entry {number}", number)
    assert str(finding.reason) == "was written in the name of ghost, who never had an account"


def test_before_anybody_has_an_account_the_shell_and_the_clock_alone_act(looked_up: Database) -> None:
    for actor in (LI, replace(LI, user_id=None)):
        with pytest.raises(Denied, match="has no account"), looked_up.transaction() as session:
            record(session, actor, "arrange", "test:one", now=NOW, origin="test")
    published(looked_up)  # signed history, of whoever runs the shell
    with looked_up.transaction() as session:
        record(session, SYSTEM, "prune", "test:two", now=NOW, origin="scheduler")
    with looked_up.reading() as session:
        assert verification.verify(session).finding is None
    assert told(looked_up) == (3, 1)


def test_the_first_person_is_added_and_acts(looked_up: Database) -> None:
    with looked_up.transaction() as session:
        people.create_user(session, OPERATOR, login="li", name="", grants=[(Role.ADMIN, None)], password=None, now=NOW)
        li = people.actor_of(session, "li", now=NOW)
        people.create_user(session, li, login="wu", name="吴", grants=[(Role.AGENT, None)], password=None, now=NOW)
    with looked_up.reading() as session:
        assert verification.verify(session).finding is None


def test_k8_many_at_once_keep_one_chain_and_one_order(database: Database) -> None:
    ready, failed = threading.Barrier(6, timeout=30), []

    def act(name: str) -> None:
        ready.wait()
        for n in range(10):
            try:
                with database.transaction() as session:
                    change = Change(f"{name}-{n}", "hidden") if n % 2 else None
                    record(session, OPERATOR, "act", f"article:{name}-{n}", now=NOW, origin="test", change=change)
            except KbError as error:
                failed.append(error.code)

    threads = [threading.Thread(target=act, args=(f"t{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert audit.verify(session).broken_at is None
    assert (told(database), failed) == ((60, 30), [])

"""Requests under a key: carried out once, whoever sends them again, to whichever process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from kb.db import Database
from kb.errors import Conflict
from kb.models import IdempotencyKey
from kb.record import requests
from kb.record.requests import KEPT, STALE, Begun, Kept, Sent
from tests.conftest import NOW

ONE = Sent("a" * 64, "b" * 64, "POST /x", "c" * 64)
REPLY = Kept(201, '{"done":true}\n', '"1"')


def begin(database: Database, sent: Sent = ONE, **later: float) -> Kept | Begun:
    with database.transaction() as session:
        return requests.begin(session, sent, now=NOW + timedelta(**later))


def begun(database: Database, sent: Sent = ONE, **later: float) -> Begun:
    found = begin(database, sent, **later)
    assert isinstance(found, Begun)
    return found


def finish(database: Database, started: Begun, *, keep: timedelta = KEPT) -> None:
    with database.transaction() as session:
        requests.finish(session, started, REPLY, ends_at=NOW + keep)


def test_what_was_replied_is_replied_again_for_a_day(database: Database) -> None:
    finish(database, begun(database))
    assert begin(database, hours=23) == REPLY
    assert isinstance(begin(database, hours=24), Begun)


def test_a_request_under_way_is_not_carried_out_beside(database: Database) -> None:
    begun(database)
    with pytest.raises(Conflict) as caught:
        begin(database, seconds=5)
    assert caught.value.code == "in_progress" and caught.value.facts["retry_after_s"]


def test_who_knows_that_the_first_broke_off_need_not_wait_and_of_two_one_is_done(database: Database) -> None:
    first = begun(database)
    with database.transaction() as session:
        second = requests.begin(session, ONE, takes_over=True, now=NOW + timedelta(seconds=1))
    assert isinstance(second, Begun)
    with pytest.raises(Conflict):  # should it go on all the same
        finish(database, first)
    finish(database, second)
    with database.transaction() as session:
        assert requests.begin(session, ONE, takes_over=True, now=NOW + timedelta(seconds=2)) == REPLY


def test_a_key_is_for_one_request_of_one_sender(database: Database) -> None:
    finish(database, begun(database))
    with pytest.raises(Conflict) as caught:
        begin(database, replace(ONE, request_sha256="d" * 64))
    assert caught.value.code == "key_reused"
    assert isinstance(begin(database, replace(ONE, sender="e" * 64, request_sha256="d" * 64)), Begun)
    assert isinstance(begin(database, replace(ONE, key_sha256="e" * 64, request_sha256="d" * 64)), Begun)


def test_a_request_that_failed_may_be_sent_again_and_corrected(database: Database) -> None:
    failed = begun(database)
    with database.transaction() as session:
        requests.forget(session, failed)
    assert isinstance(begin(database, replace(ONE, request_sha256="d" * 64)), Begun)


def test_what_broke_off_is_taken_over_and_may_not_finish_after_all(database: Database) -> None:
    first = begun(database)
    second = begun(database, seconds=STALE.total_seconds())
    with pytest.raises(Conflict):
        finish(database, first)
    with database.transaction() as session:
        requests.forget(session, first)  # nor does it free the key
    finish(database, second)
    assert begin(database, minutes=5) == REPLY


def test_a_reply_that_rests_on_something_else_now_is_made_anew(database: Database) -> None:
    finish(database, begun(database, replace(ONE, stamp="1")))
    assert begin(database, replace(ONE, stamp="1")) == REPLY
    assert isinstance(begin(database, replace(ONE, stamp="2")), Begun)


def test_a_reply_ends_with_what_it_tells_and_leaves_nothing_behind(database: Database) -> None:
    finish(database, begun(database), keep=timedelta(minutes=5))
    assert begin(database, minutes=4) == REPLY
    begun(database, replace(ONE, key_sha256="f" * 64), minutes=5)  # another's request clears it away
    with database.reading() as session:
        assert session.scalars(select(IdempotencyKey.key_sha256)).all() == ["f" * 64]


def test_of_many_sent_at_once_one_is_carried_out(database: Database) -> None:
    def send(_n: int) -> str:
        try:
            return type(begin(database)).__name__
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(send, range(8))) == ["Begun"] + ["in_progress"] * 7

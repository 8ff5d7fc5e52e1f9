"""Allowances by the minute, and replies that are kept."""

from __future__ import annotations

import pytest

from kb.errors import Conflict
from tests.conftest import NOW
from web import limits
from web.limits import Limiter
from web.replies import Replies


def test_an_allowance_is_used_up_and_comes_back_evenly() -> None:
    limiter = Limiter()
    assert [limiter.wait_s("a", 3, at=100.0) for _ in range(4)] == [0, 0, 0, 20]
    assert limiter.wait_s("b", 3, at=100.0) == 0
    assert limiter.wait_s("a", 3, at=119.0) == 1
    assert limiter.wait_s("a", 3, at=120.0) == 0
    assert limiter.wait_s("a", 3, at=120.0) == 20
    assert [limiter.wait_s("a", 3, at=1000.0) for _ in range(4)] == [0, 0, 0, 20]


def test_a_cheap_request_costs_its_part() -> None:
    limiter = Limiter()
    assert [limiter.wait_s("a", 1, at=0.0, cost=0.1) for _ in range(11)] == [0] * 10 + [6]


def test_the_limiter_forgets_the_longest_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST_KEYS", 2)
    limiter = Limiter()
    for key in ("a", "b", "c"):
        assert limiter.wait_s(key, 1, at=0.0) == 0
    assert limiter.wait_s("c", 1, at=0.0) > 0 and limiter.wait_s("a", 1, at=0.0) == 0


def test_a_key_still_under_way_is_refused_and_one_that_failed_is_free() -> None:
    replies = Replies()
    assert replies.begin("who", "k", b"x", head=1, at=0.0, now=NOW) is None
    with pytest.raises(Conflict) as caught:
        replies.begin("who", "k", b"x", head=1, at=1.0, now=NOW)
    assert caught.value.code == "in_progress"
    replies.forget("who", "k")
    assert replies.begin("who", "k", b"x", head=1, at=2.0, now=NOW) is None
    replies.finish("who", "k", b"reply", until=None)
    assert replies.begin("who", "k", b"x", head=1, at=3.0, now=NOW) == b"reply"
    assert replies.begin("who", "k", b"x", head=1, at=1000.0, now=NOW) is None

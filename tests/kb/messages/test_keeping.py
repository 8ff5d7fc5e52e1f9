"""A message that was kept as JSON says the same in either language as the one that it was made of."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.messages.catalogue import say
from kb.messages.keeping import as_json, from_json
from kb.messages.message import Message
from kb.models import State

AT = datetime(2026, 3, 1, 4, 5, tzinfo=UTC)
PLAIN = (st.none() | st.booleans() | st.integers() | st.text(max_size=20)
         | st.sampled_from([AT, date(2026, 3, 1), *State]))
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3)
                      | st.builds(lambda value: Message("in {value}", value=value), inner), max_leaves=6)


@pytest.mark.parametrize("language", ["zh", "en"])
@given(value=VALUES)
def test_what_was_kept_says_the_same(language: str, value: object) -> None:
    told = Message("{actor} has signed revision {number} already", actor=value, number=3)
    kept = json.loads(json.dumps(as_json(told)))
    assert say(from_json(kept), language) == say(told, language)


def test_words_and_days_stay_what_they_are() -> None:
    told = Message("{state} since {at:%Y-%m-%d}: {more}", state=State.PUBLISHED, at=AT,
                   more=[Message("must be text"), Message("{n} rows", n=2)])
    back = from_json(json.loads(json.dumps(as_json(told))))
    assert say(back, "en") == "published since 2026-03-01: must be text, 2 rows"
    assert say(back, "zh") == say(told, "zh") and "已发布" in say(back, "zh")


def test_a_mere_text_is_kept_too_and_what_cannot_be_kept_is_its_text() -> None:
    assert say(from_json(as_json("must be text")), "en") == "must be text"
    assert say(from_json(as_json(Message("{x}", x=object))), "en") == "<class 'object'>"

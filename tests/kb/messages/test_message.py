"""Messages: values put into their places last, in the reader's language, and errors that carry them."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import Conflict, Invalid
from kb.messages.catalogue import say, say_word, shell_language
from kb.messages.message import Message
from kb.models import State
from retriever.errors import EngineDown


def test_a_message_is_said_in_both_languages() -> None:
    error = Conflict("signed", "{actor} has signed revision {number} already", actor="li", number=3)
    assert say(error, "en") == str(error) == error.message == "li has signed revision 3 already"
    assert say(error, "zh") == "li 已签过第 3 版"


@given(st.text(max_size=40))
def test_what_looks_like_a_place_in_a_value_is_left_as_it_is(value: str) -> None:
    for given_ in (value, f"{{{value}}}", "{number}", "{0.__class__}", "%(number)s"):
        error = Invalid("x", "{value}, {number}", value=given_, number=1)
        assert say(error, "en") == say(error, "zh") == f"{given_}, 1"


@given(st.text(max_size=40))
def test_a_text_that_lacks_values_is_said_as_it_stands(text: str) -> None:
    assert str(Invalid("x", f"{text}{{never_given}}")).endswith("{never_given}")
    assert isinstance(str(Invalid("x", text)), str)


def test_a_place_is_a_name_and_reaches_nothing_of_its_value() -> None:
    for text in ("{value.__class__}", "{value[0]}", "{}", "{0}"):
        assert str(Message(text, value="abc")) == text


def test_a_value_may_be_a_message_an_error_a_word_or_a_list() -> None:
    inner = Invalid("reason", "say why you reject the text")
    told = Message("{a}; {b}; {c}; {d}", a=inner, b=State.IN_REVIEW, c=["hrss", "fund"], d=())
    assert str(told) == "say why you reject the text; in review; hrss, fund; none"
    assert say(told, "zh") == "请说明退回的理由; 审核中; hrss、fund; 无"


def test_each_language_writes_days_in_its_way_and_a_moment_as_it_is() -> None:
    moment = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    told = Message("{a}, {b}, {c}", a=date(2026, 3, 1), b=[date(2027, 12, 31)], c=moment)
    assert str(told) == f"2026-03-01, 2027-12-31, {moment}"
    assert say(told, "zh") == f"2026年3月1日, 2027年12月31日, {moment}"


def test_a_list_is_kept_although_it_can_be_read_once_only() -> None:
    told = Message("{names}", names=(name for name in ("hrss", "fund")))
    assert str(told) == say(told, "en") == "hrss, fund"


def test_what_is_quoted_shows_its_control_characters_and_each_language_quotes_in_its_way() -> None:
    error = Invalid("login", "no user {login!r}; see `kb user list`", login="李\x1b[2J\n")
    assert str(error) == "no user '李\\x1b[2J\\n'; see `kb user list`"
    assert say(error, "zh") == "没有用户“李\\x1b[2J\\n”；可用 `kb user list` 查看"


def test_an_error_keeps_no_other_error_with_its_trace() -> None:
    inner = OSError(28, "No space left on device")
    error = EngineDown("disk", "{error}", error=inner)
    assert error.facts == {"error": "[Errno 28] No space left on device"}
    assert pickle.loads(pickle.dumps(error)).message == error.message


def test_a_text_that_nobody_translated_is_said_in_english() -> None:
    assert say(Message("nobody has translated {this}", this="it"), "zh") == "nobody has translated it"
    assert say_word("Not Found", "zh") == "未找到" and say_word("Not Found", "en") == "Not Found"
    assert say("", "zh") == ""


@pytest.mark.parametrize(("environ", "language"), [
    ({}, "en"), ({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "C.UTF-8"}, "en"), ({"LANG": "de_DE.UTF-8"}, "en"),
    ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"), ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
    ({"LANG": "zh_CN.UTF-8", "KB_LANG": "en"}, "en"), ({"KB_LANG": "zh", "LC_ALL": "C"}, "zh"),
    ({"KB_LANG": "", "LANG": "zh_CN"}, "zh"), ({"LC_ALL": "", "LANG": "zh_CN"}, "zh"),
])
def test_the_shell_speaks_the_language_of_its_locale_unless_another_is_chosen(environ: Mapping[str, str],
                                                                              language: str) -> None:
    assert shell_language(environ) == language

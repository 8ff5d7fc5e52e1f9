"""Hostile or broken article files are refused with line and reason."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from kb.errors import Invalid
from kb.markup.front_matter import moment, parse_article
from kb.settings import LimitSettings
from kb.text import clean_label

LIMITS = LimitSettings()


def test_fault_09_bidi_and_zero_width_leave_a_title() -> None:
    assert clean_label("补\u202e卡\u200b Ａ") == "补卡 A"


def test_chinese_punctuation_of_a_title_stays() -> None:
    assert clean_label("噪声扰民：找谁？（２０２６）") == "噪声扰民：找谁？（2026）"


@pytest.mark.parametrize("data", [b"a\x00b", b"a\x1bb", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbf\xbe\x00"])
def test_fault_10_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        parse_article(data, LIMITS)


@pytest.mark.parametrize("text", ["𠮷", "\ue000", "\ufffd", "e\u0301", "\U0010ffff"])
def test_fault_10_rare_characters_are_kept_exactly(text: str) -> None:
    assert parse_article(text.encode(), LIMITS).body == text


@pytest.mark.parametrize("data", [b"x" * 400_001, b"x\n" * 20_001, b"x" * 50_001, b"> " * 1000 + b"x",
                                  b"- " * 1000 + b"x", b"| a |\n" * 2001])
def test_fault_11_oversized_text_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(Invalid):
        parse_article(data, LIMITS)


@pytest.mark.parametrize("head", [
    "a: &x [1]\nb: *x", "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]", "a: 1\na: 2", "a: {b: 1, b: 2}",
    "a: !!binary eA==", "a: !!set {x}",
    "a: !!python/object:os.system x", "a: !!python/object/apply:os.system [x]", "a: !x y", "a: [", "a: " + "[" * 500,
    "? [1]\n: 2", "- 1", "- " * 500, "a: " + "x" * 64_000, "<<: {a: 1}\n<<: {a: 2}", "a: \x01",
    "\n".join(" " * n + "a:" for n in range(1000)),
])
def test_fault_18_hostile_front_matter_is_refused(head: str) -> None:
    with pytest.raises(Invalid):
        parse_article(f"---\n{head}\n---\ntext".encode(), LIMITS)


@pytest.mark.parametrize(("text", "line"), [
    ("---\ntitle: x\ntitle: y\n---\ntext", 3), ("---\ntitle: [\n---\ntext", 3), ("---\na: 1\nb: *x\n---\ntext", 3),
    ("---\ntitle: x\nreview_by: !!int 3\n---\nx", 3), ("---\na:\n " + "[" * 30 + "\n---\nx", 3),
    ("---\ntitle: x\n---\n\nok\nbad\x07", 6), ("ok\nbad\x07", 2), ("---\ntitle: x\n", 1),
])
def test_a_refusal_names_the_line_of_the_file(text: str, line: int) -> None:
    with pytest.raises(Invalid, match=f"line {line}:"):
        parse_article(text.encode(), LIMITS)


@pytest.mark.parametrize("text", [
    "10:45", "12:30:45", "yes", "No", "on", "0x1F", "010", "0b11", "3.10", "007", "1_000", "1e3", ".5", "+1", "-0",
    "2026-03-01", "2026-03-01 09:00:00", ".inf", ".NaN", "0o17", "=", "true", "12345", "1,000", "٣"])
def test_a_text_is_kept_as_it_is_written_whatever_yaml_would_make_of_it(text: str) -> None:
    head = f"title: {text}\nkeywords: [{text}]\n{text}: x"
    meta = parse_article(f"---\n{head}\n---\ntext".encode(), LIMITS).meta
    assert meta == {"title": text, "keywords": [text], text: "x"} or "," in text


def test_what_is_left_empty_is_nothing() -> None:
    assert parse_article(b"---\na:\nb: null\nc: ~\nd: ''\n---\ntext", LIMITS).meta == {
        "a": None, "b": None, "c": None, "d": ""}


@pytest.mark.parametrize("head", ["a: !!int 0x1F", "a: !!bool yes", "a: !!float 3.10", "a: !!timestamp 2026-03-01"])
def test_no_tag_makes_another_value_of_a_text(head: str) -> None:
    with pytest.raises(Invalid, match="line 2: YAML tags are not accepted"):
        parse_article(f"---\n{head}\n---\ntext".encode(), LIMITS)


@pytest.mark.parametrize(("text", "found"), [
    ("2026-03-01", date(2026, 3, 1)), ("2026-3-1 9:00:00", datetime.fromisoformat("2026-03-01T09:00")),
    ("2026-03-01T09:00:00+08:00", datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=8)))),
    ("2026-13-45", "2026-13-45"), ("10:45", "10:45"), ("20260301", "20260301"), ("", "")])
def test_days_and_instants_are_read_as_yaml_writes_them(text: str, found: object) -> None:
    assert moment(text) == found


def test_a_body_is_kept_exactly_whatever_it_begins_with() -> None:
    for body in ("\ntext", "---\ntext\n---\n", "  text \n\n", "text"):
        assert parse_article(f"---\ntitle: x\n---\n\n{body}".encode(), LIMITS).body == body

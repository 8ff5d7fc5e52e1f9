"""Hostile article files: refused with a reason, or rendered safely."""

from __future__ import annotations

import pytest

from kb.errors import Invalid
from kb.front_matter import parse_article
from kb.markup import clean_label, render_html
from kb.settings import LimitSettings

LIMITS = LimitSettings()


def test_fault_01_markup_in_markdown_is_shown_as_text() -> None:
    html = render_html("<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n<form action=/x>")
    assert "<script" not in html and "<img" not in html and "<form" not in html


@pytest.mark.parametrize("link", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "vbscript:x", "data:text/html,x",
                                  "java&#115;cript:alert(1)"])
def test_fault_02_dangerous_links_lose_their_address(link: str) -> None:
    html = render_html(f"[办理]({link})")
    assert "href" not in html and "办理" in html


def test_fault_05_remote_images_are_not_loaded() -> None:
    assert "<img" not in render_html("![x](https://example.com/t.png)")


def test_fault_09_bidi_and_zero_width_leave_a_title() -> None:
    assert clean_label("补\u202e卡\u200b Ａ") == "补卡 A"


@pytest.mark.parametrize("data", [b"a\x00b", b"a\x1bb", b"\xff\xfe", b"x" * 400_001,
                                  b"x\n" * 20_001, b"x" * 50_001, b"> " * 1000 + b"x", b"| a |\n" * 2001])
def test_fault_11_hostile_or_oversized_text_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(Invalid):
        parse_article(data, LIMITS)


@pytest.mark.parametrize("head", ["a: &x [1]\nb: *x", "a: 1\na: 2", "a: !!python/object:os.system x", "a: [",
                                  "a: " + "[" * 500, "? [1]\n: 2", "- 1"])
def test_fault_18_hostile_front_matter_is_refused(head: str) -> None:
    with pytest.raises(Invalid):
        parse_article(f"---\n{head}\n---\ntext".encode(), LIMITS)

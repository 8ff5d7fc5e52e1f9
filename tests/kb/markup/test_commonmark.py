"""The parser that all of our Markdown goes through, held against the CommonMark specification's own examples."""

from __future__ import annotations

import re

import pyromark
import pytest

from tests.commonmark_spec import Example, examples


def without_form(page: str) -> str:
    """HTML without what the specification leaves open: how a quotation mark is written, line breaks beside tags."""
    return re.sub(r"\s*(<[^>]*>)\s*", r"\1", page.replace("&quot;", '"')).strip()


def test_the_package_brings_every_example_of_the_specification() -> None:
    assert [example.number for example in examples()] == list(range(1, 653))
    assert {"Tabs", "Link reference definitions", "HTML blocks", "Soft line breaks"} <= {e.section for e in examples()}


@pytest.mark.parametrize("example", examples(), ids=lambda example: f"{example.number} {example.section}")
def test_the_parser_reads_every_example_as_the_specification_does(example: Example) -> None:
    assert without_form(pyromark.html(example.markdown)) == without_form(example.html)

"""The developers' picture and the files that their page names are those that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.house import PICTURE, draw, reduced

ROOT = Path(__file__).parents[1]
_PACKAGES = "kb|retriever|web|tests|bench|docs"
_NAMED = re.compile(rf"`((?:{_PACKAGES})/[\w./-]+)`|python -m ((?:{_PACKAGES})[\w.]*)")


def test_the_picture_shows_the_imports_as_they_are() -> None:
    assert PICTURE.read_text(encoding="utf-8") == draw(), "the imports have changed: run `python -m docs.house`"


def test_an_import_that_follows_from_others_is_not_drawn() -> None:
    taken = {"ask": {"find", "records"}, "find": {"scope", "records"}, "scope": {"records"}, "records": set()}
    assert reduced(taken) == {"ask": {"find"}, "find": {"scope"}, "scope": {"records"}, "records": set()}


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8").replace("NAME", "embedded")  # an engine that the reader is to write
    named = {path or module.replace(".", "/") for path, module in _NAMED.findall(text)}
    assert not {name for name in named if not (ROOT / name).exists() and not (ROOT / f"{name}.py").is_file()}

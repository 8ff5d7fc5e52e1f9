"""The picture of the house shows the imports as they are."""

from __future__ import annotations

from docs.house import PICTURE, draw, reduced


def test_the_picture_shows_the_imports_as_they_are() -> None:
    assert PICTURE.read_text(encoding="utf-8") == draw(), "the imports have changed: run `python -m docs.house`"


def test_an_import_that_follows_from_others_is_not_drawn() -> None:
    taken = {"ask": {"find", "records"}, "find": {"scope", "records"}, "scope": {"records"}, "records": set()}
    assert reduced(taken) == {"ask": {"find"}, "find": {"scope"}, "scope": {"records"}, "records": set()}

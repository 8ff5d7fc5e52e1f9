"""Sections by their headings: every one that has text can be named, and passages carry the same headings."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.content.importers.files import Root, article_files
from kb.markup.front_matter import parse_article
from kb.markup.headings import below_title, name_of, named, places
from kb.markup.parse import parse
from kb.settings import LimitSettings
from retriever.passages.cutting import split

ROOT = Path(__file__).parents[3]
TEXT = "引言。\n\n# 甲\n\n## 材料\n\n身份证。\n\n- 照片\n\n## 费用\n\n***\n\n# 乙\n\n## 材料\n\n户口簿。\n"


def paths(source: str) -> list[tuple[str, ...]]:
    return [place.path for place in places(parse(source))]


def test_sections_are_what_has_text_below_a_heading() -> None:
    assert paths(TEXT) == [(), ("甲", "材料"), ("乙", "材料")]
    found = places(parse(TEXT))
    assert [TEXT[p.start:p.end].strip() for p in found] == ["引言。", "身份证。\n\n- 照片", "户口簿。"]
    assert paths("") == paths("## 空\n") == []


@pytest.mark.parametrize(("name", "path"), [
    ("", ()), ("补卡", ()), ("甲 › 材料", ("甲", "材料")), ("乙 › 材料", ("乙", "材料")),
    ("材料", None), ("甲", None), ("费用", None)])
def test_a_name_means_one_section_or_none(name: str, path: tuple[str, ...] | None) -> None:
    assert named(paths(TEXT), name, "补卡") == path


def test_the_title_above_everything_does_not_count() -> None:
    assert below_title(("补卡", "材料"), "补卡") == below_title(("材料",), "补卡") == ("材料",)
    assert below_title(("甲", "补卡"), "补卡") == ("甲", "补卡")


def test_every_section_of_the_sample_has_a_name_and_its_passages_have_its_headings() -> None:
    files, _ = article_files([Root(ROOT / "articles", "articles")])
    for file in (file for group in files.values() for file in group):
        parsed = parse_article(file.path.read_bytes(), LimitSettings())
        found = list(dict.fromkeys(paths(parsed.body)))
        title = str(parsed.meta["title"])
        assert [named(found, name_of(found, path, title), title) for path in found] == found, file.label
        assert list(dict.fromkeys(cut.heading_path for cut in split(parsed.body))) == found, file.label

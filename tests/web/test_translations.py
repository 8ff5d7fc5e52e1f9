"""Every text of a page is there in Chinese and in English, with the same places for values."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
PLACES = re.compile(r"%\((\w+)\)")


def forms(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """A message's forms: one, or one for each number."""
    return (value,) if isinstance(value, str) else tuple(value)


def wanted() -> set[str]:
    """The messages of templates and code, by their (singular) text."""
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    keywords = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}
    options = {"**/templates/**.html": {"trimmed": "true"}}
    found = extract_from_dir(str(ROOT / "web"), methods, options, keywords)
    return {forms(message)[0] for _, _, message, _, _ in found}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_message_is_translated_and_none_is_left_over(language: str) -> None:
    with (ROOT / f"web/translations/{language}/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    texts = {forms(m.id)[0]: m for m in catalogue if m.id}
    assert set(texts) == wanted()
    for key, message in texts.items():
        translated = forms(message.string)
        assert all(t.strip() for t in translated) and not message.fuzzy, key
        for text in translated:
            assert set(PLACES.findall(text)) >= set(PLACES.findall(key)), key
        if language == "zh":
            assert all(re.search("[\u3000-\u9fff]", t) for t in translated), key


def test_chinese_texts_have_chinese_colons() -> None:
    with (ROOT / "web/translations/zh/LC_MESSAGES/messages.po").open("rb") as file:
        texts = [text for m in read_po(file, locale="zh") if m.id for text in forms(m.string)]
    assert not [text for text in texts if ":" in text]
    joined = re.compile(r"""\{\{ _\([^}]*\) \}\}:""")  # a colon of the template's own is the same in both languages
    templates = (ROOT / "web").rglob("*.html")
    assert not [path.name for path in templates if joined.search(path.read_text(encoding="utf-8"))]


def test_the_pager_and_the_way_home_have_names_of_their_own() -> None:
    with (ROOT / "web/translations/zh/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale="zh")
    names = {forms(m.id)[0]: forms(m.string)[0] for m in catalogue if m.id}
    assert names["First page"] == "第一页" != names["To the start page"]
    assert names["Search in"] == "查找范围" != names["Sources"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_compiled_texts_are_those_of_the_sources(language: str) -> None:
    folder = ROOT / f"web/translations/{language}/LC_MESSAGES"
    with (folder / "messages.po").open("rb") as po, (folder / "messages.mo").open("rb") as mo:
        source, compiled = ({forms(m.id): forms(m.string) for m in catalogue if m.id}
                            for catalogue in (read_po(po, locale=language), read_mo(mo)))
    assert source == compiled

"""How texts sound, told in an eighth of the library's time: the same as the library tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from retriever.language.pinyin import sound_of, syllables

SAMPLE = Path(__file__).parents[3] / "articles"


def test_every_line_of_the_sample_sounds_as_the_library_says() -> None:
    lines = {line for file in SAMPLE.rglob("*.md") for line in file.read_text(encoding="utf-8").splitlines()[:30]}
    assert len(lines) > 500
    assert [line for line in lines if "".join(syllables(line)) != "".join(lazy_pinyin(line))] == []


@pytest.mark.parametrize(("text", "sound"), [
    ("重庆银行", ("chong", "qing", "yin", "hang")), ("会计办会", ("kuai", "ji", "ban", "hui")),
    ("12345 热线", ("1", "2", "3", "4", "5", " ", "re", "xian")), ("", ()), ("a,b，绿", ("a", ",", "b", "，", "lv")),
])
def test_phrases_sound_as_phrases_and_other_characters_are_their_own(text: str, sound: tuple[str, ...]) -> None:
    assert syllables(text) == sound


@given(st.text(max_size=40))
def test_any_text_has_a_sound_and_no_character_of_another_script_is_lost(text: str) -> None:
    others = [c for c in text if c < "\u2e80"]
    assert [s for s in syllables(text) if s in others] == others
    assert all(sound_of(c) for c in text)

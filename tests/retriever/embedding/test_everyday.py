"""A smaller word table cuts everyday text as the whole one does, to the number."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retriever.embedding.everyday import NUMBERS, TABLE, is_everyday, write_everyday
from retriever.embedding.pieces import Pieces

_ARTICLES = Path(__file__).parents[3] / "articles"
_EVERYDAY = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E) | st.characters(
    min_codepoint=0x4E00, max_codepoint=0x9FFF) | st.sampled_from("。，、；：？！（）《》“”…—·°×　\n\t①㎡"),
                    max_size=60)
_ANY = st.text(max_size=40)


@pytest.fixture(scope="module")
def tables(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Pieces, Pieces]:
    """The whole table alone, and a folder that has both."""
    alone, both = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("both")
    for folder in (alone, both):
        for name in ("tokenizer.json", "charmap.json"):
            shutil.copy(model_folder / name, folder / name)
    write_everyday(both)
    return Pieces(alone), Pieces(both)


@settings(max_examples=300, deadline=None)
@given(texts=st.lists(_EVERYDAY | _ANY, max_size=4))
def test_both_tables_give_the_same_numbers(tables: tuple[Pieces, Pieces], texts: list[str]) -> None:
    whole, both = tables

    assert both.ids(texts, prefix="query: ") == whole.ids(texts, prefix="query: ")
    assert both.ids(texts, marked=False) == whole.ids(texts, marked=False)


def test_every_line_of_the_articles_is_cut_as_by_the_whole_table(tables: tuple[Pieces, Pieces]) -> None:
    whole, both = tables
    lines = [line for file in sorted(_ARTICLES.rglob("*.md")) for line in file.read_text(encoding="utf-8").splitlines()]

    assert both.ids(lines) == whole.ids(lines)
    assert sum(map(is_everyday, lines)) > 0.6 * len(lines)


@pytest.mark.parametrize("word", ["permits", "Zürich", "社保卡", "ß", "<s>", "𠮷"])
def test_a_word_is_cut_as_by_the_whole_table(tables: tuple[Pieces, Pieces], word: str) -> None:
    whole, both = tables

    assert both.cut(word) == whole.cut(word)
    assert both.ids([word]) == whole.ids([word])


def test_the_whole_table_is_read_for_a_text_that_needs_it_alone(model_folder: Path) -> None:
    assert (model_folder / TABLE).is_file() and (model_folder / NUMBERS).is_file()
    pieces = Pieces(model_folder)

    pieces.ids(["社保卡丢了怎么补办", "How do I replace a lost card?"])
    assert "_whole" not in vars(pieces)

    pieces.ids(["Тестовый вопрос"])
    assert "_whole" in vars(pieces)

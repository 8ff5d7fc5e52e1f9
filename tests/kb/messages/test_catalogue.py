"""One catalogue: no text is put together from pieces, every one is there in Chinese, with the same places."""

from __future__ import annotations

import re
from gettext import GNUTranslations

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from docs.messages import CATALOGUE, Said, is_worded, places, said, texts, words
from kb.messages.catalogue import WORD

GIVEN_ELSEWHERE = {"web/api/taking.py", "web/api/shapes/values.py"}  # pydantic knows the values
PLACE = re.compile(r"\{(\w+)((?:![a-z])?(?::[^{}]*)?)\}")


@pytest.fixture(scope="module")
def calls() -> list[Said]:
    return list(said())


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh")


def test_no_text_is_put_together_from_pieces(calls: list[Said]) -> None:
    assert len(calls) > 500
    assert not [(call.where, call.name) for call in calls if call.text is None]


def test_every_place_of_a_text_has_its_value(calls: list[Said]) -> None:
    assert not [(call.where, call.text) for call in calls if call.text and call.facts is not None
                and not places(call.text) <= call.facts and call.where.partition(":")[0] not in GIVEN_ELSEWHERE]


def test_k7_every_text_and_word_is_in_the_catalogue_and_none_is_left_over(catalogue: Catalog) -> None:
    known = {(str(message.id), message.context) for message in catalogue if message.id}
    wanted = {(text, None) for text in texts()} | {(word, WORD) for word in words()}
    assert not wanted ^ known, "run `make messages`, and translate what is new"


def test_every_chinese_text_is_one_and_has_the_same_places(catalogue: Catalog) -> None:
    for message in catalogue:
        if message.id:
            assert message.string and message.string != message.id and not message.fuzzy, message.id
            assert set(PLACE.findall(str(message.string))) == set(PLACE.findall(str(message.id))), message.id


def test_chinese_texts_have_chinese_signs(catalogue: Catalog) -> None:
    plain = {str(m.id): re.sub("`[^`]*`|[{(][^{}()]*[})]", "", str(m.string)) for m in catalogue if m.id}
    assert not {text for text in plain.values() if re.search("[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]", text)}
    assert not {m.id for m in catalogue if str(m.string).endswith(("。", ".")) and m.id}  # a page adds it


def test_the_compiled_catalogue_is_that_of_the_source(catalogue: Catalog) -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for message in catalogue:
        if message.id:
            text = str(message.id)
            found = compiled.pgettext(message.context, text) if message.context else compiled.gettext(text)
            assert found == message.string


def test_a_text_of_values_alone_needs_no_translation() -> None:
    assert not is_worded("{reason}") and not is_worded("{slug} r{number}")
    assert is_worded("{path} is gone") and is_worded("{path}: {reason}")

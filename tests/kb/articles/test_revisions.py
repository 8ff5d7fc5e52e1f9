"""A revision's text: which fields are refused, what its hash covers, and that it comes back from JSON as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta, timezone
from typing import Any

import pytest

from kb.articles.revisions import BasisText, RevisionText, check_text, content_hash, fields_of, text_from
from kb.errors import Invalid
from kb.messages.catalogue import say
from tests.kb.factories import at, revision_text


@pytest.mark.parametrize("fields", [
    {"title": "\ue000"}, {"title": "……"}, {"title": "\u0301"}, {"title": "补\u3164卡"}, {"title": "\u2800"},
    {"title": ""}, {"title": " a"}, {"title": "a\nb"}, {"title": "Ａ"}, {"title": "a\u202eb"}, {"title": "x" * 301},
    {"summary": "a\x00"}, {"summary": "a "}, {"summary": "x" * 2001}, {"category": "a\nb"}, {"category": "x" * 101},
    {"change_note": "\u2066a"}, {"change_note": "a\rb"}, {"author": "x" * 65}, {"keywords": ("",)},
    {"keywords": ("a\u200bb",)}, {"synonyms": ("x" * 101,)}, {"keywords": ("a",) * 201}, {"co_owners": ("",)},
    {"bases": (BasisText("a\u2028b"),)}, {"bases": (BasisText("a", url="x" * 501),)}, {"bases": (BasisText("a"),) * 51},
    {"keywords": ("x" * 100,) * 200}, {"effective_to": at(0)}, {"effective_to": at(-1)},
])
def test_a_text_whose_fields_are_not_clean_or_too_long_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check_text(revision_text(**fields))


@pytest.mark.parametrize("fields", [
    {"summary": "两行\n\t缩进"}, {"title": "𠮷 \ue000"}, {"keywords": ("a",) * 200}, {"author": ""},
    {"bases": (BasisText("关于（试行）的通知", "滨政发〔2024〕2号"),)}, {"effective_to": at(0.0001)},
])
def test_a_text_that_is_clean_is_taken(fields: dict[str, Any]) -> None:
    check_text(revision_text(**fields))


def test_a_refusal_names_the_field_as_its_reader_does() -> None:
    with pytest.raises(Invalid) as refused:
        check_text(revision_text(title="x" * 5_000))
    assert say(refused.value, "zh") == "标题：有 5000 个字符，上限为 300"
    assert say(refused.value, "en") == "title: 5000 characters; the limit is 300"


def test_the_hash_covers_every_field_and_no_time_zone() -> None:
    text = revision_text()
    east = timezone(timedelta(hours=8))
    assert content_hash(text) == content_hash(replace(text, effective_from=text.effective_from.astimezone(east)))
    changed: dict[str, Any] = {
        "title": "b", "source": "b", "lang": "en", "audience": "agent", "owner": "fund", "effective_from": at(1),
        "effective_to": at(9), "review_by": at(9), "summary": "b", "category": "b", "keywords": ("b",),
        "synonyms": ("b",), "co_owners": ("b",), "bases": (BasisText("b"),), "attachments": ({"name": "b"},),
        "change_note": "b", "is_minor": True, "author": "b"}
    assert changed.keys() == RevisionText.__dataclass_fields__.keys()
    hashes = {content_hash(replace(text, **{name: value})) for name, value in changed.items()}
    assert len(hashes | {content_hash(text)}) == len(changed) + 1


def test_a_text_comes_back_from_plain_data_as_it_was() -> None:
    text = revision_text(
        "a\nb", effective_to=at(9), review_by=at(5), keywords=("甲", "乙"), co_owners=("fund",), is_minor=True,
        bases=(BasisText("通知", "滨政发〔2024〕2号", date=date(2024, 2, 29)), BasisText("b")),
        attachments=({"name": "表.pdf", "sha256": "0" * 64},))
    assert text_from(json.loads(json.dumps(fields_of(text))), author=text.author) == text

"""What of a text's fields changed, beside its source."""

from __future__ import annotations

from datetime import date

from kb.articles.field_changes import FieldChange, changed_fields
from kb.articles.revisions import BasisText
from tests.kb.factories import at, revision_text


def test_single_values_and_lists_are_told_apart() -> None:
    old = BasisText("办法", "滨人社规〔2024〕6号", date=date(2024, 5, 1))
    new = BasisText("办法", "滨人社规〔2026〕9号", date=date(2026, 5, 1))
    before = revision_text(keywords=("社保卡", "挂失"), bases=(old,), co_owners=("fund",))
    after = revision_text("另一段。", keywords=("社保卡", "补领"), bases=(new,), effective_from=at(3), title="补领")
    assert changed_fields(before, after) == (
        FieldChange("title", "补卡", "补领"), FieldChange("effective_from", at(0), at(3)),
        FieldChange("co_owners", gone=("fund",), is_list=True),
        FieldChange("bases", gone=(old,), come=(new,), is_list=True),
        FieldChange("keywords", gone=("挂失",), come=("补领",), kept=("社保卡",), is_list=True))


def test_an_attachment_of_the_same_name_with_other_bytes_is_another() -> None:
    before = revision_text(attachments=({"name": "表.pdf", "sha256": "a" * 64},))
    after = revision_text(attachments=({"name": "表.pdf", "sha256": "b" * 64},))
    found = changed_fields(before, after)
    assert [(c.name, len(c.gone), len(c.come)) for c in found] == [("attachments", 1, 1)]


def test_the_note_and_the_author_are_no_change_of_the_text() -> None:
    assert changed_fields(revision_text(), revision_text(change_note="x", author="other", is_minor=True)) == ()

"""What the fields of a text and the kinds of a change are called, what an act came to, and the words of the text's
editor."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

FIELDS = {
    "title": _l("Title"), "source": _l("Text"), "summary": _l("Summary"), "category": _l("Category"),
    "keywords": _l("Keywords"), "synonyms": _l("Other names"), "audience": _l("Who may read it"),
    "lang": _l("Language of the text"), "co_owners": _l("Departments that sign along"),
    "effective_from": _l("In force from"), "effective_to": _l("Last day in force"), "review_by": _l("Review by"),
    "bases": _l("Basis documents"), "attachments": _l("Attachments"), "owner": _l("Department"),
    "change_note": _l("What changes, and why"), "is_minor": _l("Minor correction"),
}
CHANGES = {
    "words": _l("Words"), "heading": _l("Headings"), "structure": _l("Paragraphs, lists and tables"),
    "link": _l("Links"), "code": _l("Code"),
}
DONE = {
    "confirm": _l("The text is confirmed."), "hide": _l("The article is hidden: no answer and no page shows it."),
    "sign_hiding": _l("Signed: the article stays hidden until somebody shows it again."),
    "show": _l("The article can be seen again."),
    "publish_urgently": _l("The text is published. The signatures that are missing are owed within a day."),
    "withdraw": _l("The text is taken back. A draft can be begun from it."), "retire": _l("The article is retired."),
}
_PHRASES = {
    "Find": _l("Find"), "Replace": _l("Replace"), "next": _l("next"), "previous": _l("previous"), "all": _l("all"),
    "match case": _l("match case"), "regexp": _l("pattern"), "by word": _l("whole words"), "replace": _l("replace"),
    "replace all": _l("replace all"), "close": _l("Close"),
}


def phrases() -> dict[str, str]:
    """The words of the editor's own panel of searching, by those that it asks for."""
    return {asked: str(said) for asked, said in _PHRASES.items()}

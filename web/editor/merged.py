"""Two texts as one: what goes together, and the places and fields at which somebody has to choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup, escape

from kb.articles.revisions import RevisionText, fields_of, text_from
from kb.articles.writing.choosing import CHOICES, THEIRS, Place, chosen, cut
from kb.articles.writing.drafts import DraftView
from kb.articles.writing.merge import DRAFT_LABELS, merge_texts, merge_values
from kb.markup.comparing.leaves import compared_texts
from web.filters import visible

_APART = ("source", "author")  # merged line by line, and told beside the text


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged text: in its source the places to decide stand between marks, of ``disputed`` fields it holds one's own
    values, and here are the other side's."""

    text: RevisionText
    disputed: Mapping[str, Any]

    @property
    def parts(self) -> tuple[str | Place, ...]:
        return cut(self.text.source)

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(part for part in self.parts if isinstance(part, Place))

    @property
    def ours(self) -> Mapping[str, Any]:
        return fields_of(self.text)

    def decided(self, sent: Mapping[str, str]) -> RevisionText | None:
        """The text with every place and field decided as the page says; None while one is open."""
        choices = {n: sent.get(f"place-{n}", "") for n in range(len(self.places))}
        sides = {name: sent.get(f"field-{name}", "") for name in self.disputed}
        if any(choice not in CHOICES for choice in (*choices.values(), *sides.values())):
            return None
        taken = {name: self.disputed[name] for name, side in sides.items() if side == THEIRS}
        text = text_from({**fields_of(self.text), **taken}, author="")
        return replace(text, source=chosen(self.text.source, choices))


def of_draft(draft: DraftView) -> Merge:
    """What taking a draft over to a newer revision left open."""
    return Merge(draft.text, draft.undecided)


def of_saves(was: RevisionText, mine: RevisionText, stored: RevisionText) -> Merge:
    """What somebody wrote, merged with what was saved since their page showed ``was``."""
    body = merge_texts(was.source, mine.source, stored.source, DRAFT_LABELS)
    base, ours, theirs = (_plain(text) for text in (was, mine, stored))
    fields = merge_values(base, ours, theirs)
    text = text_from({**fields_of(mine), **fields.values}, author="")
    return Merge(replace(text, source=body.text), {name: theirs[name] for name in sorted(fields.conflicts)})


def marked_sides(ours: str, theirs: str) -> tuple[Markup, Markup]:
    """Both sides of a place, the words marked that only one of them has."""
    parts = compared_texts(visible(ours), visible(theirs))
    mine, other = (Markup("").join(Markup("<mark>{}</mark>").format(text) if sign == own else escape(text)
                                   for sign, text in parts if sign in (" ", own)) for own in "-+")
    return mine, other


def _plain(text: RevisionText) -> dict[str, Any]:
    return {name: value for name, value in fields_of(text).items() if name not in _APART}

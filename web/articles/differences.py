"""The difference of two texts as pages show it: rows of blocks, one text or both, and the fields that changed.

Unchanged blocks far from any change are folded; the heading above a change stays. Every row that changed has a number,
which the keyboard goes by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext
from markupsafe import Markup, escape

from kb.articles.field_changes import FieldChange, changed_fields
from kb.articles.revisions import BasisText, RevisionText
from kb.markup.comparing.leaves import compared_texts
from kb.markup.comparing.merging import Merged, merge
from kb.markup.comparing.reading import Figures, changed_figures, is_changed, new_side, old_side, shown_at
from kb.markup.document import Block, Document
from kb.markup.render import Labels, MarkedPage
from kb.reading.opening import DepartmentName
from web.filters import day, last_day, named, visible


@dataclass(frozen=True, slots=True)
class DiffRow:
    """A block, or several folded ones: ``number`` counts the changed rows from 1; ``count`` the folded blocks."""

    html: Markup
    number: int = 0
    count: int = 0
    old: Markup | None = None
    new: Markup | None = None


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field that changed, as HTML with ``ins`` and ``del``."""

    label: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Difference:
    """All that changed between two texts. ``figures`` are those of each changed row, by its number."""

    rows: tuple[DiffRow, ...]
    fields: tuple[FieldRow, ...]
    figures: tuple[tuple[int, Figures], ...]
    changes: int  # rows that changed
    is_side_by_side: bool

    @property
    def is_same(self) -> bool:
        return not self.changes and not self.fields


_OF_OLD, _OF_NEW = ("gone", "from", "was"), ("come", "to", "now")
_TOGETHER = ("gone", "come", "was", "now")  # marks of neighbours that are one change


def difference(before: RevisionText, after: RevisionText, departments: Mapping[str, DepartmentName], *,
               is_side_by_side: bool = False, comments: Sequence[tuple[int, int]] = ()) -> Difference:
    """What changed; ``comments`` are stretches of the new source, the n-th of which is marked as ``cite-n``."""
    merged = merge(before.source, after.source)
    nowhere = (len(merged.document.source) + 1,) * 2
    marks = [shown_at(merged.origins, *stretch) or nowhere for stretch in comments]
    pages = _Pages(merged, marks, is_side_by_side)
    rows: list[DiffRow] = []
    figures: list[tuple[int, Figures]] = []
    number = 0
    for first, last, kind in _segments(merged.document):
        if kind != "changed":
            rows.append(pages.row(first, last, count=last - first if kind == "folded" else 0))
            continue
        number += 1
        rows.append(pages.row(first, last, number))
        figures += [(number, found) for block in merged.document.root.blocks[first:last]
                    for found in changed_figures(merged.document, block)]
    fields = tuple(_fields(changed_fields(before, after), departments))
    return Difference(tuple(rows), fields, tuple(figures), number, is_side_by_side)


class _Pages:
    """The merged document as HTML, and each side of it where both are shown."""

    def __init__(self, merged: Merged, marks: Sequence[tuple[int, int]], is_side_by_side: bool) -> None:
        self._blocks = merged.document.root.blocks
        self._page = _page(merged.document, marks)
        self._sides = [(_page(side, (), prefix), _kept(self._blocks, side.root.blocks, without))
                       for side, prefix, without in ((old_side(merged), "old-", _OF_NEW),
                                                     (new_side(merged), "new-", _OF_OLD))] if is_side_by_side else []

    def row(self, first: int, last: int, number: int = 0, count: int = 0) -> DiffRow:
        """Some blocks as one row."""
        both = [Markup(page.render([block for block in blocks[first:last] if block is not None]))
                for page, blocks in self._sides]
        if both and number:
            return DiffRow(Markup(""), number, count, *both)
        return DiffRow(Markup(self._page.render(self._blocks[first:last])), number, count)


def _page(document: Document, marks: Sequence[tuple[int, int]], prefix: str = "") -> MarkedPage:
    return MarkedPage(document, _labels(), highlights=marks, prefix=prefix,
                      link=lambda slug: url_for("articles.article", slug=slug))


def _labels() -> Labels:
    return Labels(gettext("removed:"), gettext("added:"), "", {
        "gone": gettext("Removed"), "come": gettext("Added"), "was": gettext("Formerly"), "now": gettext("Now"),
        "from": gettext("Moved away"), "to": gettext("Moved here")})


def _kept(blocks: Sequence[Block], of_side: Sequence[Block], without: Sequence[str]) -> list[Block | None]:
    """For each block of the merged document its counterpart on a side, None where that side lacks it."""
    rest = iter(of_side)
    return [None if block.mark in without else next(rest) for block in blocks]


def _segments(document: Document) -> Iterator[tuple[int, int, str]]:
    """Half-open ranges of blocks: what changed, what stays in sight around it, what is folded."""
    blocks = document.root.blocks
    changed = [is_changed(document, block) for block in blocks]
    shown = {n + d for n, is_one in enumerate(changed) if is_one for d in (-1, 0, 1)}
    heading = -1
    for n, block in enumerate(blocks):
        heading = n if block.kind == "heading" else heading
        if changed[n] and heading >= 0:
            shown.add(heading)
    kinds = ["changed" if changed[n] else "near" if n in shown else "folded" for n in range(len(blocks))]
    first = 0
    for n in range(1, len(blocks) + 1):
        is_end = n == len(blocks) or kinds[n] != kinds[first] or (
            kinds[n] == "changed" and not (blocks[n].mark in _TOGETHER and blocks[n - 1].mark in _TOGETHER))
        if is_end:
            yield first, n, kinds[first]
            first = n


# fields

def _fields(changes: Sequence[FieldChange], departments: Mapping[str, DepartmentName]) -> Iterator[FieldRow]:
    for change in changes:
        def written(value: Any, name: str = change.name) -> str:
            return visible(_written(name, value, departments))

        if change.is_list:
            parts = [_marked("-", written(v)) for v in change.gone] + [_marked("+", written(v)) for v in change.come]
            html = Markup(gettext(", ")).join(parts)
        elif change.name in ("title", "summary"):
            html = Markup("").join(_marked(sign, text) for sign, text in compared_texts(
                visible(change.before), visible(change.after)))
        else:
            html = Markup(" ").join(_marked(sign, written(value)) for sign, value in (
                ("-", change.before), ("+", change.after)))
        yield FieldRow(_label(change.name), html)


def _marked(sign: str, text: str) -> Markup:
    """Text escaped first, then marked."""
    tag, word = {"-": ("del", gettext("removed:")), "+": ("ins", gettext("added:"))}.get(sign, ("", ""))
    if not tag:
        return escape(text)
    return Markup('<{0}><span class="visually-hidden">{1}</span>{2}</{0}>').format(Markup(tag), word, text)


def _written(name: str, value: Any, departments: Mapping[str, DepartmentName]) -> str:
    """A field's value as people read it."""
    if value is None or value == "":
        return str(gettext("(none)"))
    if name in ("owner", "co_owners"):
        return named(departments[value]) if value in departments else str(value)
    if isinstance(value, datetime):
        return last_day(value) if name == "effective_to" else day(value)
    if isinstance(value, BasisText):
        issued = day(value.date) if value.date else ""
        return " · ".join(part for part in (value.title, value.number, value.issuer, issued, value.url) if part)
    if name == "attachments":
        return str(value).partition("\n")[0]
    return str({"public": gettext("Public"), "agent": gettext("Internal: not for citizens"), "zh": "中文",
                "en": "English"}.get(value, value))


def _label(name: str) -> str:
    return str({
        "title": gettext("Title"), "summary": gettext("Summary"), "effective_from": gettext("Applies from"),
        "effective_to": gettext("Last day"), "review_by": gettext("Review by"), "audience": gettext("Audience"),
        "owner": gettext("Responsible"), "category": gettext("Category"), "lang": gettext("Language"),
        "co_owners": gettext("Co-signing departments"), "bases": gettext("Basis"), "keywords": gettext("Keywords"),
        "synonyms": gettext("Synonyms"), "attachments": gettext("Attachments")}[name])

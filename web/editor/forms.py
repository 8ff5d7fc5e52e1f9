"""A draft's form: what its fields hold, and the text that they make.

A day is a day of the hotline's calendar. The last day on which a text is in force is written, where the domain keeps
the instant after it. Words stand in one line, separated by any mark that separates words in Chinese or English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import zip_longest

from werkzeug.datastructures import MultiDict

from kb.articles.revisions import BasisText, RevisionText
from kb.clock import start_of_day
from kb.errors import Invalid
from kb.text import clean_label
from web.errors import BadRequest
from web.wiring import edge

Sent = MultiDict[str, str]
BASIS = ("basis_title", "basis_number", "basis_issuer", "basis_date", "basis_url")
_SEPARATORS = re.compile(r"[、，,；;\n|｜]+")
_LONGEST_WAS = 5_000_000  # characters


def text_of(sent: Sent, before: RevisionText) -> RevisionText:
    """The text with what was sent; a field that the form lacks stays as it was. Raises Invalid naming the field."""
    given: dict[str, object] = {}
    for name in ("source", "change_note", "summary"):
        if name in sent:
            given[name] = sent[name].replace("\r\n", "\n").replace("\r", "\n")
    for name in ("change_note", "summary"):
        if name in given:
            given[name] = str(given[name]).strip()
    for name in ("title", "category"):
        if name in sent:
            given[name] = clean_label(sent[name])
    given |= {name: sent[name] for name in ("lang", "audience") if name in sent}
    given |= {name: words_of(sent[name]) for name in ("keywords", "synonyms") if name in sent}
    if "has_co_owners" in sent:
        given["co_owners"] = tuple(sorted({code for code in sent.getlist("co_owners") if code} - {before.owner}))
    if "is_minor_asked" in sent:
        given["is_minor"] = "is_minor" in sent
    given |= _days(sent, before)
    if "basis_title" in sent:
        given["bases"] = tuple(_bases(sent))
    return replace(before, **given)  # type: ignore[arg-type]


def words_of(line: str) -> tuple[str, ...]:
    """The words of a line, each once."""
    return tuple(dict.fromkeys(word for word in map(clean_label, _SEPARATORS.split(line)) if word))


def _days(sent: Sent, before: RevisionText) -> dict[str, datetime | None]:
    found: dict[str, datetime | None] = {}
    if "effective_from" in sent:
        found["effective_from"] = _day(sent, "effective_from", before.effective_from)
        if found["effective_from"] is None:
            raise Invalid("effective_from", "effective_from: every text is in force from some day on",
                          fields={"effective_from": "required"})
    if "last_day" in sent:
        end = _day(sent, "last_day", last_day_of(before.effective_to))
        found["effective_to"] = before.effective_to if end == last_day_of(before.effective_to) else (
            start_of_day(end.astimezone(edge().tz).date() + timedelta(days=1), edge().tz) if end else None)
    if "review_by" in sent:
        found["review_by"] = _day(sent, "review_by", before.review_by)
    return found


def _day(sent: Sent, name: str, before: datetime | None) -> datetime | None:
    """The day's first instant; one that was not touched keeps its time of day."""
    written = sent[name].strip()
    if before is not None and written == iso(before):
        return before
    try:
        return start_of_day(date.fromisoformat(written), edge().tz) if written else None
    except (ValueError, OverflowError) as error:
        raise Invalid("bad_date", "{name}: write a day as 2026-03-01", name=name,
                      fields={name: "not a date"}) from error


def last_day_of(end: datetime | None) -> datetime | None:
    """An instant of the last day before an end."""
    return end - timedelta(microseconds=1) if end else None


def _bases(sent: Sent) -> Iterable[BasisText]:
    for title, number, issuer, issued, url in zip_longest(*(sent.getlist(name) for name in BASIS), fillvalue=""):
        if not any(part.strip() for part in (title, number, issuer, issued, url)):
            continue
        if not title.strip():
            raise Invalid("basis", "basis: a document has a title", fields={"basis": "title required"})
        try:
            day = date.fromisoformat(issued.strip()) if issued.strip() else None
        except ValueError as error:
            raise Invalid("bad_date", "basis: write a day as 2026-03-01", fields={"basis": "not a date"}) from error
        yield BasisText(clean_label(title), clean_label(number), clean_label(issuer), day, url.strip())


def iso(value: datetime | None) -> str:
    """The day in the hotline's calendar as a date field holds it."""
    return value.astimezone(edge().tz).date().isoformat() if value else ""


def values_of(text: RevisionText) -> Sent:
    """What the form's fields hold for a text."""
    pairs: list[tuple[str, str]] = [
        ("title", text.title), ("source", text.source), ("summary", text.summary), ("category", text.category),
        ("lang", text.lang), ("audience", text.audience), ("change_note", text.change_note),
        ("keywords", "、".join(text.keywords)), ("synonyms", "、".join(text.synonyms)),
        ("effective_from", iso(text.effective_from)), ("last_day", iso(last_day_of(text.effective_to))),
        ("review_by", iso(text.review_by)), ("has_co_owners", "1"), *(("co_owners", code) for code in text.co_owners)]
    for basis in text.bases:
        pairs += zip(BASIS, (basis.title, basis.number, basis.issuer, basis.date.isoformat() if basis.date else "",
                             basis.url), strict=True)
    return MultiDict(pairs)


def written_down(values: Sent) -> str:
    """The fields as one line, that a page sends along to say what it showed."""
    return json.dumps([list(pair) for pair in values.items(multi=True)], ensure_ascii=False)


def shown_before(sent: Sent, text: RevisionText) -> RevisionText:
    """The text that the page showed when it was opened or last saved; the stored one where it does not say.

    Raises BadRequest for what no page sends.
    """
    written = sent.get("was", "")
    if not written:
        return text
    try:
        pairs = json.loads(written[:_LONGEST_WAS])
        return text_of(MultiDict([(str(name), str(value)) for name, value in pairs]), text)
    except (ValueError, TypeError, RecursionError, Invalid) as error:
        raise BadRequest("bad_value", "was: send what the page holds", fields={"was": "unknown"}) from error


def told(value: object) -> str:
    """A field's value on one line, as somebody chooses between two."""
    if isinstance(value, Mapping):
        return " · ".join(str(part) for part in value.values() if part)
    if isinstance(value, (list, tuple)):
        return "；".join(told(part) for part in value)
    return "" if value is None else str(value)

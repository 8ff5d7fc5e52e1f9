"""One Markdown file with front matter as a revision, defaults filled in, every reason for refusal with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kb.articles.acts.hiding import Span
from kb.articles.revisions import BasisText, RevisionText, content_hash
from kb.clock import parse_instant, start_of_day, zone
from kb.content.importers.asks import Ask, read_asks
from kb.content.importers.hidden import HiddenText, hidden_texts, refuse_unclosed
from kb.errors import Invalid, KbError
from kb.markup.front_matter import moment, parse_article
from kb.markup.language import language
from kb.markup.parse import parse
from kb.messages.message import Message
from kb.settings import LimitSettings, Settings
from kb.text import SLUG, clean_label

KEYS = {"title", "revision", "lang", "category", "summary", "keywords", "synonyms", "audience", "owner", "co_owners",
        "effective_from", "effective_to", "review_by", "basis", "attachments", "change_note", "author", "approvers",
        "minor", "published_at", "created_at", "state", "retired", "sha256", "asks", "now_owned_by", "hidden"}
NEVER = "never"  # as review_by: no review is due
_SPAN = {"at", "until", "by", "reason", "signed_by", "signed_at", "shown_by"}
_SHA256 = re.compile("[0-9a-f]{64}")
_NUMBER = re.compile("[1-9][0-9]{0,5}")
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Retired:
    """The article's retirement, as its newest file states it."""

    at: datetime
    reason: str
    successor: str | None


@dataclass(frozen=True, slots=True)
class FileRevision:
    """A revision as a file states it. Approvers, states and instants of the past count only for who may set them.

    ``defaulted`` names the fields that the file leaves open; ``lines`` tells where each key stands in it; ``hidden``
    is what its readers will not see, ``spans`` when the article was or is out of sight as a whole.
    """

    number: int | None
    text: RevisionText
    defaulted: frozenset[str]
    approvers: Mapping[str, datetime | None]  # login -> when they signed, where the file says
    state: str | None
    created_at: datetime | None
    published_at: datetime | None
    retired: Retired | None
    lines: Mapping[str, int]
    hidden: tuple[HiddenText, ...] = ()
    asks: tuple[Ask, ...] = ()
    spans: tuple[Span, ...] = ()
    now_owned_by: str = ""  # of an article that changed hands since its newest text was written


def read_revision(path: Path, settings: Settings, *, department: str | None, now: datetime,
                  review_days: Mapping[str, int]) -> FileRevision:
    """Read and check one file; raises Invalid with line and reason.

    ``review_days`` are the intervals of the categories that have one of their own, for a file that names no review.
    """
    parsed = parse_article(_read_bytes(path, settings.limits), settings.limits)
    try:
        revision = _revision(parsed.meta, parsed.body, parsed.lines, settings,
                             department or path.resolve().parent.name, now, review_days)
    except Invalid as error:
        raise located(error, parsed.lines) from error
    hidden = hidden_texts(parsed.body, first_line=parsed.first_line)
    if parsed.meta.get("sha256") is None:  # what was exported, with its hash, was stored once and must be again
        refuse_unclosed(hidden)
    return replace(revision, hidden=hidden)


def located(error: KbError, lines: Mapping[str, int]) -> KbError:
    """The error with the line of the key at fault before its message; line 1 for a key that is missing."""
    fields = error.facts.get("fields")
    if error.template.startswith("line ") or not isinstance(fields, dict) or not fields:
        return error
    line = lines.get(str(next(iter(fields))).split(".")[0], 1)
    told = Message("line {line}: {reason}", line=line, reason=error)
    return type(error)(error.code, told.template, **told.facts, fields=fields)


def _read_bytes(path: Path, limits: LimitSettings) -> bytes:
    """The file's bytes, never more than one beyond the limit."""
    try:
        with path.open("rb") as file:
            return file.read(limits.article_bytes + 1)
    except OSError as error:
        raise Invalid("unreadable", "cannot be read: {strerror}", strerror=error.strerror) from error


def _revision(meta: dict[str, Any], body: str, lines: Mapping[str, int], settings: Settings, owner: str,
              now: datetime, review_days: Mapping[str, int]) -> FileRevision:
    unknown = sorted(str(k) for k in meta if k not in KEYS)
    if unknown:
        raise Invalid("unknown_key", "unknown front matter key {unknown!r}", unknown=unknown[0],
                      fields={unknown[0]: "unknown"})
    shown = parse(body)
    first = next((b for b in shown.root.blocks), None)
    heading = shown.text_of(first) if first and first.kind == "heading" and first.level == 1 else ""
    title = clean_label(_text(meta, "title") or heading)
    if not title:
        raise Invalid("title", "missing field: title", fields={"title": "required"})
    if not body.strip():
        raise Invalid("body", "the file has no text below its front matter", fields={"body": "required"})
    tz = zone(settings.hotline.timezone)
    today = now.astimezone(tz).date()
    category = _text(meta, "category")
    days = review_days.get(category, settings.hotline.review_days)
    starts, due = _instant(meta, "effective_from", tz), _review_by(meta, tz)
    lang = language(f"{title}\n{shown.visible(0, len(body))}")
    text = RevisionText(
        title=title, source=body, lang=_choice(meta, "lang", ("zh", "en"), lang),
        audience=_choice(meta, "audience", ("public", "agent"), "public"), owner=_text(meta, "owner") or owner,
        effective_from=starts or start_of_day(today, tz), effective_to=_instant(meta, "effective_to", tz),
        review_by=due or (None if meta.get("review_by") == NEVER
                          else start_of_day(today + timedelta(days=days), tz)),
        summary=_text(meta, "summary"), category=category, keywords=_words(meta, "keywords"),
        synonyms=_words(meta, "synonyms"), co_owners=tuple(sorted(set(_words(meta, "co_owners")))),
        bases=_bases(meta), attachments=_attachments(meta), change_note=_text(meta, "change_note"),
        is_minor=_flag(meta, "minor"), author=_text(meta, "author") if "author" in meta else "import",
    )
    if text.effective_to is not None and text.effective_to <= text.effective_from:
        raise Invalid("dates", "effective_to must come after effective_from", fields={"effective_to": "too early"})
    if meta.get("sha256") is not None and meta["sha256"] != content_hash(text):
        raise Invalid("sha256", "the file was changed after it was exported; to import it as a new revision remove "
                      "sha256 and give the next number", fields={"sha256": "does not fit"})
    state = _choice(meta, "state", ("draft", "approved"), "") if meta.get("state") is not None else None
    return FileRevision(
        number=_number(meta), text=text,
        defaulted=frozenset(field for field, is_open in (
            ("effective_from", starts is None), ("review_by", meta.get("review_by") is None),
            ("author", "author" not in meta)) if is_open),
        approvers=_approvers(meta, tz), state=state, created_at=_instant(meta, "created_at", tz),
        published_at=_instant(meta, "published_at", tz), retired=_retired(meta, tz), lines=lines,
        asks=read_asks(meta.get("asks"), shown, title), now_owned_by=_text(meta, "now_owned_by"),
        spans=tuple(_span(item, tz) for item in _items(meta, "hidden", _SPAN)),
    )


def _number(meta: dict[str, Any]) -> int | None:
    number = meta.get("revision")
    if number is not None and (not isinstance(number, str) or not _NUMBER.fullmatch(number)):
        raise Invalid("revision", "revision must be a whole number from 1", fields={"revision": "no number"})
    return None if number is None else int(number)


def _instant(meta: dict[str, Any], key: str, tz: ZoneInfo) -> datetime | None:
    return None if meta.get(key) is None else _parsed(meta[key], tz, key)


def _parsed(value: Any, tz: ZoneInfo, key: str) -> datetime:
    return parse_instant(moment(value) if isinstance(value, str) else value, tz, field=key)


def _review_by(meta: dict[str, Any], tz: ZoneInfo) -> datetime | None:
    return None if meta.get("review_by") == NEVER else _instant(meta, "review_by", tz)


def _retired(meta: dict[str, Any], tz: ZoneInfo) -> Retired | None:
    value = meta.get("retired")
    if value is None:
        return None
    if not isinstance(value, dict) or "at" not in value or not value.keys() <= {"at", "reason", "successor"}:
        raise Invalid("retired", "retired must have at, reason and perhaps successor", fields={"retired": "keys"})
    successor = _text(value, "successor") or None
    if successor is not None and not SLUG.fullmatch(successor):
        raise Invalid("retired", "successor {successor!r} is no slug", successor=successor[:40],
                      fields={"retired": "successor"})
    return Retired(_parsed(value["at"], tz, "retired.at"), _text(value, "reason"), successor)


def _span(item: dict[str, Any], tz: ZoneInfo) -> Span:
    """A time out of sight; raises Invalid for one without a beginning, a reason or a name."""
    at, by, people = _instant(item, "at", tz), _text(item, "by"), [_text(item, k) for k in ("signed_by", "shown_by")]
    if at is None or not by or any(len(login) > 64 or clean_label(login) != login for login in (by, *people)):
        raise Invalid("hidden", "hidden: each time has at, by and reason, and perhaps until and signed_by",
                      fields={"hidden": "keys"})
    return Span(_text(item, "reason"), by, at, _instant(item, "until", tz), people[0] or None,
                _instant(item, "signed_at", tz), people[1] or None)


def _approvers(meta: dict[str, Any], tz: ZoneInfo) -> dict[str, datetime | None]:
    """Approvers as a list of logins, or of {login, at}."""
    value = meta.get("approvers") or []
    found: dict[str, datetime | None] = {}
    for item in value if isinstance(value, list) else [None]:
        login, at = (item.get("login"), item.get("at")) if isinstance(item, dict) else (item, None)
        if not isinstance(login, str) or not 1 <= len(login) <= 64 or clean_label(login) != login:
            raise Invalid("field", "approvers must be a list of logins", fields={"approvers": "not logins"})
        found[login] = None if at is None else _parsed(at, tz, "approvers")
    return found


def _flag(meta: dict[str, Any], key: str) -> bool:
    value = meta.get(key)
    is_set = False if value is None else _FLAGS.get(value.lower()) if isinstance(value, str) else None
    if is_set is None:
        raise Invalid("field", "{key} must be true or false", key=key, fields={key: "not true or false"})
    return is_set


def _text(meta: dict[str, Any], key: str) -> str:
    value = meta.get(key)
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        raise Invalid("field", "{key} must be text", key=key, fields={key: "not text"})
    return str(value).strip()


def _choice(meta: dict[str, Any], key: str, choices: tuple[str, ...], default: str) -> str:
    value = _text(meta, key) or default
    if value not in choices:
        raise Invalid("field", "{key}: {value!r} is not one of {choices}", key=key, value=value[:20], choices=choices,
                      fields={key: "unknown"})
    return value


def _words(meta: dict[str, Any], key: str) -> tuple[str, ...]:
    value = meta.get(key) or []
    if not isinstance(value, list) or any(isinstance(v, (dict, list)) or v is None for v in value):
        raise Invalid("field", "{key} must be a list of words", key=key, fields={key: "not a list"})
    return tuple(clean_label(str(v)) for v in value)


def _items(meta: dict[str, Any], key: str, known: set[str]) -> list[dict[str, Any]]:
    """A list of mappings that have no other keys than the known ones."""
    value = meta.get(key) or []
    if not isinstance(value, list) or not all(isinstance(v, dict) and v.keys() <= known for v in value):
        raise Invalid("field", "{key} must be a list of entries with {known}", key=key, known=sorted(known),
                      fields={key: "not a list"})
    return value


def _bases(meta: dict[str, Any]) -> tuple[BasisText, ...]:
    found = []
    for item in _items(meta, "basis", {"title", "number", "issuer", "date", "url"}):
        issued = item.get("date")
        issued = moment(issued) if isinstance(issued, str) else issued
        if issued is not None and (not isinstance(issued, date) or isinstance(issued, datetime)):
            raise Invalid("bad_date", "basis date {issued!r} is not a date; write 2026-03-01", issued=str(issued)[:40],
                          fields={"basis": "no date"})
        found.append(BasisText(_text(item, "title"), _text(item, "number"), _text(item, "issuer"), issued,
                               _text(item, "url")))
    return tuple(found)


def _attachments(meta: dict[str, Any]) -> tuple[dict[str, str], ...]:
    """Attachments by name and hash; the files themselves lie beside (``attached``)."""
    found = tuple({"name": _text(item, "name"), "sha256": _text(item, "sha256")}
                  for item in _items(meta, "attachments", {"name", "sha256"}))
    for item in found:
        if not item["name"] or clean_label(item["name"]) != item["name"] or not _SHA256.fullmatch(item["sha256"]):
            raise Invalid("field", "attachments must have a name and a sha256", fields={"attachments": "no hash"})
    return found

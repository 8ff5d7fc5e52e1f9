"""One Markdown file with front matter as a revision, defaults filled in, every reason for refusal named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from kb.clock import parse_instant, zone
from kb.errors import Invalid
from kb.front_matter import parse_article
from kb.revisions import BasisText, RevisionText
from kb.settings import Settings
from kb.text import clean_label

KEYS = {"id", "title", "revision", "lang", "category", "summary", "keywords", "synonyms", "audience", "owner",
        "co_owners", "effective_from", "effective_to", "review_by", "basis", "attachments", "change_note", "author",
        "approvers", "minor", "published_at", "retired", "sha256"}
_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class FileRevision:
    """A revision as a file states it; publishing times count only for importers who may set them."""

    number: int
    text: RevisionText
    approvers: tuple[str, ...]
    published_at: datetime | None
    retired_at: datetime | None
    retired_reason: str | None


def read_revision(path: Path, settings: Settings, *, department: str | None, now: datetime) -> FileRevision:
    """Read and check one file; raises Invalid with line and reason."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Invalid("unreadable", f"cannot be read: {error.strerror}") from error
    parsed = parse_article(data, settings.limits)
    meta, body = parsed.meta, parsed.body
    unknown = sorted(str(k) for k in meta if k not in KEYS)
    if unknown:
        raise Invalid("unknown_key", f"unknown front matter key {unknown[0]!r}")
    heading = re.match(r"#[ \t]+(.+)", body.lstrip())
    title = clean_label(_text(meta, "title") or (heading[1] if heading else ""))
    if not title:
        raise Invalid("title", "missing field: title", fields={"title": "required"})
    if not body.strip():
        raise Invalid("body", "the file has no text below its front matter")
    tz = zone(settings.hotline.timezone)

    def instant(key: str) -> datetime | None:
        return None if meta.get(key) is None else parse_instant(meta[key], tz, field=key)

    begins = instant("effective_from") or parse_instant(now.astimezone(tz).date(), tz)
    ends = instant("effective_to")
    if ends is not None and ends <= begins:
        raise Invalid("dates", "effective_to must come after effective_from")
    text = RevisionText(
        title=title, source=body, lang=_choice(meta, "lang", ("zh", "en"), "zh" if _HAN.search(body) else "en"),
        audience=_choice(meta, "audience", ("public", "agent"), "public"),
        owner=_text(meta, "owner") or department or path.parent.name, effective_from=begins, effective_to=ends,
        review_by=instant("review_by") or now + timedelta(days=settings.hotline.review_days),
        summary=_text(meta, "summary"), category=_text(meta, "category"), keywords=_words(meta, "keywords"),
        synonyms=_words(meta, "synonyms"), co_owners=tuple(sorted(_words(meta, "co_owners"))), bases=_bases(meta),
        change_note=_text(meta, "change_note"), is_minor=meta.get("minor") is True,
        author=_text(meta, "author") or "import",
    )
    retired = meta.get("retired")
    if retired is not None and (not isinstance(retired, dict) or "at" not in retired):
        raise Invalid("retired", "retired must have at and reason")
    number = meta.get("revision", 1)
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number < 1_000_000:
        raise Invalid("revision", "revision must be a whole number from 1")
    return FileRevision(number, text, _words(meta, "approvers"), instant("published_at"),
                        parse_instant(retired["at"], tz, field="retired.at") if retired else None,
                        str(retired.get("reason") or "") if retired else None)


def _text(meta: dict[str, Any], key: str) -> str:
    value = meta.get(key)
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        raise Invalid("field", f"{key} must be text", fields={key: "not text"})
    return str(value).strip()


def _choice(meta: dict[str, Any], key: str, choices: tuple[str, ...], default: str) -> str:
    value = _text(meta, key) or default
    if value not in choices:
        raise Invalid("field", f"{key}: {value[:20]!r} is not one of {', '.join(choices)}", fields={key: "unknown"})
    return value


def _words(meta: dict[str, Any], key: str) -> tuple[str, ...]:
    value = meta.get(key) or []
    if not isinstance(value, list) or any(isinstance(v, (dict, list)) for v in value) or len(value) > 200:
        raise Invalid("field", f"{key} must be a list of words", fields={key: "not a list"})
    return tuple(clean_label(str(v)) for v in value)


def _bases(meta: dict[str, Any]) -> tuple[BasisText, ...]:
    value = meta.get("basis") or []
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise Invalid("field", "basis must be a list of documents", fields={"basis": "not a list"})
    found = []
    for item in value:
        issued = item.get("date")
        if issued is not None and (not isinstance(issued, date) or isinstance(issued, datetime)):
            raise Invalid("bad_date", f"basis date {str(issued)[:40]!r} is not a date; write 2026-03-01")
        found.append(BasisText(_text(item, "title"), _text(item, "number"), _text(item, "issuer"), issued,
                               _text(item, "url")))
    return tuple(found)

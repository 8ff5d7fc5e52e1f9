"""A text as a file: front matter with every field, then the source exactly as stored; what the importer reads back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from kb.articles.acts.hiding import Span
from kb.articles.revisions import RevisionText, text_of
from kb.content.importers.markdown import NEVER
from kb.models import Revision, State


def article_file(revision: Revision, tz: ZoneInfo, retired: dict[str, Any] | None,
                 asks: dict[str, list[str]] | None = None, owner: str = "", spans: Sequence[Span] = ()) -> bytes:
    """A revision as a file: front matter with every field, then the source exactly as stored.

    ``owner`` is who has the article now, and ``spans`` when it was or is out of sight, with its newest text.
    """
    published_at = min((p.published_at for p in revision.publications), default=None)
    meta: dict[str, Any] = {
        "title": revision.title, "revision": revision.number, **_fields(text_of(revision), tz),
        "author": revision.author,
        "approvers": [s.signer if s.signed_at == published_at else {"login": s.signer, "at": local(s.signed_at, tz)}
                      for s in revision.signatures if s.decision == "signed"],
        "created_at": local(revision.created_at, tz), "published_at": local(published_at, tz),
        "sha256": revision.sha256,
    }
    if published_at is None:  # what was under review comes back as a draft: its review begins anew
        meta["state"] = "approved" if revision.state == State.APPROVED else "draft"
    if retired is not None:
        meta["retired"] = retired
    if owner and owner != revision.owner:
        meta["now_owned_by"] = owner
    if spans:
        meta["hidden"] = [_span(span, tz) for span in spans]
    if asks:
        meta["asks"] = asks
    return f"---\n{as_yaml(meta)}---\n\n{revision.source}".encode()


def draft_file(text: RevisionText, tz: ZoneInfo) -> str:
    """A draft's text as a file to edit and to save again."""
    return f"---\n{as_yaml({'title': text.title, **_fields(text, tz)})}---\n\n{text.source}"


def _fields(text: RevisionText, tz: ZoneInfo) -> dict[str, Any]:
    """Every field between title and author, in the order of the files."""
    return {
        "lang": text.lang, "category": text.category, "summary": text.summary, "keywords": list(text.keywords),
        "synonyms": list(text.synonyms), "audience": text.audience, "owner": text.owner,
        "co_owners": list(text.co_owners),
        "effective_from": local(text.effective_from, tz), "effective_to": local(text.effective_to, tz),
        "review_by": local(text.review_by, tz) or NEVER,
        "basis": [{"title": b.title, "number": b.number, "issuer": b.issuer, "date": b.date, "url": b.url}
                  for b in text.bases],
        "attachments": [dict(a) for a in text.attachments], "change_note": text.change_note, "minor": text.is_minor,
    }


def _span(span: Span, tz: ZoneInfo) -> dict[str, Any]:
    found = {"at": local(span.hidden_at, tz), "until": local(span.until, tz), "by": span.hidden_by,
             "reason": span.reason, "signed_by": span.signed_by, "signed_at": local(span.signed_at, tz),
             "shown_by": span.shown_by}
    return {key: value for key, value in found.items() if value is not None}


def local(instant: datetime | None, tz: ZoneInfo) -> str | None:
    """The instant in the hotline's calendar, with its offset: the same instant wherever it is read."""
    return None if instant is None else instant.astimezone(tz).isoformat()


class _Dumper(yaml.SafeDumper):
    """Plain data, with whatever could be read as line breaks written as escapes."""


def _represent_text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = '"' if any(c in value for c in "\n\t\x85\u2028\u2029\ufeff") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _represent_text)


def as_yaml(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=2**31, default_flow_style=None)


def write_yaml(path: Path, value: Any) -> None:
    path.write_text(as_yaml(value), encoding="utf-8")

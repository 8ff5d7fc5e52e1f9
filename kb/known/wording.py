"""The wording of a known question: what is taken, and when two are the same."""

from __future__ import annotations

import hashlib
import json
import unicodedata

from kb.errors import Invalid
from kb.markup.headings import Path
from kb.masking import mask_personal
from kb.messages.message import Message
from kb.text import clean_label

LONGEST = 200  # characters


def checked_text(text: str) -> str:
    """The question, cleaned; raises Invalid with what to change."""
    cleaned = clean_label(text)
    if not 2 <= sum(map(str.isalnum, cleaned)) <= len(cleaned) <= LONGEST:
        reason = Message("too long") if len(cleaned) > LONGEST else Message("too short")
        raise Invalid("question", "a known question has 2 to {longest} characters on one line", longest=LONGEST,
                      fields={"text": reason})
    if mask_personal(cleaned) != cleaned:
        raise Invalid("personal", "the question holds somebody's number or address; word it without",
                      fields={"text": "personal"})
    return cleaned


def section_hash(article_id: str, path: Path) -> str:
    """What tells a section from all others."""
    return hashlib.sha256(json.dumps([article_id, path], ensure_ascii=False).encode()).hexdigest()


def wording_hash(text: str) -> str:
    """What tells a question from others that are not merely spelt, spaced or punctuated otherwise."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return hashlib.sha256("".join(c for c in plain if c.isalnum()).encode()).hexdigest()

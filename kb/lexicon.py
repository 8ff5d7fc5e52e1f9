"""The lexicon: words that general segmenters cut wrongly, and groups of names that mean the same to callers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import audit
from kb.errors import Invalid
from kb.markup.front_matter import load_yaml
from kb.markup.language import language
from kb.models import LexiconWord, SynonymGroup
from kb.permissions import Action, Actor, require
from kb.text import clean_label

LARGEST_FILE = 4_000_000  # bytes
LONGEST_WORD = 64  # characters
LARGEST_GROUP = 50  # terms


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words in code-point order; groups in the order they were added, the official term first."""

    words: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    version: str  # changes with any word or group


def load(session: Session) -> Lexicon:
    """The lexicon as it stands."""
    words = tuple(session.scalars(select(LexiconWord.word).order_by(LexiconWord.word)))
    groups = tuple(tuple(terms) for terms in session.scalars(select(SynonymGroup.terms).order_by(SynonymGroup.id)))
    body = json.dumps([words, groups], ensure_ascii=False)
    return Lexicon(words, groups, hashlib.sha256(body.encode()).hexdigest()[:16])


def import_file(session: Session, actor: Actor, path: Path, *, now: datetime,
                origin: str = "import") -> tuple[int, int]:
    """Add a file's words and groups; how many words were new, how many groups new or changed.

    The file is YAML, ``{words: [..], groups: [[official, colloquial, …], …]}``. A group whose official term is known
    replaces the group of that term; nothing is removed.
    """
    require(actor, Action.EDIT_LEXICON)
    words, groups = _read(path)
    known = set(session.scalars(select(LexiconWord.word)))
    new_words = [word for word in words if word not in known]
    session.add_all(LexiconWord(word=word) for word in new_words)
    stored = {group.terms[0]: group for group in session.scalars(select(SynonymGroup))}
    changed = 0
    for terms in groups:
        existing = stored.get(terms[0])
        if existing is None:
            stored[terms[0]] = SynonymGroup(lang=language(terms[0]), terms=terms)
            session.add(stored[terms[0]])
        elif existing.terms != terms:
            existing.terms = terms
        else:
            continue
        changed += 1
    session.flush()
    if new_words or changed:
        audit.append(session, actor, "edit_lexicon", "lexicon:all", now=now, origin=origin,
                     after={"words": len(new_words), "groups": changed, "version": load(session).version})
    return len(new_words), changed


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Invalid("unreadable", f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Invalid("not_utf8", f"{path}: not UTF-8; save the file as UTF-8") from error
    meta = load_yaml(text, largest=LARGEST_FILE, what=str(path))
    unknown = sorted(str(key) for key in meta if key not in ("words", "groups"))
    if unknown:
        raise Invalid("unknown_key", f"{path}: unknown key {unknown[0]!r}; known: words, groups")
    groups = meta.get("groups") or []
    if not isinstance(groups, list):
        raise Invalid("lexicon", f"{path}: groups must be a list of lists of terms")
    words = _terms(meta.get("words") or [], path, "words")
    cut = [_terms(group, path, f"groups[{n}]") for n, group in enumerate(groups)]
    for n, terms in enumerate(cut):
        if not 2 <= len(terms) <= LARGEST_GROUP:
            raise Invalid("lexicon", f"{path}: groups[{n}] must have 2 to {LARGEST_GROUP} different terms")
    return words, cut


def _terms(value: Any, path: Path, where: str) -> list[str]:
    """The different words of a list, cleaned; raises Invalid unless it is a list of short words."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise Invalid("lexicon", f"{path}: {where} must be a list of words")
    if any(isinstance(word, (dict, list)) or word is None for word in value):
        raise Invalid("lexicon", f"{path}: {where} must hold words only")
    terms = list(dict.fromkeys(clean_label(str(word)) for word in value))
    wrong = [term for term in terms if not 1 <= len(term) <= LONGEST_WORD]
    if wrong:
        raise Invalid("lexicon", f"{path}: {where}: {wrong[0][:20]!r} must have 1 to {LONGEST_WORD} characters")
    return terms

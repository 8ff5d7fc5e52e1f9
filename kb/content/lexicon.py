"""The lexicon: words that general segmenters cut wrongly, names that mean the same, and how callers say things.

A group's names may each stand for another ("社保卡" and "社会保障卡"). What is *said* goes one way: who says "扯证"
means 结婚登记, but no text is found by "扯证". A city keeps its own words in the database; everyday, dialect and
misheard forms that callers anywhere use come with the product (callers_words.yaml), are read at start and are not
stored. A form that the city's own lists hold means what these say.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import Invalid
from kb.markup.front_matter import load_yaml
from kb.markup.language import language
from kb.messages.message import Message
from kb.models import LexiconWord, SynonymGroup
from kb.people.permissions import Action, require
from kb.record.journal import record
from kb.text import clean_label

CALLERS_WORDS = Path(__file__).with_name("callers_words.yaml")
LARGEST_FILE = 4_000_000  # bytes
LONGEST_WORD = 64  # characters
LARGEST_GROUP = 50  # terms
BOTH, TO_FIRST = "both", "to_first"
DIRECTIONS = {"groups": BOTH, "said": TO_FIRST}  # by the key of the file


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words in code-point order; groups in the order they were added, the official term first.

    ``said`` are what is meant and, after it, the forms in which callers say it. ``version`` changes with any word or
    group: with what texts are cut by, so not with ``said``.
    """

    words: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    version: str
    said: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """A word (without a direction) or a group that a file has otherwise than the lexicon; ``before``: () where it is
    new."""

    direction: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def message(self) -> Message:
        """What is new, or another, in words."""
        if not self.direction:
            return Message("word {word}: new", word=self.after[0])
        if not self.before:
            return Message("group {group}: new", group="、".join(self.after))
        return Message("group {before} -> {after}", before="、".join(self.before), after="、".join(self.after))


def load(session: Session) -> Lexicon:
    """The lexicon as questions are read by it: the city's own, and what callers anywhere say."""
    own = stored(session)
    held = {term for group in own.groups for term in group} | {form for _, *forms in own.said for form in forms}
    common = ((meant, *(form for form in forms if form not in held)) for meant, *forms in callers_words())
    return replace(own, said=(*own.said, *(group for group in common if len(group) > 1)))


def stored(session: Session) -> Lexicon:
    """The city's own lexicon as it stands."""
    words = tuple(session.scalars(select(LexiconWord.word).order_by(LexiconWord.word)))
    rows = session.execute(select(SynonymGroup.direction, SynonymGroup.terms).order_by(SynonymGroup.id)).all()
    groups = tuple(tuple(terms) for direction, terms in rows if direction != TO_FIRST)
    body = json.dumps([words, groups], ensure_ascii=False)
    return Lexicon(words, groups, hashlib.sha256(body.encode()).hexdigest()[:16],
                   tuple(tuple(terms) for direction, terms in rows if direction == TO_FIRST))


@cache
def callers_words() -> tuple[tuple[str, ...], ...]:
    """What callers anywhere say, from the packaged file: what is meant, then its forms."""
    # the product's own file, checked by its tests: read by the fast parser, for every start waits for it
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    listed = yaml.load(CALLERS_WORDS.read_text(encoding="utf-8"), Loader=loader)
    both = [tuple(group) for subject in listed["groups"].values() for group in subject]
    said = [tuple(group) for subject in listed["said"].values() for group in subject]
    return (*said, *((term, *(other for other in group if other != term)) for group in both for term in group))


def import_file(session: Session, actor: Actor, path: Path, *, now: datetime,
                origin: str = "import") -> tuple[int, int]:
    """Add a file's words and groups; how many words were new, how many groups new or changed.

    The file is YAML, ``{words: [..], groups: [[official, colloquial, …], …], said: [[meant, said, …], …]}``. A group
    whose first term is known replaces the group of that term; nothing is removed.
    """
    require(actor, Action.EDIT_LEXICON)
    changes = differences(session, path)
    rows = {(group.direction, group.terms[0]): group for group in session.scalars(select(SynonymGroup))}
    for change in changes:
        if not change.direction:
            session.add(LexiconWord(word=change.after[0]))
        elif (change.direction, change.after[0]) in rows:
            rows[change.direction, change.after[0]].terms = list(change.after)
        else:
            session.add(SynonymGroup(lang=language(change.after[0]), direction=change.direction,
                                     terms=list(change.after)))
    session.flush()
    words = sum(not change.direction for change in changes)
    groups = len(changes) - words
    if changes:
        record(session, actor, "edit_lexicon", "lexicon:all", now=now, origin=origin,
               after={"words": words, "groups": groups, "version": load(session).version})
    return words, groups


def differences(session: Session, path: Path) -> list[Difference]:
    """What a file would add or change, and changes nothing; raises Invalid as :func:`import_file` does.

    Of two groups of the file with one first term the later counts.
    """
    words, groups = _read(path)
    known = set(session.scalars(select(LexiconWord.word)))
    found = [Difference("", (), (word,)) for word in words if word not in known]
    stored = {(group.direction, group.terms[0]): tuple(group.terms) for group in session.scalars(select(SynonymGroup))}
    given = {(direction, terms[0]): tuple(terms) for direction, terms in groups}
    return found + [Difference(direction, stored.get((direction, first), ()), terms)
                    for (direction, first), terms in given.items() if stored.get((direction, first)) != terms]


def _read(path: Path) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """A file's words, and its groups with their direction."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _wrong("unreadable", path, Message("cannot be read: {strerror}", strerror=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise _wrong("not_utf8", path, Message("not UTF-8; save the file as UTF-8")) from error
    meta = load_yaml(text, largest=LARGEST_FILE, what=str(path))
    unknown = sorted(str(key) for key in meta if key not in ("words", *DIRECTIONS))
    if unknown:
        raise _wrong("unknown_key", path, Message("unknown key {unknown!r}; known: words, {directions}",
                                                  unknown=unknown[0], directions=DIRECTIONS))
    words = _terms(meta.get("words") or [], path, "words")
    return words, [(direction, terms) for key, direction in DIRECTIONS.items()
                   for terms in _groups(meta.get(key) or [], path, key)]


def _groups(value: Any, path: Path, key: str) -> list[list[str]]:
    """The groups of one key, cleaned; raises Invalid unless each is a list of two terms or more."""
    if not isinstance(value, list):
        raise _wrong("lexicon", path, Message("{key} must be a list of lists of terms", key=key))
    cut = [_terms(group, path, f"{key}[{n}]") for n, group in enumerate(value)]
    for n, terms in enumerate(cut):
        if not 2 <= len(terms) <= LARGEST_GROUP:
            raise _wrong("lexicon", path, Message("{key}[{n}] must have 2 to {largest_group} different terms", key=key,
                                                  n=n, largest_group=LARGEST_GROUP))
    return cut


def _terms(value: Any, path: Path, where: str) -> list[str]:
    """The different words of a list, cleaned; raises Invalid unless it is a list of short words."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _wrong("lexicon", path, Message("{where} must be a list of words", where=where))
    if any(isinstance(word, (dict, list)) or word is None for word in value):
        raise _wrong("lexicon", path, Message("{where} must hold words only", where=where))
    terms = list(dict.fromkeys(clean_label(str(word)) for word in value))
    wrong = [term for term in terms if not 1 <= len(term) <= LONGEST_WORD]
    if wrong:
        raise _wrong("lexicon", path, Message("{where}: {wrong!r} must have 1 to {longest_word} characters",
                                              where=where, wrong=wrong[0][:20], longest_word=LONGEST_WORD))
    return terms


def _wrong(code: str, path: Path, reason: Message) -> Invalid:
    return Invalid(code, "{path}: {reason}", path=path, reason=reason)

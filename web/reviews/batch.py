"""Signing several minor corrections in one go: each in a transaction of its own, each for the hash that was shown, and
none that its signer has not opened: a signature is for a text that was read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.actor import Actor
from kb.articles.acts import signatures
from kb.articles.owners import revision_by_number
from kb.errors import Invalid, KbError
from kb.reading.reviewing import has_looked
from web.wiring import edge

MOST = 50  # texts at once
_CHOSEN = re.compile(r"([a-z0-9][a-z0-9-]{0,119})/([1-9]\d{0,5})/([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of them: signed, or why not. ``title`` is its slug where no such text is known."""

    slug: str
    number: int
    title: str
    error: KbError | None = None


def sign_minor(actor: Actor, chosen: Sequence[str]) -> list[Outcome]:
    """Sign the texts that are named as ``slug/number/sha256``; what is no minor correction is read and signed alone."""
    return [_signed(actor, found[1], int(found[2]), found[3]) for one in chosen[:MOST]
            if (found := _CHOSEN.fullmatch(one))]


def _signed(actor: Actor, slug: str, number: int, sha256: str) -> Outcome:
    title = slug
    try:
        with edge().database.transaction() as session:
            revision = revision_by_number(session, actor, slug, number)
            title = revision.title
            if not revision.is_minor:
                raise Invalid("not_minor", "this is more than a minor correction: read it, and sign it by itself")
            if not has_looked(session, actor, revision.id):
                raise Invalid("unread", "you have not opened this text yet: read it first, then sign it")
            signatures.sign(session, actor, revision, shown=sha256, now=edge().clock(), origin="web")
    except KbError as error:
        return Outcome(slug, number, title, error)
    return Outcome(slug, number, title)

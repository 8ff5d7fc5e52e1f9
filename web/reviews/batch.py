"""Signing several minor corrections in one go: each in a transaction of its own, each for the hash that was shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.actor import Actor
from kb.articles.acts import signatures
from kb.articles.owners import revision_by_number
from kb.errors import Invalid, KbError
from web.wiring import edge

MOST = 50  # texts at once
_CHOSEN = re.compile(r"([a-z0-9][a-z0-9-]{0,119})/([1-9]\d{0,5})/([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of them: signed, or why not."""

    slug: str
    number: int
    error: KbError | None = None


def sign_minor(actor: Actor, chosen: Sequence[str]) -> list[Outcome]:
    """Sign the texts that are named as ``slug/number/sha256``; what is no minor correction is read and signed alone."""
    return [_signed(actor, found[1], int(found[2]), found[3]) for one in chosen[:MOST]
            if (found := _CHOSEN.fullmatch(one))]


def _signed(actor: Actor, slug: str, number: int, sha256: str) -> Outcome:
    try:
        with edge().database.transaction() as session:
            revision = revision_by_number(session, actor, slug, number)
            if not revision.is_minor:
                raise Invalid("not_minor", "revision {number} of {slug} is more than a minor correction: read it, and "
                              "sign it by itself", number=number, slug=slug)
            signatures.sign(session, actor, revision, shown=sha256, now=edge().clock(), origin="web")
    except KbError as error:
        return Outcome(slug, number, error)
    return Outcome(slug, number)

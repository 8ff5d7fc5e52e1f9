"""Which addresses there are to look at: those of the basis documents of texts in force, and of the register's.

An address is kept in its one form; what is no plain one of the web, or too long to keep, is left out. A link that no
text in force names is looked at no longer, but what is known of it stays; one that no text at all names any more, as
when its words were erased, is removed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import uuid4

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from kb.db import Database
from kb.errors import AddressRefused, Conflict
from kb.models import Article, Basis, Publication, RegisterDocument, SourceLink, SourceLinkLook
from kb.upkeep.fetching.addresses import plain

_LONGEST = 500  # characters, as the column has them
_IN = 500


@dataclass(frozen=True, slots=True)
class Gathered:
    """How many links are new, and how many are named no more."""

    added: int
    left: int


@lru_cache(maxsize=100_000)
def one_form(url: str) -> str:
    """The address in the form in which links are kept; empty for one that cannot be looked at."""
    try:
        address = plain(url.strip().partition("#")[0]).address
    except AddressRefused:
        return ""
    return address if len(address) <= _LONGEST else ""


def gather(database: Database, *, now: datetime) -> Gathered:
    """Bring the links up to what texts and the register name now; a transaction is opened only to change something."""
    with database.reading() as session:
        named = {address for url in _named(session, now) if (address := one_form(url))}
        known = {address: (key, is_used) for address, key, is_used in session.execute(
            select(SourceLink.address, SourceLink.id, SourceLink.is_used))}
        unnamed = known.keys() - named
        ever = set(map(one_form, session.scalars(select(Basis.url).where(Basis.url != "").distinct()))) if unnamed \
            else set()
    new = sorted(named - known.keys())
    back = [key for address, (key, is_used) in known.items() if address in named and not is_used]
    left = [key for address, (key, is_used) in known.items() if address not in named and is_used]
    gone = [known[address][0] for address in unnamed - ever]
    if new or back or left or gone:
        with suppress(Conflict), database.transaction() as session:  # another round was first: it did the same
            if new:
                session.execute(insert(SourceLink), [
                    {"id": str(uuid4()), "address": address, "host": plain(address).host, "next_check_at": now,
                     "is_used": True, "state": "new", "hashes": []} for address in new])
            _mark(session, back, True)
            _mark(session, left, False)
            _remove(session, gone)
    return Gathered(len(new), len(left))


def urls_of(addresses: Collection[str], urls: Collection[str]) -> dict[str, str]:
    """Of urls as texts have them those that are one of these addresses, with it."""
    return {url: address for url in urls if (address := one_form(url)) in addresses}


def _named(session: Session, now: datetime) -> Iterator[str]:
    yield from session.scalars(
        select(Basis.url).join(Publication, Publication.revision_id == Basis.revision_id)
        .join(Article, Article.id == Publication.article_id)
        .where(Basis.url != "", Publication.superseded_at.is_(None), Article.retired_at.is_(None),
               or_(Publication.effective_to.is_(None), Publication.effective_to > now)).distinct())
    yield from session.scalars(select(RegisterDocument.url).where(
        RegisterDocument.url != "", RegisterDocument.status != "repealed").distinct())


def _remove(session: Session, ids: Collection[str]) -> None:
    wanted = sorted(ids)
    for start in range(0, len(wanted), _IN):
        part = wanted[start:start + _IN]
        session.execute(delete(SourceLinkLook).where(SourceLinkLook.link_id.in_(part)))
        session.execute(delete(SourceLink).where(SourceLink.id.in_(part)))


def _mark(session: Session, ids: Collection[str], is_used: bool) -> None:
    wanted = sorted(ids)
    for start in range(0, len(wanted), _IN):
        session.execute(update(SourceLink).where(SourceLink.id.in_(wanted[start:start + _IN]))
                        .values(is_used=is_used).execution_options(synchronize_session=False))

"""One change of a figure carried into every article that states it, as drafts that their departments then submit.

Nothing is published, and nobody's draft is touched: each article gets a draft of the actor's on its newest published
text, with the new figure in the place of the old one and a note of why. Where that cannot be, the article is named with
its department and the reason, so that somebody else does it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.revisions import newest_published
from kb.articles.writing import drafts
from kb.errors import Invalid
from kb.markup.facts.sought import Sought
from kb.markup.facts.stated import facts_of
from kb.models import Article
from kb.people.permissions import Action, can, require_person
from kb.reading.where_used import Standing, Use, read_sought, where_used

MOST = 200  # articles of one change
_NOTE = {"zh": "将“{old}”改为“{new}”。", "en": "{old} changed to {new}."}


class Left(StrEnum):
    """Why an article got no draft."""

    NOT_YOURS = "not_yours"  # another department writes it
    HAS_DRAFT = "has_draft"  # the actor writes one that states the old or the new figure already
    NOT_NEWEST = "not_newest"  # the newest published text does not state it any more


@dataclass(frozen=True, slots=True)
class Carried:
    """A draft that states the new figure now, in so many places."""

    slug: str
    title: str
    department: str
    draft_id: str
    places: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An article that states the old figure and got no draft."""

    slug: str
    title: str
    department: str
    reason: Left


@dataclass(frozen=True, slots=True)
class Change:
    """What one change came to."""

    old: str
    new: str
    drafts: tuple[Carried, ...]
    left: tuple[LeftOut, ...]

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"old": self.old, "new": self.new,
                "drafts": [{name: getattr(item, name) for name in Carried.__slots__} for item in self.drafts],
                "left": [{name: str(getattr(item, name)) for name in LeftOut.__slots__} for item in self.left]}


def carry_change(session: Session, actor: Actor, old: str, new: str, *, slugs: Collection[str] | None = None,
                 note: str = "", now: datetime, origin: str) -> Change:
    """Begin a draft with ``new`` for ``old`` in every article in force that states it, or in those that are named.

    Raises Invalid where the two are not figures of one kind and unit, or too many articles state the old one.
    """
    require_person(actor, "carries a change")
    was, becomes = _of_one_kind(read_sought(old), read_sought(new))
    found = where_used(session, actor, old, now=now)
    by_article: dict[str, list[Use]] = {}
    for use in found.places:
        if slugs is None or use.slug in slugs:
            by_article.setdefault(use.slug, []).append(use)
    stating = {slug: uses for slug, uses in by_article.items()
               if any(use.standing in (Standing.LIVE, Standing.SCHEDULED) for use in uses)}
    if found.is_cut or len(stating) > MOST:
        raise Invalid("too_many", "more than {most} articles state it; name those that are meant, up to {most} at a "
                      "time", most=MOST, fields={"slugs": "too many"})
    carried: list[Carried] = []
    left: list[LeftOut] = []
    for slug, uses in stating.items():
        done = _carry(session, actor, slug, uses, was, becomes, note.strip(), now=now, origin=origin)
        if isinstance(done, Carried):
            carried.append(done)
        else:
            left.append(LeftOut(slug, uses[0].title, uses[0].department, done))
    return Change(was.written, becomes.written, tuple(carried), tuple(left))


def _of_one_kind(old: Sought, new: Sought) -> tuple[Sought, Sought]:
    if (old.kind, old.unit) != (new.kind, new.unit):
        raise Invalid("other_kind", "{written} and {new_written} are not figures of one kind and unit",
                      written=old.written, new_written=new.written, fields={"new": "another kind"})
    if (old.kind, old.value) == (new.kind, new.value):
        raise Invalid("unchanged", "{written} and {new_written} are the same", written=old.written,
                      new_written=new.written, fields={"new": "unchanged"})
    return old, new


def _carry(session: Session, actor: Actor, slug: str, uses: Sequence[Use], old: Sought, new: Sought, note: str, *,
           now: datetime, origin: str) -> Carried | Left:
    """The draft of one article, or why there is none."""
    if not can(actor, Action.DRAFT, uses[0].department):
        return Left.NOT_YOURS
    written = where_used(session, actor, new.written, now=now, slug=slug).places
    if any(use.standing is Standing.DRAFT and use.author == actor.name for use in (*uses, *written)):
        return Left.HAS_DRAFT
    article = session.scalars(select(Article).where(Article.slug == slug)).one()
    newest = newest_published(session, article.id)
    if newest is None or not any(use.number == newest.number for use in uses):
        return Left.NOT_NEWEST
    draft = drafts.edit(session, actor, slug, now=now, origin=origin)
    source, places = put_in_place(draft.text.source, draft.text.title, old, new)
    told = note or _NOTE["en" if draft.text.lang == "en" else "zh"].format(old=old.written, new=new.written)
    text = replace(draft.text, source=source, change_note=told)
    saved = drafts.save(session, actor, draft.id, text, seen=draft.version, now=now, origin=origin)
    return Carried(slug, text.title, draft.department, saved.id, places)


def put_in_place(source: str, title: str, old: Sought, new: Sought) -> tuple[str, int]:
    """The source with the new figure wherever it states the old one, and in how many places that was.

    Words that bound a figure stay (不超过, 以内); of a figure whose unit stands in the table's header only the number
    changes.
    """
    places = sorted({fact.figure for fact in facts_of(source, title=title) if old.matches(fact)}, reverse=True)
    for start, end in places:
        was = source[start:end]
        if old.written in was:
            instead = was.replace(old.written, new.written)
        elif was.replace(",", "").replace(".", "").isdecimal() and not _is_bare(new):
            instead = new.value
        else:
            instead = new.written
        source = source[:start] + instead + source[end:]
    return source, len(places)


def _is_bare(sought: Sought) -> bool:
    """Whether what is sought has no unit that could stand elsewhere: a phone number is all of it."""
    return sought.kind in ("phone", "document", "clause", "address", "date", "hours")

"""Whose a thing is: of which department, who has a say beside it, whose writing; and the same of rows, as SQL.

What follows from it for somebody who holds roles stands in ``kb.people.permissions``.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import aliased

from kb.models import Article, CoOwner, Draft, Revision, State, Transfer, User

# A department is named by its code; of a revision, article and co-owners are loaded, of a draft its article.
Thing = Article | Revision | Draft | Transfer | User | str | None
Rows = type[Article] | type[Revision] | type[Draft] | type[Transfer]
_LEFT = (State.WITHDRAWN, State.REJECTED)  # texts that stay with the department that they were written for


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose a thing is: the department that has it now, those that have a say beside it, who writes it and who wrote
    in it (logins), and the user that it belongs to as a person."""

    department: str | None = None
    beside: frozenset[str] = frozenset()
    author: str | None = None
    writers: frozenset[str] = frozenset()
    user_id: str | None = None


def whose(thing: Thing) -> Whose:
    """Whose a thing is now."""
    match thing:
        case Article():
            return Whose(thing.owner)
        case Draft():
            return Whose(thing.article.owner, author=thing.author,
                         writers=frozenset({thing.author, *thing.contributors}))
        case Revision():
            return Whose(thing.owner if thing.state in _LEFT else thing.article.owner,
                         frozenset(c.department for c in thing.co_owners), thing.author,
                         frozenset({thing.author, *thing.contributors}))
        case Transfer():
            return Whose(thing.source, frozenset({thing.target}))
        case User():
            return Whose(user_id=thing.id)
        case _:
            return Whose(thing)


def rows_of(rows: Rows, departments: list[str], counts_beside: bool) -> ColumnElement[bool]:
    """The rows that are of these departments; with those that have a say beside the owner, where that counts."""
    if not departments:
        return false()
    if rows is Article:
        return Article.owner.in_(departments)
    if rows is Transfer:
        return or_(Transfer.source.in_(departments), *((Transfer.target.in_(departments),) if counts_beside else ()))
    article, co_owner = aliased(Article), aliased(CoOwner)  # so that no query around it is mistaken for this one
    theirs = select(article.id).where(article.owner.in_(departments))
    if rows is Draft:
        return Draft.article_id.in_(theirs)
    said = exists().where(co_owner.revision_id == Revision.id, co_owner.department.in_(departments))
    return or_(and_(Revision.state.not_in(_LEFT), Revision.article_id.in_(theirs)),
               and_(Revision.state.in_(_LEFT), Revision.owner.in_(departments)), *((said,) if counts_beside else ()))

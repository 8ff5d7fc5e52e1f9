"""What the people that a page names are called: told once by the view, said by the filter ``called``.

Records keep user names, which never change; people read names. Who has none is named by the user name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import g

from kb.db import Session
from kb.people.directory import people_names
from kb.reading.opening import RevisionPage, department_names


def introduce(session: Session, logins: Iterable[str | None]) -> None:
    """Let the page that is being made know what these people are called, besides those whom it knows."""
    g.people = {**g.get("people", {}), **people_names(session, logins)}


def people_of(page: RevisionPage) -> Iterator[str | None]:
    """Whom a revision's page and its warnings name."""
    yield from (page.author, *page.approvers)
    if page.hidden:
        yield from (page.hidden.hidden_by, page.hidden.signed_by)
    if page.owed:
        yield page.owed.published_by


def introduce_page(session: Session, page: RevisionPage | None, *others: str | None) -> None:
    """The same for whom a revision's page and its warnings name, and the departments that owe it their signatures."""
    introduce(session, (*(people_of(page) if page else ()), *others))
    if page and page.owed:
        g.departments = department_names(session)

"""What somebody may do with a revision, and why."""

from __future__ import annotations

from typing import Any

from kb.articles.acts.rights import rights_of
from kb.db import Session
from kb.people.permissions import Action
from web.api.contract import route
from web.api.shapes.rights import Rights, RightsAsked
from web.auth import viewer


@route("GET", "/articles/<slug:slug>/r/<number:number>/rights", Action.EXPLAIN_RIGHTS, query=RightsAsked, reply=Rights)
def read_rights(session: Session, slug: str, number: int, query: RightsAsked) -> dict[str, Any]:
    """What somebody may do with the revision now, and why

    By role, department and own text, by the text's state, and for a signature by who is waited for."""
    found = rights_of(session, viewer(), slug, number, login=query.person)
    return {"slug": found.slug, "revision": found.number, "person": found.person,
            "rights": [right.as_dict() for right in found.rights]}

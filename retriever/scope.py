"""The authority check: what an index proposed is used only when the database says it may be.

One statement asks for all proposed revisions which are live at both times and visible to this viewer. A passage whose
text is not the revision's source at its offsets is dropped too: an index may be old, torn or tampered with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter

from sqlalchemy.orm import Session

from kb.live import LiveRevision, Moment, live_revisions
from kb.permissions import Actor
from retriever.records import Allowed, Candidate, Filters, LiveText


def check(session: Session, viewer: Actor, moment: Moment, candidates: Iterable[Candidate], filters: Filters,
          *, narrowed_to: str | None = None) -> list[Allowed]:
    """The candidates that may be shown, in the order given."""
    proposed = list(candidates)
    found = live_revisions(session, viewer, moment, (c.passage.revision_id for c in proposed), narrowed_to=narrowed_to)
    live = {revision_id: _text(revision) for revision_id, revision in found.items()}
    allowed = []
    for candidate in proposed:
        passage = candidate.passage
        revision = live.get(passage.revision_id)
        if revision is None or revision.source[passage.start:passage.end] != passage.text:
            continue
        if filters.departments is not None and revision.department not in filters.departments:
            continue
        if filters.langs is not None and revision.lang not in filters.langs:
            continue
        allowed.append(Allowed(candidate, revision))
    return allowed


_shared = attrgetter(*(f.name for f in fields(LiveText)))


def _text(revision: LiveRevision) -> LiveText:
    """The core's own record of it, so that ranking and composing run on any corpus."""
    return LiveText(*_shared(revision))

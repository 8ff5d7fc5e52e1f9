"""Whether what an answer says may still be said, at the moment at which it goes out.

Reading takes a while: texts are retired, hidden or replaced meanwhile, and people lose rights. What was true when the
question came is looked at again, as of now.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from kb.actor import Actor
from kb.articles.live import LiveRevision, Moment, live_revisions
from kb.db import Session
from kb.errors import Conflict
from retriever.answer import Answer


def still_live(session: Session, who: Actor, answer: Answer, *, known_at: datetime, now: datetime,
               beside: Iterable[str] = ()) -> dict[str, LiveRevision]:
    """By id, what the answer cites, offers or has ``beside`` it, as far as it is live at ``known_at`` and may be seen.

    Raises Conflict ``changed`` where that is not all that is cited or offered: then nothing of it is shown.
    """
    wanted = {c.revision_id for c in answer.citations} | {s.revision_id for s in answer.choices}
    live: dict[str, LiveRevision] = {}
    for moment in moments_of(answer):
        live |= live_revisions(session, who, Moment(moment, known_at, now), (wanted | set(beside)) - set(live))
    if wanted - set(live):
        raise Conflict("changed", "the knowledge base changed while the answer was made: ask again")
    return live


def moments_of(answer: Answer) -> tuple[datetime, ...]:
    """When what is cited or offered must have been in force, at one of these at least.

    Where the question named a time, a rule that was in force at any moment of it belongs to the answer.
    """
    read = answer.read_as_of
    if read is None:
        return (answer.as_of,)
    begun = (*(c.effective_from for c in answer.citations), *(s.effective_from for s in answer.choices))
    within = [moment for moment in begun
              if moment and read.begins_at <= moment and (read.ends_at is None or moment < read.ends_at)]
    last = [read.ends_at - timedelta(microseconds=1)] if read.ends_at else []
    return tuple(dict.fromkeys((answer.as_of, read.begins_at, *within, *last)))

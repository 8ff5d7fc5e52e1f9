"""Whether the audit log holds, and what it speaks of is still as it says: texts, signatures, dates, rights.

The chain alone proves that the log is as it was written. Here each thing is compared with its entries, so that what was
changed in the database beside the services is found too. One walk, linear in size, page by page; it ends at the first
thing that is wrong. What is not covered, and why, stands in ``kb.record.watched``: the log of answers, queues, and
whatever can be made again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.content.verification import articles, holders, rows
from kb.content.verification.findings import RESTORE, Finding, code_within
from kb.messages.message import Message
from kb.models import Article, User
from kb.record import audit
from kb.record.audit import Head
from kb.record.watched import WATCHED

__all__ = ["Checked", "Finding", "verify"]

Show = Callable[[int, int], None]  # called with how many things are checked, of how many


@dataclass(frozen=True, slots=True)
class Checked:
    """How far the log holds, and the first thing that is wrong, in the log or in what it speaks of."""

    head: Head
    finding: Finding | None
    since: int = 1  # the entry from which on every row is compared; before, an older release told of none
    set_back: Finding | None = None  # an entry dated long before one in front of it: the log holds, its times may not


def verify(session: Session, heads: Sequence[Head] = (), *, seen: int = 0,
           show: Show = lambda _done, _of: None) -> Checked:
    """Check the chain against itself and the saved heads, then everything that its entries speak of; that a clock was
    set back is told of behind the first ``seen`` entries."""
    entries = audit.head(session).number
    tables: list[Any] = [Article, User, *WATCHED.values()]
    counted = [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
    of, before, told = entries + sum(counted), 0, rows.Told()
    chain = audit.verify(session, heads, seen=seen, show=lambda done, _of: show(done, of), see=told.see)
    head = Head(chain.entries, chain.head)
    if chain.broken_at is not None:
        entry = Message("entry {number}", number=chain.broken_at)
        return Checked(head, Finding(entry, chain.reason or "", RESTORE, chain.broken_at))
    before = entries
    finding = code_within(session) or articles.check(session, lambda done: show(before + done, of))
    if finding is None:
        before += counted[0]
        finding = holders.check(session, lambda done: show(before + done, of))
    since = rows.compared_since(session, told)
    if finding is None:
        before += counted[1]
        finding = rows.check(session, told, lambda done: show(before + done, of))
    return Checked(head, finding or rows.check_actors(session, told), since, _set_back(chain.set_back, head))


def _set_back(found: audit.SetBack | None, head: Head) -> Finding | None:
    """What is told where entries are not in the order of their times."""
    if found is None:
        return None
    return Finding(
        Message("entry {number}", number=found.number),
        Message("is dated {at:%Y-%m-%d %H:%M} UTC, though an entry before it is of {latest:%Y-%m-%d %H:%M}: the "
                "machine's clock was set back, or was ahead before", at=found.at, latest=found.latest),
        Message("set the clock right and see who changed it; of what was done meanwhile the dates are not to be "
                "trusted. Once that is known, keep this head and hand it in: `kb audit verify --head {head}`",
                head=head),
        found.number)

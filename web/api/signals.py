"""Open signals of staleness, with their evidence."""

from __future__ import annotations

from typing import Any

from kb.db import Session
from kb.people.permissions import Action
from kb.upkeep.signals.showing import Wanted, signals
from web.api.contract import route
from web.api.shapes.signals import OpenSignals, SignalFilter
from web.api.taking import make_cursor, read_cursor
from web.auth import viewer
from web.filters import language
from web.wiring import edge


@route("GET", "/signals", Action.READ_HISTORY, query=SignalFilter, reply=OpenSignals)
def list_signals(session: Session, query: SignalFilter) -> dict[str, Any]:
    """What may be stale, the latest found first

    Each signal has its evidence: words of a revision with their place, or what else it rests on. A signal is shown to
    those who may read all of that."""
    wanted = Wanted(query.department or "", query.kind or "", query.severity or "", query.article or "")
    found = signals(session, viewer(), wanted, now=edge().clock(), after=read_cursor(query) or "", limit=query.limit)
    return {"items": [signal.as_dict(language()) for signal in found.items],
            "next_cursor": make_cursor(found.next_after, query) if found.next_after else None}

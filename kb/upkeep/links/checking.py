"""Rounds of looking at pages: those that are due, of listed hosts alone, one host never twice within a pause.

A round has an end, and the next goes on where it stopped. A page is claimed before it is asked for, so that two rounds
at once ask each page once. While a page is asked for no transaction is open.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, CursorResult, and_, or_, select, update

from kb.actor import SYSTEM
from kb.db import Database
from kb.errors import KbError
from kb.messages.message import Message
from kb.models import SourceLink
from kb.record.journal import record
from kb.settings import Settings
from kb.upkeep.fetching.addresses import Policy
from kb.upkeep.fetching.fetch import AGENT, Reply, fetch
from kb.upkeep.fetching.settings import FetchSettings
from kb.upkeep.links.gathering import gather
from kb.upkeep.links.judging import Known, LinkState, judged
from kb.upkeep.links.settings import LinkSettings

log = logging.getLogger(__name__)

_MOST = 2_000  # pages that one round may choose from
_CLAIM = timedelta(hours=1)  # a page is left alone that long by others, also when this process dies


class Ask(Protocol):
    """Asks for an address with these headers; gives the reply, or the error that came in its place."""

    def __call__(self, address: str, headers: dict[str, str], /) -> Reply | KbError: ...


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did; ``news`` are the ids of links of which something else is known now."""

    looked: int
    changed: int
    dead: int
    back: int
    waiting: int
    news: tuple[str, ...]

    @property
    def told(self) -> Message:
        """In words."""
        return Message("{looked} pages looked at: {changed} changed, {dead} gone, {back} back; {waiting} wait for the "
                       "next round", looked=self.looked, changed=self.changed, dead=self.dead, back=self.back,
                       waiting=self.waiting)


@dataclass(frozen=True, slots=True)
class Timer:
    """How a round tells time and waits, in seconds."""

    now: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep


def asking(settings: Settings) -> Ask:
    """How this installation asks."""
    options, links = settings.section(FetchSettings), settings.section(LinkSettings)
    policy: Policy = options.policy(links.listed)

    def ask(address: str, headers: dict[str, str], /) -> Reply | KbError:
        try:
            return fetch(address, policy, options.bounds, headers=headers)
        except KbError as error:
            return error

    return ask


def run_round(database: Database, settings: Settings, *, now: datetime, ask: Ask | None = None,
              timer: Timer | None = None, only: Sequence[str] | None = None) -> Round:
    """Look at the pages that are due (or at ``only`` these, due or not) as long as a round may take."""
    options, clock = settings.section(LinkSettings), timer or Timer()
    gather(database, now=now)
    due = _due(database, options.listed, now, only)
    end, asked_at = clock.now() + options.round_seconds, dict[str, float]()
    outcomes: list[tuple[str, str]] = []
    ask_for = ask or asking(settings)
    while due and clock.now() < end:
        n = next((n for n, (_, host) in enumerate(due)
                  if clock.now() - asked_at.get(host, -1e9) >= options.pause_seconds), None)
        if n is None:
            soonest = min(asked_at[host] for _, host in due) + options.pause_seconds - clock.now()
            clock.wait(max(0.01, min(soonest, end - clock.now())))
            continue
        link_id, host = due.pop(n)
        found = _look(database, link_id, ask_for, options, now=now, is_forced=only is not None)
        asked_at[host] = clock.now()
        if found is not None:
            outcomes.append((link_id, found))
    counts = [outcome for _, outcome in outcomes]
    return Round(len(outcomes), counts.count("changed"), counts.count("dead"), counts.count("back"), len(due),
                 tuple(link_id for link_id, outcome in outcomes if outcome))


def _due(database: Database, hosts: frozenset[str], now: datetime, only: Sequence[str] | None) -> list[tuple[str, str]]:
    """Ids and hosts of the pages that are to be looked at, those that waited longest first."""
    if not hosts:
        return []
    listed = or_(*(SourceLink.host.endswith(host[1:], autoescape=True) if host.startswith("*.")
                   else SourceLink.host == host for host in sorted(hosts)))
    where: ColumnElement[bool] = and_(SourceLink.is_used, listed)
    where = and_(where, SourceLink.next_check_at <= now) if only is None else and_(where, SourceLink.id.in_(only))
    with database.reading() as session:
        rows = session.execute(select(SourceLink.id, SourceLink.host).where(where)
                               .order_by(SourceLink.next_check_at, SourceLink.id).limit(_MOST))
        return [(row[0], row[1]) for row in rows]


def _look(database: Database, link_id: str, ask: Ask, options: LinkSettings, *, now: datetime,
          is_forced: bool) -> str | None:
    """Look at one page and keep what is known now; what news that is (``""``: none), None where another round has it.
    """
    with database.transaction() as session:
        row = session.get_one(SourceLink, link_id)
        known = _known(row)
        taken = session.execute(
            update(SourceLink).where(SourceLink.id == link_id, SourceLink.next_check_at == row.next_check_at)
            .values(next_check_at=now + _CLAIM).execution_options(synchronize_session=False))
        assert isinstance(taken, CursorResult)
        if taken.rowcount != 1 or (row.next_check_at > now and not is_forced):
            return None
    after = judged(known, ask(known.address, _headers(known)), options, now=now)
    news = _news(known, after)
    with database.transaction() as session:
        session.execute(update(SourceLink).where(SourceLink.id == link_id)
                        .values(checked_at=now, **_values(after)).execution_options(synchronize_session=False))
        if news:
            record(session, SYSTEM, f"link_{news}", f"link:{link_id}", now=now, origin="scheduler",
                   after={"state": after.state.value, "status": after.status, "reason": after.reason,
                          "hash": after.content_hash})
    if news:
        log.info("link looked at", extra={"link": link_id, "news": news})
    return news


def _news(before: Known, after: Known) -> str:
    """What is to be told: it is gone, it is there again, it says something else."""
    if after.state is LinkState.DEAD and before.state is not LinkState.DEAD:
        return "dead"
    if before.state is LinkState.DEAD and after.state is not LinkState.DEAD:
        return "back"
    return "changed" if before.content_hash and after.content_hash != before.content_hash else ""


def _headers(known: Known) -> dict[str, str]:
    headers = {"User-Agent": f"{AGENT} (link check)", "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    if known.content_hash and not known.pending_hash:
        headers |= {"If-None-Match": known.etag} if known.etag else (
            {"If-Modified-Since": known.last_modified} if known.last_modified else {})
    return headers


def _known(row: SourceLink) -> Known:
    given = {f.name: getattr(row, f.name) for f in fields(Known)}
    return Known(**{**given, "state": LinkState(row.state), "hashes": tuple(row.hashes)})


def _values(known: Known) -> dict[str, Any]:
    found = {f.name: getattr(known, f.name) for f in fields(Known) if f.name != "address"}
    return {**found, "state": known.state.value, "hashes": [dict(one) for one in known.hashes]}

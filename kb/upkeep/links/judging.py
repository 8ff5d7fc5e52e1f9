"""What a look at a page means: a pure function from what was known and what came to what is known now.

A page is gone only after several failures over days; what keeps strangers out (a login, a wall against programs, a bad
certificate) says nothing about whether it is there. Other words count when they were seen twice; a page that says
something else at every look is restless, and nobody is told of that.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import Message as Head
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from kb.errors import AddressRefused, FetchFailed, KbError
from kb.markup.page_text import decoded, page_text
from kb.upkeep.fetching.fetch import Reply
from kb.upkeep.links.settings import LinkSettings

SOON = timedelta(hours=1)  # until other words are looked at a second time
MOST_HASHES = 5
_GONE = frozenset({404, 410})
_UNCLEAR = frozenset({401, 402, 403, 405, 406, 407, 412, 418, 421, 429, 451, 503})
_DOWN = frozenset({"fetch_name", "fetch_connect", "fetch_time", "fetch_redirects"})
_HOME = re.compile(r"/?(?:index|default|main|home)?(?:\.\w{2,5})?", re.IGNORECASE)
_ERROR_PAGE = re.compile(r"/(?:404|error|notfound|nopage)[^/]{0,20}", re.IGNORECASE)


class LinkState(StrEnum):
    """What is known of a page."""

    NEW = "new"  # nobody has looked yet
    OK = "ok"
    FAILING = "failing"
    DEAD = "dead"
    UNCLEAR = "unclear"  # it lets this system not see it, or is never twice the same
    REFUSED = "refused"  # it leads to where this system does not go


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a page; the fields are those of its row."""

    address: str
    state: LinkState = LinkState.NEW
    status: int | None = None
    reason: str = ""
    etag: str = ""
    last_modified: str = ""
    content_hash: str = ""
    pending_hash: str = ""
    hashes: tuple[Mapping[str, Any], ...] = ()
    failures: int = 0
    failing_since: datetime | None = None
    changed_at: datetime | None = None
    next_check_at: datetime | None = None


def judged(known: Known, came: Reply | KbError, options: LinkSettings, *, now: datetime) -> Known:
    """What is known after this look."""
    later = now + timedelta(hours=options.hours)
    if isinstance(came, AddressRefused):
        return _aside(known, LinkState.REFUSED, None, came.code, later)
    if isinstance(came, KbError):
        if isinstance(came, FetchFailed) and came.code in _DOWN:
            return _failed(known, None, came.code, options, now=now, later=later)
        return _aside(known, LinkState.UNCLEAR, None, came.code, later)
    if came.status == 304 and known.content_hash:
        return _seen(known, known.content_hash, replace(known, status=304), now=now, later=later)
    if came.status in _GONE or (came.status >= 500 and came.status not in _UNCLEAR):
        return _failed(known, came.status, "gone" if came.status in _GONE else "broken", options, now=now, later=later)
    if came.status != 200:
        return _aside(known, LinkState.UNCLEAR, came.status, "closed", later)
    if _leads_home(known.address, came.address):
        return _failed(known, came.status, "home", options, now=now, later=later)
    headers = came.headers
    with_tags = replace(known, status=came.status, etag=headers.get("etag", "")[:200],
                        last_modified=headers.get("last-modified", "")[:100])
    return _seen(known, content_hash(came), with_tags, now=now, later=later)


def content_hash(reply: Reply) -> str:
    """The hash of what a page says; of what is no page, of its bytes."""
    head = Head()
    head["content-type"] = reply.headers.get("content-type", "")
    kind = head.get_content_type()
    if kind in ("text/html", "application/xhtml+xml") or (not head["content-type"] and b"<html" in reply.body[:2_000]):
        words = page_text(decoded(reply.body, head.get_content_charset() or ""))
        return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()
    size = reply.headers.get("content-length", "") if reply.is_cut else ""
    return hashlib.sha256(size.encode() + reply.body).hexdigest()


def _seen(before: Known, seen: str, known: Known, *, now: datetime, later: datetime) -> Known:
    """The page is there and says this; ``known`` has what came with it."""
    fine = replace(known, state=LinkState.OK, reason="", failures=0, failing_since=None, pending_hash="",
                   next_check_at=later)
    if not before.content_hash:
        return replace(fine, content_hash=seen, hashes=({"hash": seen, "since": now.isoformat(), "is_first": True},))
    if seen == before.content_hash:
        return fine
    if seen != before.pending_hash:  # once is not enough: an error page, a word of the day
        is_restless = bool(before.pending_hash)
        waiting = replace(fine, pending_hash=seen, etag="", last_modified="",
                          next_check_at=later if is_restless else now + SOON)
        return replace(waiting, state=LinkState.UNCLEAR, reason="restless") if is_restless else waiting
    return _changed(fine, seen, now)


def _changed(known: Known, seen: str, now: datetime) -> Known:
    """Other words stand there since now; what stood there before, and came back, since then."""
    at = next((n for n, one in enumerate(known.hashes) if one["hash"] == seen), None)
    if at is None:
        hashes = (*known.hashes, {"hash": seen, "since": now.isoformat()})[-MOST_HASHES:]  # the oldest are forgotten
        return replace(known, content_hash=seen, hashes=hashes, changed_at=now)
    since = None if known.hashes[at].get("is_first") else datetime.fromisoformat(known.hashes[at]["since"])
    return replace(known, content_hash=seen, hashes=known.hashes[:at + 1], changed_at=since)


def _failed(known: Known, status: int | None, reason: str, options: LinkSettings, *, now: datetime, later: datetime,
            ) -> Known:
    failures, since = known.failures + 1, known.failing_since or now
    is_dead = known.state is LinkState.DEAD or (
        failures >= options.failures and now - since >= timedelta(days=options.days))
    return replace(known, state=LinkState.DEAD if is_dead else LinkState.FAILING, status=status, reason=reason,
                   failures=failures, failing_since=since, next_check_at=later)


def _aside(known: Known, state: LinkState, status: int | None, reason: str, later: datetime) -> Known:
    """Nothing was learnt of the page itself."""
    return replace(known, state=state, status=status, reason=reason, failures=0, failing_since=None,
                   next_check_at=later)


def _leads_home(asked: str, came: str) -> bool:
    """Whether a page deeper in a site leads to its first page, or to one that says that there is none: it is gone."""
    before, after = urlsplit(asked), urlsplit(came)
    if _ERROR_PAGE.fullmatch(after.path):
        return True
    return bool(_HOME.fullmatch(after.path)) and not after.query and not _HOME.fullmatch(before.path)

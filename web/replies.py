"""Replies kept for a while, so that a request sent again under the same Idempotency-Key is not carried out again.

They live in this process: a repeat that meets another process, or one after a restart, is carried out anew, which for
a question means one more line in the answer log. A reply is forgotten as soon as an article that the asker could ever
read was published or retired after it, or when what it tells ends by its date, because a text that has gone must not
come back from memory. What the asker may not read leaves no trace in which replies are kept.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from kb.errors import Conflict

_MOST = 2_000
_SECONDS = 600.0


@dataclass(slots=True)
class _Kept:
    body: str  # SHA-256 of the request's body
    head: int  # the newest change that the asker may know of, when the request came in
    at: float
    reply: bytes | None = None
    until: datetime | None = None  # when what the reply tells ends


class Replies:
    """Replies by (who, key). Safe for several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, who: str, key: str, body: bytes, *, head: int, at: float, now: datetime) -> bytes | None:
        """The reply given before, or None: carry it out and call :meth:`finish` or :meth:`forget`.

        Conflict when the key was used with another body, or when its first request is still under way.
        """
        digest = hashlib.sha256(body).hexdigest()
        with self._lock:
            found = self._kept.get((who, key))
            if found is not None and at - found.at < _SECONDS:
                if found.body != digest:
                    raise Conflict("key_reused", "this Idempotency-Key came with another request; use a new key")
                if found.reply is None:
                    raise Conflict("in_progress", "the first request with this Idempotency-Key is still under way")
                if found.head == head and (found.until is None or now < found.until):
                    return found.reply
            self._kept[who, key] = _Kept(digest, head, at)
            self._kept.move_to_end((who, key))
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return None

    def finish(self, who: str, key: str, reply: bytes, *, until: datetime | None) -> None:
        """Keep the reply for repeats, no longer than ``until``."""
        with self._lock:
            found = self._kept.get((who, key))
            if found is not None:
                found.reply, found.until = reply, until

    def forget(self, who: str, key: str) -> None:
        """The request failed: it may be tried again."""
        with self._lock:
            self._kept.pop((who, key), None)

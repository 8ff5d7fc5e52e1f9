"""The domain's errors. They know nothing of HTTP or exit codes: each edge has one table for that.

A message says what is wrong and what to do, in one line: an English text with named places, and its values in
``facts``. An edge says it in its reader's language (:mod:`kb.messages`). Facts are values a caller may show or log;
they never hold a caller's question, name or number. ``facts["fields"]`` maps names of fields to reasons, which are
texts or messages of their own.
"""

from __future__ import annotations

from kb.messages.message import Telling


class KbError(Telling):
    """Base of all domain errors; ``code`` is a stable word for programs."""


class NotFound(KbError):
    """The thing does not exist, or this actor may not know that it does."""


class Denied(KbError):
    """The actor may not do this."""


class Conflict(KbError):
    """Somebody else changed the thing first; reload and try again."""


class InvalidTransition(KbError):
    """The revision's state does not allow the move."""


class Invalid(KbError):
    """Bad input; ``facts["fields"]`` maps field names to reasons where known."""


class Unavailable(KbError):
    """The database or the disk cannot serve now (locked, full, read-only, corrupt, not initialised)."""


class AddressRefused(Invalid):
    """An address that this system does not ask; the message never says what a name resolved to."""


class FetchFailed(KbError):
    """Another server gave no reply: ``code`` is fetch_name, fetch_connect, fetch_tls, fetch_time, fetch_redirects or
    fetch_reply."""

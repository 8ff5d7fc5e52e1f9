"""What a driver's error means: busy, full, read-only, away, damaged is ``Unavailable``; a broken constraint, Conflict.

PostgreSQL names its errors by SQLSTATE codes (appendix A of its manual), SQLite by its words. Messages are one line and
say what to do; what the driver said stays in the chain of causes, for the log.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kb.errors import Conflict, Invalid, KbError, Unavailable
from kb.messages.message import Message

OVERTAKEN = "database_overtaken"  # two writers met; who does the same again finds a free way


@contextmanager
def translated() -> Iterator[None]:
    """Raise a driver's error as the domain's; a text that no database can take is Invalid."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise Invalid("surrogate", "the text holds a lone surrogate, which is no character; remove it") from error
    except IntegrityError as error:
        raise Conflict("constraint", "the change clashes with what is stored; reload and try again",
                       constraint=_first_line(str(error.orig))[:200]) from error
    except PoolTimeout as error:
        raise Unavailable("database_busy", "every connection to the database is in use; try again in a moment, and if "
                          "it stays so, raise web.threads") from error
    except DataError as error:
        raise _invalid(error) from error
    except (DBAPIError, PendingRollbackError, sqlite3.Error) as error:  # the driver's own while a connection is made
        raise _unavailable(error) from error


def _invalid(error: DataError) -> KbError:
    """What the database refuses to store: only PostgreSQL knows a null byte, or a text that is too long for its column.
    """
    said = _first_line(str(error.orig))
    if "NUL" in said:
        return Invalid("null_byte", "the text holds a null byte, which is no character; remove it")
    return Invalid("too_large", "a value does not fit where it is kept: {said}; shorten it", said=said[:160])


def _unavailable(error: BaseException) -> Unavailable:
    reasons = _reasons(error)
    for state in filter(None, (_sqlstate(e) for e in _chain(error))):
        for prefix, code, advice in _BY_STATE:
            if state.startswith(prefix):
                return Unavailable(code, advice.template)
    for reason in reversed(reasons):
        for needle, code, advice in _BY_WORDS:
            if needle in reason.lower():
                return Unavailable(code, advice.template)
    return Unavailable("database", "the database cannot serve: {reasons}; run `kb doctor`",
                       reasons=_first_line(reasons[-1])[:160])


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__context__


def _sqlstate(error: BaseException) -> str | None:
    driver = error.orig if isinstance(error, DBAPIError) else error
    return getattr(driver, "sqlstate", None)


def _reasons(error: BaseException) -> list[str]:
    """What the driver said, the latest first: where SQLite has undone a transaction by itself (the disk is full), the
    rollback that follows fails as well, and hides why."""
    said = [str(e.orig if isinstance(e, DBAPIError) else e) for e in _chain(error)
            if isinstance(e, DBAPIError | PendingRollbackError | sqlite3.Error)]
    return said or [str(error)]


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else "no reason was given"


NOT_INITIALISED = Message("the knowledge base is not initialised; run `kb init`")
_BUSY = Message("the database is busy; try again in a moment")
_FULL = Message("the disk is full; free space and try again")
_DAMAGED = Message("the database file is damaged; stop the server and put back a copy of the data folder "
                   "(docs/operators.md)")
_AWAY = Message("the database server cannot be reached; see that it runs and that database.url is right; all goes on "
                "by itself when it is back")
_OVERTAKEN = Message("somebody else changed the same at this moment; try again")
_NO_DATABASE = Message("the database that database.url names does not exist; create it (docs/operators.md)")
_REFUSED = Message("the database server refuses the user or password of database.url; mend the setting")
_NO_RIGHTS = Message("the database user of database.url lacks rights on its tables; grant them to it")
_NO_ROOM = Message("the database server has no connection or memory left; try again in a moment, and if it stays so, "
                   "raise its max_connections or lower web.threads")
_STANDBY = Message("the database server takes no writes now (a standby, or read-only); try again when it does")
_SERVER_DAMAGED = Message("the database server reports damaged data; restore a backup (docs/operators.md)")
_FAILING = Message("the disk is full or failing; free space, check it and try again")
_READ_ONLY = Message("the database cannot be written; check the data folder's permissions and file system")
_CLOSED = Message("the database file cannot be opened; check data.dir and its permissions")
_BY_STATE = (
    ("40", OVERTAKEN, _OVERTAKEN),  # serialisation, deadlock
    ("42P01", "not_initialised", NOT_INITIALISED),  # no such table
    ("3D000", "no_database", _NO_DATABASE),
    ("28", "no_access", _REFUSED),
    ("42501", "no_access", _NO_RIGHTS),
    ("55P03", "database_busy", _BUSY),  # a lock was not given within database.busy_timeout_ms
    ("57014", "database_busy", _BUSY),
    ("53100", "disk_full", _FULL),
    ("53", "database_busy", _NO_ROOM),
    ("25006", "read_only", _STANDBY),
    ("57P", "database_away", _AWAY),  # shut down, or starting
    ("08", "database_away", _AWAY),
    ("XX", "corrupt", _SERVER_DAMAGED),
)
_BY_WORDS = (
    ("no such table", "not_initialised", NOT_INITIALISED),
    ("locked", "database_busy", _BUSY),
    ("busy", "database_busy", _BUSY),
    ("disk is full", "disk_full", _FULL),
    ("disk i/o error", "disk_error", _FAILING),
    ("readonly", "read_only", _READ_ONLY),
    ("malformed", "corrupt", _DAMAGED),
    ("not a database", "corrupt", _DAMAGED),
    ("unable to open", "cannot_open", _CLOSED),
    ("password", "no_access", _REFUSED),
    ('database "', "no_database", _NO_DATABASE),
    *((words, "database_away", _AWAY) for words in ("connection", "resolve host", "timeout expired")),
)

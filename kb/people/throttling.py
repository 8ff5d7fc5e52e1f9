"""How many wrong passwords are borne, and from where: guessing is slow, and nobody locks out somebody elsewhere.

Failures are counted by account and address together (a pair), and by address alone; who has an IPv6 network has all
its addresses, so a /64 counts as one. With T tries (``web.signin_tries``):

- A pair waits after T failures in 15 minutes. Guesses at somebody's account stop nobody at another address, and
  colleagues who fail behind one office's address stop nobody but themselves.
- An address waits after 20 T failures in 15 minutes, of whatever accounts: one password tried on many of them.
- An account at which 10 T tries fail within an hour, from all addresses together, is being guessed at from many. While
  that lasts, each pair of it bears a third of T (never fewer than 3), and waits until its failures are an hour old. It
  is a longer wait and no lock: the account can be opened from any address at which nobody failed with it.

One address alone cannot bring the third rule about, for its pair is stopped before. A try is noted before the password
is looked at, in a transaction of its own, so that guesses sent in parallel count too; one that has to wait is not
noted, so no wait is made longer by trying. A right password clears its own pair and nothing else. What is left: who
sits behind the same address can make a colleague wait there; :func:`forget`, behind ``kb user unlock``, ends that.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, delete, func, select
from sqlalchemy.orm import Session

from kb.db import Database
from kb.dialects import serialise_writers
from kb.errors import Denied
from kb.models import SignInAttempt
from kb.people.passwords import hash_secret

WINDOW, LONG_WINDOW = timedelta(minutes=15), timedelta(hours=1)
OF_AN_ADDRESS = 20  # times the tries: an office of some hundred people mistypes less
OF_AN_ACCOUNT = 10  # times the tries: more than twice what one address can fail in the long window
_FEWEST = 3  # tries that a pair always has
_HALF = 32  # hexadecimal digits, 128 bits: a pair's key is half of the account's hash and half of the address's
_LOCK = 0x6B62_7369  # any constant; two tries may not be counted as the same one


@dataclass(frozen=True, slots=True)
class Try:
    """A try that was noted as a failure until its password proves right."""

    pair: str
    place: str
    place_id: int


def begin_try(database: Database, login: str, *, address: str, now: datetime, tries: int) -> Try:
    """Note a try; raises Denied ``throttled`` with ``retry_after_s`` where it has to wait."""
    account, place = _of_account(login), _of_address(address)
    pair = account + place[:_HALF]
    with database.transaction() as session:
        serialise_writers(session, _LOCK)
        session.execute(delete(SignInAttempt).where(SignInAttempt.at <= now - LONG_WINDOW))
        waits = [_until(session, place, now, OF_AN_ADDRESS * tries, WINDOW)]
        failed = session.scalar(select(func.count()).where(_is_of(account))) or 0
        borne, window = (max(_FEWEST, tries // 3), LONG_WINDOW) if failed >= OF_AN_ACCOUNT * tries else (tries, WINDOW)
        waits.append(_until(session, pair, now, borne, window))
        ends = max((wait for wait in waits if wait is not None), default=None)
        if ends is None:
            noted = [SignInAttempt(key=key, at=now) for key in (pair, place)]
            session.add_all(noted)
            session.flush()
            return Try(pair, place, noted[1].id)
    wait_s = max(1, -int(-(ends - now).total_seconds() // 1))
    raise Denied("throttled", "too many failed sign-ins; wait {minutes} minutes and try again, or have an "
                 "administrator run `kb user unlock`", minutes=-(-wait_s // 60), retry_after_s=wait_s)


def end_try(session: Session, tried: Try) -> None:
    """The password was right: forget this try, and what failed before with this account at this address."""
    session.execute(delete(SignInAttempt).where((SignInAttempt.key == tried.pair)
                                                | (SignInAttempt.id == tried.place_id)))


def forget(session: Session, *, login: str | None = None, address: str | None = None) -> int:
    """Lift what an account waits for, wherever it does, or an address; how many failures were forgotten."""
    found: list[ColumnElement[bool]] = [] if login is None else [_is_of(_of_account(login))]
    found += [] if address is None else [SignInAttempt.key == _of_address(address)]
    forgotten = [session.execute(delete(SignInAttempt).where(condition)) for condition in found]
    return sum(each.rowcount for each in forgotten if isinstance(each, CursorResult))


def _until(session: Session, key: str, now: datetime, borne: int, window: timedelta) -> datetime | None:
    """When the next try may be made; None: now."""
    latest = session.scalars(select(SignInAttempt.at).where(SignInAttempt.key == key, SignInAttempt.at > now - window)
                             .order_by(SignInAttempt.at.desc()).limit(borne)).all()
    return latest[-1] + window if len(latest) == borne else None


def _of_account(login: str) -> str:
    return hash_secret(f"account:{login.casefold()}")[:_HALF]


def _of_address(address: str) -> str:
    return hash_secret(f"address:{network_of(address)}")


def _is_of(account: str) -> ColumnElement[bool]:
    """Keys of the account's pairs; between two keys, for which the index serves."""
    return SignInAttempt.key.between(account + "0" * _HALF, account + "f" * _HALF)


def network_of(address: str) -> str:
    """What counts as one address: who has an IPv6 network has all its addresses."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))

"""Who gets a review task, and whether who has it keeps it: decided from what is known of people, touching nothing.

Who knows the text best comes first: whoever confirmed it last, then its author, then the department's editors and its
approvers, the one with the least to do; after them its deputies and its head; then the knowledge managers. Who is out
of the office until it is due is stood in for by the one whom they named. Where all are away, whoever is back first has
it, and where nobody is left, an administrator, who can give somebody the role. So no task is without a person while
there is one at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

_LONGEST_CHAIN = 5  # substitutes of substitutes that are followed


class Way(StrEnum):
    """How somebody came to a task; the first eight in the order in which people are asked."""

    CONFIRMER = "confirmer"  # said last that the text is right
    AUTHOR = "author"
    EDITOR = "editor"
    APPROVER = "approver"
    DEPUTY = "deputy"
    HEAD = "head"
    MANAGER = "manager"
    ADMIN = "admin"
    SUBSTITUTE = "substitute"  # named by who is away
    BACK = "back"  # was away, and is not any more
    DELEGATE = "delegate"  # by another person's act


LAST_RESORTS = frozenset({Way.MANAGER, Way.ADMIN})  # who gives a task back as soon as its department has somebody


@dataclass(frozen=True, slots=True)
class Away:
    """Out of the office until this day, it included; ``substitute`` is empty where nobody was named."""

    last_day: date
    substitute: str = ""


@dataclass(frozen=True, slots=True)
class Staff:
    """Who can be asked about an article, by login. ``standing`` are those who can sign in, whoever they are."""

    standing: frozenset[str]
    confirmer: str = ""
    author: str = ""
    editors: frozenset[str] = frozenset()
    approvers: frozenset[str] = frozenset()
    deputies: tuple[str, ...] = ()
    head: str = ""
    managers: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()
    away: Mapping[str, Away] = field(default_factory=dict)  # today
    load: Mapping[str, int] = field(default_factory=dict)  # open tasks

    def may_decide(self, login: str) -> bool:
        """Whether they can sign in and may confirm a text of the department."""
        return login in self.standing and login in self.editors | self.approvers | self.managers

    def may_have(self, login: str) -> bool:
        """Whether a task is in good hands with them: they may decide on it, or hand it on in their department."""
        return self.may_decide(login) or (login in self.standing and login in (*self.deputies, self.head))


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be looked at: until when, and whether it cannot wait for anybody to come back."""

    due_on: date
    is_serious: bool = False


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a task, how they came to it, and whom they stand in for."""

    person: str
    way: Way
    in_place_of: str = ""


def choose(staff: Staff, matter: Matter) -> Holder | None:
    """Who gets a new task; None only where there is nobody at all."""
    for way, logins in _tiers(staff):
        here = [login for login in logins if not is_away(staff, login, matter)]
        if here:
            return Holder(here[0], way)
        for login in logins:
            substitute = substitute_of(staff, login, matter)
            if substitute:
                return Holder(substitute, Way.SUBSTITUTE, login)
    return _first_back(staff) or _last_resort(staff)


def keep_or_choose(held: Holder, staff: Staff, matter: Matter) -> Holder:
    """Who has the task now that something about people or departments has changed; the same one where that is right."""
    absent = held.in_place_of
    if absent and staff.may_have(absent) and not is_away(staff, absent, matter):
        return Holder(absent, Way.BACK)
    if staff.may_have(held.person) and not is_away(staff, held.person, matter):
        if held.way not in LAST_RESORTS or absent:
            return held
        better = choose(staff, matter)
        return better if better and better.way not in LAST_RESORTS else held
    return _another(held, staff, matter)


def superior(level: int, person: str, staff: Staff, matter: Matter) -> str:
    """Whom an overdue task of this person is brought before: of the department first, then a knowledge manager, who is
    there; the administrator where there is none; empty where there is nobody else."""
    asked = [staff.head, *staff.deputies, *_by_load(staff, staff.managers)] if level == 1 \
        else _by_load(staff, staff.managers)
    able = [login for login in asked if login in staff.standing and login != person]
    here = [login for login in able if not is_away(staff, login, matter)]
    return next(iter([*here, *able, *(login for login in _by_load(staff, staff.admins) if login != person)]), "")


def is_away(staff: Staff, login: str, matter: Matter) -> bool:
    """Whether they are out of the office, and not back before the day that it is due."""
    away = staff.away.get(login)
    return away is not None and (matter.is_serious or away.last_day >= matter.due_on)


def substitute_of(staff: Staff, login: str, matter: Matter) -> str:
    """Who stands in for somebody who is away: whom they named, or whom that one named; empty where nobody is there."""
    seen = {login}
    away = staff.away.get(login)
    for _ in range(_LONGEST_CHAIN):
        if away is None or not away.substitute or away.substitute in seen:
            return ""
        found = away.substitute
        if staff.may_decide(found) and not is_away(staff, found, matter):
            return found
        seen.add(found)
        away = staff.away.get(found)
    return ""


def _another(held: Holder, staff: Staff, matter: Matter) -> Holder:
    """Somebody else, since who has it has left, lost the role, or is away."""
    is_back_later = staff.may_have(held.person)
    absent = (held.in_place_of or held.person) if is_back_later else held.in_place_of
    if absent and not staff.may_have(absent):
        absent = ""
    substitute = substitute_of(staff, absent, matter) if absent else ""
    if substitute:
        return Holder(substitute, Way.SUBSTITUTE, absent)
    found = choose(staff, matter)
    if found is None or found.person == held.person:
        return held
    return Holder(found.person, found.way, found.in_place_of or (absent if found.person != absent else ""))


def _tiers(staff: Staff) -> Iterator[tuple[Way, list[str]]]:
    """Who is asked one after another, those of one kind with the least to do first."""
    for way, login in ((Way.CONFIRMER, staff.confirmer), (Way.AUTHOR, staff.author)):
        if staff.may_decide(login) and login not in staff.managers - staff.editors - staff.approvers:
            yield way, [login]
    for way, logins in ((Way.EDITOR, staff.editors), (Way.APPROVER, staff.approvers)):
        yield way, _by_load(staff, logins)
    for way, named in ((Way.DEPUTY, staff.deputies), (Way.HEAD, (staff.head,))):
        yield way, [login for login in named if login in staff.standing]
    yield Way.MANAGER, _by_load(staff, staff.managers)


def _by_load(staff: Staff, logins: frozenset[str]) -> list[str]:
    return sorted((login for login in logins if login in staff.standing),
                  key=lambda login: (staff.load.get(login, 0), login))


def _first_back(staff: Staff) -> Holder | None:
    """Of all that are asked, who is back first."""
    found = [(staff.away[login].last_day, order, login, way) for order, (way, logins) in enumerate(_tiers(staff))
             for login in logins if login in staff.away]
    return Holder(min(found)[2], min(found)[3]) if found else None


def _last_resort(staff: Staff) -> Holder | None:
    admins = _by_load(staff, staff.admins)
    return Holder(admins[0], Way.ADMIN) if admins else None

"""People as administrators see and change them: never a password in a reply, nor the secret of a token or session."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kb.people.passwords import LONGEST, SHORTEST
from web.api.shapes.values import COUNT, At, Body, Cursor, Department, Login, Page, Plain, Shape, Short, example

Password = Annotated[Plain, Field(min_length=SHORTEST, max_length=LONGEST, description="Good once: they must choose "
                                  "another when they first sign in")]
RoleName = Annotated[str, Field(pattern="^(agent|editor|approver|knowledge_manager|supervisor|admin)$")]


class PeopleFilter(Body):
    """Which people; ``q`` holds words of which each stands in the login or the name."""

    q: Annotated[Short | None, Field(description="Words; each must stand in the login or the name")] = None
    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class Held(Shape):
    """A role, of a department where it is an editor's or an approver's."""

    role: RoleName
    department: Department | None = None


class Person(Shape):
    """Somebody who signs in, or a program that holds tokens."""

    login: str
    name: str
    roles: list[Held]
    disabled_at: At | None
    last_sign_in_at: At | None
    has_password: bool
    must_change_password: bool


class People(Page):
    """One page of people, by login."""

    items: list[Person]


class NewPerson(Body):
    """Somebody to add; without a password they hold tokens, or sign in by the sign-in service."""

    model_config = example(login="zhao.liu", name="赵六", roles=[{"role": "editor", "department": "hrss"}])

    login: Login
    name: Short
    roles: list[Held] = Field(default_factory=list, max_length=200)
    password: Password | None = None


class Naming(Body):
    """Another name; the login never changes."""

    name: Short


class Roles(Body):
    """The roles that take the place of all others. ``seen``: those that they must still have."""

    roles: Annotated[list[Held], Field(max_length=200)]
    seen: Annotated[list[Held], Field(max_length=200)] | None = None


class NewPassword(Body):
    """A password that somebody else sets."""

    password: Password


class Ended(Shape):
    """How many of their sessions ended."""

    sessions_ended: int


class Unlocked(Shape):
    """How many failed tries were forgotten."""

    failures: int


class Session(Shape):
    """Where somebody is signed in."""

    id: str
    opened_at: At
    used_at: At = Field(description="To some minutes")
    ends_at: At = Field(description="Unless it is used before")
    device: str
    issuer: str | None = Field(description="The sign-in service that they came by")


class Sessions(Shape):
    """Where they are signed in."""

    items: list[Session]


class Ending(Body):
    """Which session ends; all of them where none is named."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")] | None = None

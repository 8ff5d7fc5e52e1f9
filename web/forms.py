"""A form as it is shown: what its fields hold, and what is wrong with which.

The macros of ``components.html`` take one: ``field(form, "title", _("Title"))``. After a refusal the page is shown
again with what was sent and with each reason beside its field, so that nothing has to be typed twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import request
from werkzeug.datastructures import MultiDict

from web.errors import Problem

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Form:
    """Values and reasons by the fields' names. A name that is not there is an empty field."""

    values: Values = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> object:
        """What the field holds."""
        return self.values.get(name, "")

    def values_of(self, name: str) -> tuple[object, ...]:
        """What a field holds that takes several values."""
        values = self.values
        if isinstance(values, MultiDict):
            return tuple(values.getlist(name))
        found = values.get(name, ())
        return tuple(found) if isinstance(found, (list, tuple, set, frozenset)) else (found,)


def form_of(values: Values, problem: Problem | None = None) -> Form:
    """The form with these values, and the problem's reasons beside their fields."""
    return Form(values, problem.fields if problem else {})


def served_by() -> str:
    """The name of the function that serves this address: which act a form asks for, which screen is shown."""
    return (request.endpoint or "").rpartition(".")[2]

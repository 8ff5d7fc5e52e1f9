"""Review tasks: what is to be looked at, by whom and until when; and who is out of the office."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from web.api.shapes.values import (
    COUNT,
    At,
    Body,
    Cursor,
    Department,
    Hash,
    Login,
    Page,
    Plain,
    Reason,
    Shape,
    Slug,
    example,
)

Severity = Literal["info", "warning", "serious"]


def _day(value: object) -> date:
    """A day of the hotline's calendar, as 2026-03-01."""
    try:
        if not isinstance(value, str) or len(value) != len("2026-03-01"):
            raise ValueError("not a day")
        found = date.fromisoformat(value)
        if not 2000 <= found.year < 2200:
            raise ValueError("out of range")
    except ValueError as error:
        raise PydanticCustomError("bad_date", "not a day; write 2026-03-01") from error
    return found


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({
    "type": "string", "format": "date", "description": "A day of the hotline's calendar", "examples": ["2026-03-01"]})]
ShownDay = Annotated[str, Field(json_schema_extra={"format": "date"})]
Source = Annotated[Plain, Field(max_length=400, description="Against which document or address it was checked")]


class TaskFilter(Body):
    """Which tasks."""

    whose: Literal["mine", "raised", "departments"] = Field("mine", description="Your own, those brought before you, "
                                                            "or those of departments for which you may confirm")
    standing: Literal["open", "late", "snoozed", "done"] = "open"
    department: Department | None = None
    severity: Severity | None = None
    person: Login | None = None
    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class ConfirmingTask(Body):
    """Which text was looked at, and how; a note or a source at least."""

    sha256: Hash
    note: Reason | None = Field(None, description="How it was checked")
    source: Source | None = None
    next_on: Day | None = Field(None, description="Look at it again before the day that its record allows")


class CheckedText(Body):
    """One of several texts that were found right."""

    id: Annotated[str, Field(pattern="^[0-9a-f-]{36}$", description="The task's")]
    sha256: Hash
    note: Reason | None = None
    source: Source | None = None


class ConfirmingEach(Body):
    """Several texts that were found right, each with its evidence; what is serious is confirmed by itself."""

    tasks: Annotated[list[CheckedText], Field(min_length=1, max_length=50)]


class RetiringArticle(Body):
    """Why the article is taken back, or which other takes its place; one of the two."""

    reason: Annotated[Plain, Field(max_length=500)] | None = None
    successor: Slug | None = None


class Snoozing(Body):
    """Until when the task is put off, and why."""

    until: Day
    reason: Annotated[Plain, Field(max_length=500)]


class Delegating(Body):
    """Who has the task from now on."""

    to: Login
    reason: Annotated[Plain, Field(max_length=500)] | None = None


class TaskReason(Shape):
    """Why an article is to be looked at; `signal` is null where its date asks for it."""

    kind: str
    key: str
    severity: Severity
    signal: str | None


class Task(Shape):
    """A review task. `revision` and `sha256` are of the text in force, or of the newest published one."""

    id: str
    article: str
    title: str
    revision: int
    sha256: str
    department: str
    person: str
    way: str = Field(description="How they came to it: confirmer, author, editor, approver, deputy, head, manager, "
                                 "admin, substitute, back, delegate")
    in_place_of: str | None
    severity: Severity
    reasons: list[TaskReason]
    opened_at: At
    due_on: ShownDay
    state: Literal["open", "snoozed", "done"]
    snoozed_until: ShownDay | None
    level: int = Field(description="Before whom it was brought: 0 nobody, 1 the department's head, 2 a knowledge "
                                   "manager")
    escalated_to: str | None
    revising: bool
    outcome: Literal["confirmed", "revised", "retired", "cleared"] | None
    outcome_by: str | None
    outcome_at: At | None
    evidence: str | None
    next_on: ShownDay | None


class TaskStep(Shape):
    """Something that happened to a task."""

    kind: str
    at: At
    by: str
    person: str
    until: ShownDay | None
    note: str


class Tasks(Page):
    """Tasks, the gravest first, then by when they are due; those that are done by when, the last first."""

    items: list[Task]
    total: int


class TaskPage(Shape):
    """A task with its open signals and what happened to it."""

    task: Task
    signals: list[dict[str, Any]] = Field(description="The article's open signals, as in the list of signals")
    steps: list[TaskStep]
    next_on: ShownDay | None = Field(description="The latest day of the next review, were it confirmed now")


class ConfirmedEach(Shape):
    """What became of each, in the same order."""

    items: list[ConfirmedOne]


class ConfirmedOne(Shape):
    """A text that was confirmed, or why not."""

    id: str
    error: str | None = Field(description="The problem's code; null: confirmed")
    detail: str | None


class RevisionBegun(Shape):
    """The draft in which the text is rewritten."""

    task: Task
    draft_id: str


class DepartmentStanding(Shape):
    """A department's open tasks, and those done within the last ninety days."""

    department: str
    open: int
    late: int
    serious: int
    snoozed: int
    raised: int
    done: int
    on_time: int


class Standings(Shape):
    """The departments for which you may confirm, those with the most late first."""

    items: list[DepartmentStanding]


class AbsenceFilter(Body):
    """Whose absences."""

    person: Login | None = Field(None, description="Yourself unless named; another person's for managers")


class Announcing(Body):
    """When somebody is out of the office, the last day included, and who stands in."""

    model_config = example(first_day="2098-12-01", last_day="2098-12-05")

    person: Login | None = None
    first_day: Day
    last_day: Day
    substitute: Login | None = None


class Absence(Shape):
    """When somebody is out of the office."""

    id: int
    login: str
    first_day: ShownDay
    last_day: ShownDay
    substitute: str | None
    announced_by: str


class Absences(Shape):
    """A person's absences that are not over."""

    items: list[Absence]


ConfirmedEach.model_rebuild()

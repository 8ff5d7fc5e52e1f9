"""The jobs of the clock, and the calendar of working days."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema
from pydantic.functional_validators import BeforeValidator

from kb.upkeep.calendar import FIRST_YEAR, LAST_YEAR, LONGEST_NAME, LONGEST_SOURCE, MOST_DAYS
from web.api.shapes.drafts import Day as _Optional
from web.api.shapes.drafts import day_of
from web.api.shapes.values import COUNT, At, Body, Cursor, Page, Shape, Short, example

Day = Annotated[date, BeforeValidator(day_of), WithJsonSchema({"type": "string", "format": "date"})]
Job = Annotated[Short, Field(max_length=40, pattern="^[a-z0-9_]+$", description="Its name among the settings `jobs`")]
_Named = Annotated[Short, Field(max_length=LONGEST_NAME)]
_Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
_Outcome = Literal["waiting", "running", "done", "failed"]


class RunFilter(Body):
    """Which runs."""

    job: Job | None = None
    outcome: _Outcome | None = None
    limit: Annotated[int, Field(ge=1, le=200), COUNT] = 50
    cursor: Cursor | None = None


class Run(Shape):
    """A run of a job."""

    job: str
    due_at: At
    asked_by: str | None = Field(description="Who asked for it; null: the clock")
    began_at: At | None
    finished_at: At | None
    outcome: _Outcome
    attempts: int
    detail: str = Field(description="What it did, or why it could not, in words")


class Runs(Page):
    """Runs, the latest due first."""

    items: list[Run]


class JobState(Shape):
    """A job, and when it runs."""

    job: str
    schedule: str = Field(description="As in crontab, by the hotline's calendar; empty: only when asked for")
    next_at: At | None = Field(description="Null: it is paused, or only done when asked for")
    is_paused: bool
    is_running: bool
    is_asked: bool = Field(description="A run was asked for and has not ended")
    failures: int = Field(description="In a row, until now")
    last: Run | None


class Jobs(Page):
    """Every job of this installation, on one page."""

    items: list[JobState]


class JobChange(Body):
    """Whether the clock lets a job run."""

    model_config = example(job="prune", is_paused=False)

    job: Job
    is_paused: bool


class JobAsked(Body):
    """A job that is to be done now."""

    model_config = example(job="audit_checkpoint")

    job: Job


class Asked(Shape):
    """That a run is asked for; whether it was by this request."""

    job: str
    is_new: bool


class CalendarFilter(Body):
    """Which year, and a due date to reckon."""

    year: Annotated[_Year, COUNT] | None = Field(None, description="Default: this year")
    after: _Optional = Field(None, description="The day that a due date is reckoned from")
    working_days: Annotated[int, Field(ge=0, le=MOST_DAYS), COUNT] = Field(
        0, description="How many working days after that day; 0: that day, or the next that is worked")


class CalendarDay(Shape):
    """A day that its weekday alone does not tell."""

    day: str
    is_working: bool
    name: str
    origin: Literal["packaged", "imported", "set"]


class Calendar(Shape):
    """A year of the calendar. Days that are not named are worked unless they are of a weekend."""

    year: int
    source: str | None = Field(description="Null: the year's holidays are not known, its weekends alone are free")
    days: list[CalendarDay]
    due: str | None = Field(description="The due date that was asked for")


class DaysGiven(Body):
    """Days, both ends included, that are worked or free whatever their year's plan has."""

    model_config = example(first="2026-12-24", last="2026-12-24", is_working=False, name="停电检修")

    first: Day
    last: Day
    is_working: bool | None = Field(description="Null: as the year's plan has them")
    name: _Named | None = None


class Holiday(Shape):
    """Free days in a row."""

    name: _Named
    first: Day
    last: Day


class YearGiven(Body):
    """A year's plan; it takes the place of what was known of the year."""

    model_config = example(year=2027, source="国务院办公厅关于2027年部分节假日安排的通知", holidays=[
        {"name": "元旦", "first": "2027-01-01", "last": "2027-01-03"}], workdays=[])

    year: _Year
    source: Annotated[Short, Field(max_length=LONGEST_SOURCE)]
    holidays: Annotated[list[Holiday], Field(max_length=60)]
    workdays: Annotated[list[Day], Field(max_length=120)] = Field([], description="Weekend days that are worked")

"""What is done by the clock: one row for each due time of a job, claimed by whoever does it; which days are worked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base, Instant


class ScheduledJob(Base):
    """A job as all processes know it: from when its due times count, whether it is paused, who is at it now.

    The lease is the job's, not a run's: so a job that takes longer than its interval never meets itself.
    """

    __tablename__ = "scheduled_job"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[datetime] = mapped_column(Instant)  # due times before are nobody's
    worker: Mapped[str] = mapped_column(String(100), default="")
    lease_until: Mapped[datetime | None] = mapped_column(Instant)  # None: nobody is at it
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    paused_by: Mapped[str] = mapped_column(String(64), default="")


class JobRun(Base):
    """A job at one of its due times, or when somebody asked for it (``asked_by``). The key makes it once;
    ``lease_until`` is until when nobody may take it up again."""

    __tablename__ = "job_run"
    __table_args__ = (CheckConstraint("outcome IN ('', 'done', 'failed')", name="outcome"),
                      Index("ix_job_run_due_at", "due_at"))

    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    worker: Mapped[str] = mapped_column(String(100))
    claimed_at: Mapped[datetime] = mapped_column(Instant)
    lease_until: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(10), default="")
    detail: Mapped[str] = mapped_column(String(300), default="")  # a message; ``facts`` are its values
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    asked_by: Mapped[str] = mapped_column(String(64), default="", server_default="")
    attempts: Mapped[int] = mapped_column(default=1, server_default="1")


class CalendarYear(Base):
    """A year whose holidays the knowledge managers imported, and by what document they are so."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(200))


class CalendarDay(Base):
    """A day that is worked, or free, as its weekday alone does not tell: of an imported year, or set by hand."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_set: Mapped[bool] = mapped_column(primary_key=True)  # by hand: counts before what was imported
    is_working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(60), default="")

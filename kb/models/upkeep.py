"""What is done by the clock: one row for each due time of a job, claimed by whoever does it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base, Instant


class JobRun(Base):
    """A job at one of its due times. The key makes it once; ``lease_until`` lets another take over from a dead one."""

    __tablename__ = "job_run"
    __table_args__ = (CheckConstraint("outcome IN ('', 'done', 'failed')", name="outcome"),)

    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    worker: Mapped[str] = mapped_column(String(100))
    claimed_at: Mapped[datetime] = mapped_column(Instant)
    lease_until: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(10), default="")
    detail: Mapped[str] = mapped_column(String(300), default="")

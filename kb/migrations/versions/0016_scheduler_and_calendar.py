"""Jobs that can be paused and asked for, with one lease each; the calendar of working days"""

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "scheduled_job",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("since", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("worker", sa.String(length=100), nullable=False),
        sa.Column("lease_until", kb.db.Instant(timezone=True), nullable=True),
        sa.Column("paused_at", kb.db.Instant(timezone=True), nullable=True),
        sa.Column("paused_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_scheduled_job")),
    )
    with op.batch_alter_table("job_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("facts", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("asked_by", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="1"))
        batch_op.create_index("ix_job_run_due_at", ["due_at"], unique=False)
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_set", sa.Boolean(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("day", "is_set", name=op.f("pk_calendar_day")),
    )


def downgrade() -> None:
    raise NotImplementedError("an older release would run what is paused; restore a backup made before the upgrade")

"""Review tasks, what happened to each, and who is out of the office"""

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0020"
down_revision = "0019"

_OPEN, _UNTOLD = sa.text("outcome IS NULL"), sa.text("told_at IS NULL")


def upgrade() -> None:
    _tasks()
    _steps()
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("substitute", sa.String(length=64), nullable=False),
        sa.Column("announced_by", sa.String(length=64), nullable=False),
        sa.Column("announced_at", kb.db.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_absence_days")),
        sa.CheckConstraint("substitute <> login", name=op.f("ck_absence_substitute")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_login_last_day", "absence", ["login", "last_day"], unique=False)


def _tasks() -> None:
    op.create_table(
        "review_task",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("in_place_of", sa.String(length=64), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("opened_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.Column("snoozes", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("escalated_to", sa.String(length=64), nullable=False),
        sa.Column("revising_since", kb.db.Instant(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("outcome_by", sa.String(length=64), nullable=True),
        sa.Column("outcome_at", kb.db.Instant(timezone=True), nullable=True),
        sa.Column("revision_id", sa.String(length=36), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.CheckConstraint("person <> ''", name=op.f("ck_review_task_person")),
        sa.CheckConstraint("state IN ('open', 'snoozed', 'done')", name=op.f("ck_review_task_state")),
        sa.CheckConstraint("severity IN ('info', 'warning', 'serious')", name=op.f("ck_review_task_severity")),
        sa.CheckConstraint("(state = 'done') = (outcome IS NOT NULL)", name=op.f("ck_review_task_done")),
        sa.CheckConstraint("(outcome IS NULL) = (outcome_at IS NULL)", name=op.f("ck_review_task_outcome_at")),
        sa.CheckConstraint("outcome IN ('confirmed', 'revised', 'retired', 'cleared')",
                           name=op.f("ck_review_task_outcome")),
        sa.CheckConstraint("(state = 'snoozed') = (snoozed_until IS NOT NULL)", name=op.f("ck_review_task_snoozed")),
        sa.CheckConstraint("level BETWEEN 0 AND 2", name=op.f("ck_review_task_level")),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_review_task_article_id_article")),
        sa.ForeignKeyConstraint(["department"], ["department.code"], name=op.f("fk_review_task_department_department")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_review_task_revision_id_revision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_task")),
    )
    with op.batch_alter_table("review_task", schema=None) as batch_op:
        batch_op.create_index("uq_review_task_open", ["article_id"], unique=True, sqlite_where=_OPEN,
                              postgresql_where=_OPEN)
        batch_op.create_index("ix_review_task_article_outcome", ["article_id", "outcome_at"], unique=False)
        batch_op.create_index("ix_review_task_person", ["person", "state", "due_on"], unique=False)
        batch_op.create_index("ix_review_task_department", ["department", "state", "due_on"], unique=False)
        batch_op.create_index("ix_review_task_state", ["state", "due_on"], unique=False)


def _steps() -> None:
    op.create_table(
        "review_task_step",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("told_at", kb.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["review_task.id"], name=op.f("fk_review_task_step_task_id_review_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_task_step")),
        sa.UniqueConstraint("task_id", "kind", "key", name=op.f("uq_review_task_step_task_id_kind_key")),
    )
    op.create_index("ix_review_task_step_untold", "review_task_step", ["id"], unique=False, sqlite_where=_UNTOLD,
                    postgresql_where=_UNTOLD)


def downgrade() -> None:
    raise NotImplementedError("an older release would drop whose work is due when; restore a backup made before")

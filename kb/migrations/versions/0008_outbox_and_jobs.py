"""Topics and consumers of the outbox, runs of jobs; on PostgreSQL no two live texts of an article for one instant

The constraint compares rectangles of valid and system time. Its server need not have btree_gist: an article is compared
as a range of texts that holds it alone.
"""

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    with op.batch_alter_table("outbox_event", schema=None) as batch_op:  # in place: the table counts on, ids are kept
        batch_op.add_column(sa.Column("topic", sa.String(length=20), nullable=False, server_default="article"))
        batch_op.create_index(batch_op.f("ix_outbox_event_at"), ["at"], unique=False)
    op.create_table(
        "outbox_consumer",
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("checkpoint", sa.Integer(), nullable=False),
        sa.Column("seen_at", kb.db.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("topic", "name", name=op.f("pk_outbox_consumer")),
    )
    op.create_table(
        "job_run",
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("due_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("worker", sa.String(length=100), nullable=False),
        sa.Column("claimed_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("lease_until", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("finished_at", kb.db.Instant(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.CheckConstraint("outcome IN ('', 'done', 'failed')", name=op.f("ck_job_run_outcome")),
        sa.PrimaryKeyConstraint("job", "due_at", name=op.f("pk_job_run")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute('CREATE TYPE article_range AS RANGE (subtype = text, collation = "C")')
        op.execute(
            "ALTER TABLE publication ADD CONSTRAINT ex_publication_live EXCLUDE USING gist ("
            "article_range(article_id, article_id, '[]') WITH &&, "
            "tstzrange(effective_from, effective_to) WITH &&, "
            "tstzrange(published_at, superseded_at) WITH &&) DEFERRABLE INITIALLY DEFERRED")


def downgrade() -> None:
    raise NotImplementedError("an older release does not know topics; restore a backup made before the upgrade")

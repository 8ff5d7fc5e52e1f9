"""Signals of staleness: what was found, with its evidence, and when it no longer held."""

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "signal",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("raised_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("cleared_at", kb.db.Instant(timezone=True), nullable=True),
        sa.Column("cleared_why", sa.String(length=200), nullable=False),
        sa.CheckConstraint("severity IN ('info', 'warning', 'serious')", name=op.f("ck_signal_severity")),
        sa.CheckConstraint("audience IN ('public', 'agent')", name=op.f("ck_signal_audience")),
        sa.CheckConstraint("cleared_at IS NULL OR cleared_at >= raised_at", name=op.f("ck_signal_interval")),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_signal_article_id_article")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
    )
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.create_index("uq_signal_open", ["article_id", "kind", "key"], unique=True,
                              sqlite_where=sa.text("cleared_at IS NULL"),
                              postgresql_where=sa.text("cleared_at IS NULL"))
        batch_op.create_index("ix_signal_kind_cleared_at", ["kind", "cleared_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_signal_article_id"), ["article_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("an older release does not remove the words of an erased text from these; restore a "
                              "backup made before the upgrade")

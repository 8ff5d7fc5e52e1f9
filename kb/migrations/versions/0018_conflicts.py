"""Contradictions between published texts, and which texts were compared."""

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "conflict_pair",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("revision_id", sa.String(length=36), nullable=False),
        sa.Column("other_revision_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("other_start", sa.Integer(), nullable=False),
        sa.Column("other_end", sa.Integer(), nullable=False),
        sa.CheckConstraint("revision_id <> other_revision_id", name=op.f("ck_conflict_pair_two_texts")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_conflict_pair_revision_id_revision")),
        sa.ForeignKeyConstraint(["other_revision_id"], ["revision.id"],
                                name=op.f("fk_conflict_pair_other_revision_id_revision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_pair")),
    )
    with op.batch_alter_table("conflict_pair", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conflict_pair_revision_id"), ["revision_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conflict_pair_other_revision_id"), ["other_revision_id"], unique=False)
    op.create_table(
        "conflict_reading",
        sa.Column("revision_id", sa.String(length=36), nullable=False),
        sa.Column("method", sa.Integer(), nullable=False),
        sa.Column("read_at", kb.db.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"],
                                name=op.f("fk_conflict_reading_revision_id_revision")),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_conflict_reading")),
    )


def downgrade() -> None:
    raise NotImplementedError("an older release does not remove what is kept of an erased text; restore a backup made "
                              "before the upgrade")

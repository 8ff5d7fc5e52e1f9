"""The figures of published texts, and by which reader they were read, both made anew where they are missing."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "fact",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("revision_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("op", sa.String(length=2), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("figure_start", sa.Integer(), nullable=False),
        sa.Column("figure_end", sa.Integer(), nullable=False),
        sa.Column("attribute", sa.String(length=100), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_fact_revision_id_revision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
    )
    with op.batch_alter_table("fact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fact_revision_id"), ["revision_id"], unique=False)
        batch_op.create_index("ix_fact_kind_value", ["kind", "value"], unique=False)
    op.create_table(
        "fact_reading",
        sa.Column("revision_id", sa.String(length=36), nullable=False),
        sa.Column("reader", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_fact_reading_revision_id_revision")),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_fact_reading")),
    )


def downgrade() -> None:
    raise NotImplementedError("an older release does not empty these when words are erased; restore a backup made "
                              "before the upgrade")

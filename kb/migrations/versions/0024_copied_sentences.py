"""Sentences of published texts by which copies are known again, and what later texts changed of them."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "copy_reading",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("revision_id", sa.String(length=36), nullable=False),
        sa.Column("reader", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_copy_reading_revision_id_revision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy_reading")),
        sa.UniqueConstraint("revision_id", name=op.f("uq_copy_reading_revision_id")),
    )
    op.create_table(
        "copy_sentence",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reading_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False), sa.Column("end", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["copy_reading.id"],
                                name=op.f("fk_copy_sentence_reading_id_copy_reading")),
        sa.PrimaryKeyConstraint("hash", "reading_id", name=op.f("pk_copy_sentence")),
    )
    op.create_index("ix_copy_sentence_reading_id", "copy_sentence", ["reading_id"])
    op.create_table(
        "copy_change",
        sa.Column("reading_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("now_start", sa.Integer(), nullable=False), sa.Column("now_end", sa.Integer(), nullable=False),
        sa.Column("near", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["copy_reading.id"],
                                name=op.f("fk_copy_change_reading_id_copy_reading")),
        sa.PrimaryKeyConstraint("reading_id", "hash", name=op.f("pk_copy_change")),
    )
    op.create_index("ix_copy_change_hash", "copy_change", ["hash"])


def downgrade() -> None:
    raise NotImplementedError("an older release works with these tables in place; restore a backup to remove them")

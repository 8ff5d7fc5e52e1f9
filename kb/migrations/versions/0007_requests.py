"""Requests that came under an Idempotency-Key, and what was replied.

The release before does not know the table and leaves it alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("sender", sa.String(length=64), nullable=False),
        sa.Column("key_sha256", sa.String(length=64), nullable=False),
        sa.Column("route", sa.String(length=200), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("stamp", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.String(length=36), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("tag", sa.String(length=80), nullable=True),
        sa.Column("begun_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("ends_at", kb.db.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("(status IS NULL) = (reply IS NULL)", name=op.f("ck_idempotency_key_reply")),
        sa.PrimaryKeyConstraint("sender", "key_sha256", name=op.f("pk_idempotency_key")),
    )
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_key_ends_at"), ["ends_at"], unique=False)


def downgrade() -> None:
    op.drop_table("idempotency_key")

"""Passwords that somebody else set, what sessions show of themselves, persons known by a sign-in service

A release before may go on over it: what it writes gets the defaults, and a session without the new times lasts as
before.
"""

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("last_sign_in_at", kb.db.Instant(timezone=True), nullable=True))
    op.execute("UPDATE user_account SET last_sign_in_at = "
               "(SELECT MAX(s.created_at) FROM web_session s WHERE s.user_id = user_account.id)")
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("used_at", kb.db.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("idle_ends_at", kb.db.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("device", sa.String(length=40), server_default="", nullable=False))
        batch_op.add_column(sa.Column("issuer", sa.String(length=255), nullable=True))
    op.create_table(
        "user_identity",
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("linked_at", kb.db.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_identity_user_id_user_account")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_user_identity")),
        sa.UniqueConstraint("user_id", "issuer", name=op.f("uq_user_identity_user_id_issuer")),
    )


def downgrade() -> None:
    raise NotImplementedError("who signs in by which service cannot be put back; restore a backup made before the "
                              "upgrade")

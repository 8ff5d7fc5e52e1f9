"""Room for a sealed secret of a webhook, and what its receiver replied"""

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    # No release before this one makes webhooks, so that the table is empty: SQLite, which makes it anew, loses nothing.
    with op.batch_alter_table("webhook", schema=None) as batch_op:
        batch_op.alter_column("secret", existing_type=sa.String(length=64), type_=sa.String(length=300),
                              existing_nullable=False)
    op.add_column("notice_delivery", sa.Column("status", sa.Integer(), nullable=True))
    op.add_column("notice_delivery", sa.Column("tried_at", kb.db.Instant(timezone=True), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("an older release has no room for the sealed secrets; restore a backup made before the "
                              "upgrade")

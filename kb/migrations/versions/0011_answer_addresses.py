"""An answer has an address: what else a page shows of it, the answer before it, and which choice was taken"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("follows", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("taken", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("shown", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("an older release gives answers no addresses; restore a backup made before the upgrade")

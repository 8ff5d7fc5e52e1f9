"""Entries of the audit log tell the digests of the rows that they changed"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("audit_entry", sa.Column("rows", sa.JSON(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("the entries' hashes cover their digests, which an older release does not read; restore "
                              "a backup made before the upgrade")

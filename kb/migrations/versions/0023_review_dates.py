"""Keep the review date in force with what is live, so that what is overdue is found without reading every text."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0023"
down_revision = "0022"

_LIVE = sa.text("superseded_at IS NULL")
_NEVER = datetime(9000, 1, 1, tzinfo=UTC)
_BATCH = 2_000  # rows


def upgrade() -> None:
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.add_column(sa.Column("review_by", kb.db.Instant(timezone=True), nullable=True))
    op.create_index("ix_publication_to_review", "publication", ["review_by"], sqlite_where=_LIVE,
                    postgresql_where=_LIVE)
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """The later of the revision's own date and the last confirmation's, of what is live."""
    at = kb.db.Instant(timezone=True)
    row = sa.table("publication", sa.column("id", sa.Integer), sa.column("revision_id", sa.String),
                   sa.column("superseded_at", at), sa.column("review_by", at))
    text = sa.table("revision", sa.column("id", sa.String), sa.column("review_by", at))
    said = sa.table("confirmation", sa.column("revision_id", sa.String), sa.column("review_by", at))
    own = sa.select(text.c.review_by).where(text.c.id == row.c.revision_id).scalar_subquery()
    confirmed = sa.select(sa.func.max(said.c.review_by)).where(
        said.c.revision_id == row.c.revision_id).scalar_subquery()
    later = sa.case((sa.or_(own.is_(None), own < confirmed), confirmed), else_=own)
    last = connection.scalar(sa.select(sa.func.max(row.c.id))) or 0
    for first in range(0, last, _BATCH):
        connection.execute(
            sa.update(row).where(row.c.id > first, row.c.id <= first + _BATCH, row.c.superseded_at.is_(None),
                                 row.c.review_by.is_(None))
            .values(review_by=sa.func.coalesce(later, sa.literal(_NEVER, at))))


def downgrade() -> None:
    raise NotImplementedError("an older release does not put the kept date off when a text is confirmed; restore a "
                              "backup made before the upgrade")

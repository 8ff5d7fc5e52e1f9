"""Find what is in review or came back, and what is to come into force, without reading every text

For the lists of those who write, at a hundred thousand articles.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_LIVE = sa.text("superseded_at IS NULL")


def upgrade() -> None:
    op.create_index("ix_revision_state_article_id", "revision", ["state", "article_id"])
    op.create_index("ix_publication_to_come", "publication", ["effective_from"], sqlite_where=_LIVE,
                    postgresql_where=_LIVE)


def downgrade() -> None:
    op.drop_index("ix_publication_to_come", "publication")
    op.drop_index("ix_revision_state_article_id", "revision")

"""What the check before submitting found, kept with the submission"""

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "draft_check",
        sa.Column("draft_id", sa.String(length=36), nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("revision_id", sa.String(length=36), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("checker", sa.String(length=64), nullable=False),
        sa.Column("checked_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_draft_check_article_id_article")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_draft_check_revision_id_revision")),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_draft_check")),
        sa.UniqueConstraint("revision_id", name=op.f("uq_draft_check_revision_id")),
    )
    with op.batch_alter_table("draft_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_check_article_id"), ["article_id"], unique=False)


def downgrade() -> None:
    op.drop_table("draft_check")

"""Comments on revisions, who has looked at which, and an index of what waits for signatures"""

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "review_comment",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("revision_id", sa.String(length=36), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("past", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("written_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("resolved_by", sa.String(length=64), nullable=True),
        sa.Column("resolved_at", kb.db.Instant(timezone=True), nullable=True),
        sa.CheckConstraint("first >= 0 AND (past > first OR (past = 0 AND first = 0))",
                           name=op.f("ck_review_comment_stretch")),
        sa.CheckConstraint("(resolved_at IS NULL) = (resolved_by IS NULL)", name=op.f("ck_review_comment_resolved")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_review_comment_revision_id_revision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_comment")),
    )
    with op.batch_alter_table("review_comment", schema=None) as batch_op:
        batch_op.create_index("ix_review_comment_revision", ["revision_id", "id"], unique=False)
    op.create_index("ix_revision_state", "revision", ["state", "created_at"], unique=False)
    op.create_table(
        "revision_look",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("revision_id", sa.String(length=36), nullable=False),
        sa.Column("looked_at", kb.db.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_revision_look_revision_id_revision")),
        sa.PrimaryKeyConstraint("person", "revision_id", name=op.f("pk_revision_look")),
    )


def downgrade() -> None:
    raise NotImplementedError("an older release would drop what reviewers wrote; restore a backup made before")

"""Known questions of sections"""

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "known_question",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("heading_path", sa.JSON(), nullable=False),
        sa.Column("section", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("wording", sa.String(length=64), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answer_id", sa.String(length=36), nullable=True),
        sa.Column("proposer", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("releaser", sa.String(length=64), nullable=True),
        sa.Column("released_at", kb.db.Instant(timezone=True), nullable=True),
        sa.Column("dropper", sa.String(length=64), nullable=True),
        sa.Column("dropped_at", kb.db.Instant(timezone=True), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('proposed', 'released', 'dropped')", name=op.f("ck_known_question_state")),
        sa.CheckConstraint("lang IN ('zh', 'en')", name=op.f("ck_known_question_lang")),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_known_question_article_id_article")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_question")),
        sa.UniqueConstraint("section", "wording", name=op.f("uq_known_question_section")),
    )
    with op.batch_alter_table("known_question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_known_question_article_id"), ["article_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_known_question_event_id"), ["event_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("known_question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_known_question_event_id"))
        batch_op.drop_index(batch_op.f("ix_known_question_article_id"))

    op.drop_table("known_question")

"""What people are told, how each wants to hear of it, what is to be sent, and webhooks"""

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=True),
        sa.Column("told_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("read_at", kb.db.Instant(timezone=True), nullable=True),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_notice_user_id_user_account")),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_notice_article_id_article")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_notice_user_id_key")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_user_id_id", ["user_id", "id"], unique=False)
        batch_op.create_index("ix_notice_article_id", ["article_id"], unique=False)
    op.create_table(
        "notice_choice",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("mail", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("ways", sa.JSON(), nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=False),
        sa.Column("is_on_working_days", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_to", sa.Integer(), nullable=True),
        sa.Column("feed_sha256", sa.String(length=64), nullable=True),
        sa.Column("feed_made_at", kb.db.Instant(timezone=True), nullable=True),
        sa.CheckConstraint("digest_hour BETWEEN 0 AND 23", name=op.f("ck_notice_choice_digest_hour")),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_notice_choice_language")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_notice_choice_user_id_user_account")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notice_choice")),
        sa.UniqueConstraint("feed_sha256", name=op.f("uq_notice_choice_feed_sha256")),
    )
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("stopped_at", kb.db.Instant(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.UniqueConstraint("name", name=op.f("uq_webhook_name")),
    )
    op.create_table(
        "notice_delivery",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column("webhook_id", sa.String(length=36), nullable=True),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("worker", sa.String(length=100), nullable=False),
        sa.Column("ended_at", kb.db.Instant(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=60), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'dead')", name=op.f("ck_notice_delivery_state")),
        sa.CheckConstraint("(notice_id IS NULL) <> (webhook_id IS NULL)", name=op.f("ck_notice_delivery_what")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_delivery_notice_id_notice"),
                                ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name=op.f("fk_notice_delivery_webhook_id_webhook"),
                                ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_delivery")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_notice_delivery_notice_id")),
        sa.UniqueConstraint("webhook_id", "key", name=op.f("uq_notice_delivery_webhook_id_key")),
    )
    with op.batch_alter_table("notice_delivery", schema=None) as batch_op:
        batch_op.create_index("ix_notice_delivery_state_next_at", ["state", "next_at"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("an older release does not remove the words of an erased text from these; restore a "
                              "backup made before the upgrade")

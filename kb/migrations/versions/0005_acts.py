"""Hiding, urgent publication, moving and redacting; departments with people; the list of categories

Categories in use become the list. Nothing that is stored changes.
"""

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0005"
down_revision = "0004"

_INSTANT = kb.db.Instant(timezone=True)


def upgrade() -> None:
    _departments()
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("redacted_at", _INSTANT, nullable=True))
    op.create_table(
        "category",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("risk", sa.String(length=10), nullable=False),
        sa.Column("review_days", sa.Integer(), nullable=True),
        sa.CheckConstraint("risk IN ('low', 'normal', 'high')", name=op.f("ck_category_risk")),
        sa.CheckConstraint("review_days BETWEEN 1 AND 3650", name=op.f("ck_category_review_days")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_category")),
    )
    op.execute("INSERT INTO category (name, risk) SELECT category, 'normal' FROM revision WHERE category <> '' "
               "UNION SELECT category, 'normal' FROM signature_rule WHERE category <> ''")
    _acts()


def _departments() -> None:
    with op.batch_alter_table("department", schema=None) as batch_op:
        batch_op.add_column(sa.Column("head", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("deputies", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("contacts", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("district", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("successor", sa.String(length=64), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_department_successor_department"), "department", ["successor"],
                                    ["code"])
    with op.batch_alter_table("department", schema=None) as batch_op:
        for name in ("head", "deputies", "contacts", "district"):
            batch_op.alter_column(name, server_default=None)


def _acts() -> None:
    op.create_table(
        "hiding",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hidden_by", sa.String(length=64), nullable=False),
        sa.Column("hidden_at", _INSTANT, nullable=False),
        sa.Column("until", _INSTANT, nullable=True),
        sa.Column("signed_by", sa.String(length=64), nullable=True),
        sa.Column("signed_at", _INSTANT, nullable=True),
        sa.Column("shown_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("signed_by <> hidden_by", name=op.f("ck_hiding_second_person")),
        sa.CheckConstraint("until IS NOT NULL OR signed_by IS NOT NULL", name=op.f("ck_hiding_ends")),
        sa.CheckConstraint("until >= hidden_at", name=op.f("ck_hiding_interval")),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_hiding_article_id_article")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hiding")),
    )
    with op.batch_alter_table("hiding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hiding_article_id"), ["article_id"], unique=False)
    op.create_table(
        "urgency",
        sa.Column("revision_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("published_by", sa.String(length=64), nullable=False),
        sa.Column("published_at", _INSTANT, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("settled_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_urgency_revision_id_revision")),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_urgency")),
    )
    op.create_table(
        "transfer",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("source_signer", sa.String(length=64), nullable=True),
        sa.Column("target_signer", sa.String(length=64), nullable=True),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.CheckConstraint("source <> target", name=op.f("ck_transfer_two_departments")),
        sa.CheckConstraint("source_signer <> target_signer", name=op.f("ck_transfer_two_people")),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_transfer_article_id_article")),
        sa.ForeignKeyConstraint(["source"], ["department.code"], name=op.f("fk_transfer_source_department")),
        sa.ForeignKeyConstraint(["target"], ["department.code"], name=op.f("fk_transfer_target_department")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
    )
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfer_article_id"), ["article_id"], unique=False)
    op.create_table(
        "redaction",
        sa.Column("revision_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("agreed_by", sa.String(length=64), nullable=True),
        sa.Column("agreed_at", _INSTANT, nullable=True),
        sa.CheckConstraint("agreed_by <> asked_by", name=op.f("ck_redaction_two_people")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_redaction_revision_id_revision")),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_redaction")),
    )


def downgrade() -> None:
    raise NotImplementedError("what was hidden would be seen again; restore a backup made before the upgrade")

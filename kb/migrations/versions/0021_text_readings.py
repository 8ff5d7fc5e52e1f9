"""What published texts say of articles, documents and days; and in which revisions a signal's evidence stands."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def _revision_of(table: str) -> tuple[sa.Column, sa.ForeignKeyConstraint]:  # type: ignore[type-arg]
    return (sa.Column("revision_id", sa.String(length=36), nullable=False),
            sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f(f"fk_{table}_revision_id_revision")))


def upgrade() -> None:
    op.create_table(
        "text_reading", *_revision_of("text_reading"),
        sa.Column("reader", sa.Integer(), nullable=False),
        sa.Column("anchors", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_text_reading")),
    )
    op.create_table(
        "text_link",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False), *_revision_of("text_link"),
        sa.Column("slug", sa.String(length=128), nullable=False),
        sa.Column("section", sa.String(length=200), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False), sa.Column("end", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_link")),
    )
    op.create_table(
        "text_date",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False), *_revision_of("text_date"),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("since", sa.Date(), nullable=False), sa.Column("gone_on", sa.Date(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False), sa.Column("end", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_date")),
    )
    op.create_table(
        "text_document",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False), *_revision_of("text_document"),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("number_key", sa.String(length=100), nullable=False),
        sa.Column("title_key", sa.String(length=200), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False), sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=True),
        sa.CheckConstraint("role IN ('basis', 'repeal')", name=op.f("ck_text_document_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_document")),
    )
    op.create_table(
        "signal_evidence",
        sa.Column("signal_id", sa.String(length=36), nullable=False), *_revision_of("signal_evidence"),
        sa.ForeignKeyConstraint(["signal_id"], ["signal.id"], name=op.f("fk_signal_evidence_signal_id_signal")),
        sa.PrimaryKeyConstraint("signal_id", "revision_id", name=op.f("pk_signal_evidence")),
    )
    for table, *columns in (("text_link", "revision_id", "slug"), ("text_date", "revision_id", "gone_on"),
                            ("text_document", "revision_id", "number_key", "title_key"),
                            ("signal_evidence", "revision_id")):
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def downgrade() -> None:
    raise NotImplementedError("an older release does not remove the words of an erased text from these; restore a "
                              "backup made before the upgrade")

"""Files attached to texts, by hash; which revisions carry them follows from what these say already"""

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0009"
down_revision = "0008"

_BATCH = 500  # revisions


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("stored_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("stored_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("bytes > 0", name=op.f("ck_attachment_bytes")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_attachment")),
    )
    op.create_table(
        "attachment_piece",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["attachment.sha256"], name=op.f("fk_attachment_piece_sha256_attachment")),
        sa.PrimaryKeyConstraint("sha256", "ordinal", name=op.f("pk_attachment_piece")),
    )
    op.create_table(
        "revision_attachment",
        sa.Column("revision_id", sa.String(length=36), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"],
                                name=op.f("fk_revision_attachment_revision_id_revision")),
        sa.PrimaryKeyConstraint("revision_id", "ordinal", name=op.f("pk_revision_attachment")),
    )
    op.create_index(op.f("ix_revision_attachment_sha256"), "revision_attachment", ["sha256"])
    _carry_over()


def _carry_over() -> None:
    """Of each revision the files that it names."""
    revisions = sa.table("revision", sa.column("id", sa.String), sa.column("attachments", sa.JSON))
    carried = sa.table("revision_attachment", sa.column("revision_id"), sa.column("ordinal"), sa.column("sha256"),
                       sa.column("name"))
    connection, last = op.get_bind(), ""
    while rows := connection.execute(sa.select(revisions.c.id, revisions.c.attachments).where(revisions.c.id > last)
                                     .order_by(revisions.c.id).limit(_BATCH)).all():
        last = rows[-1].id
        found = [{"revision_id": row.id, "ordinal": n, "sha256": each["sha256"], "name": each["name"][:300]}
                 for row in rows for n, each in enumerate(row.attachments or ())]
        if found:
            connection.execute(carried.insert(), found)


def downgrade() -> None:
    raise NotImplementedError("an older release does not keep files; restore a backup made before the upgrade")

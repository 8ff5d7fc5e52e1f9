"""The phone ledger, the register of basis documents, the links to them, and who has looked at which."""

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "ledger_phone",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=True),
        sa.Column("hours", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("replaced_by", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("former_department", sa.String(length=64), nullable=True),
        sa.Column("moved_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from",
                           name=op.f("ck_ledger_phone_days")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_ledger_phone_version")),
        sa.ForeignKeyConstraint(["department"], ["department.code"],
                                name=op.f("fk_ledger_phone_department_department")),
        sa.ForeignKeyConstraint(["former_department"], ["department.code"],
                                name=op.f("fk_ledger_phone_former_department_department")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_phone")),
        sa.UniqueConstraint("number", name=op.f("uq_ledger_phone_number")),
    )
    with op.batch_alter_table("ledger_phone", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_phone_department"), ["department"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_phone_valid_to"), ["valid_to"], unique=False)
    _register()
    _links()


def _register() -> None:
    op.create_table(
        "register_document",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("title_key", sa.String(length=300), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("number_key", sa.String(length=200), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=True),
        sa.Column("changed_by_id", sa.String(length=36), nullable=True),
        sa.Column("changed_by_text", sa.String(length=300), nullable=False),
        sa.Column("changed_at", kb.db.Instant(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("status IN ('in_force', 'amended', 'repealed')", name=op.f("ck_register_document_status")),
        sa.CheckConstraint("(status = 'in_force') = (changed_on IS NULL)", name=op.f("ck_register_document_changed")),
        sa.CheckConstraint("effective_to IS NULL OR effective_from IS NULL OR effective_to >= effective_from",
                           name=op.f("ck_register_document_days")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_register_document_version")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["register_document.id"],
                                name=op.f("fk_register_document_changed_by_id_register_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_document")),
    )
    with op.batch_alter_table("register_document", schema=None) as batch_op:
        batch_op.create_index("uq_register_document_number", ["number_key"], unique=True,
                              sqlite_where=sa.text("number_key <> ''"), postgresql_where=sa.text("number_key <> ''"))
        batch_op.create_index("uq_register_document_title", ["title_key"], unique=True,
                              sqlite_where=sa.text("number_key = ''"), postgresql_where=sa.text("number_key = ''"))
        batch_op.create_index("ix_register_document_title_key", ["title_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_register_document_effective_to"), ["effective_to"], unique=False)
        batch_op.create_index(batch_op.f("ix_register_document_status"), ["status"], unique=False)


def _links() -> None:
    op.create_table(
        "source_link",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("etag", sa.String(length=200), nullable=False),
        sa.Column("last_modified", sa.String(length=100), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("pending_hash", sa.String(length=64), nullable=False),
        sa.Column("hashes", sa.JSON(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", kb.db.Instant(timezone=True), nullable=True),
        sa.Column("checked_at", kb.db.Instant(timezone=True), nullable=True),
        sa.Column("next_check_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("changed_at", kb.db.Instant(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('new', 'ok', 'failing', 'dead', 'unclear', 'refused')",
                           name=op.f("ck_source_link_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_link")),
        sa.UniqueConstraint("address", name=op.f("uq_source_link_address")),
    )
    with op.batch_alter_table("source_link", schema=None) as batch_op:
        batch_op.create_index("ix_source_link_due", ["is_used", "next_check_at"], unique=False)
        batch_op.create_index("ix_source_link_state", ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_source_link_host"), ["host"], unique=False)
    op.create_table(
        "source_link_look",
        sa.Column("link_id", sa.String(length=36), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("looked_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("looked_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["department"], ["department.code"],
                                name=op.f("fk_source_link_look_department_department")),
        sa.ForeignKeyConstraint(["link_id"], ["source_link.id"], name=op.f("fk_source_link_look_link_id_source_link")),
        sa.PrimaryKeyConstraint("link_id", "department", name=op.f("pk_source_link_look")),
    )


def downgrade() -> None:
    raise NotImplementedError("what managers entered would be lost; restore a backup made before the upgrade")

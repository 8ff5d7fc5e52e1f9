"""Drafts beside the revisions, signatures in place of approvals, rules, confirmations; the call of an answer

Revisions that were drafts become drafts: their number and hash counted for nothing yet. Approvals become signatures
that do not know for which department they were given, like imported history.
"""

import json
import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0003"
down_revision = "0002"

_STATES = "state IN ('in_review', 'approved', 'published', 'withdrawn', 'rejected')"
_TEXT = ("title", "source", "summary", "lang", "category", "keywords", "synonyms", "audience", "owner", "attachments",
         "change_note", "is_minor")
_LISTS = ("keywords", "synonyms", "attachments")


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("base_id", sa.String(length=36), nullable=True),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("contributors", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("updated_at", kb.db.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_draft_version")),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_draft_article_id_article")),
        sa.ForeignKeyConstraint(["base_id"], ["revision.id"], name=op.f("fk_draft_base_id_revision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_article_id"), ["article_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_draft_author"), ["author"], unique=False)
    _move_drafts(op.get_bind())
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("contributors", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.create_unique_constraint(batch_op.f("uq_revision_id_author_sha256"), ["id", "author", "sha256"])
        batch_op.create_check_constraint(batch_op.f("ck_revision_state"), _STATES)
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.alter_column("contributors", server_default=None)
    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("revision_id", sa.String(length=36), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=True),
        sa.Column("signer", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_substitute", sa.Boolean(), nullable=False),
        sa.Column("is_imported", sa.Boolean(), nullable=False),
        sa.Column("signed_at", kb.db.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("signer <> author", name=op.f("ck_signature_own_text")),
        sa.CheckConstraint("decision IN ('signed', 'rejected')", name=op.f("ck_signature_decision")),
        sa.CheckConstraint("is_imported OR department IS NOT NULL", name=op.f("ck_signature_department")),
        sa.CheckConstraint("reason <> '' OR (decision = 'signed' AND NOT is_substitute)",
                           name=op.f("ck_signature_reason")),
        sa.ForeignKeyConstraint(["department"], ["department.code"], name=op.f("fk_signature_department_department")),
        sa.ForeignKeyConstraint(
            ["revision_id", "author", "sha256"], ["revision.id", "revision.author", "revision.sha256"],
            name=op.f("fk_signature_revision_id_revision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        sa.UniqueConstraint("revision_id", "signer", name=op.f("uq_signature_revision_id_signer")),
    )
    op.execute("INSERT INTO signature (revision_id, author, sha256, department, signer, decision, reason, "
               "is_substitute, is_imported, signed_at) "
               "SELECT a.revision_id, r.author, r.sha256, NULL, a.approver, 'signed', '', FALSE, TRUE, a.approved_at "
               "FROM approval a JOIN revision r ON r.id = a.revision_id ORDER BY a.approved_at, a.approver")
    op.drop_table("approval")
    op.create_table(
        "signature_rule",
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("owner_signatures", sa.Integer(), nullable=False),
        sa.CheckConstraint("owner_signatures BETWEEN 1 AND 5", name=op.f("ck_signature_rule_owner_signatures")),
        sa.PrimaryKeyConstraint("department", "category", name=op.f("pk_signature_rule")),
    )
    op.create_table(
        "confirmation",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("revision_id", sa.String(length=36), nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("review_by", kb.db.Instant(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_confirmation_revision_id_revision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmation")),
    )
    with op.batch_alter_table("confirmation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_confirmation_revision_id"), ["revision_id"], unique=False)
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=10), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("choices", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("call_ref", sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f("ix_answer_call_ref"), ["call_ref"], unique=False)
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.alter_column("state", server_default=None)
        batch_op.alter_column("choices", server_default=None)
    with op.batch_alter_table("known_question", schema=None) as batch_op:  # as all others are named
        batch_op.drop_constraint("uq_known_question_section", type_="unique")
        batch_op.create_unique_constraint(batch_op.f("uq_known_question_section_wording"), ["section", "wording"])


def _move_drafts(connection: sa.Connection) -> None:
    """Revisions in the state draft into the table of drafts, the newest text of each author and article last saved."""
    tables = sa.MetaData()
    tables.reflect(connection, only=["revision", "revision_co_owner", "basis", "draft"])
    texts, co_owners, bases = (tables.tables[n] for n in ("revision", "revision_co_owner", "basis"))
    instants = {name: kb.db.Instant(timezone=True) for name in ("effective_from", "effective_to", "review_by",
                                                                "created_at")}
    typed: dict[str, sa.types.TypeEngine[Any]] = {**instants, **dict.fromkeys(_LISTS, sa.JSON())}
    columns: list[Any] = [sa.type_coerce(texts.c[name], kind).label(name) for name, kind in typed.items()]
    columns += [c for c in texts.c if c.name not in typed]
    found = connection.execute(sa.select(*columns).where(texts.c.state == "draft").order_by(texts.c.number)).mappings()
    for row in list(found):
        fields = {name: row[name] for name in _TEXT}
        fields |= {name: row[name].isoformat() if row[name] else None
                   for name in ("effective_from", "effective_to", "review_by")}
        fields["is_minor"] = bool(row["is_minor"])
        fields["co_owners"] = sorted(connection.scalars(
            sa.select(co_owners.c.department).where(co_owners.c.revision_id == row["id"])))
        fields["bases"] = [
            {"title": b.title, "number": b.number, "issuer": b.issuer, "url": b.url,
             "date": str(b.issued_on) if b.issued_on else None}
            for b in connection.execute(sa.select(bases).where(bases.c.revision_id == row["id"]).order_by(
                bases.c.ordinal))]
        connection.execute(sa.text(
            "INSERT INTO draft (id, article_id, base_id, author, contributors, fields, version, created_at, "
            "updated_at) VALUES (:id, :article, NULL, :author, :contributors, :fields, 1, :at, :at)").bindparams(
                sa.bindparam("at", type_=kb.db.Instant(timezone=True)), sa.bindparam("fields", type_=sa.JSON()),
                sa.bindparam("contributors", type_=sa.JSON())),
            {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"draft/{row['id']}")), "article": row["article_id"],
             "author": row["author"], "contributors": [], "fields": json.loads(json.dumps(fields)),
             "at": row["created_at"]})
        for table in (co_owners, bases):
            connection.execute(sa.delete(table).where(table.c.revision_id == row["id"]))
        connection.execute(sa.delete(texts).where(texts.c.id == row["id"]))


def downgrade() -> None:
    raise NotImplementedError("drafts and signatures cannot be put back; restore a backup made before the upgrade")

"""Verdicts on answers, gaps, and the calls that were told a text which has changed"""

import sqlalchemy as sa
from alembic import op

import kb.db

revision = "0017"
down_revision = "0016"

_AT = kb.db.Instant(timezone=True)


def upgrade() -> None:
    _feedback()
    _gaps()
    _callbacks()


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("target", sa.String(length=10), nullable=False),
        sa.Column("thing", sa.String(length=120), nullable=False),
        sa.Column("answer_id", sa.String(length=36), nullable=True),
        sa.Column("citation", sa.Integer(), nullable=True),
        sa.Column("article_id", sa.String(length=36), nullable=True),
        sa.Column("revision_id", sa.String(length=36), nullable=True),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("given_by", sa.String(length=64), nullable=False),
        sa.Column("given_at", _AT, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("resolved_by", sa.String(length=64), nullable=True),
        sa.Column("resolved_at", _AT, nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("seen_at", _AT, nullable=True),
        sa.CheckConstraint("target IN ('answer', 'citation', 'result', 'refusal')", name=op.f("ck_feedback_target")),
        sa.CheckConstraint("verdict IN ('right', 'wrong', 'outdated', 'incomplete')", name=op.f("ck_feedback_verdict")),
        sa.CheckConstraint("state IN ('open', 'accepted', 'declined', 'mended')", name=op.f("ck_feedback_state")),
        sa.CheckConstraint("(resolved_at IS NULL) = (resolved_by IS NULL)", name=op.f("ck_feedback_resolved")),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_feedback_article_id_article")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_feedback_revision_id_revision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("given_by", "thing", name="uq_feedback_given_by_thing"),
    )
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.create_index("ix_feedback_state_given_at", ["state", "given_at"], unique=False)
        for column in ("answer_id", "article_id", "revision_id"):
            batch_op.create_index(batch_op.f(f"ix_feedback_{column}"), [column], unique=False)


def _gaps() -> None:
    op.create_table(
        "gap",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=True),
        sa.Column("article_id", sa.String(length=36), nullable=True),
        sa.Column("central", sa.String(length=36), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("first_asked_at", _AT, nullable=False),
        sa.Column("last_asked_at", _AT, nullable=False),
        sa.Column("center", sa.LargeBinary(), nullable=False),
        sa.Column("recipe", sa.String(length=100), nullable=False),
        sa.Column("found_at", _AT, nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", _AT, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'drafting', 'solved', 'dismissed')", name=op.f("ck_gap_state")),
        sa.CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name=op.f("ck_gap_decided")),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_gap_article_id_article")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap")),
    )
    with op.batch_alter_table("gap", schema=None) as batch_op:
        batch_op.create_index("ix_gap_state_weight", ["state", "weight"], unique=False)
        batch_op.create_index(batch_op.f("ix_gap_department"), ["department"], unique=False)
    op.create_table(
        "gap_question",
        sa.Column("answer_id", sa.String(length=36), nullable=False),
        sa.Column("gap_id", sa.String(length=36), nullable=False),
        sa.Column("asked_at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["gap_id"], ["gap.id"], name=op.f("fk_gap_question_gap_id_gap")),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_gap_question")),
    )
    with op.batch_alter_table("gap_question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gap_question_gap_id"), ["gap_id"], unique=False)


def _callbacks() -> None:
    op.create_table(
        "callback_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("answer_id", sa.String(length=36), nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("old_revision_id", sa.String(length=36), nullable=False),
        sa.Column("new_revision_id", sa.String(length=36), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("found_at", _AT, nullable=False),
        sa.Column("done_by", sa.String(length=64), nullable=True),
        sa.Column("done_at", _AT, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'called', 'not_needed')", name=op.f("ck_callback_entry_state")),
        sa.CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name=op.f("ck_callback_entry_done")),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_callback_entry_article_id_article")),
        sa.ForeignKeyConstraint(["old_revision_id"], ["revision.id"],
                                name=op.f("fk_callback_entry_old_revision_id_revision")),
        sa.ForeignKeyConstraint(["new_revision_id"], ["revision.id"],
                                name=op.f("fk_callback_entry_new_revision_id_revision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_entry")),
        sa.UniqueConstraint("answer_id", "old_revision_id", "new_revision_id", name="uq_callback_entry_told"),
    )
    with op.batch_alter_table("callback_entry", schema=None) as batch_op:
        batch_op.create_index("ix_callback_entry_state_found_at", ["state", "found_at"], unique=False)
        for column in ("article_id", "old_revision_id", "new_revision_id"):
            batch_op.create_index(batch_op.f(f"ix_callback_entry_{column}"), [column], unique=False)
    op.create_table(
        "callback_look",
        sa.Column("revision_id", sa.String(length=36), nullable=False),
        sa.Column("looked_at", _AT, nullable=False),
        sa.Column("named", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_callback_look_revision_id_revision")),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_callback_look")),
    )


def downgrade() -> None:
    raise NotImplementedError("an older release would drop what agents said of answers; restore a backup made before")

"""Where a check is kept: beside its draft, then with the revision that the draft became."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kb.articles.revisions import RevisionText
from kb.articles.writing.check_report import CheckReport, report_from, with_questions, without_others
from kb.models import DraftCheck

_LOOKED_AT = ("title", "source", "lang", "audience", "owner", "bases")


def keep_row(session: Session, article_id: str, checker: str, report: CheckReport) -> None:
    """Put a report in the place of the draft's former one, without the words of its questions and of other articles."""
    forget_check(session, report.draft_id)
    session.add(DraftCheck(draft_id=report.draft_id, article_id=article_id, version=report.version, checker=checker,
                           checked_at=report.checked_at, report=without_others(with_questions(report, {})).as_dict()))
    session.flush()


def row_of_draft(session: Session, draft_id: str) -> CheckReport | None:
    """The last report of a draft, whatever version of it was checked."""
    found = session.scalar(select(DraftCheck.report).where(DraftCheck.draft_id == draft_id))
    return report_from(found) if found else None


def row_of_revision(session: Session, revision_id: str) -> CheckReport | None:
    """The report that was handed in with a revision."""
    found = session.scalar(select(DraftCheck.report).where(DraftCheck.revision_id == revision_id))
    return report_from(found) if found else None


def follow_save(session: Session, draft_id: str, before: RevisionText, after: RevisionText, *, seen: int) -> None:
    """Let the check of version ``seen`` count for the version saved upon it, where that says the same to a check.

    Note, days and kind are filled in when a draft is handed in, beside what the check found: they take none of it back.
    """
    if any(getattr(before, name) != getattr(after, name) for name in _LOOKED_AT):
        return
    row = session.scalar(select(DraftCheck).where(DraftCheck.draft_id == draft_id, DraftCheck.version == seen))
    if row is not None:
        row.version = seen + 1
        row.report = row.report | {"version": seen + 1}
        session.flush()


def carry_check(session: Session, draft_id: str, version: int, revision_id: str) -> None:
    """Let the check of this version stay with the revision that it became; one of an older version goes."""
    session.execute(update(DraftCheck).where(DraftCheck.draft_id == draft_id, DraftCheck.version == version)
                    .values(revision_id=revision_id).execution_options(synchronize_session=False))
    session.execute(delete(DraftCheck).where(DraftCheck.draft_id == draft_id, DraftCheck.revision_id.is_(None))
                    .execution_options(synchronize_session=False))


def forget_check(session: Session, draft_id: str) -> None:
    """Remove what a check of this draft found, unless it was handed in."""
    session.execute(delete(DraftCheck).where(DraftCheck.draft_id == draft_id, DraftCheck.revision_id.is_(None))
                    .execution_options(synchronize_session=False))


def forget_checks(session: Session, article_id: str) -> None:
    """Remove all that checks of this article's texts found: they quote what is to be erased."""
    session.execute(delete(DraftCheck).where(DraftCheck.article_id == article_id)
                    .execution_options(synchronize_session=False))


def is_kept(session: Session, draft_id: str, version: int) -> datetime | None:
    """When this version was checked; None where it was not."""
    return session.scalar(select(DraftCheck.checked_at).where(DraftCheck.draft_id == draft_id,
                                                              DraftCheck.version == version))

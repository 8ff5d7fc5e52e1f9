"""The check before submitting: what there is to check, who may see what it found, and where it is kept.

The reading is done by whoever can read (retriever/check.py); here are the rights and the record. A check is advice: no
act asks whether there was one. Questions are shown to those who write or sign for the article's own department: to a
co-owner's signer a finding shows its stretches, and not who asked what.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.owners import held_article, revision_by_number
from kb.articles.revisions import RevisionText, newest_published, stored_text
from kb.articles.writing.advice import advice_on
from kb.articles.writing.check_report import CheckReport, Finding, with_others, with_questions
from kb.articles.writing.check_rows import keep_row, row_of_draft, row_of_revision
from kb.articles.writing.drafts import DraftView, get
from kb.articles.writing.references import broken_references
from kb.articles.writing.twins import same_titles
from kb.errors import Conflict
from kb.models import Article, Revision
from kb.people.permissions import Action, audiences_of, can, require
from kb.record.journal import record
from kb.record.questions import question_texts


@dataclass(frozen=True, slots=True)
class CheckTask:
    """A draft to be checked, the published text that it would replace (None for a new article), and the advice on it
    that needs no questions."""

    draft: DraftView
    article_id: str
    live_id: str | None
    live: RevisionText | None
    number: int | None
    advice: tuple[Finding, ...]


def begin_check(session: Session, actor: Actor, draft_id: str, *, now: datetime) -> CheckTask:
    """What there is to check of a draft; raises NotFound or Denied for who may not write it."""
    draft = get(session, actor, draft_id)
    require(actor, Action.DRAFT, draft.department)
    article_id = session.scalars(select(Article.id).where(Article.slug == draft.slug)).one()
    live = newest_published(session, article_id)
    advice = (*broken_references(session, actor, draft.slug, draft.text, now=now),
              *same_titles(session, actor, draft.slug, draft.text, now=now), *advice_on(draft.text))
    return CheckTask(draft, article_id, live.id if live else None, stored_text(session, live) if live else None,
                     live.number if live else None, advice)


def keep_check(session: Session, actor: Actor, report: CheckReport, *, now: datetime, origin: str) -> CheckReport:
    """Keep a report as the last one of its draft; raises Conflict where the draft was saved since it was checked."""
    draft = get(session, actor, report.draft_id)
    require(actor, Action.DRAFT, draft.department)
    article_id = session.scalars(select(Article.id).where(Article.slug == draft.slug)).one()
    held_article(session, article_id)
    version = get(session, actor, report.draft_id).version
    if version != report.version:
        raise Conflict("draft_changed", "the draft is at version {version}, and version {report_version} was checked: "
                       "check it again", version=version, report_version=report.version)
    keep_row(session, article_id, actor.name, report)
    record(session, actor, "check_draft", f"draft:{draft.id}", now=now, origin=origin,
           after={"article": draft.slug, "version": report.version, **report.counts})
    return report


def read_check(session: Session, viewer: Actor, draft_id: str) -> CheckReport | None:
    """What the last check of a draft found, None where there was none; its ``version`` tells whether the draft was
    saved since."""
    draft = get(session, viewer, draft_id)
    report = row_of_draft(session, draft_id)
    return _for_viewer(session, viewer, report, draft.department) if report else None


def read_submitted_check(session: Session, viewer: Actor, slug: str, number: int) -> CheckReport | None:
    """What was found in a revision before it was handed in; None where it was not checked, and for who neither writes
    nor signs for one of its departments. Raises NotFound for who may not know the revision."""
    return check_of(session, viewer, revision_by_number(session, viewer, slug, number))


def check_of(session: Session, viewer: Actor, revision: Revision) -> CheckReport | None:
    """The same of a revision that the viewer was shown (article and co-owners loaded)."""
    owner = revision.article.owner
    departments = {owner, *(co.department for co in revision.co_owners)}
    if not any(_writes_or_signs(viewer, department) for department in departments):
        return None
    report = row_of_revision(session, revision.id)
    return _for_viewer(session, viewer, report, owner) if report else None


def _for_viewer(session: Session, viewer: Actor, report: CheckReport, owner: str) -> CheckReport:
    ids = [one.question.answer_id for one in report.findings if one.question]
    report = with_others(report, _others(session, viewer, report))
    return with_questions(report, question_texts(session, ids) if ids and _writes_or_signs(viewer, owner) else {})


def _others(session: Session, viewer: Actor, report: CheckReport) -> dict[str, tuple[str, str]]:
    """Title and source of the revisions that a report says to contradict, as far as the viewer may read them."""
    ids = sorted({str(one["revision_id"]) for one in report.contradictions})
    if not ids:
        return {}
    rows = session.execute(select(Revision.id, Revision.title, Revision.source).where(
        Revision.id.in_(ids), Revision.redacted_at.is_(None),
        Revision.audience.in_(sorted(audience.value for audience in audiences_of(viewer)))))
    return {key: (title, source) for key, title, source in rows}


def _writes_or_signs(viewer: Actor, department: str) -> bool:
    return can(viewer, Action.READ_UNPUBLISHED, department)

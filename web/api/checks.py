"""Checks before submitting: have a draft checked, read what was found, also in what was handed in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kb.articles.writing import checks, drafts
from kb.articles.writing.check_report import CheckReport
from kb.articles.writing.check_words import said
from kb.db import Session
from kb.people.permissions import Action
from web.api.contract import route
from web.api.shapes.checks import Check, CheckOf
from web.auth import check_rate, viewer
from web.wiring import edge


@route("GET", "/drafts/<uuid:draft_id>/check", Action.READ_HISTORY, reply=CheckOf)
def read_draft_check(session: Session, draft_id: UUID) -> dict[str, Any]:
    """What the last check of a draft found

    `is_current` says whether the draft is still as it was checked."""
    report = checks.read_check(session, viewer(), str(draft_id))
    version = drafts.get(session, viewer(), str(draft_id)).version
    return {"check": shown(report) if report else None, "is_current": bool(report and report.version == version)}


@route("POST", "/drafts/<uuid:draft_id>/check", Action.DRAFT, scope="write", reply=Check,
       problems={409: "The draft was saved while it was checked"})
def check_draft(draft_id: UUID) -> dict[str, Any]:
    """Check a draft as it is saved now, and keep what is found until it is handed in

    Which questions of the log it no longer answers, answers otherwise or answers at last; broken links; its basis;
    sentences that are hard to follow. Takes a few seconds; what was found by then is told."""
    check_rate(cost=5)
    now = edge().clock()
    report = edge().retriever.check(str(draft_id), viewer(), now=now)
    with edge().database.transaction() as session:
        return shown(checks.keep_check(session, viewer(), report, now=now, origin="api"))


@route("GET", "/articles/<slug:slug>/revisions/<number:number>/check", Action.READ_HISTORY, reply=CheckOf)
def read_revision_check(session: Session, slug: str, number: int) -> dict[str, Any]:
    """What was found in a revision before it was handed in, for those who write or sign it"""
    report = checks.read_submitted_check(session, viewer(), slug, number)
    return {"check": shown(report) if report else None, "is_current": report is not None}


def shown(report: CheckReport) -> dict[str, Any]:
    """The report with each finding in words."""
    body = report.as_dict()
    for plain, finding in zip(body["findings"], report.findings, strict=True):
        plain |= {"said_zh": said(finding, "zh"), "said_en": said(finding, "en")}
    return body

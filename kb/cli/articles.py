"""``kb article``: list, show, review, history, diff. Who holds the shell holds the database, so they show all of it.

The verbs that change something stand in ``article_acts``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kb.actor import OPERATOR
from kb.articles.acts import hiding
from kb.articles.acts.hiding import Hidden
from kb.articles.acts.reviews import InReview, list_in_review
from kb.articles.live import LiveRevision
from kb.cli import article_acts, usage
from kb.cli.output import hint, line, padded, say, say_json
from kb.clock import utc_now, zone
from kb.content.article_file import article_file
from kb.db import Database
from kb.errors import NotFound
from kb.messages.catalogue import in_shell
from kb.models import Revision, State
from kb.reading import browsing, comparing, opening
from kb.reading.standing import Standing
from kb.settings import Settings


def article(parser: argparse.ArgumentParser) -> None:
    """kb article list|hidden|show|review|history|diff|where-used|carry|move|rollback|redact"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    found = verbs.add_parser("list", help="the articles that answer now")
    found.add_argument("--department", metavar="CODE", help="only this department's, e.g. hrss")
    found.add_argument("--lang", choices=("zh", "en"), help="only those in this language")
    found.set_defaults(run=_list)
    unseen = verbs.add_parser("hidden", help="what is out of sight now, and why")
    unseen.set_defaults(run=_hidden)
    shown = verbs.add_parser("show", help="an article's live text, or one of its revisions")
    shown.add_argument("slug")
    shown.add_argument("--revision", type=int, metavar="N", help="this one; default the live one")
    shown.add_argument("--file", action="store_true", help="whole, with every field, as it would be exported: what a "
                       "signature covers")
    shown.set_defaults(run=_show)
    waiting = verbs.add_parser("review", help="what waits for signatures, the longest waiting first")
    waiting.add_argument("--department", metavar="CODE", help="only what waits for this one, e.g. hrss")
    waiting.set_defaults(run=_review)
    past = verbs.add_parser("history", help="an article's revisions, newest first")
    past.add_argument("slug")
    past.set_defaults(run=_history)
    changed = verbs.add_parser("diff", help="what changed between two revisions")
    changed.add_argument("slug")
    changed.add_argument("--from", dest="old", type=int, metavar="N", help="older revision; default the one before")
    changed.add_argument("--to", dest="new", type=int, metavar="N", help="newer revision; default the newest")
    changed.set_defaults(run=_diff)
    for verb in (found, unseen, shown, waiting, past, changed):
        verb.add_argument("--json", action="store_true", help="for programs")
    article_acts.add_verbs(verbs)
    usage.add_verbs(verbs)


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        rows = [{"slug": a.slug, "title": a.title, "department": a.department, "lang": a.lang, "audience": a.audience,
                 "revision": a.number} for a in _live(session, args.department, args.lang)]
    if args.json:
        say_json(rows)
    else:
        for row in rows:
            line(f"{row['department']:<10} {row['slug']:<40} r{row['revision']}  {row['title']}")
    return 0 if rows else 1


def _hidden(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    with database.reading() as session:
        found = hiding.list_hidden(session, now=utc_now())
    if args.json:
        say_json([{"slug": slug, **one.as_dict()} for slug, one in found])
    else:
        for slug, one in found:
            line(f"{slug}: {_hiding(one, settings)}")
    return 0 if found else 1


def _live(session: Session, department: str | None, lang: str | None) -> Iterator[LiveRevision]:
    """Every live article, page by page."""
    now, after = utc_now(), ""
    while True:
        page = browsing.browse(session, OPERATOR, now=now, department=department, lang=lang, after=after,
                               limit=browsing.LARGEST_PAGE)
        yield from page.items
        if page.next_after is None:
            return
        after = page.next_after


def _show(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    now = utc_now()
    with database.reading() as session:
        page = (opening.open_article(session, OPERATOR, args.slug, now=now) if args.revision is None
                else opening.open_revision(session, OPERATOR, args.slug, args.revision, now=now))
        if args.file:
            row = session.scalars(select(Revision).where(Revision.id == page.revision_id).options(
                selectinload(Revision.co_owners), selectinload(Revision.bases), selectinload(Revision.signatures),
                selectinload(Revision.publications))).one()
            whole = article_file(row, zone(settings.hotline.timezone), None).decode()
    if args.file:
        line(whole.removesuffix("\n"))
    elif args.json:
        say_json({"slug": page.slug, "revision": page.number, "title": page.title, "source": page.source,
                  "department": page.department.code, "audience": page.audience, "sha256": page.sha256,
                  "effective_from": page.effective_from.isoformat(), "effective_to": _iso(page.effective_to),
                  "published_at": _iso(page.published_at), "review_by": _iso(page.review_by),
                  "standing": _standing(page.standing), "live_revision": page.live_number,
                  "retired_at": _iso(page.retirement.at if page.retirement else None),
                  "redacted_at": _iso(page.redacted_at), "hidden": page.hidden.as_dict() if page.hidden else None,
                  "owed": page.owed.as_dict() if page.owed else None})
    else:
        if page.hidden:
            hint("{hidden}", hidden=_hiding(page.hidden, settings))
        if page.owed:
            hint("published urgently by {published_by} ({reason}); owed: {departments}, {due}",
                 published_by=page.owed.published_by, reason=page.owed.reason, departments=page.owed.departments,
                 due=_due(page.owed.due_at, settings, page.owed.is_overdue))
            for one in page.owed.refused:
                hint("refused by {signer} for {department}: {reason}", signer=one.signer, department=one.department,
                     reason=one.reason)
        line(f"# {page.title} (r{page.number}, {page.department.name_zh}, {_words(page.standing, settings)})\n")
        line(page.source)
    return 0


def _review(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    now = utc_now()
    with database.reading() as session:
        found = list_in_review(session, OPERATOR, department=args.department)
    if args.json:
        say_json([one.as_dict(now) for one in found])
    else:
        for one in found:
            day = one.submitted_at.astimezone(zone(settings.hotline.timezone)).date()
            say("{day}  {slug} r{number}  {hash}  {author}  waits for {departments}  {title}{marks}", day=day,
                slug=one.slug, number=one.number, hash=one.sha256[:12], author=one.author,
                departments=one.waiting_for, title=one.title, marks=_marks(one, settings, now))
    if not found:
        hint("nothing waits for signatures")
    return 0 if found else 1


def _history(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    with database.reading() as session:
        entries = opening.list_revisions(session, OPERATOR, args.slug, now=utc_now())
    if args.json:
        say_json([{"revision": e.number, "state": e.state, "title": e.title, "change_note": e.change_note,
                   "effective_from": e.effective_from.isoformat(), "effective_to": _iso(e.effective_to),
                   "published_at": _iso(e.published_at), "standing": _standing(e.standing), "sha256": e.sha256,
                   "decisions": [d.as_dict() for d in e.decisions]} for e in entries])
    else:
        for e in entries:
            day = e.effective_from.astimezone(zone(settings.hotline.timezone)).date()
            standing = _words(e.standing, settings) if e.published_at else in_shell("{state}", state=State(e.state))
            line(f"r{e.number}  {day}  {padded(standing, 32)}  {e.change_note}")
            for d in e.decisions:
                if d.decision == "rejected":
                    say("    rejected by {signer} for {department}: {reason}", signer=d.signer, department=d.department,
                        reason=d.reason)
    return 0


def _diff(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        numbers = [e.number for e in opening.list_revisions(session, OPERATOR, args.slug, now=utc_now())]
        new = args.new or numbers[0]
        old = args.old or next((n for n in numbers if n < new), None)
        if old is None:
            raise NotFound("no_revision", "{slug} has no revision before {new}", slug=args.slug, new=new)
        found = comparing.compare(session, OPERATOR, args.slug, old, new, now=utc_now())
    if args.json:
        say_json({"slug": found.slug, "from": old, "to": new, "lines": [
            {"sign": line.sign, "text": line.text, "changed": [list(c) for c in line.changed]}
            for line in found.lines]})
    else:
        for changed in found.lines:
            if changed.sign != " ":
                line(f"{changed.sign} {changed.text}")
    return 0


def _hiding(found: Hidden, settings: Settings) -> str:
    tz = zone(settings.hotline.timezone)
    since = f"{found.hidden_at.astimezone(tz):%Y-%m-%d %H:%M}"
    if found.until is None:
        return in_shell("hidden since {since} by {hidden_by} and {signed_by}, until it is shown again: {reason}",
                        since=since, hidden_by=found.hidden_by, signed_by=found.signed_by, reason=found.reason)
    return in_shell("hidden since {since} by {hidden_by}, until {until}: {reason}", since=since, reason=found.reason,
                    hidden_by=found.hidden_by, until=f"{found.until.astimezone(tz):%Y-%m-%d %H:%M}")


def _marks(found: InReview, settings: Settings, now: datetime) -> str:
    """What else is to be known of a text that waits."""
    marks = [in_shell("(minor)")] if found.is_minor else []
    if found.due_at:
        marks.append(in_shell("(live already, owed {due})", due=_due(found.due_at, settings, found.is_overdue(now))))
    if found.refused_by:
        marks.append(in_shell("(refused by {departments})", departments=found.refused_by))
    return "".join(f"  {mark}" for mark in marks)


def _due(due_at: datetime, settings: Settings, is_overdue: bool) -> str:
    day = f"{due_at.astimezone(zone(settings.hotline.timezone)):%Y-%m-%d %H:%M}"
    return in_shell("since {day}, overdue", day=day) if is_overdue else in_shell("until {day}", day=day)


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _standing(standing: Standing) -> dict[str, Any]:
    return {"status": standing.status.value, "since": _iso(standing.since), "until": _iso(standing.until),
            "by": standing.by}


def _words(standing: Standing, settings: Settings) -> str:
    """A standing in a few words: ``superseded by r3 since 2026-01-01``."""
    status, by = standing.status, standing.by if standing.until is None else None
    since = standing.since.astimezone(zone(settings.hotline.timezone)).date() if standing.since else None
    if by and since:
        return in_shell("{status} by r{by} since {since}", status=status, by=by, since=since)
    if since:
        return in_shell("{status} since {since}", status=status, since=since)
    return in_shell("{status} by r{by}", status=status, by=by) if by else in_shell("{status}", status=status)

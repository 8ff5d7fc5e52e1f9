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

from kb.actor import SYSTEM
from kb.articles.acts import hiding
from kb.articles.acts.hiding import Hidden
from kb.articles.acts.reviews import list_in_review
from kb.articles.live import LiveRevision
from kb.cli import article_acts
from kb.cli.output import note, say, say_json
from kb.clock import utc_now, zone
from kb.content.article_file import article_file
from kb.db import Database
from kb.errors import NotFound
from kb.models import Revision
from kb.reading import browsing, comparing, opening
from kb.reading.standing import Standing
from kb.settings import Settings


def article(parser: argparse.ArgumentParser) -> None:
    """kb article list|hidden|show|review|history|diff|move|rollback|redact"""
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


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        rows = [{"slug": a.slug, "title": a.title, "department": a.department, "lang": a.lang, "audience": a.audience,
                 "revision": a.number} for a in _live(session, args.department, args.lang)]
    if args.json:
        say_json(rows)
    else:
        for row in rows:
            say(f"{row['department']:<10} {row['slug']:<40} r{row['revision']}  {row['title']}")
    return 0 if rows else 1


def _hidden(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    with database.reading() as session:
        found = hiding.list_hidden(session, now=utc_now())
    if args.json:
        say_json([{"slug": slug, **one.as_dict()} for slug, one in found])
    else:
        for slug, one in found:
            say(f"{slug}: {_hiding(one, settings)}")
    return 0 if found else 1


def _live(session: Session, department: str | None, lang: str | None) -> Iterator[LiveRevision]:
    """Every live article, page by page."""
    now, after = utc_now(), ""
    while True:
        page = browsing.browse(session, SYSTEM, now=now, department=department, lang=lang, after=after,
                               limit=browsing.LARGEST_PAGE)
        yield from page.items
        if page.next_after is None:
            return
        after = page.next_after


def _show(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    now = utc_now()
    with database.reading() as session:
        page = (opening.open_article(session, SYSTEM, args.slug, now=now) if args.revision is None
                else opening.open_revision(session, SYSTEM, args.slug, args.revision, now=now))
        if args.file:
            row = session.scalars(select(Revision).where(Revision.id == page.revision_id).options(
                selectinload(Revision.co_owners), selectinload(Revision.bases), selectinload(Revision.signatures),
                selectinload(Revision.publications))).one()
            whole = article_file(row, zone(settings.hotline.timezone), None).decode()
    if args.file:
        say(whole.removesuffix("\n"))
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
            note(f"kb: {_hiding(page.hidden, settings)}")
        if page.owed:
            note(f"kb: published urgently by {page.owed.published_by} ({page.owed.reason}); owed: "
                 f"{', '.join(page.owed.departments)}, {_due(page.owed.due_at, settings, page.owed.is_overdue)}")
            for one in page.owed.refused:
                note(f"kb: refused by {one.signer} for {one.department}: {one.reason}")
        say(f"# {page.title} (r{page.number}, {page.department.name_zh}, {_words(page.standing, settings)})\n")
        say(page.source)
    return 0


def _review(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    now = utc_now()
    with database.reading() as session:
        found = list_in_review(session, SYSTEM, department=args.department)
    if args.json:
        say_json([one.as_dict(now) for one in found])
    else:
        for one in found:
            day = one.submitted_at.astimezone(zone(settings.hotline.timezone)).date()
            urgent = f"  (live already, owed {_due(one.due_at, settings, one.is_overdue(now))})" if one.due_at else ""
            urgent += f"  (refused by {', '.join(one.refused_by)})" if one.refused_by else ""
            say(f"{day}  {one.slug} r{one.number}  {one.sha256[:12]}  {one.author}  waits for "
                f"{', '.join(one.waiting_for)}  {one.title}" + ("  (minor)" if one.is_minor else "") + urgent)
    if not found:
        note("kb: nothing waits for signatures")
    return 0 if found else 1


def _history(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    with database.reading() as session:
        entries = opening.list_revisions(session, SYSTEM, args.slug, now=utc_now())
    if args.json:
        say_json([{"revision": e.number, "state": e.state, "title": e.title, "change_note": e.change_note,
                   "effective_from": e.effective_from.isoformat(), "effective_to": _iso(e.effective_to),
                   "published_at": _iso(e.published_at), "standing": _standing(e.standing), "sha256": e.sha256,
                   "decisions": [d.as_dict() for d in e.decisions]} for e in entries])
    else:
        for e in entries:
            day = e.effective_from.astimezone(zone(settings.hotline.timezone)).date()
            standing = _words(e.standing, settings) if e.published_at else e.state.replace("_", " ")
            say(f"r{e.number}  {day}  {standing:<32}  {e.change_note}")
            for d in e.decisions:
                if d.decision == "rejected":
                    say(f"    rejected by {d.signer} for {d.department}: {d.reason}")
    return 0


def _diff(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    with database.reading() as session:
        numbers = [e.number for e in opening.list_revisions(session, SYSTEM, args.slug, now=utc_now())]
        new = args.new or numbers[0]
        old = args.old or next((n for n in numbers if n < new), None)
        if old is None:
            raise NotFound("no_revision", f"{args.slug} has no revision before {new}")
        found = comparing.compare(session, SYSTEM, args.slug, old, new, now=utc_now())
    if args.json:
        say_json({"slug": found.slug, "from": old, "to": new, "lines": [
            {"sign": line.sign, "text": line.text, "changed": [list(c) for c in line.changed]}
            for line in found.lines]})
    else:
        for line in found.lines:
            if line.sign != " ":
                say(f"{line.sign} {line.text}")
    return 0


def _hiding(found: Hidden, settings: Settings) -> str:
    tz = zone(settings.hotline.timezone)
    until = f"{found.until.astimezone(tz):%Y-%m-%d %H:%M}" if found.until else "it is shown again"
    return (f"hidden since {found.hidden_at.astimezone(tz):%Y-%m-%d %H:%M} by {found.hidden_by}"
            + (f" and {found.signed_by}" if found.signed_by else "") + f", until {until}: {found.reason}")


def _due(due_at: datetime, settings: Settings, is_overdue: bool) -> str:
    day = due_at.astimezone(zone(settings.hotline.timezone))
    return f"since {day:%Y-%m-%d %H:%M}, overdue" if is_overdue else f"until {day:%Y-%m-%d %H:%M}"


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _standing(standing: Standing) -> dict[str, Any]:
    return {"status": standing.status.value, "since": _iso(standing.since), "until": _iso(standing.until),
            "by": standing.by}


def _words(standing: Standing, settings: Settings) -> str:
    """A standing in a few words: ``superseded by r3 since 2026-01-01``."""
    since = f" since {standing.since.astimezone(zone(settings.hotline.timezone)).date()}" if standing.since else ""
    by = f" by r{standing.by}" if standing.by and standing.until is None else ""
    return standing.status.replace("_", " ") + by + since

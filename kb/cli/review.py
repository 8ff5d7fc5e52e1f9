"""``kb review``: look at all texts for what has gone stale, and what was found, by department, kind or article."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

from kb.actor import OPERATOR
from kb.articles.owners import article_by_slug
from kb.cli.output import hint, line, padded, say, say_json
from kb.cli.review_tasks import add_task_verbs
from kb.clock import utc_now, zone
from kb.db import Database, Session
from kb.messages.catalogue import say_word, shell_language
from kb.settings import Settings
from kb.upkeep.signals import scanning
from kb.upkeep.signals.registry import KINDS
from kb.upkeep.signals.score import Score, score
from kb.upkeep.signals.showing import LARGEST_PAGE, Signal, Wanted, signals
from kb.upkeep.signals.signal import Severity

_QUOTED = 60  # characters of a quote on a line


def review(parser: argparse.ArgumentParser) -> None:
    """kb review scan|list"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    scan = verbs.add_parser("scan", help="look now; the server does each night, and after every change",
                            epilog="example: kb review scan --article social-card-loss-reissue")
    scan.add_argument("--article", action="append", default=[], metavar="SLUG",
                      help="only this one and what rests on it; may stand several times")
    scan.set_defaults(run=_scan)
    listed = verbs.add_parser("list", help="open signals by article, the stalest first, with their evidence",
                              epilog="example: kb review list --department hrss --severity serious")
    listed.add_argument("--department", default="", metavar="CODE", help="only of this owner")
    listed.add_argument("--kind", default="", choices=("", *KINDS), metavar="KIND", help="one of: " + ", ".join(KINDS))
    listed.add_argument("--severity", default="", choices=("", *Severity), metavar="SEVERITY",
                        help="one of: " + ", ".join(Severity))
    listed.add_argument("--article", default="", metavar="SLUG", help="only of this one")
    listed.set_defaults(run=_list)
    add_task_verbs(verbs)
    for verb in (scan, listed):
        verb.add_argument("--json", action="store_true", help="for programs")


def _scan(args: argparse.Namespace, settings: Settings, database: Database) -> int:
    now, tz = utc_now(), zone(settings.hotline.timezone)
    if args.article:
        with database.transaction() as session:
            ids = {article_by_slug(session, slug).id for slug in args.article}
        done = scanning.scan_articles(database, ids, now=now, tz=tz, origin="cli")
    else:
        done = scanning.scan_all(database, now, tz, origin="cli")
    if args.json:
        say_json({"raised": done.raised, "cleared": done.cleared, "changed": done.changed})
    else:
        say("{raised} raised, {cleared} cleared, {changed} changed", raised=done.raised, cleared=done.cleared,
            changed=done.changed)
    return 0


def _list(args: argparse.Namespace, _settings: Settings, database: Database) -> int:
    wanted = Wanted(args.department, args.kind, args.severity, args.article)
    lang = shell_language()
    with database.reading() as session:
        found = list(_by_article(_all(session, wanted)))
    if args.json:
        say_json([{"article": own[0].slug, "department": own[0].department, "score": rated.points,
                   "signals": [signal.as_dict(lang) for signal in own]} for own, rated in found])
    else:
        for own, rated in found:
            line(f"{rated.points:>3}  {padded(own[0].department, 10)} {padded(own[0].slug, 40)} {own[0].title}")
            for signal in own:
                line(f"       {padded(say_word(signal.severity, lang), 8)} {signal.said(lang)}{_quote(signal)}")
    if not found:
        hint("no open signals; `kb review scan` looks for them")
    return 0 if found else 1


def _all(session: Session, wanted: Wanted) -> Iterator[Signal]:
    after: str | None = ""
    while after is not None:
        page = signals(session, OPERATOR, wanted, now=utc_now(), after=after, limit=LARGEST_PAGE)
        yield from page.items
        after = page.next_after


def _by_article(found: Iterable[Signal]) -> list[tuple[list[Signal], Score]]:
    """Signals by article, the stalest first."""
    articles: dict[str, list[Signal]] = {}
    for signal in found:
        articles.setdefault(signal.slug, []).append(signal)
    rated = [(own, score((signal.kind, signal.severity) for signal in own)) for own in articles.values()]
    return sorted(rated, key=lambda one: (-one[1].points, one[0][0].slug))


def _quote(signal: Signal) -> str:
    words = next((place.quote for place in signal.evidence if place.quote), "")
    short = " ".join(words.split())
    return f"  [{short[:_QUOTED]}{'…' if len(short) > _QUOTED else ''}]" if short else ""

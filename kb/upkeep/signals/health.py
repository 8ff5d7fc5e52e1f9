"""How a department keeps its articles: what is due and why, how that went week by week; and all departments beside one
another. For who may read a department's insights; nothing counts that its reader may not see."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, distinct, func, or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import NotFound
from kb.models import Article, Department, Publication, SignalRow
from kb.people.permissions import Action, can, may_sql, require
from kb.upkeep.signals.live_texts import rows_of
from kb.upkeep.signals.responding import Handled, Response, response_of
from kb.upkeep.signals.score import Score, score
from kb.upkeep.signals.showing import Signal, signals_of, titles_of, visible
from kb.upkeep.signals.signal import Severity

WEEKS = 12
LOOKS_BACK = timedelta(days=180)
LARGEST_PAGE = 50  # articles
_MOST = 100_000  # signals that are counted


@dataclass(frozen=True, slots=True)
class Due:
    """An article of which something is found: its score with reasons, and every signal with its evidence."""

    slug: str
    title: str
    score: Score
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """A week up to a day: what was found and cleared in it, and what was open at its end."""

    ends_at: datetime
    raised: int
    cleared: int
    open: int


@dataclass(frozen=True, slots=True)
class Health:
    """A department's articles. ``fresh`` of ``articles`` have no warning and nothing serious; these are those in force,
    and those that have expired and were not retired: such a text is to be followed, and counts as long as it is not.
    ``past`` is the number of articles before this page."""

    code: str
    articles: int
    fresh: int
    due: tuple[Due, ...]
    past: int
    found: int
    weeks: tuple[Week, ...]
    response: Response

    @property
    def percent(self) -> int:
        """How many of a hundred articles are fresh."""
        return round(100 * self.fresh / self.articles) if self.articles else 100


@dataclass(frozen=True, slots=True)
class Line:
    """A department on the board."""

    code: str
    name_zh: str
    name_en: str
    articles: int
    stale: int  # articles with a warning or something serious
    serious: int  # open signals
    response: Response


def health(session: Session, viewer: Actor, code: str, *, now: datetime, past: int = 0) -> Health:
    """A department's page; the stalest article first, ``past`` so many of them. Raises Denied, NotFound."""
    require(viewer, Action.SEE_INSIGHTS, code)
    if session.get(Department, code) is None:
        raise NotFound("no_department", "there is no department {code!r}", code=code[:64])
    spans = [one for _, one in _spans(session, viewer, now, Article.owner == code)]
    open_kinds: dict[str, list[tuple[str, str]]] = {}
    for one in spans:
        if one.cleared_at is None:
            open_kinds.setdefault(one.article_id, []).append((one.kind, one.severity))
    rated = sorted(((score(kinds), article_id) for article_id, kinds in open_kinds.items()),
                   key=lambda pair: (-pair[0].points, pair[1]))
    shown = rated[past:past + LARGEST_PAGE]
    articles = _kept(session, now).get(code, 0)
    stale = sum(any(severity != Severity.INFO for _, severity in kinds) for kinds in open_kinds.values())
    return Health(code, articles, max(0, articles - stale), _due(session, viewer, shown, now), past, len(rated),
                  weekly(spans, now), response_of(_recent(spans, now), now))


def board(session: Session, viewer: Actor, *, now: datetime) -> list[Line]:
    """Every standing department whose insights the viewer may read, the one with the most ignored first."""
    spans: dict[str, list[Handled]] = {}
    for owner, one in _spans(session, viewer, now, may_sql(viewer, Action.SEE_INSIGHTS, Article)):
        spans.setdefault(owner, []).append(one)
    articles = _kept(session, now)
    lines = []
    for code, zh, en in session.execute(select(Department.code, Department.name_zh, Department.name_en).where(
            or_(Department.dissolved_at.is_(None), Department.dissolved_at > now)).order_by(Department.code)):
        if can(viewer, Action.SEE_INSIGHTS, code):
            own = spans.get(code, [])
            open_now = [one for one in own if one.cleared_at is None]
            lines.append(Line(code, zh, en, articles.get(code, 0),
                              len({one.article_id for one in open_now if one.severity != Severity.INFO}),
                              sum(one.severity == Severity.SERIOUS for one in open_now),
                              response_of(_recent(own, now), now)))
    return sorted(lines, key=lambda line: (-line.response.ignored, -line.stale, line.code))


def counted(session: Session, article_ids: Collection[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    """How many signals of these articles are open, by severity, the gravest first: for those who write for their
    departments, who read all that signals rest on."""
    found: dict[str, list[tuple[str, int]]] = {}
    query = select(SignalRow.article_id, SignalRow.severity, func.count()).where(
        SignalRow.cleared_at.is_(None)).group_by(SignalRow.article_id, SignalRow.severity)
    for article_id, severity, count in rows_of(session, query, article_ids, SignalRow.article_id):
        found.setdefault(article_id, []).append((severity, count))
    grave = list(Severity)
    return {key: tuple(sorted(pairs, key=lambda pair: -grave.index(Severity(pair[0])))) for key, pairs in found.items()}


def weekly(spans: Sequence[Handled], now: datetime, weeks: int = WEEKS) -> tuple[Week, ...]:
    """The last so many weeks, the present one last."""
    found = []
    for back in reversed(range(weeks)):
        end = now - timedelta(weeks=back)
        start = end - timedelta(weeks=1)
        found.append(Week(end, sum(start < one.raised_at <= end for one in spans),
                          sum(one.cleared_at is not None and start < one.cleared_at <= end for one in spans),
                          sum(one.raised_at <= end and (one.cleared_at is None or one.cleared_at > end)
                              for one in spans)))
    return tuple(found)


def _spans(session: Session, viewer: Actor, now: datetime, whose: ColumnElement[bool],
           ) -> list[tuple[str, Handled]]:
    """What is open, or was in the time that is looked back on, of these articles, with their owners."""
    rows = session.execute(
        select(Article.owner, SignalRow.article_id, SignalRow.kind, SignalRow.key, SignalRow.severity,
               SignalRow.raised_at, SignalRow.cleared_at)
        .join(Article, Article.id == SignalRow.article_id)
        .where(whose, visible(viewer, now), or_(SignalRow.cleared_at.is_(None),
                                                SignalRow.cleared_at > now - LOOKS_BACK),
               or_(Article.retired_at.is_(None), SignalRow.cleared_at.is_not(None)))
        .order_by(SignalRow.raised_at.desc()).limit(_MOST))
    return [(row[0], Handled(*row[1:])) for row in rows]


def _recent(spans: Sequence[Handled], now: datetime) -> list[Handled]:
    """Those that say how signals are answered: of some weight, and found in the time that is looked back on."""
    return [one for one in spans if one.severity != Severity.INFO and (
        one.cleared_at is None or one.raised_at > now - LOOKS_BACK)]


def _kept(session: Session, now: datetime) -> dict[str, int]:
    """How many articles of each department are in force, or have expired and nobody retired them: those of which
    signals may be open."""
    rows = session.execute(
        select(Article.owner, func.count(distinct(Article.id))).join(Publication, Publication.article_id == Article.id)
        .where(Article.retired_at.is_(None), Publication.superseded_at.is_(None), Publication.effective_from <= now)
        .group_by(Article.owner))
    return {row[0]: row[1] for row in rows}


def _due(session: Session, viewer: Actor, rated: Sequence[tuple[Score, str]], now: datetime) -> tuple[Due, ...]:
    ids = [article_id for _, article_id in rated]
    found, titles = signals_of(session, viewer, ids, now=now), titles_of(session, viewer, ids)
    return tuple(Due(own[0].slug, titles.get(article_id, own[0].slug), points, tuple(own))
                 for points, article_id in rated if (own := found.get(article_id)))

"""A link of a text that leads its readers astray: to an article that is retired, hidden or not there, to a section that
is not there. A corrected link clears it, or the article or section that comes (back)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from kb.articles.live import is_hidden
from kb.markup.links import is_section
from kb.messages.message import Message
from kb.models import Article, Publication, Revision, State, TextLink, TextReading
from kb.upkeep.signals.live_texts import BATCH, MOST_PLACES, key_of, live_texts, quoted, rows_of, whole
from kb.upkeep.signals.signal import Finding, Looking, Severity, Topic

_SEVERITY = {"missing": Severity.WARNING, "retired": Severity.WARNING, "hidden": Severity.INFO,
             "section": Severity.INFO}
_Heir, _Other, _Shown = aliased(Article), aliased(Article), aliased(Publication)


@dataclass(frozen=True, slots=True)
class _Words:
    """An article's text in force or, where there is none, its last one; no revision: it never had one."""

    revision_id: str = ""
    title: str = ""
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class _Target:
    """An article that texts link to, with its text; ``heir`` and ``heir_text`` are of what has taken its place."""

    is_retired: bool
    is_hidden: bool
    text: _Words
    heir: str
    heir_text: _Words


class BrokenReference:
    """Reference to a retired, hidden or missing article, or to a missing section."""

    kind = "reference"
    topics = frozenset({Topic.ARTICLE, Topic.TIME})

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """One finding for each article (and section) that a text cannot lead to, with every link to it."""
        links = _links(session, looking, articles)
        targets = _targets(session, looking, {slug for _, _, slug, _, _, _ in links if slug})
        anchors = _anchors(session, {
            target.text.revision_id for _, _, slug, section, _, _ in links
            if section and (target := targets.get(slug)) and target.text.is_live
        } | {revision_id for _, revision_id, slug, _, _, _ in links if not slug})
        broken: defaultdict[tuple[str, str, str, str, str], list[tuple[int, int]]] = defaultdict(list)
        for article_id, revision_id, slug, section, start, end in links:
            why = _why(targets.get(slug), section, anchors) if slug else (
                "" if _has(revision_id, section, anchors) else "section")
            if why:
                broken[article_id, revision_id, slug, section if why == "section" else "", why].append((start, end))
        yield from self._findings(session, broken, targets)

    def _findings(self, session: Session, broken: Mapping[tuple[str, str, str, str, str], list[tuple[int, int]]],
                  targets: Mapping[str, _Target]) -> Iterator[Finding]:
        words = quoted(session, [(key[1], *place) for key, places in broken.items() for place in places[:MOST_PLACES]])
        for (article_id, revision_id, slug, section, why), places in broken.items():
            own = [words[at] for place in places[:MOST_PLACES] if (at := (revision_id, *place)) in words]
            target = targets.get(slug)
            shown = [target.text, *((target.heir_text,) if why == "retired" else ())] if target else []
            if own:
                yield Finding(self.kind, article_id, _SEVERITY[why], key_of(slug, section and f"§{section}"),
                              (*own, *(whole(text.revision_id) for text in shown if text.revision_id)), {
                                  "why": why, "target": slug, "title": target.text.title if target else "",
                                  "section": section, "successor": target.heir if target else "",
                                  "successor_title": target.heir_text.title if target else ""})

    def explain(self, facts: Mapping[str, Any]) -> Message:
        section, target = facts["section"], facts.get("title") or facts["target"]
        successor = facts.get("successor_title") or facts["successor"]
        if facts["why"] == "section":
            if not target:
                return Message("it refers to its own section “{section}”, which is not there", section=section)
            return Message("it refers to the section “{section}” of “{target}”, which is not there", section=section,
                           target=target)
        if facts["why"] == "retired":
            if successor:
                return Message("it refers to “{target}”, which is retired; “{successor}” has taken its place",
                               target=target, successor=successor)
            return Message("it refers to “{target}”, which is retired", target=target)
        if facts["why"] == "hidden":
            return Message("it refers to “{target}”, which is hidden", target=target)
        return Message("it refers to {target}, which is not there", target=facts["target"])


def referring(session: Session, articles: Collection[str]) -> set[str]:
    """The articles whose texts link to one of these."""
    found: set[str] = set()
    query = (select(Revision.article_id).join(TextLink, TextLink.revision_id == Revision.id)
             .join(Article, Article.slug == TextLink.slug))
    for row in rows_of(session, query, articles, Article.id):
        found.add(row[0])
    return found


def _links(session: Session, looking: Looking, articles: Collection[str] | None,
           ) -> list[tuple[str, str, str, str, int, int]]:
    """The links that may lead nowhere: most name an article that is in sight, and are not looked at one by one."""
    is_plain = exists().where(
        _Other.slug == TextLink.slug, _Other.retired_at.is_(None), TextLink.section == "",
        ~is_hidden(_Other.id, looking.now), exists().where(_Shown.article_id == _Other.id))
    query = (live_texts(looking, TextLink.slug, TextLink.section, TextLink.start, TextLink.end)
             .join(TextLink, TextLink.revision_id == Publication.revision_id).where(~is_plain)
             .order_by(Publication.article_id, TextLink.start))
    return [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in rows_of(session, query, articles)]


def _targets(session: Session, looking: Looking, slugs: set[str]) -> dict[str, _Target]:
    query = (select(Article.id, Article.slug, Article.retired_at.is_not(None), _Heir.id, _Heir.slug,
                    is_hidden(Article.id, looking.now)).join(_Heir, _Heir.id == Article.successor_id, isouter=True))
    rows = [tuple(row) for row in rows_of(session, query, slugs, Article.slug)]
    texts = _texts(session, looking.now, {id_ for row in rows for id_ in (row[0], row[3]) if id_})
    return {slug: _Target(retired, hidden, texts.get(article_id, _Words()), heir or "",
                          texts.get(heir_id or "", _Words()))
            for article_id, slug, retired, heir_id, heir, hidden in rows}


def _texts(session: Session, now: datetime, article_ids: Collection[str]) -> dict[str, _Words]:
    """Of each article its text in force, else its last published one."""
    found: dict[str, tuple[tuple[bool, int], _Words]] = {}
    query = (select(Publication.article_id, Publication.revision_id, Publication.superseded_at,
                    Publication.effective_from, Publication.effective_to, Revision.number, Revision.title)
             .join(Revision, Revision.id == Publication.revision_id)
             .where(Revision.state == State.PUBLISHED, Revision.redacted_at.is_(None)))
    for article_id, revision_id, gone_at, start, end, number, title in rows_of(session, query, article_ids):
        is_live = gone_at is None and start <= now and (end is None or end > now)
        if article_id not in found or found[article_id][0] < (is_live, number):
            found[article_id] = (is_live, number), _Words(revision_id, title, is_live)
    return {article_id: words for article_id, (_, words) in found.items()}


def _anchors(session: Session, revision_ids: set[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    ids = sorted(revision_ids)
    for at in range(0, len(ids), BATCH):
        found.update({row[0]: frozenset(row[1]) for row in session.execute(
            select(TextReading.revision_id, TextReading.anchors)
            .where(TextReading.revision_id.in_(ids[at:at + BATCH])))})
    return found


def _has(revision_id: str, section: str, anchors: Mapping[str, frozenset[str]]) -> bool:
    """Whether a text has the section; of one that is not read yet nothing is said."""
    return revision_id not in anchors or is_section(section, anchors[revision_id])


def _why(target: _Target | None, section: str, anchors: Mapping[str, frozenset[str]]) -> str:
    """Why a link leads nowhere; empty where it does not."""
    if target is None or not target.text.revision_id:
        return "missing"
    if target.is_retired:
        return "retired"
    if target.is_hidden:
        return "hidden"
    text = target.text
    is_there = not section or not text.is_live or _has(text.revision_id, section, anchors)
    return "" if is_there else "section"

"""Articles against their entries: every revision's text, its signatures and state, and when it was live.

What was live when follows from the entries alone: the acts are done again, in their order, by the rule that did them
(``plan_publication``), and the rows that come of it must be the stored ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.articles.publication import Slot, plan_publication
from kb.content.verification.findings import Entry, Finding, by_pages, dangling, entries_of, gone, instant
from kb.content.verification.stored import Mark, Seen, revisions_of
from kb.messages.message import Message
from kb.models import Article, Hiding, Publication, Revision, State

_REDACTED = "redact"  # after a legal erasure the text is another than was signed

Rectangle = tuple[str, datetime, datetime | None, datetime, datetime | None]  # revision, valid time, system time

_MOVED = {"submit": State.IN_REVIEW, "import_history": State.APPROVED, "approve": State.APPROVED,
          "reject": State.REJECTED, "withdraw": State.WITHDRAWN, "publish": State.PUBLISHED}  # by the act


def check(session: Session, show: Callable[[int], None]) -> Finding | None:
    """The first article that is not as its entries say."""
    return (dangling(session) or by_pages(session, Article.id, Message("article"), show, _check_page)
            or gone(session, "revision", Revision.id, "approve", "import_history", "submit", "publish")
            or gone(session, "article", Article.id))


def _check_page(session: Session, ids: list[str]) -> Finding | None:
    articles = {a.id: a for a in session.scalars(select(Article).where(Article.id.in_(ids)))}
    revisions: dict[str, list[Seen]] = {}
    for article_id, one in revisions_of(session, ids):
        revisions.setdefault(article_id, []).append(one)
    live: dict[str, list[Rectangle]] = {}
    for article_id, revision_id, start, end, since, until in session.execute(select(
            Publication.article_id, Publication.revision_id, Publication.effective_from, Publication.effective_to,
            Publication.published_at, Publication.superseded_at).where(Publication.article_id.in_(ids))):
        live.setdefault(article_id, []).append((revision_id, start, end, since, until))
    hidden: dict[str, list[Hiding]] = {}
    for h in session.scalars(select(Hiding).where(Hiding.article_id.in_(ids)).order_by(Hiding.id)):
        hidden.setdefault(h.article_id, []).append(h)
    entries = entries_of(session, [*(f"article:{i}" for i in ids),
                                   *(f"revision:{r.id}" for seen in revisions.values() for r in seen)])
    heirs = {a.successor_id for a in articles.values() if a.successor_id}
    slugs = {row[0]: row[1] for row in session.execute(select(Article.id, Article.slug).where(Article.id.in_(heirs)))}
    for article_id in ids:
        article, seen = articles[article_id], revisions.get(article_id, [])
        finding = _check_article(article, seen, live.get(article_id, []), hidden.get(article_id, []), entries, slugs)
        if finding is not None:
            return finding
    return None


def _check_article(article: Article, revisions: Sequence[Seen], live: Sequence[Rectangle],
                   hidings: Sequence[Hiding], entries: Mapping[str, Sequence[Entry]],
                   slugs: Mapping[str, str]) -> Finding | None:
    for revision in revisions:
        finding = _check_revision(article.slug, revision, entries.get(f"revision:{revision.id}", ()))
        if finding is not None:
            return finding
    own = entries.get(f"article:{article.id}", ())
    acts = [(e, revision) for revision in revisions for e in entries.get(f"revision:{revision.id}", ())]
    return (_check_owner(article, revisions, own) or _check_retirement(article, own, slugs)
            or _check_hidings(article, hidings, own)
            or _check_live(article.slug, revisions, live, [*acts, *((e, None) for e in own)]))


def _check_revision(slug: str, revision: Seen, entries: Sequence[Entry]) -> Finding | None:
    name = Message("revision {number} of {slug}", number=revision.number, slug=slug)
    spoken = [e for e in entries if "sha256" in e.after]
    if not spoken:
        return Finding(name, Message("no entry tells how it came to be"))
    finding = _check_text(name, revision, entries, spoken[-1])
    if finding is not None:
        return finding
    for entry in spoken:
        if entry.after["sha256"] != revision.sha256:
            return Finding(name, Message("has another text than entry {id} tells of", id=entry.id), entry=entry.id)
        if (entry.after.get("number", revision.number), entry.after.get("article", slug)) != (revision.number, slug):
            return Finding(name, Message("entry {id} tells of it under another number or article", id=entry.id),
                           entry=entry.id)
    return _check_signatures(name, revision, entries) or _check_state(name, revision, entries)


def _check_text(name: Message, revision: Seen, entries: Sequence[Entry], last: Entry) -> Finding | None:
    """The text that was signed, or, after a legal erasure that two persons did, what was put in its place."""
    erased = next((e for e in entries if e.action == _REDACTED), None)
    if erased is None:
        if revision.redacted_at is not None:
            return Finding(name, Message("is erased, which no entry tells of"), entry=last.id)
        if revision.computed != revision.sha256:
            return Finding(name, Message("its text, audience, dates or another field was changed after it was stored"),
                           entry=last.id)
        return None
    asked = next((e for e in entries if e.action == "ask_redaction" and e.id < erased.id), None)
    if asked is None or asked.actor == erased.actor or asked.actor != erased.after["asked_by"]:
        return Finding(name, Message("was erased by entry {id}, which nobody else had asked for", id=erased.id),
                       entry=erased.id)
    if revision.redacted_at is None or revision.computed != erased.after["redacted_sha256"]:
        return Finding(name, Message("is not as the erasure of entry {id} left it", id=erased.id), entry=erased.id)
    return None


def _check_signatures(name: Message, revision: Seen, entries: Sequence[Entry]) -> Finding | None:
    told = _told_signatures(entries)
    for login, (mark, entry) in told.items():
        stored = revision.signatures.get(login)
        if stored is None:
            return Finding(name, Message("the signature of {login}, which entry {id} tells of, is gone", login=login,
                                         id=entry.id), entry=entry.id)
        if stored[0] != mark:
            return Finding(name, Message("{login} has {decision} for {department}, and by entry {number} {told} for "
                                         "{place}", login=login, decision=stored[0][0], department=stored[0][1],
                                         number=entry.id, told=mark[0], place=mark[1]), entry=entry.id)
    for login, (_, sha256, at) in revision.signatures.items():
        if login not in told:
            return Finding(name, Message("is signed by {login}, which no entry tells of", login=login))
        entry = told[login][1]
        if sha256 != revision.sha256:
            return Finding(name, Message("the signature of {login} is for another text", login=login), entry=entry.id)
        if at > entry.at:
            return Finding(name, Message("the signature of {login} is dated after entry {id}, which tells of it",
                                         login=login, id=entry.id),
                           entry=entry.id)
    return None


def _told_signatures(entries: Sequence[Entry]) -> dict[str, tuple[Mark, Entry]]:
    """Who signed or rejected by these entries; before there were signatures, approvals knew no department."""
    told: dict[str, tuple[Mark, Entry]] = {}
    for entry in entries:
        if entry.action in ("approve", "import_history"):
            told.update(dict.fromkeys(entry.after.get("approvers", ()), (("signed", None), entry)))
        elif entry.action in ("sign", "reject"):
            decision = "signed" if entry.action == "sign" else "rejected"
            told[entry.actor] = ((decision, entry.after["department"]), entry)
    return told


def _check_state(name: Message, revision: Seen, entries: Sequence[Entry]) -> Finding | None:
    state, by = None, None
    for entry in entries:
        if state == State.PUBLISHED and entry.action in ("sign", "reject"):
            continue  # it was owed, after an urgent publication
        is_last_signature = entry.action == "sign" and not entry.after["waiting_for"]
        moved = State.APPROVED if is_last_signature else _MOVED.get(entry.action)
        if moved is not None:
            state, by = moved, entry.id
    if state is None or revision.state == state:
        return None
    standing = State(revision.state) if revision.state in set(State) else revision.state
    return Finding(name, Message("is {standing}, and by entry {entry} {state}", standing=standing, entry=by,
                                 state=State(state)), entry=by)


def _check_owner(article: Article, revisions: Sequence[Seen], own: Sequence[Entry]) -> Finding | None:
    """The first revision's owner, until an entry states another."""
    told = next((e for e in reversed(own) if "owner" in e.after), None)
    owner = told.after["owner"] if told else revisions[0].owner if revisions else article.owner
    if article.owner == owner:
        return None
    return Finding(Message("article {slug}", slug=article.slug),
                   Message("belongs to {owner}, and by its entries to {other}", owner=article.owner, other=owner),
                   entry=told.id if told else None)


def _check_retirement(article: Article, own: Sequence[Entry], slugs: Mapping[str, str]) -> Finding | None:
    name = Message("article {slug}", slug=article.slug)
    told = next((e for e in reversed(own) if e.action == "retire"), None)
    if told is None:
        return Finding(name, Message("is retired, which no entry tells of")) if article.retired_at else None
    stated = (instant(told.after["retired_at"]), told.after["reason"], told.after["successor"])
    if (article.retired_at, article.retired_reason, slugs.get(article.successor_id or "")) == stated:
        return None
    return Finding(name, Message("is not retired as entry {id} tells: another time, reason or successor", id=told.id),
                   entry=told.id)


def _check_hidings(article: Article, hidings: Sequence[Hiding], own: Sequence[Entry]) -> Finding | None:
    """When the article was out of sight, as its entries tell; an interval's last entry tells its end."""
    name = Message("article {slug}", slug=article.slug)
    told: dict[int, tuple[datetime | None, datetime | None, Entry]] = {}
    for entry in own:
        if entry.action in ("hide", "import_hiding", "sign_hiding", "show"):
            is_first = "hidden_at" in entry.after
            since = instant(entry.after["hidden_at"]) if is_first else told[entry.after["hiding"]][0]
            told[entry.after["hiding"]] = (since, instant(entry.after["until"]), entry)
    for row in hidings:
        stated = told.pop(row.id, None)
        if stated is None:
            return Finding(name, Message("is or was hidden, which no entry tells of"))
        if (row.hidden_at, row.until) != stated[:2]:
            return Finding(name, Message("is hidden for another time than entry {id} tells", id=stated[2].id),
                           entry=stated[2].id)
    for _, _, entry in told.values():
        return Finding(name, Message("is not hidden as entry {id} tells", id=entry.id), entry=entry.id)
    return None


def _check_live(slug: str, revisions: Sequence[Seen], live: Sequence[Rectangle],
                acts: Sequence[tuple[Entry, Seen | None]]) -> Finding | None:
    told, stored = Counter(_replayed(acts)), Counter(live)
    numbers = {r.id: r.number for r in revisions}
    for rows, how in ((stored - told, Message("was live by a row that no entry tells of, or whose dates were changed")),
                      (told - stored, Message("was live by its entries, and the row that says so is gone or changed"))):
        for revision_id, start, end, since, until in rows:
            when = [moment.isoformat() if moment else Message("open") for moment in (start, end, since, until)]
            return Finding(Message("revision {number} of {slug}", number=numbers.get(revision_id, revision_id),
                                   slug=slug),
                           Message("{how}: in force from {start} to {end}, as held from {since} to {until}", how=how,
                                   start=when[0], end=when[1], since=when[2], until=when[3]))
    return None


def _replayed(acts: Sequence[tuple[Entry, Seen | None]]) -> list[Rectangle]:
    """The publications that come of these acts, done again in their order."""
    rows: list[Rectangle] = []
    for entry, revision in sorted(acts, key=lambda act: act[0].id):
        ends = []
        if entry.action == "retire":
            at = instant(entry.after["retired_at"])
            ends = [n for n, row in enumerate(rows) if row[4] is None]
        elif entry.action == "publish" and revision is not None:
            at, start = instant(entry.after["published_at"]), instant(entry.after["effective_from"])
            assert at is not None and start is not None
            plan = plan_publication([Slot(n, row[1], row[2]) for n, row in enumerate(rows) if row[4] is None],
                                    start, revision.effective_to, at)
            ends = list(plan.close)
            rows += [(rows[n][0], since, until, at, None) for n, since, until in plan.reopen]
            rows.append((revision.id, plan.effective_from, plan.effective_to, at, None))
        for n in ends:
            rows[n] = (*rows[n][:4], at)
    return rows

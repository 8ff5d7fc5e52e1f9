"""Whoever is to sign a text hears of it, or to publish it, and whoever wrote in it what became of it.

Read from what stands in the database, by a job: an act waits for nobody to be told, and what was told is told once
(:func:`kb.upkeep.notices.tell`), whoever dies in between. What no longer waits for its reader counts as read: another
signed, or the text was withdrawn or published. Looked at are the last days alone, so that an installation
that begins with this release tells nobody of what was decided long ago.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session, contains_eager

from kb.actor import Actor, Role
from kb.articles.acts.awaiting import waiting_for_each
from kb.articles.acts.owing import is_unpaid
from kb.messages.message import Message
from kb.models import Article, Notice, Revision, Signature, State, Urgency, User
from kb.people.directory import person_called
from kb.people.duty.roster import Roster, local_day, roster_of
from kb.upkeep import notices
from kb.upkeep.notice_choices import Kind
from kb.upkeep.notices import News

_LOOKED_BACK = timedelta(days=3)
_MOST = 500  # texts, the newest
_ASKS = "sign:"  # before the revision, in the key of a notice that asks for a signature
_LONGEST_REASON = 300  # characters of a reason that a notice repeats


def tell_texts(session: Session, *, now: datetime) -> int:
    """Tell of texts that wait for signatures and of what was decided; to how many people it was news."""
    _settle(session, now)
    return sum(notices.tell(session, people, news, now=now)
               for people, news in (*_to_sign(session, now), *_decided(session, now), *_to_publish(session, now)))


def settled_of(session: Session, viewer: Actor, keys: Collection[str], *, now: datetime) -> frozenset[str]:
    """Which of these notices asked the viewer for a signature that is no longer waited for."""
    asking = {key: revision_id for key in keys if (revision_id := _asked_for(key))}
    waiting = _waiting(session, set(asking.values()), now)
    return frozenset(key for key, revision_id in asking.items() if viewer.name not in waiting.get(revision_id, ()))


def _settle(session: Session, now: datetime) -> None:
    """Note as read what asked for a signature that its reader need not give any more."""
    rows = session.execute(select(Notice.id, Notice.key, User.login).join(User, User.id == Notice.user_id).where(
        Notice.kind == Kind.REVIEW, Notice.read_at.is_(None), Notice.key.startswith(_ASKS))
        .order_by(Notice.id.desc()).limit(_MOST)).all()
    waiting = _waiting(session, {_asked_for(row.key) for row in rows}, now)
    done = [row.id for row in rows if row.login not in waiting.get(_asked_for(row.key), ())]
    if done:
        session.execute(update(Notice).where(Notice.id.in_(done)).values(read_at=now)
                        .execution_options(synchronize_session=False))


def _asked_for(key: str) -> str:
    """The revision that a notice asks to be signed; empty of another notice."""
    return key.split(":")[1] if key.startswith(_ASKS) else ""


def _waiting(session: Session, revision_ids: Collection[str], now: datetime) -> dict[str, set[str]]:
    """By text, of these, whose signature it waits for."""
    rows = session.scalars(
        select(Revision).join(Article, Article.id == Revision.article_id)
        .outerjoin(Urgency, Urgency.revision_id == Revision.id).options(contains_eager(Revision.article))
        .where(Revision.id.in_(sorted(revision_ids)), Revision.redacted_at.is_(None), Article.retired_at.is_(None), or_(
            Revision.state.in_((State.IN_REVIEW, State.APPROVED)), is_unpaid()))).all() if revision_ids else []
    return {revision.id: people for revision, people in _signers(session, rows, now)}


def _signers(session: Session, revisions: Sequence[Revision], now: datetime) -> Iterator[tuple[Revision, set[str]]]:
    """Each text with the approvers of the departments whose signatures are missing, but for who wrote in it or has
    decided on it."""
    missing = waiting_for_each(session, revisions)
    departments = {code for codes in missing.values() for code in codes}
    roster = roster_of(session, today=local_day(session, now), departments=sorted(departments))
    decided = _deciders(session, [revision.id for revision in revisions])
    for revision in revisions:
        people = _approvers(roster, missing[revision.id]) - {revision.author, *revision.contributors}
        yield revision, people - decided.get(revision.id, set())


def _to_sign(session: Session, now: datetime) -> Iterator[tuple[set[str], News]]:
    """Approvers of the departments whose signatures are missing, but for who wrote in the text or has decided on it."""
    since = now - _LOOKED_BACK
    rows = session.execute(
        select(Revision, Urgency.due_at).join(Article, Article.id == Revision.article_id)
        .outerjoin(Urgency, Urgency.revision_id == Revision.id).options(contains_eager(Revision.article))
        .where(Revision.redacted_at.is_(None), or_(
            (Revision.state == State.IN_REVIEW) & (Revision.created_at > since),
            (Urgency.published_at > since) & Urgency.settled_at.is_(None)))
        .order_by(Revision.created_at.desc(), Revision.id).limit(_MOST)).all()
    if not rows:
        return
    due = {revision.id: due_at for revision, due_at in rows}
    for revision, people in _signers(session, [revision for revision, _ in rows], now):
        due_at = due[revision.id]
        message = (Message("{title} waits for your department's signature", title=revision.title) if due_at is None
                   else Message("{title} was published before all had signed: your department's signature is owed by "
                                "{due}", title=revision.title, due=local_day(session, due_at)))
        yield people, _news(revision, revision.article.slug, message,
                            f"{_ASKS}{revision.id}{':owed' if due_at else ''}")


def _approvers(roster: Roster, departments: list[str]) -> set[str]:
    return {login for code in departments for login in roster.holders.get((Role.APPROVER, code), frozenset())}


def _deciders(session: Session, revision_ids: list[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for revision_id, signer in session.execute(select(Signature.revision_id, Signature.signer).where(
            Signature.revision_id.in_(revision_ids))):
        found.setdefault(revision_id, set()).add(signer)
    return found


def _decided(session: Session, now: datetime) -> Iterator[tuple[set[str], News]]:
    """Those who wrote in a text that all have signed, or that somebody refused to sign: with the reason."""
    rows = session.execute(
        select(Revision, Article.slug, Signature, Urgency).join(Article, Article.id == Revision.article_id)
        .join(Signature, Signature.revision_id == Revision.id)
        .outerjoin(Urgency, and_(Urgency.revision_id == Revision.id, Urgency.settled_at.is_(None)))
        .where(Signature.signed_at > now - _LOOKED_BACK, ~Signature.is_imported, Revision.redacted_at.is_(None),
               Revision.state.in_((State.APPROVED, State.PUBLISHED, State.REJECTED)))
        .order_by(Signature.id.desc()).limit(_MOST))
    for revision, slug, signature, owed in rows:
        writers = {revision.author, *revision.contributors}
        if signature.decision == "rejected":
            reason, by = signature.reason[:_LONGEST_REASON], person_called(session, signature.signer)
            message = (Message("{by} returned {title}: {reason}", by=by, title=revision.title,
                               reason=reason) if revision.state == State.REJECTED
                       else Message("{by} refuses to sign {title}, which was published already and stays in force: "
                                    "{reason}", by=by, title=revision.title, reason=reason))
            yield writers, _news(revision, slug, message, f"returned:{revision.id}")
        elif revision.state != State.REJECTED and owed is None:
            message = Message("all have signed {title}", title=revision.title)
            yield writers, _news(revision, slug, message, f"signed:{revision.id}")


def _to_publish(session: Session, now: datetime) -> Iterator[tuple[set[str], News]]:
    """Those who may publish what all have signed lately, for the department that has the article; who wrote in it
    hears of it anyway."""
    signed_lately = exists().where(Signature.revision_id == Revision.id, Signature.signed_at > now - _LOOKED_BACK,
                                   ~Signature.is_imported)
    rows = session.scalars(
        select(Revision).join(Article, Article.id == Revision.article_id).options(contains_eager(Revision.article))
        .where(Revision.state == State.APPROVED, Revision.redacted_at.is_(None), Article.retired_at.is_(None),
               signed_lately)
        .order_by(Revision.created_at.desc(), Revision.id).limit(_MOST)).all()
    if not rows:
        return
    missing = waiting_for_each(session, rows)
    roster = roster_of(session, today=local_day(session, now), departments=sorted({r.article.owner for r in rows}))
    for revision in rows:
        if not missing[revision.id]:
            people = _approvers(roster, [revision.article.owner]) - {revision.author, *revision.contributors}
            yield people, _news(revision, revision.article.slug, Message(
                "all have signed {title}: it waits to be published", title=revision.title), f"publish:{revision.id}")


def _news(revision: Revision, slug: str, message: Message, key: str) -> News:
    return News(Kind.REVIEW, message, f"/reviews/{slug}/{revision.number}", key, revision.article_id)

"""One article of an import into the store: as signed history, in order, or its newest text as a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.acts.hiding import import_hidings
from kb.articles.publication import import_retirement, publish
from kb.articles.revisions import RevisionText
from kb.articles.writing.intake import import_history
from kb.confusables import skeleton
from kb.content.importers import landing
from kb.content.importers.asks import store_asks
from kb.content.importers.markdown import FileRevision, Retired, located
from kb.errors import Invalid, KbError
from kb.models import Article, Revision, State
from kb.people.permissions import Action, can, require

_DRAFT = "draft"  # the state of a file that is not to be published


@dataclass(slots=True)
class Names:
    """The newest titles and the slugs of all articles by skeleton, to find those that counterfeit another's."""

    titles: dict[str, str] = field(default_factory=dict)  # slug -> title
    by_title: dict[str, set[str]] = field(default_factory=dict)  # skeleton -> slugs
    by_slug: dict[str, str] = field(default_factory=dict)  # skeleton -> slug
    owners: dict[str, str] = field(default_factory=dict)  # slug -> department

    @classmethod
    def load(cls, session: Session) -> Names:
        """The names as stored."""
        names = cls()
        rows = session.execute(  # of published texts alone: a draft of another's neither blocks nor is told of
            select(Article.slug, Revision.title, Article.owner, Article.retired_at)
            .join(Revision, Revision.article_id == Article.id)
            .where(Revision.state == State.PUBLISHED).order_by(Revision.number))
        newest = {row[0]: row[1:] for row in rows}
        for slug, (title, owner, retired_at) in newest.items():
            names.add(slug, title, "" if retired_at else owner)
        return names

    def add(self, slug: str, title: str, owner: str) -> None:
        """Note the article's newest title, and whose it is; nobody's, where it is retired."""
        self.owners[slug] = owner
        former = self.titles.get(slug)
        if former is not None:
            self.by_title[skeleton(former)].discard(slug)
        self.titles[slug] = title
        self.by_title.setdefault(skeleton(title), set()).add(slug)
        self.by_slug.setdefault(skeleton(slug), slug)

    def twins(self, slug: str, title: str, owner: str) -> list[str]:
        """The department's other articles of this title, by slug."""
        return sorted(other for other in self.by_title.get(skeleton(title), ())
                      if other != slug and self.owners[other] == owner)

    def check(self, slug: str, title: str) -> None:
        """Refuse a slug or a title that differs from another article's, and looks the same."""
        twin = self.by_slug.get(skeleton(slug), slug)
        if twin != slug and slug not in self.titles:
            raise Invalid("confusable", "file name {slug} looks like the article {twin}; choose another", slug=slug,
                          twin=twin)
        for other in self.by_title.get(skeleton(title), ()):
            if other != slug and self.titles[other] != title:
                raise Invalid("confusable", "the title looks like that of the article {other}, with other characters",
                              other=other, fields={"title": "confusable"})


def store_article(session: Session, actor: Actor, approver: Actor | None, slug: str,
                  files: Sequence[tuple[int | None, FileRevision]], names: Names, *, now: datetime) -> int:
    """Store one article's files, (number of the file name, revision), oldest first; how many changed anything.

    Without an approver the newest becomes a draft and the others, which are history, are left. Errors carry in
    ``facts["file"]`` which of the files they are about.
    """
    changed: set[int] = set()
    last = 0
    owner = files[-1][1].now_owned_by or files[-1][1].text.owner  # earlier texts may tell of an owner before
    for at, (stated, item) in enumerate(files):
        try:
            is_last = at == len(files) - 1
            if is_last:
                names.check(slug, item.text.title)
            last = _number(stated, item, last)
            if approver is not None and item.state != _DRAFT:
                is_changed = _store_history(session, actor, approver, slug, last, item, now, is_last=is_last,
                                            owner=owner)
            elif is_last:
                is_changed = _store_draft(session, actor, slug, item, now)
            else:
                continue
            if is_last and approver is not None and item.spans:  # beside a text in review too
                is_changed |= _store_hidings(session, actor, approver, slug, item, now)
            if is_changed:
                changed.add(at)
        except KbError as error:
            placed = located(error, item.lines)
            placed.facts["file"] = at
            raise placed from error
    return len(changed)


def _number(stated: int | None, item: FileRevision, previous: int) -> int:
    """The revision's number: that of its front matter, else of its file name, else the next one."""
    if item.number is not None and stated is not None and item.number != stated:
        raise Invalid("revision", "revision is {number}, but the file name says {stated}", number=item.number,
                      stated=stated, fields={"revision": "differs"})
    number = item.number or stated or previous + 1
    if number <= previous:
        raise Invalid("revision", "revision {number} is given by two files, or out of order", number=number,
                      fields={"revision": "twice"})
    return number


def _store_draft(session: Session, actor: Actor, slug: str, item: FileRevision, now: datetime) -> bool:
    article, is_changed = landing.land(session, actor, slug, item.text, left_open=item.defaulted - {"author"}, now=now,
                                       origin="import")
    return store_asks(session, actor, article, item.asks, is_released=False, now=now) or is_changed


def _store_history(session: Session, actor: Actor, approver: Actor, slug: str, number: int, item: FileRevision,
                   now: datetime, *, is_last: bool, owner: str) -> bool:
    """One signed revision, brought by who may import history; whether that changed anything.

    Times and signers are the file's where the one who is named for it may import history too; otherwise that person
    alone counts as the signer, of now, for what they may sign.
    """
    require(actor, Action.IMPORT_HISTORY)
    keeps_times = can(approver, Action.IMPORT_HISTORY)
    text = _text(session, slug, number, item)
    signed = {login: at or item.published_at or now for login, at in item.approvers.items()} if keeps_times else {}
    if not signed:
        _check_signer(approver, text)
    created_at = item.created_at or (min(item.published_at, now) if item.published_at else None)
    revision, is_changed = import_history(
        session, actor, slug, text, number=number, now=now, origin="import", signed=signed or {approver.name: now},
        created_at=created_at if keeps_times else None, owner=owner)
    article = session.get_one(Article, revision.article_id)
    if is_changed:
        landing.clear(session, actor, article, text)
    if revision.state == State.APPROVED and (item.state is None or not keeps_times):
        if not keeps_times:
            require(approver, Action.PUBLISH, article)
        publish(session, actor, revision, now=now, origin="import",
                published_at=item.published_at if keeps_times else None)
        is_changed = True
    is_changed |= store_asks(session, actor, article, item.asks, is_released=revision.state == State.PUBLISHED, now=now)
    if is_last and item.retired is not None and article.retired_at is None:
        if not keeps_times:
            require(approver, Action.RETIRE, article)
        _retire(session, actor, article, item.retired, keeps_times, now)
        is_changed = True
    return is_changed


def _store_hidings(session: Session, actor: Actor, approver: Actor, slug: str, item: FileRevision, now: datetime
                   ) -> bool:
    """What is hidden where it comes from stays hidden here: no import shows it again."""
    if can(approver, Action.IMPORT_HISTORY):
        article = session.scalars(select(Article).where(Article.slug == slug)).one()
        return import_hidings(session, actor, article, item.spans, now=now, origin="import") > 0
    if any(span.holds(now) for span in item.spans):
        raise Invalid("hidden", "the article is hidden where it comes from: let somebody who may import history bring "
                      "it in, so that it stays so", fields={"hidden": "not yours to keep"})
    return False


def _check_signer(approver: Actor, text: RevisionText) -> None:
    """Refuse a person who may not sign this text: what nobody else is said to have signed counts as signed by them."""
    for department in (text.owner, *text.co_owners):
        require(approver, Action.APPROVE, department)


def _text(session: Session, slug: str, number: int, item: FileRevision) -> RevisionText:
    """The file's text; what it leaves open is as it was stored the first time, so that importing again changes nothing.
    """
    stored = session.scalar(select(Revision).join(Article, Article.id == Revision.article_id)
                            .where(Article.slug == slug, Revision.number == number)) if item.defaulted else None
    if stored is None:
        return item.text
    return replace(item.text, **{name: getattr(stored, name) for name in item.defaulted})


def _retire(session: Session, actor: Actor, article: Article, retired: Retired, keeps_times: bool, now: datetime
            ) -> None:
    successor = None
    if retired.successor is not None:
        successor = session.scalar(select(Article).where(Article.slug == retired.successor))
        if successor is None:
            raise Invalid("successor", "the successor {successor!r} is not stored; import it first",
                          successor=retired.successor, fields={"retired": "unknown successor"})
    import_retirement(session, actor, article, reason=retired.reason, successor=successor, now=now, origin="import",
                      retired_at=retired.at if keeps_times else None)

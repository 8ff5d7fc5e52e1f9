"""One article of an import into the store: its revisions in order, signed, published and retired as its files say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.intake import add_revision
from kb.articles.publication import publish, retire
from kb.articles.revisions import RevisionText
from kb.articles.workflow import approve
from kb.confusables import skeleton
from kb.content.importers.asks import store_asks
from kb.content.importers.markdown import FileRevision, located
from kb.errors import Invalid, KbError
from kb.models import Article, Revision, State
from kb.people.permissions import Action, can


@dataclass(slots=True)
class Names:
    """The newest titles and the slugs of all articles by skeleton, to find those that counterfeit another's."""

    titles: dict[str, str] = field(default_factory=dict)  # slug -> title
    by_title: dict[str, set[str]] = field(default_factory=dict)  # skeleton -> slugs
    by_slug: dict[str, str] = field(default_factory=dict)  # skeleton -> slug

    @classmethod
    def load(cls, session: Session) -> Names:
        """The names as stored."""
        names = cls()
        rows = session.execute(select(Article.slug, Revision.title).join(Revision, Revision.article_id == Article.id)
                               .order_by(Revision.number))
        newest = {row[0]: row[1] for row in rows}
        for slug, title in newest.items():
            names.add(slug, title)
        return names

    def add(self, slug: str, title: str) -> None:
        """Note the article's newest title."""
        former = self.titles.get(slug)
        if former is not None:
            self.by_title[skeleton(former)].discard(slug)
        self.titles[slug] = title
        self.by_title.setdefault(skeleton(title), set()).add(slug)
        self.by_slug.setdefault(skeleton(slug), slug)

    def check(self, slug: str, title: str) -> None:
        """Refuse a slug or a title that differs from another article's, and looks the same."""
        twin = self.by_slug.get(skeleton(slug), slug)
        if twin != slug and slug not in self.titles:
            raise Invalid("confusable", f"file name {slug} looks like the article {twin}; choose another")
        for other in self.by_title.get(skeleton(title), ()):
            if other != slug and self.titles[other] != title:
                raise Invalid("confusable", f"the title looks like that of the article {other}, with other characters",
                              fields={"title": "confusable"})


def store_article(session: Session, actor: Actor, approver: Actor | None, slug: str,
                  files: Sequence[tuple[int | None, FileRevision]], names: Names, *, now: datetime) -> int:
    """Store one article's files, (number of the file name, revision), oldest first; how many changed anything.

    Errors carry in ``facts["file"]`` which of the files they are about.
    """
    keeps_history = approver is not None and all(can(a, Action.IMPORT_HISTORY) for a in (actor, approver))
    changed: set[int] = set()
    last = 0
    for at, (stated, item) in enumerate(files):
        try:
            is_last = at == len(files) - 1
            if is_last:
                names.check(slug, item.text.title)
            last = _number(stated, item, last)
            revision, is_changed = _store_revision(session, actor, approver, slug, last, item, keeps_history, now)
            is_changed |= store_asks(session, actor, approver, slug, revision, item.asks, now=now)
            if is_last and approver is not None:
                is_changed |= _retire(session, approver, revision, item, keeps_history, now)
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
        raise Invalid("revision", f"revision is {item.number}, but the file name says {stated}",
                      fields={"revision": "differs"})
    number = item.number or stated or previous + 1
    if number <= previous:
        raise Invalid("revision", f"revision {number} is given by two files, or out of order",
                      fields={"revision": "twice"})
    return number


def _store_revision(session: Session, actor: Actor, approver: Actor | None, slug: str, number: int,
                    item: FileRevision, keeps_history: bool, now: datetime) -> tuple[Revision, bool]:
    """One revision as far as its file and the importer's rights let it come; whether that changed anything."""
    created_at = item.created_at or (min(item.published_at, now) if item.published_at else None)
    revision, is_changed = add_revision(
        session, actor, slug, _text(session, actor, slug, number, item), number=number, now=now, origin="import",
        created_at=created_at if keeps_history else None)
    wanted = State.PUBLISHED if item.state is None else State(item.state)
    if wanted == State.APPROVED and not keeps_history:
        wanted = State.PUBLISHED  # an approval that a file claims counts for nothing; the approver signs it anew
    if approver is None or wanted == State.DRAFT:
        return revision, is_changed
    if revision.state == State.DRAFT:
        signed = {login: at or item.published_at or now for login, at in item.approvers.items()}
        approve(session, approver, revision, now=now, origin="import",
                signed=signed if keeps_history and signed else None)
        is_changed = True
    if wanted == State.PUBLISHED and revision.state == State.APPROVED:
        publish(session, approver, revision, now=now, origin="import",
                published_at=item.published_at if keeps_history else None)
        is_changed = True
    return revision, is_changed


def _text(session: Session, actor: Actor, slug: str, number: int, item: FileRevision) -> RevisionText:
    """The file's text; what it leaves open is as it was stored the first time, so that importing again changes nothing.

    Only who may import history brings another's text; otherwise the author is whoever imports.
    """
    may_restate = can(actor, Action.IMPORT_HISTORY)
    text = item.text if may_restate else replace(item.text, author=actor.name)
    left_open = item.defaulted if may_restate else item.defaulted | {"author"}
    if not left_open:
        return text
    stored = session.scalar(select(Revision).join(Article, Article.id == Revision.article_id)
                            .where(Article.slug == slug, Revision.number == number))
    if stored is None:
        return text
    return replace(text, **{name: getattr(stored, name) for name in left_open})


def _retire(session: Session, approver: Actor, revision: Revision, item: FileRevision, keeps_history: bool,
            now: datetime) -> bool:
    """Retire the article when its newest file says so; whether that changed anything."""
    article = session.get_one(Article, revision.article_id)
    if item.retired is None or article.retired_at is not None:
        return False
    successor = None
    if item.retired.successor is not None:
        successor = session.scalar(select(Article).where(Article.slug == item.retired.successor))
        if successor is None:
            raise Invalid("successor", f"the successor {item.retired.successor!r} is not stored; import it first",
                          fields={"retired": "unknown successor"})
    retire(session, approver, article, reason=item.retired.reason, successor=successor, now=now, origin="import",
           retired_at=item.retired.at if keeps_history else None)
    return True

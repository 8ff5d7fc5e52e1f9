"""Revisions: their content hash, and an article's history as far as a viewer may know it."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.orm import Session, defer, selectinload

from kb.actor import Actor, Audience
from kb.articles.live import is_closed, is_hidden
from kb.errors import Invalid, NotFound
from kb.messages.message import InBoth
from kb.models import Article, Revision, State
from kb.people.permissions import Action, audiences_of, can, may_sql
from kb.settings import LimitSettings
from kb.text import BIDI, SLUG, clean_label, unseen_in
from kb.text import check_source as check_markdown


@dataclass(frozen=True, slots=True)
class BasisText:
    """A basis document as stated by a revision."""

    title: str
    number: str = ""
    issuer: str = ""
    date: date | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class RevisionText:
    """Everything of a revision that readers rely on and approvers sign."""

    title: str
    source: str
    lang: str
    audience: str
    owner: str
    effective_from: datetime
    effective_to: datetime | None = None
    review_by: datetime | None = None
    summary: str = ""
    category: str = ""
    keywords: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    co_owners: tuple[str, ...] = ()
    bases: tuple[BasisText, ...] = ()
    attachments: tuple[dict[str, str], ...] = field(default=())
    change_note: str = ""
    is_minor: bool = False
    author: str = ""


def content_hash(text: RevisionText) -> str:
    """SHA-256 over canonical JSON of every field (sorted keys, instants as ISO 8601 UTC)."""
    def plain(value: date | datetime) -> str:
        return (value.astimezone(UTC) if isinstance(value, datetime) else value).isoformat()

    fields = {name: getattr(text, name) for name in RevisionText.__dataclass_fields__}  # asdict copies all of it deeply
    fields["bases"] = [asdict(basis) for basis in text.bases]
    body = json.dumps(fields, default=plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


_INSTANTS = ("effective_from", "effective_to", "review_by")
_WORDS = ("keywords", "synonyms", "co_owners")


def fields_of(text: RevisionText) -> dict[str, Any]:
    """The text as plain data that JSON can hold; :func:`text_from` reads it back as it was."""
    fields = asdict(text)
    for name in _INSTANTS:
        fields[name] = fields[name].astimezone(UTC).isoformat() if fields[name] else None
    for basis in fields["bases"]:
        basis["date"] = basis["date"].isoformat() if basis["date"] else None
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}


def text_from(fields: Mapping[str, Any], *, author: str) -> RevisionText:
    """The text that :func:`fields_of` wrote down, as this author's."""
    given: dict[str, Any] = {name: tuple(fields[name]) if name in _WORDS else fields[name]
                             for name in RevisionText.__dataclass_fields__ if name in fields}
    given |= {name: datetime.fromisoformat(fields[name]) if fields.get(name) else None for name in _INSTANTS}
    given["bases"] = tuple(BasisText(**{**basis, "date": date.fromisoformat(basis["date"]) if basis["date"] else None})
                           for basis in fields["bases"])
    given["attachments"] = tuple(fields["attachments"])
    return RevisionText(**{**given, "author": author})


_LONGEST = {"title": 300, "summary": 2_000, "category": 100, "change_note": 2_000, "author": 64}  # characters
_LONGEST_FILE, _SHA256 = 300, re.compile("[0-9a-f]{64}")
_SAID = {  # in Chinese; in English a field is called what it is in a file
    "title": "标题", "summary": "摘要", "category": "类别", "change_note": "修改说明", "author": "起草人",
    "keywords": "关键词", "synonyms": "别称", "co_owners": "会签部门", "basis.title": "政策依据的标题",
    "basis.number": "政策依据的文号", "basis.issuer": "政策依据的发文机关", "basis.url": "政策依据的网址",
}
_LONGEST_BASIS = {"title": 300, "number": 100, "issuer": 200, "url": 500}
_YEARS = (1900, 9000)  # half-open; what lies outside is a slip, and cannot be written down everywhere
_MOST_WORDS, _LONGEST_WORD, _MOST_BASES = 200, 100, 50
_LARGEST_META = 15_000  # characters of all fields but the source: they must fit into the front matter of an export


def check_text(text: RevisionText) -> None:
    """Refuse a text whose fields are too long, not clean, or at odds; raises Invalid naming the field.

    Clean fields read back from an exported file as they are, so that their hash stays. The source is checked by
    :func:`check_source`.
    """
    plain = {name: str(getattr(text, name)) for name in _LONGEST}
    for name, value in plain.items():
        _check_field(name, value, _LONGEST[name], lines=name in ("summary", "change_note"))
    is_read = any(unicodedata.category(c)[0] in "LN" for c in text.title)  # else fonts may draw nothing at all
    if not is_read or clean_label(text.title) != text.title:
        raise Invalid("title", "title: missing, or not one clean line", fields={"title": "not clean"})
    words = {"keywords": text.keywords, "synonyms": text.synonyms, "co_owners": text.co_owners}
    for name, values in words.items():
        if len(values) > _MOST_WORDS or any(not 1 <= len(v) <= _LONGEST_WORD or clean_label(v) != v for v in values):
            raise Invalid("field", "{name}: at most {most_words} words of 1 to {longest_word} characters",
                          name=_called(name), most_words=_MOST_WORDS, longest_word=_LONGEST_WORD,
                          fields={name: "too long"})
    if len(text.bases) > _MOST_BASES:
        raise Invalid("field", "basis: at most {most_bases} documents", most_bases=_MOST_BASES,
                      fields={"basis": "too many"})
    for basis in text.bases:
        for name, longest in _LONGEST_BASIS.items():
            _check_field(f"basis.{name}", getattr(basis, name), longest, lines=False)
    size = (sum(map(len, plain.values())) + sum(len(v) for values in words.values() for v in values)
            + sum(len(getattr(b, name)) for b in text.bases for name in _LONGEST_BASIS)
            + sum(len(str(a)) for a in text.attachments))
    if size > _LARGEST_META:
        raise Invalid("field", "title, summary, words and documents have {size} characters together; the limit is "
                      "{largest_meta}", size=size, largest_meta=_LARGEST_META)
    for name, allowed in (("lang", ("zh", "en")), ("audience", tuple(Audience))):
        if getattr(text, name) not in allowed:
            raise Invalid("field", "{name} must be one of {allowed}", name=name, allowed=allowed,
                          fields={name: "unknown"})
    if len({text.owner, *text.co_owners}) <= len(text.co_owners):
        raise Invalid("field", "co_owners: each other department once", fields={"co_owners": "twice"})
    if any(a.keys() != {"name", "sha256"} or not all(isinstance(v, str) for v in a.values())
           or not 1 <= len(a["name"]) <= _LONGEST_FILE or clean_label(a["name"]) != a["name"]
           or not _SHA256.fullmatch(a["sha256"]) for a in text.attachments):
        raise Invalid("field", "attachments: each has a name and a sha256", fields={"attachments": "not files"})
    for name in _INSTANTS:
        instant = getattr(text, name)
        if instant is not None and (instant.tzinfo is None or not _YEARS[0] <= instant.year < _YEARS[1]):
            raise Invalid("dates", "{name}: a date from {first} to {last}", name=name, first=_YEARS[0],
                          last=_YEARS[1] - 1, fields={name: "out of range"})
    if text.effective_to is not None and text.effective_to <= text.effective_from:
        raise Invalid("dates", "effective_to must come after effective_from", fields={"effective_to": "too early"})


def check_source(source: str, limits: LimitSettings) -> None:
    """Refuse an empty text, one beyond the limits, and characters that no reader sees; raises Invalid."""
    if not source.strip():
        raise Invalid("body", "the text is empty", fields={"source": "required"})
    unseen = next((c for c in source if BIDI.match(c) or (
        unicodedata.category(c) in ("Cc", "Cs") and c not in "\r\n\t")), None)
    if unseen is not None:
        raise Invalid("field", "source: character U+{code_point:04X}; remove it", code_point=ord(unseen),
                      fields={"source": "not text"})
    if len(source.encode()) > limits.article_bytes:
        raise Invalid("too_large", "the text has more than {article_bytes} bytes (limits.article_bytes)",
                      article_bytes=limits.article_bytes, fields={"source": "too long"})
    try:
        check_markdown(source, limits)
    except Invalid as error:
        raise Invalid(error.code, error.template, **error.facts, fields={"source": "beyond the limits"}) from error


def _called(name: str) -> InBoth:
    """What a message calls a field."""
    return InBoth(_SAID.get(name, name), name)


def _check_field(name: str, value: str, longest: int, *, lines: bool) -> None:
    """Refuse control characters, overrides of direction, outer spaces, and more than ``longest`` characters."""
    unseen = unseen_in(value, lines=lines)
    if unseen is not None:
        raise Invalid("field", "{name}: character U+{code_point:04X}; remove it", name=_called(name),
                      code_point=ord(unseen), fields={name: "not text"})
    if len(value) > longest:
        raise Invalid("field", "{name}: {count} characters; the limit is {longest}", name=_called(name),
                      count=len(value), longest=longest, fields={name: "too long"})
    if value != value.strip():
        raise Invalid("field", "{name}: begins or ends with a space", name=_called(name), fields={name: "not clean"})


def text_of(revision: Revision | Row[Any], source: str | None = None, *, co_owners: Iterable[Any] | None = None,
            bases: Iterable[Any] | None = None) -> RevisionText:
    """The stored revision as its signed text (needs source, co_owners and bases loaded, where they are not given)."""
    return RevisionText(
        title=revision.title, source=revision.source if source is None else source, lang=revision.lang,
        audience=revision.audience, owner=revision.owner, effective_from=revision.effective_from,
        effective_to=revision.effective_to, review_by=revision.review_by, summary=revision.summary,
        category=revision.category,
        keywords=tuple(revision.keywords), synonyms=tuple(revision.synonyms),
        co_owners=tuple(sorted(c.department for c in (revision.co_owners if co_owners is None else co_owners))),
        bases=tuple(BasisText(b.title, b.number, b.issuer, b.issued_on, b.url)
                    for b in (revision.bases if bases is None else bases)),
        attachments=tuple(revision.attachments), change_note=revision.change_note, is_minor=revision.is_minor,
        author=revision.author,
    )


def stored_text(session: Session, revision: Revision) -> RevisionText:
    """The stored revision as its signed text, whatever of it is loaded."""
    session.refresh(revision, ["co_owners", "bases"])
    return text_of(revision)


def may_know(viewer: Actor, revision: Revision) -> bool:
    """Whether this viewer may learn that the revision exists, and read it (needs article and co_owners loaded).

    What was published is open, for ever, to everybody whom its audience includes, save for what is out of citizens'
    sight; what was not, to those who write or sign for one of its departments. While it waits for signatures that is
    its article's; what was withdrawn or rejected stays with the one that it was written for.
    """
    return revision.audience in audiences_of(viewer) and (
        revision.state == State.PUBLISHED or can(viewer, Action.READ_UNPUBLISHED, revision))


def knowable(viewer: Actor) -> ColumnElement[bool]:
    """:func:`may_know` as a condition on revisions; a test holds them equal."""
    return and_(Revision.audience.in_(sorted(audiences_of(viewer))),
                or_(Revision.state == State.PUBLISHED, may_sql(viewer, Action.READ_UNPUBLISHED, Revision)))


def readable(viewer: Actor, now: datetime) -> ColumnElement[bool]:
    """What of the revisions that a viewer may know can be read now: for citizens nothing that is out of their sight."""
    if audiences_of(viewer) != {Audience.PUBLIC}:
        return knowable(viewer)
    return and_(knowable(viewer), Revision.state == State.PUBLISHED, ~is_hidden(Revision.article_id, now),
                ~is_closed(now))


def history(session: Session, viewer: Actor, slug: str, *, now: datetime) -> list[Revision]:
    """The article's revisions that this viewer may know, in number order; raises NotFound when there is none.

    Co-owners, bases, signatures and publications are loaded with them; the texts are not. What a citizen may not know
    is not read at all, so that a hidden article takes no longer than one that is not there.
    """
    query = (
        select(Revision).join(Article, Article.id == Revision.article_id).where(Article.slug == slug)
        .options(defer(Revision.source, raiseload=True), selectinload(Revision.co_owners),
                 selectinload(Revision.bases), selectinload(Revision.signatures), selectinload(Revision.publications))
        .where(readable(viewer, now)).order_by(Revision.number)
    )
    revisions = list(session.scalars(query)) if SLUG.fullmatch(slug) else []
    if not revisions:
        raise _unknown(session, slug)
    return revisions


def unknown_revision(session: Session, slug: str, number: int) -> NotFound:
    """What is said of a revision that the viewer may not know: that it was public once, or that there is none."""
    if _was_public(session, slug, number):
        return NotFound("not_public", "revision {number} of article {slug!r} is not public now", number=number,
                        slug=slug)
    return NotFound("no_revision", "no revision {number} of article {slug!r} that you may read", number=number,
                    slug=slug)


def _unknown(session: Session, slug: str) -> NotFound:
    if SLUG.fullmatch(slug) and _was_public(session, slug):
        return NotFound("not_public", "article {slug!r} is not public now", slug=slug)
    return NotFound("no_article", "no article {slug!r} that you may read", slug=slug[:120])


def _was_public(session: Session, slug: str, number: int | None = None) -> bool:
    """Whether citizens could once read this: it has been said already that it exists."""
    query = select(Revision.id).join(Article, Article.id == Revision.article_id).where(
        Article.slug == slug, Revision.state == State.PUBLISHED, Revision.audience == Audience.PUBLIC)
    if number is not None:
        query = query.where(Revision.number == number)
    return session.scalar(query.limit(1)) is not None


def newest_published(session: Session, article_id: str) -> Revision | None:
    """The article's published revision with the highest number: what a new text rests on."""
    return session.scalar(select(Revision).where(Revision.article_id == article_id, Revision.state == State.PUBLISHED)
                          .order_by(Revision.number.desc()).limit(1))

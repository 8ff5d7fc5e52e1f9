"""Links of a text that lead nowhere: to an article that is retired or is not there, to a section that it has not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import unquote

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from kb.actor import Actor
from kb.articles.revisions import RevisionText
from kb.articles.writing.check_report import Finding, Kind, Stretch
from kb.markup.document import Document, Piece
from kb.markup.headings import places
from kb.markup.parse import parse
from kb.markup.render import heading_id
from kb.models import Article, Publication, Revision
from kb.people.permissions import audiences_of

_NUMBERING = re.compile(r"^(?:[一二三四五六七八九十]+、|\d+[.、]\s*|[(（][一二三四五六七八九十\d]+[)）])")
_ARTICLE = re.compile(r"article:([a-z0-9][a-z0-9-]{0,119})(?:#(.*))?", re.DOTALL)
# "…（链接）中“预付卡退款”一节", and in English "the section “Refunds”" or "“Refunds” section" right behind the link.
_SECTION = re.compile(r"^\s*(?:中|里|的)?\s*[“「\"]([^”」\"\n]{1,60})[”」\"]\s*(?:一节|部分|章节|这一节|section)"
                      r"|^,?\s*(?:under|section)\s+[“\"]([^”\"\n]{1,60})[”\"]")


def broken_references(session: Session, viewer: Actor, slug: str, text: RevisionText, *,
                      now: datetime) -> Iterator[Finding]:
    """The links of a text, of the article ``slug``, that its readers cannot follow.

    An article counts for those of the viewer's: one that may not be known is as if it were not there.
    """
    document = parse(text.source)
    own = _anchors(document)
    for piece, shown in list(_links(document)):
        address = str(piece.data[1])
        found = _ARTICLE.fullmatch(address)
        if address.startswith("#") and address != "#":
            name = unquote(address[1:])
            if not _is_in(name, own):
                yield _finding(shown, "reference_section", target=slug, section=name)
        elif found:
            section = unquote(found[2] or "") or _named_behind(text.source, shown)
            yield from _of_article(session, viewer, shown, found[1], section, now)


def _of_article(session: Session, viewer: Actor, shown: Stretch, target: str, section: str,
                now: datetime) -> Iterator[Finding]:
    successor = aliased(Article)
    row = session.execute(
        select(Article.id, Article.retired_at, successor.slug).join(
            successor, successor.id == Article.successor_id, isouter=True).where(Article.slug == target)).first()
    source = None if row is None else session.scalar(
        select(Revision.source).join(Publication, Publication.revision_id == Revision.id)
        .where(Revision.article_id == row[0], Publication.published_at <= now,
               Revision.audience.in_(sorted(audiences_of(viewer))))
        .order_by(Publication.superseded_at.is_(None).desc(), Revision.number.desc()).limit(1))
    if row is None or source is None:
        yield _finding(shown, "reference_missing", target=target)
    elif row[1] is not None and row[1] <= now:
        yield _finding(shown, "reference_retired", target=target, successor=row[2] or "")
    elif section and not _is_in(section, _anchors(parse(source))):
        yield _finding(shown, "reference_section", target=target, section=section)


def _links(document: Document) -> Iterator[tuple[Piece, Stretch]]:
    """Where links open, each with what a page shows of it."""
    opened: list[Piece] = []
    for piece in document.pieces:
        if piece.kind == "open" and piece.data[0] == "a":
            opened.append(piece)
        elif piece.kind == "close" and piece.data[0] == "a" and opened:
            first = opened.pop()
            quote = document.said(first.start, piece.end)
            path = next((place.path for place in reversed(places(document)) if place.start <= first.start), ())
            yield first, Stretch("draft", quote, first.start, piece.end, path)


def _named_behind(source: str, shown: Stretch) -> str:
    """A section that the words right behind a link name."""
    found = _SECTION.match(source[shown.end:shown.end + 80])
    return (found[1] or found[2] or "").strip() if found else ""


def _anchors(document: Document) -> frozenset[str]:
    """The names of a text's headings, and their ids."""
    texts = [document.text_of(leaf) for leaf in document.leaves if leaf.kind == "heading"]
    labels = [leaf.label for leaf in document.leaves if leaf.kind == "heading" and leaf.label]
    return frozenset((*texts, *labels, *map(heading_id, texts)))


def _is_in(name: str, anchors: frozenset[str]) -> bool:
    """Whether a name means one of these headings: as it stands, as an id, or without the numbering before it."""
    return name in anchors or heading_id(name.removeprefix("h-")) in anchors or any(
        _NUMBERING.sub("", one) == name for one in anchors)


def _finding(shown: Stretch, message: str, **facts: str) -> Finding:
    return Finding(Kind.REFERENCE, message, facts, after=(shown,))

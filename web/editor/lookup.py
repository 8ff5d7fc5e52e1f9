"""What the pickers offer while a draft is written: articles to link to, and documents that others rest on."""

from __future__ import annotations

from flask import render_template, request

from kb.people.permissions import Action
from kb.reading import pickers
from retriever.errors import BadQuestion
from web.auth import permits, viewer
from web.editor.blueprint import editor, names_of
from web.wiring import edge


@editor.get("/links")
@permits(Action.DRAFT)
def links() -> str:
    """Live articles whose titles go with the words, each with the headings that a link may lead to."""
    parts, words = edge(), request.args.get("q", "").strip()
    try:
        found = parts.retriever.suggest(words, viewer(), now=parts.clock()) if words else []
    except BadQuestion:
        found = []
    with parts.database.reading() as session:
        headings = pickers.headings_of(session, viewer(), [one.slug for one in found], now=parts.clock())
        return render_template("editor/links.html", found=found, headings=headings, words=words,
                               names=names_of(session))


@editor.get("/documents")
@permits(Action.DRAFT)
def documents() -> str:
    """Documents that live articles rest on, by their title or number."""
    words = request.args.get("q", "").strip()
    with edge().database.reading() as session:
        found = pickers.documents(session, viewer(), words) if words else []
    return render_template("editor/documents.html", found=found, words=words)

"""The lists: a department's articles, drafts, and what came back; and beginning a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from flask import Response, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from kb.articles.revisions import RevisionText
from kb.articles.writing import drafts
from kb.clock import start_of_day
from kb.errors import Conflict, Denied, Invalid, InvalidTransition, NotFound
from kb.markup.language import language
from kb.people.permissions import Action, can
from kb.personal import personal_in
from kb.reading import editing, handing_in
from kb.reading.narrowing import Filter, narrowed, titled
from kb.upkeep import gap_list
from kb.upkeep.gaps import GapState
from retriever.errors import BadQuestion
from web.account.places import see
from web.auth import permits, viewer
from web.editor import forms
from web.editor.blueprint import ORIGIN, editor, names_of, people_of_returned, revision_number
from web.editor.kinds import KINDS, outline
from web.editor.pages import rescued
from web.error_replies import explained
from web.errors import BadRequest, Problem, problem_of
from web.forms import form_of
from web.people import introduce
from web.upkeep.words import SEVERITIES
from web.wiring import edge

_LISTED, _RETURNED = 50, 20
_LONGEST_TITLE = 300  # characters
_FILTERS = ("department", "state", "review", "draft", "signals")


@editor.get("")
@permits(Action.READ_HISTORY)
def articles() -> str:
    """One's departments' articles; the filter stands in the address, so that reloading and going back keep it."""
    parts, who, words = edge(), viewer(), request.args.get("q", "").strip()
    department, state, review, draft, signals = (request.args.get(name, "") for name in _FILTERS)
    wanted = Filter(department, state, review, draft, signals=signals)
    with parts.database.reading() as session:
        if words:
            wanted = narrowed(wanted, slugs=(*_found(words), *titled(session, who, words, department)))
        found = editing.desk(session, who, wanted, now=parts.clock(), after=request.args.get("after", ""),
                             limit=_LISTED)
        introduce(session, (draft.author for one in found.items for draft in one.drafts))
        return render_template(
            "editor/articles.html", desk=found, wanted=wanted, words=words, names=names_of(session), now=parts.clock(),
            severities=SEVERITIES,
            departments=editing.desk_departments(session, who), form=form_of(request.args),
            next=_page(after=found.next_after) if found.next_after else "",
            first=_page(after=None) if "after" in request.args else "")


def _found(words: str) -> tuple[str, ...]:
    """The live articles whose titles go with the words, by slug."""
    try:
        found = edge().retriever.suggest(words, viewer(), now=edge().clock(), limit=200)
    except BadQuestion:
        found = []
    return (words, *(one.slug for one in found))


def _page(**changed: str | None) -> str:
    kept = {name: request.args.get(name) for name in ("q", *_FILTERS)}  # by name: url_for has options of its own
    given = {name: value for name, value in {**kept, **changed}.items() if value}
    return url_for("editor.articles", **given)  # type: ignore[arg-type]


@editor.get("/drafts")
@permits(Action.READ_HISTORY)
def draft_list() -> str:
    """The drafts that the viewer may see, their own first asked for; and what came back from review."""
    who, after, behind = viewer(), request.args.get("after", ""), request.args.get("back", "")
    whose = "all" if request.args.get("whose") == "all" else "mine"
    with edge().database.reading() as session:
        found = drafts.list_drafts(session, who, author=who.name if whose == "mine" else None, after=after,
                                   limit=_LISTED + 1)
        back = handing_in.returned(session, who, after=behind, limit=_RETURNED + 1) if not after else []
        names = names_of(session)
        introduce(session, (*(one.author for one in found), *people_of_returned(back)))
    here = url_for("editor.draft_list", whose=whose)
    more = url_for("editor.draft_list", whose=whose, after=found[_LISTED - 1].id) if len(found) > _LISTED else ""
    more_back = url_for("editor.draft_list", whose=whose, back=back[_RETURNED - 1].revision_id) \
        if len(back) > _RETURNED else ""
    return render_template("editor/drafts.html", drafts=found[:_LISTED], whose=whose, returned=back[:_RETURNED],
                           names=names, next=more, first=here if after else "", next_back=more_back,
                           first_back=here if behind else "")


@editor.get("/new")
@permits(Action.DRAFT)
def new_form() -> str:
    """What an article begins with: whose it is, its title and kind."""
    return _new_page(None, _of_gap(request.args.get("gap", "")))


def _of_gap(gap_id: str) -> dict[str, str]:
    """What a new article begins with that is to close a gap: its name, unless it may tell who called, and whose it is.
    """
    if not gap_id:
        return {}
    with edge().database.reading() as session:
        gap = gap_list.get_gap(session, viewer(), gap_id)
    return {"gap": gap.id, "title": "" if personal_in(gap.name) else gap.name[:_LONGEST_TITLE],
            "department": gap.department or "",
            "lang": language(gap.name)}


@editor.post("/new")
@permits(Action.DRAFT)
def new() -> Response:
    """Begin an article with the outline of its kind."""
    now, lang = edge().clock(), "en" if request.form.get("lang") == "en" else "zh"
    kind = request.form.get("kind", "")
    text = replace(_blank(now), source=outline(kind, lang), lang=lang,
                   audience="agent" if kind == "internal" else "public")
    try:
        with edge().database.transaction() as session:
            made = drafts.start(session, viewer(), request.form.get("slug", "").strip(),
                                forms.text_of(MultiDict({"title": request.form.get("title", "")}), text), now=now,
                                origin=ORIGIN, is_new=True)
            if request.form.get("gap"):
                gap_list.decide(session, viewer(), request.form["gap"], GapState.DRAFTING, now=now, origin=ORIGIN)
    except (Conflict, Denied, Invalid, InvalidTransition) as error:
        problem = problem_of(error)
        return explained(_new_page(problem), problem)
    return see(url_for("editor.draft", draft_id=made.id))


def _new_page(problem: Problem | None, begins_with: Mapping[str, str] | None = None) -> str:
    who = viewer()
    with edge().database.reading() as session:
        departments = [d for d in editing.desk_departments(session, who)
                       if d.dissolved_at is None and can(who, Action.DRAFT, d.code)]
    return render_template("editor/new.html", form=form_of(begins_with or request.form, problem),
                           problem=problem, kinds=KINDS,
                           departments=departments)


@editor.post("/articles/<slug:slug>/drafts")
@permits(Action.DRAFT)
def begin(slug: str) -> Response:
    """Begin a draft from the published text, or take up the revision that is named; or, where a draft is gone, with
    the words that were written in it."""
    if "source" in request.form:
        return _begin_with_words(slug)
    number = request.form.get("revision", "")
    with edge().database.transaction() as session:
        made = drafts.edit(session, viewer(), slug, number=revision_number(number) if number else None,
                           now=edge().clock(), origin=ORIGIN)
    return see(url_for("editor.draft", draft_id=made.id))


def _begin_with_words(slug: str) -> Response:
    """A draft with the words that were sent; where there can be none, they come back."""
    who, now = viewer(), edge().clock()
    try:
        with edge().database.transaction() as session:
            try:
                made = drafts.edit(session, who, slug, now=now, origin=ORIGIN)
            except NotFound:  # nothing of the article is published: it may have gone with its last draft
                made = drafts.start(session, who, slug, forms.text_of(request.form, _blank(now)), now=now,
                                    origin=ORIGIN)
            else:
                made = drafts.save(session, who, made.id, forms.text_of(request.form, made.text), seen=made.version,
                                   now=now, origin=ORIGIN)
    except (BadRequest, Conflict, Denied, Invalid, InvalidTransition, NotFound) as error:
        return rescued(None, slug, problem_of(error))
    return see(url_for("editor.draft", draft_id=made.id))


def _blank(now: datetime) -> RevisionText:
    """A text of the department that the form names, in force from today on, without a word."""
    today = now.astimezone(edge().tz).date()
    return RevisionText(
        title="", source="", lang="zh", audience="public", owner=request.form.get("department", ""),
        effective_from=start_of_day(today, edge().tz),
        review_by=start_of_day(today + timedelta(days=edge().settings.hotline.review_days), edge().tz))

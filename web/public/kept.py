"""An answer of the log as the page shows one: what it said, with its citations, and the question in its dialogue.

Nothing is read here but what the log holds; of the texts it knows the places. Whether they may be shown, and their
words, is for :func:`web.public.workspace.checked`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for

from kb.reading.answers import Exchange, KeptAnswer
from retriever.answer import Answer, Nearest, Section, State
from retriever.citation import Citation, Sentence
from retriever.kept import restored
from retriever.records import Turn
from web.auth import is_staff
from web.filters import iso_day
from web.public.dialogue import Asked
from web.public.taken import Place


def answer_of(kept: KeptAnswer) -> Answer:
    """The answer; without what goes with the question, where that is not kept."""
    answer = Answer(
        answer_id=kept.id, question=kept.question, as_of=kept.as_of, known_at=kept.known_at,
        state=State(kept.state or (State.ANSWERED if kept.sentences else State.UNKNOWN)), reason=kept.reason,
        confidence=kept.confidence,
        sentences=tuple(Sentence(s["text"], tuple(s["citations"])) for s in kept.sentences),
        citations=tuple(_citation(kept, n) for n in range(len(kept.citations))),
        nearest=tuple(Nearest(n["article_id"], n["slug"], n["title"], n["department"], n["score"])
                      for n in kept.nearest),
        engine=kept.engine, composer=kept.composer, took_ms=kept.took_ms, degraded=kept.degraded,
        choices=tuple(section for c in kept.choices if (section := _section(kept, c)) is not None))
    if kept.shown is None:
        return answer
    section = kept.shown["section"]
    return restored(answer, kept.shown, _section(kept, section) if section else None)


def asked_of(kept: KeptAnswer, before: Sequence[Exchange]) -> Asked:
    """The form that asked it; ``before`` are the exchanges before it, latest first."""
    turns = [turn for one in reversed(before)
             for turn in (Turn("user", one.question), Turn("agent", one.said)) if turn.text]
    names_its_day = kept.as_of != kept.known_at and not (kept.shown or {}).get("read_as_of")
    is_narrowed = is_staff() and kept.is_own and kept.audience == "public"
    return Asked(kept.question, iso_day(kept.as_of) if names_its_day else "", "public" if is_narrowed else "",
                 tuple(turns), follows=kept.follows or "", call_ref=kept.call_ref if is_staff() else "")


def choice_of(kept: KeptAnswer) -> Place | None:
    """Where the section stands that was taken of those offered."""
    if kept.taken is None or kept.taken >= len(kept.choices):
        return None
    choice = kept.choices[kept.taken]
    place = kept.places[choice["revision_id"]]
    return Place(place.slug, place.number, tuple(choice["heading_path"]), (choice["start"], choice["end"]),
                 tuple((a, b) for a, b in choice["marked"]))


def _citation(kept: KeptAnswer, n: int) -> Citation:
    span = kept.citations[n]
    place = kept.places[span.revision_id]
    return Citation(
        span.n, place.article_id, place.slug, place.number, place.title, (), span.quote, span.start, span.end,
        place.department, place.effective_from, place.effective_to, None, (),
        _address(place.slug, place.number, span.start, span.end), span.revision_id)


def _section(kept: KeptAnswer, stored: dict[str, Any]) -> Section | None:
    """A section that the log names; its text is read where it is shown."""
    place = kept.places.get(stored["revision_id"])
    if place is None:
        return None
    start, end = stored["start"], stored["end"]
    return Section(
        place.article_id, place.slug, place.number, stored["revision_id"], place.title, place.department,
        tuple(stored["heading_path"]), start, end, "", tuple((a, b) for a, b in stored["marked"]),
        _address(place.slug, place.number, start, end), place.effective_from, place.effective_to)


def _address(slug: str, number: int, start: int, end: int) -> str:
    return url_for("articles.revision", slug=slug, number=number, cite=f"{start}-{end}", _anchor="cite-1")

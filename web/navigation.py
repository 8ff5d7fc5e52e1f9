"""The navigation of every page: where it leads, for whom, and how much waits there.

Each blueprint's screens stand here as one :class:`Item` a line. Whoever may not do what a screen is for does not see
it; the route checks again. An item without a route stops the start (:func:`check_items`), as does a way that two items
claim.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from kb.actor import Actor
from kb.errors import Unavailable
from kb.feedback.queue import count_for
from kb.people.permissions import Action, may_anywhere, may_for_departments
from kb.reading.queue import count_mine
from kb.reading.tasks.queue import count_waiting
from kb.upkeep.callback_list import count_open
from kb.upkeep.notices import count_unread
from kb.upkeep.undelivered import count_dead
from web.auth import must_change_password, viewer
from web.wiring import edge

Count = Callable[[Any, Actor, datetime], int]  # a session of the database, the viewer, the present


@dataclass(frozen=True, slots=True)
class Item:
    """A screen that the navigation leads to: its endpoint, what it is called, and what its visitor must be able to do.

    ``counts`` tells how much waits there; it may take one statement. ``within`` are further endpoints that belong to
    the screen, or a whole blueprint where one ends with a dot.
    """

    endpoint: str
    label: LazyString
    action: Action
    counts: Count | None = None
    within: tuple[str, ...] = ()
    is_of_departments: bool = False  # not for those who may do it for themselves alone


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as a page shows it."""

    address: str
    label: str
    is_current: bool
    count: int


ITEMS: tuple[Item, ...] = (
    Item("public.home", _l("Ask"), Action.READ, within=("public.ask", "public.answer", "public.take")),
    Item("public.search", _l("Search"), Action.READ),
    Item("public.browse", _l("Catalogue"), Action.READ, within=("public.browse_department", "articles.")),
    Item("editor.articles", _l("Editing"), Action.CONFIRM, within=("editor.",)),
    Item("reviews.list_waiting", _l("To review"), Action.READ_UNPUBLISHED, counts=count_mine, within=("reviews.",)),
    Item("upkeep.overview", _l("Upkeep"), Action.SEE_INSIGHTS, within=("upkeep.",), is_of_departments=True),
    Item("insights.feedback", _l("Feedback"), Action.GIVE_FEEDBACK, counts=count_for, within=(
        "insights.feedback_queue", "insights.own_feedback", "insights.resolve", "insights.gaps", "insights.decide_gap",
        "insights.draft_for_gap", "insights.judge", "insights.judge_result")),
    Item("insights.callbacks", _l("Callback list"), Action.CALL_BACK, counts=count_open,
         within=("insights.set_callback",)),
    Item("tasks.list_tasks", _l("Review tasks"), Action.CONFIRM, counts=count_waiting, within=("tasks.",)),
    Item("usage.find", _l("Where used"), Action.DRAFT, within=("usage.",)),
    Item("rules.show", _l("Rules"), Action.EDIT_RULES, within=("rules.",)),
    Item("registers.list_phones", _l("Registers"), Action.CONFIRM, within=("registers.",)),
    Item("notices.list_own", _l("Notices"), Action.READ_HISTORY, counts=count_unread, within=("notices.",)),
    Item("scheduling.jobs", _l("Jobs"), Action.RUN_JOBS, counts=count_dead, within=("scheduling.", "outgoing.")),
    Item("admin.list_people", _l("People"), Action.MANAGE_USERS, within=("admin.",)),
)


def check_items(app: Flask, items: Sequence[Item] = ITEMS) -> None:
    """Raise RuntimeError naming every item that leads nowhere, and every one that is there twice."""
    known = {rule.endpoint for rule in app.url_map.iter_rules()}
    named = [item.endpoint for item in items]
    wrong = sorted({name for name in named if name not in known or named.count(name) > 1})
    if wrong:
        raise RuntimeError(f"navigation to no route, or twice to the same: {', '.join(wrong)}")


def entries() -> list[Entry]:
    """What the present visitor is led to; who must choose a password first is led nowhere else."""
    if must_change_password():
        return []
    who = viewer()
    shown = [item for item in ITEMS if _leads(item, who)]
    counts = _counts(shown, who)
    return [Entry(url_for(item.endpoint), str(item.label), is_within(item, request.endpoint or ""), count)
            for item, count in zip(shown, counts, strict=True)]


def _leads(item: Item, who: Actor) -> bool:
    return (may_for_departments if item.is_of_departments else may_anywhere)(who, item.action)


def is_within(item: Item, endpoint: str) -> bool:
    """Whether a page of this endpoint belongs to the item's screen."""
    return endpoint == item.endpoint or any(
        endpoint.startswith(place) if place.endswith(".") else endpoint == place for place in item.within)


def _counts(items: Sequence[Item], who: Actor) -> list[int]:
    """How much waits at each; nothing while the database cannot be read, for the page has other things to say then."""
    if any(item.counts for item in items):
        with suppress(Unavailable), edge().database.reading() as session:
            now = edge().clock()
            return [item.counts(session, who, now) if item.counts else 0 for item in items]
    return [0] * len(items)

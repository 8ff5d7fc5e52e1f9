"""Confirming several texts in one go: each in a transaction of its own, each with its hash and its own evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from werkzeug.datastructures import MultiDict

from kb.actor import Actor
from kb.upkeep.reviews.resolving import Checked, Result, confirm_each
from web.tasks.blueprint import ORIGIN
from web.wiring import edge

_CHOSEN = re.compile(r"([0-9a-f-]{36})/([0-9a-f]{64})")


def confirm_chosen(actor: Actor, form: MultiDict[str, str]) -> Sequence[Result]:
    """Confirm what is named as ``task/sha256``; the evidence of each stands in a field of its own."""
    chosen = [found for one in form.getlist("chosen") if (found := _CHOSEN.fullmatch(one))]
    return confirm_each(edge().database, actor, [Checked(found[1], found[2], form.get(f"note-{found[1]}", ""))
                                                 for found in chosen], now=edge().clock(), origin=ORIGIN)

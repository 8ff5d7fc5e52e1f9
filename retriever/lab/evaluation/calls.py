"""What the callback list would name of each edit of a set, were it published after the questions had been asked.

An answer told the edited document where it was given and quoted it, or where it offered a section of it to be checked,
of which the first counts as taken. It *changed* where one of the set's questions was told, of the stretch that the edit
replaces, words that differ; all of these are to be named, and of a harmless edit none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kb.db import Database
from kb.upkeep.callbacks import Span, Told, concerned, told_of, would_replace
from retriever.answer import Answer, State
from retriever.callbacks import changes_of
from retriever.checking.exchanged import common_ends
from retriever.checking.pieces import pieces
from retriever.language.analysis import Analyser


@dataclass(frozen=True, slots=True)
class Calls:
    """The questions whose answer told what an edit replaces, and those that the list names."""

    changed: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


def calls_of(database: Database, analyser: Analyser, slug: str, pairs: Sequence[tuple[str, str]],
             questions: Mapping[str, str], offered: Sequence[Told], wanted: Iterable[str], *, now: datetime) -> Calls:
    """What the list names once the pairs are replaced in an article's last text; ``questions`` are those asked, by
    their answers' ids, ``offered`` what was only offered, ``wanted`` those whose answer the edit changes in substance.
    """
    with database.reading() as session:
        replacing = would_replace(session, slug, pairs, now=now)
        told = told_of(session, replacing, since=now - timedelta(days=1), now=now + timedelta(minutes=1))
    old, = replacing.older
    told += [one for one in offered if one.revision_id == old.revision_id]
    changed = changes_of(pieces(old.source, analyser), pieces(replacing.source, analyser))
    named = {questions[answer_id] for answer_id, _ in concerned(told, {old.revision_id: changed})
             if answer_id in questions}
    replaced = [_differing(old.source, was, becomes) for was, becomes in pairs]
    touched = {questions[one.answer_id] for one in told if one.answer_id in questions
               and any(start < to and at < end for start, end in one.spans for at, to in replaced)}
    return Calls(tuple(sorted(touched & set(wanted))), tuple(sorted(named)))


def offered_by(answer: Answer) -> list[Told]:
    """What a caller was told where the first section that an answer offered was taken."""
    if answer.state is not State.CHECK or not answer.choices:
        return []
    first = answer.choices[0]
    return [Told(answer.answer_id, first.revision_id, tuple(first.marked) or ((first.start, first.end),))]


def _differing(source: str, was: str, becomes: str) -> Span:
    """Where a replaced stretch differs, a character at least."""
    before, behind = common_ends(was, becomes)
    start = source.index(was)
    return start + min(before, len(was) - 1), start + max(len(was) - behind, min(before, len(was) - 1) + 1)


def figures(found: Sequence[tuple[bool, Calls]]) -> dict[str, Any]:
    """Of harmful edits: how many changed answers are named, and of how many edits all are; of harmless ones: how many
    edits name any. ``found`` says of each whether it is harmful."""
    harmful = [calls for is_harmful, calls in found if is_harmful]
    with_calls = [calls for calls in harmful if calls.changed]
    changed = sum(len(calls.changed) for calls in harmful)
    hit = sum(len(set(calls.changed) & set(calls.named)) for calls in harmful)
    return {"changed": changed, "named_of_changed": round(hit / changed, 4) if changed else None,
            "edits_with_calls": len(with_calls),
            "edits_named_whole": sum(set(calls.changed) <= set(calls.named) for calls in with_calls),
            "named": sum(len(calls.named) for calls in harmful),
            "harmless_that_name": sum(bool(calls.named) for is_harmful, calls in found if not is_harmful)}

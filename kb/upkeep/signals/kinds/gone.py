"""Sentences of a text in force whose own time is over. A text without them clears it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kb.messages.message import Message
from kb.models import Publication, TextDate
from kb.upkeep.signals.live_texts import MOST_PLACES, key_of, live_texts, local_day, quoted, rows_of
from kb.upkeep.signals.signal import Finding, Looking, Severity, Topic

_SEVERITY = {"end": Severity.WARNING, "deadline": Severity.WARNING}  # the others are worth a look


class DateGone:
    """Dates gone by."""

    kind = "date"
    topics = frozenset({Topic.ARTICLE, Topic.TIME})

    def find(self, session: Session, looking: Looking, articles: Collection[str] | None) -> Iterator[Finding]:
        """One finding for each day, and why it is over, with every sentence that it stands in."""
        query = live_texts(looking, TextDate.kind, TextDate.since, TextDate.start, TextDate.end).join(
            TextDate, TextDate.revision_id == Publication.revision_id).where(
                TextDate.gone_on <= local_day(looking)).order_by(Publication.article_id, TextDate.start)
        found: defaultdict[tuple[str, str, str, date], list[tuple[int, int]]] = defaultdict(list)
        for article_id, revision_id, kind, since, start, end in rows_of(session, query, articles):
            places = found[article_id, revision_id, kind, since]
            if (start, end) not in places:
                places.append((start, end))
        words = quoted(session, [(key[1], *place) for key, places in found.items() for place in places[:MOST_PLACES]])
        for (article_id, revision_id, kind, since), places in found.items():
            evidence = tuple(words[at] for place in places[:MOST_PLACES] if (at := (revision_id, *place)) in words)
            if evidence:
                yield Finding(self.kind, article_id, _SEVERITY.get(kind, Severity.INFO),
                              key_of(kind, since.isoformat()), evidence, {"why": kind, "since": since.isoformat()})

    def explain(self, facts: Mapping[str, Any]) -> Message:
        since = date.fromisoformat(facts["since"])
        match facts["why"]:
            case "end":
                return Message("what it says held until {since}", since=since)
            case "deadline":
                return Message("it names a deadline that was over on {since}", since=since)
            case "statistic":
                return Message("it gives a figure as of {since}", since=since)
            case "announced":
                return Message("it announces what was to come by {since}", since=since)
            case "relative":
                return Message("it counts from the year in which it was written, which ended before {since}",
                               since=since)
            case _:
                return Message("what it calls the present was over by {since}", since=since)

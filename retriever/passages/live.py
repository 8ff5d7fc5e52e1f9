"""The passages of a revision as the database holds it, for what no index proposed."""

from __future__ import annotations

from retriever.passages.cutting import split
from retriever.records import LiveText, Passage, passage_id


def passages_of(live: LiveText) -> list[Passage]:
    """The passages of a revision as the database holds it."""
    return [Passage(passage_id(live.revision_id, ordinal), live.article_id, live.revision_id, ordinal, live.title,
                    cut.heading_path, cut.start, cut.end, live.source[cut.start:cut.end], cut.context, live.department,
                    live.audience, live.lang, units=cut.units, body=cut.body)
            for ordinal, cut in enumerate(split(live.source))]

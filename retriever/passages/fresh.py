"""The passages of a text that is in no index."""

from __future__ import annotations

from retriever.passages.cutting import split
from retriever.records import Passage


def passages_of(source: str, title: str, lang: str) -> list[Passage]:
    """The passages of a text, in its order, as an index would hold them."""
    return [Passage(str(n), "", "", n, title, cut.heading_path, cut.start, cut.end, source[cut.start:cut.end],
                    cut.context, lang=lang, units=cut.units, body=cut.body) for n, cut in enumerate(split(source))]

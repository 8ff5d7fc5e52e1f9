"""What was found without the sentences that say nothing, and without the passages that say nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from retriever.passages.saying import said
from retriever.passages.telling import may_tell_nothing, tells
from retriever.ranking.order import Ranked
from retriever.records import LiveText, Unit

_MARKS = re.compile(r"[^\w\s,.;:!?()，。；：！？、（）《》“”‘’【】〔〕…—]|[_\n\\]")  # what a page may show otherwise


def telling(ranked: Sequence[Ranked]) -> tuple[list[Ranked], str | None]:
    """What says something, each passage by the units that do, in its order; and the article whose passage stood first
    and says nothing: what its heading announces is missing, and its neighbours do not answer for it."""
    kept = [_telling(item) for item in ranked]
    first = ranked[0].allowed.live.article_id if kept and kept[0] is None else None
    return [item for item in kept if item is not None], first


def _telling(item: Ranked) -> Ranked | None:
    """The passage without units that say nothing; None where no other one is left."""
    passage, live = item.hit.passage, item.allowed.live
    if not passage.units or not may_tell_nothing(passage.text):
        return item
    above = (passage.title, *passage.heading_path)
    kept = [n for n, unit in enumerate(passage.units) if unit.kind == "row" or _tells(live, unit, above)]
    if len(kept) == len(passage.units):
        return item
    if not kept:
        return None
    candidate = replace(item.hit.candidate, passage=passage.with_units(kept))
    return Ranked(replace(item.hit, passage=candidate.passage, candidate=candidate),
                  replace(item.allowed, candidate=candidate))


def _tells(live: LiveText, unit: Unit, above: Sequence[str]) -> bool:
    """Whether a unit says something. A text is parsed only for a unit that may not and whose source has marks in it:
    sixty passages are looked at for a question, and parsing their articles took a third of finding them."""
    source = live.source[unit.start:unit.end]
    if not may_tell_nothing(source):
        return True
    return tells(said(live.source, live.lang, unit) if _MARKS.search(source) else source, above)

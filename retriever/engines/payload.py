"""A passage as an engine stores it, and the digest that tells whether what an article shows has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from retriever.records import Passage, Span, Unit

FOREVER = 2**62  # an open end, in microseconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN = tuple(f.name for f in fields(Passage) if f.name not in ("spans", "units"))
_UNIT = tuple(f.name for f in fields(Unit) if f.compare)  # the rest is not kept
_plain, _unit = attrgetter(*_PLAIN), attrgetter(*_UNIT)
_times = attrgetter("effective_from", "effective_to", "known_from", "known_to")


def micros(moment: datetime | None) -> int:
    """Microseconds since 1970; None is FOREVER. Exact, unlike a float timestamp."""
    if moment is None:
        return FOREVER
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _moment(value: int) -> datetime | None:
    if value >= FOREVER:
        return None
    return datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)


def _tuples(value: Any) -> Any:
    """Lists, at whatever depth, as the tuples that they were."""
    return tuple([_tuples(part) if isinstance(part, list) else part for part in value]) \
        if isinstance(value, list) else value


def payload_of(passage: Passage) -> str:
    """A passage as stored text; :func:`passage_of` reads it back."""
    spans = [[micros(moment) for moment in _times(span)] for span in passage.spans]
    return json.dumps([_plain(passage), spans, [_unit(unit) for unit in passage.units]], ensure_ascii=False)


def passage_of(payload: str) -> Passage:
    """The passage that :func:`payload_of` wrote; ValueError when it is damaged."""
    try:
        plain, spans, units = json.loads(payload)
        intervals = tuple(Span(_moment(a) or _EPOCH, _moment(b), _moment(c) or _EPOCH, _moment(d))
                          for a, b, c, d in spans)
        return Passage(**dict(zip(_PLAIN, map(_tuples, plain), strict=True)), spans=intervals,
                       units=tuple(Unit(**dict(zip(_UNIT, map(_tuples, unit), strict=True))) for unit in units))
    except TypeError as error:
        raise ValueError("a stored passage is damaged") from error


def digest_of(passages: Iterable[Passage]) -> str:
    """What tells these passages from any others; terms follow from the text and do not count."""
    whole = hashlib.sha256()
    for passage in passages:
        whole.update(payload_of(replace(passage, terms=())).encode("utf-8", "surrogatepass"))
    return whole.hexdigest()

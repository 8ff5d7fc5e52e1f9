"""How a department answers to signals, told apart by rules that anybody can check against the figures.

A signal is answered in time when it is cleared within the days that its severity leaves; late when after them; ignored
while it stays open past them. It comes back when the same is found again soon after it was cleared: then it was not
mended, only put away. From these shares follow the ways of answering: a department *copes* (much comes back), *selects*
(one kind is done in time while another is ignored), *delays* (most is late or ignored), or answers well; with too few
signals nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from kb.upkeep.signals.signal import Severity

DAYS: Mapping[str, int] = {Severity.SERIOUS: 5, Severity.WARNING: 20, Severity.INFO: 40}  # calendar days to answer in
FEW = 5  # signals below which nothing is said of how they are answered
FEW_OF_KIND = 3
BACK_WITHIN = timedelta(days=30)
COPES, SELECTS_DONE, SELECTS_IGNORED, DELAYS, WELL = 0.2, 0.7, 0.6, 0.5, 0.8  # shares


class Way(StrEnum):
    """How signals are answered."""

    FEW = "few"
    COPING = "coping"
    SELECTIVE = "selective"
    DELAYED = "delayed"
    WELL = "well"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Handled:
    """A signal from when it was found to when it no longer held."""

    article_id: str
    kind: str
    key: str
    severity: str
    raised_at: datetime
    cleared_at: datetime | None

    @property
    def due_at(self) -> datetime:
        """Until when it is to be answered."""
        return self.raised_at + timedelta(days=DAYS[self.severity])


@dataclass(frozen=True, slots=True)
class Response:
    """How signals were answered. ``waiting`` are open and not due yet, and count for nothing; ``days`` is the median
    of those cleared."""

    way: Way
    on_time: int
    late: int
    ignored: int
    waiting: int
    came_back: int
    days: float | None
    of_kinds: Mapping[str, tuple[int, int, int]]  # on time, late, ignored

    @property
    def counted(self) -> int:
        """Those that were answered, or should have been."""
        return self.on_time + self.late + self.ignored

    @property
    def share_on_time(self) -> float | None:
        """None where nothing counts yet."""
        return self.on_time / self.counted if self.counted else None


def response_of(handled: Iterable[Handled], now: datetime) -> Response:
    """How these signals of a department were answered by now."""
    signals = sorted(handled, key=lambda one: one.raised_at)
    of_kinds: dict[str, tuple[int, int, int]] = {}
    waiting = 0
    for one in signals:
        on_time, late, ignored = of_kinds.get(one.kind, (0, 0, 0))
        if one.cleared_at is not None:
            is_late = one.cleared_at > one.due_at
            of_kinds[one.kind] = (on_time + (not is_late), late + is_late, ignored)
        elif now > one.due_at:
            of_kinds[one.kind] = (on_time, late, ignored + 1)
        else:
            waiting += 1
    on_time, late, ignored = (sum(counts[n] for counts in of_kinds.values()) for n in range(3))
    cleared = [(one.cleared_at - one.raised_at).total_seconds() / 86_400 for one in signals if one.cleared_at]
    back = _came_back(signals)
    return Response(_way(of_kinds, back, len(cleared)), on_time, late, ignored, waiting, back,
                    round(median(cleared), 1) if cleared else None, of_kinds)


def _came_back(signals: Sequence[Handled]) -> int:
    """How many were found again soon after they had been cleared."""
    cleared: dict[tuple[str, str, str], datetime] = {}
    back = 0
    for one in signals:
        name = (one.article_id, one.kind, one.key)
        before = cleared.get(name)
        back += before is not None and before <= one.raised_at <= before + BACK_WITHIN
        if one.cleared_at is not None:
            cleared[name] = one.cleared_at
    return back


def _way(of_kinds: Mapping[str, tuple[int, int, int]], back: int, cleared: int) -> Way:
    counted = sum(map(sum, of_kinds.values()))
    if counted < FEW:
        return Way.FEW
    if cleared >= FEW_OF_KIND and back >= COPES * cleared:
        return Way.COPING
    enough = [counts for counts in of_kinds.values() if sum(counts) >= FEW_OF_KIND]
    done = any(counts[0] >= SELECTS_DONE * sum(counts) for counts in enough)
    if done and any(counts[2] >= SELECTS_IGNORED * sum(counts) for counts in enough):
        return Way.SELECTIVE
    on_time = sum(counts[0] for counts in of_kinds.values())
    if counted - on_time >= DELAYS * counted:
        return Way.DELAYED
    return Way.WELL if on_time >= WELL * counted else Way.MIXED

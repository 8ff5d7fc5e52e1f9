"""How stale an article may be, as one number with its reasons: what orders the owner's queue.

Every signal gives points: by how much it matters, and by its kind. A second of the same kind gives half as many, a
third a quarter, so that ten links to one retired article do not outweigh a repealed basis. The sum ends at 100.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kb.upkeep.signals.signal import Severity

MOST = 100
POINTS: Mapping[str, float] = {Severity.INFO: 4.0, Severity.WARNING: 12.0, Severity.SERIOUS: 36.0}
# How near a kind is to "callers are told what is wrong"; a kind that is not named counts as 1.
WEIGHTS: Mapping[str, float] = {"basis": 1.25, "contradiction": 1.25, "votes": 1.25, "date": 1.0, "reference": 0.75,
                                "owner": 0.75, "unread": 0.5, "unanswered": 0.5}


@dataclass(frozen=True, slots=True)
class Reason:
    """What one kind gives to the score: how many signals, the worst of them, and the points."""

    kind: str
    count: int
    severity: str
    points: float


@dataclass(frozen=True, slots=True)
class Score:
    """From 0, nothing found, to 100; the reasons with the most points first."""

    points: int
    reasons: tuple[Reason, ...]


def score(signals: Iterable[tuple[str, str]]) -> Score:
    """The score of signals, each a kind and a severity."""
    by_kind: dict[str, list[str]] = {}
    for kind, severity in signals:
        by_kind.setdefault(kind, []).append(severity)
    reasons = [_reason(kind, severities) for kind, severities in by_kind.items()]
    reasons.sort(key=lambda reason: (-reason.points, reason.kind))
    return Score(min(MOST, round(sum(reason.points for reason in reasons))), tuple(reasons))


def _reason(kind: str, severities: list[str]) -> Reason:
    worst_first = sorted(severities, key=lambda severity: -POINTS[severity])
    points = sum(POINTS[severity] / 2 ** n for n, severity in enumerate(worst_first))
    return Reason(kind, len(severities), worst_first[0], round(points * WEIGHTS.get(kind, 1.0), 1))

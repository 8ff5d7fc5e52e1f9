"""Every kind of signal that there is, and what of others a change of an article may raise or clear.

A new kind is a module and a line here. A neighbour function names articles whose findings rest on the changed ones'
texts or standing, so that after a publication they are looked at too; that open evidence of theirs stands in a changed
article is seen without one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy.orm import Session

from kb.messages.message import Message
from kb.upkeep.signals.kinds.basis import BasisOverruled, resting_alike
from kb.upkeep.signals.kinds.contradiction import Contradicted
from kb.upkeep.signals.kinds.corrected import Corrected
from kb.upkeep.signals.kinds.drift import LeftBehind, copied_from
from kb.upkeep.signals.kinds.ending import Ending
from kb.upkeep.signals.kinds.gone import DateGone
from kb.upkeep.signals.kinds.ledger import ContactUnlisted
from kb.upkeep.signals.kinds.links import LinkChanged, LinkDead
from kb.upkeep.signals.kinds.owner import OwnerUnable
from kb.upkeep.signals.kinds.reference import BrokenReference, referring
from kb.upkeep.signals.kinds.register import BasisRepealed
from kb.upkeep.signals.kinds.review import ReviewDue
from kb.upkeep.signals.kinds.unanswered import Unanswered
from kb.upkeep.signals.kinds.unread import UnreadButAsked
from kb.upkeep.signals.kinds.votes import VotedDown
from kb.upkeep.signals.signal import Detector

DETECTORS: tuple[Detector, ...] = (
    ReviewDue(),
    Ending(),
    BrokenReference(),
    BasisOverruled(),
    DateGone(),
    OwnerUnable(),
    UnreadButAsked(),
    VotedDown(),
    Corrected(),
    Unanswered(),
    BasisRepealed(),
    ContactUnlisted(),
    LinkDead(),
    LinkChanged(),
    Contradicted(),
    LeftBehind(),
)
NEIGHBOURS: tuple[Callable[[Session, Collection[str]], set[str]], ...] = (referring, resting_alike, copied_from)
KINDS = tuple(detector.kind for detector in DETECTORS)
_BY_KIND = {detector.kind: detector for detector in DETECTORS}


def explained(kind: str, facts: Mapping[str, Any]) -> Message:
    """The reason of a signal in words; of a kind that is no more, what it was called."""
    detector = _BY_KIND.get(kind)
    return detector.explain(facts) if detector else Message("it was found by a check that is no more")

"""The question form and the dialogue it carries, and an answer arranged as a page shows it.

The dialogue travels in the form itself: nothing of it is kept on the server beyond the answer log. What comes back
from a browser is only words, so it is bounded like any question and shown as plain text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from werkzeug.datastructures import MultiDict

from kb.clock import parse_instant
from kb.live import LiveRevision
from kb.settings import LimitSettings
from kb.text import BIDI
from retriever.answer import Answer, Citation
from retriever.records import AskRequest, Turn
from web.wiring import Edge

_ROLES = frozenset({"user", "agent"})


@dataclass(frozen=True, slots=True)
class Asked:
    """The question form as it was sent. ``day`` is 2026-03-01, or empty for today; ``audience`` narrows."""

    question: str = ""
    day: str = ""
    audience: str = ""
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One revision that an answer cites, with its citations in order."""

    live: LiveRevision
    citations: tuple[Citation, ...]

    @property
    def places(self) -> tuple[tuple[str, tuple[Citation, ...]], ...]:
        """The citations by the heading they stand under, in order."""
        found: dict[str, list[Citation]] = {}
        for citation in self.citations:
            path = [part for part in citation.heading_path if part != self.live.title]
            found.setdefault(" › ".join(path), []).append(citation)
        return tuple((heading, tuple(citations)) for heading, citations in found.items())


def read_form(form: MultiDict[str, str], limits: LimitSettings) -> Asked:
    """The form's fields; turns with an unknown role or no words are left out, and the newest are kept.

    The day is empty when it is the one that the page showed as today: a page left open over midnight means today still.
    """
    turns = [Turn(role, text.strip()) for role, text in zip(form.getlist("turn_role"), form.getlist("turn_text"),
                                                            strict=False)
             if role in _ROLES and text.strip()]
    newest = turns[-limits.history_turns:] if limits.history_turns else []
    day = form.get("as_of", "").strip()
    return Asked(form.get("question", "").strip(), "" if day == form.get("shown_day") else day,
                 form.get("audience", ""), tuple(newest))


def request_of(asked: Asked, parts: Edge, now: datetime) -> AskRequest:
    """The form as a question to the retriever; today's date means now. Raises Invalid for a date that is none."""
    as_of = parse_instant(asked.day, parts.tz, field="as_of") if asked.day else None
    if as_of is not None and as_of.astimezone(parts.tz).date() == now.astimezone(parts.tz).date():
        as_of = None
    return AskRequest(asked.question, as_of=as_of, audience=asked.audience or None, history=asked.turns)


def turns_after(asked: Asked, answer: Answer) -> tuple[Turn, ...]:
    """The dialogue with this question and its answer added, for the next question.

    Another topic, once it is answered, begins a new one.
    """
    said = BIDI.sub("", "".join(sentence.text for sentence in answer.sentences))
    earlier = () if answer.new_topic and not answer.abstained else asked.turns
    return (*earlier, Turn("user", BIDI.sub("", answer.question)), *((Turn("agent", said),) if said else ()))


def exchanges(turns: tuple[Turn, ...]) -> list[tuple[str, str]]:
    """The dialogue as (question, answer) pairs, newest first; the answer is empty where there was none."""
    pairs: list[tuple[str, str]] = []
    for turn in turns:
        if turn.role == "user":
            pairs.append((turn.text, ""))
        elif pairs and not pairs[-1][1]:
            pairs[-1] = (pairs[-1][0], turn.text)
    return pairs[::-1]


def first_cited(answer: Answer) -> Citation:
    """The citation to open at once: the last one of the first sentence, since what it depends on is cited before it."""
    return answer.citations[answer.sentences[0].citations[-1] - 1]


def sources_of(answer: Answer, live: Mapping[str, LiveRevision]) -> tuple[Source, ...]:
    """The cited revisions in the order of their first citation."""
    found: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        found.setdefault(citation.revision_id, []).append(citation)
    return tuple(Source(live[revision_id], tuple(citations)) for revision_id, citations in found.items())

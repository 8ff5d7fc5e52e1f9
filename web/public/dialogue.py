"""The question form and the dialogue it carries.

The dialogue travels in the form itself: nothing of it is kept on the server beyond the answer log. What comes back
from a browser is only words, so it is bounded like any question and shown as plain text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from werkzeug.datastructures import MultiDict

from kb.clock import parse_instant
from kb.settings import LimitSettings
from kb.text import BIDI
from retriever.answer import Answer
from retriever.records import AskRequest, Turn
from web.wiring import Edge

_ROLES = frozenset({"user", "agent"})


@dataclass(frozen=True, slots=True)
class Asked:
    """The question form as it was sent. ``day`` is 2026-03-01, or empty for today; ``audience`` narrows; without
    ``read_time`` a time that the question names is not the time it is answered for."""

    question: str = ""
    day: str = ""
    audience: str = ""
    turns: tuple[Turn, ...] = ()
    read_time: bool = True


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
                 form.get("audience", ""), tuple(newest), form.get("read_time") != "no")


def request_of(asked: Asked, parts: Edge, now: datetime) -> AskRequest:
    """The form as a question to the retriever; today's date means now. Raises Invalid for a date that is none."""
    as_of = parse_instant(asked.day, parts.tz, field="as_of") if asked.day else None
    if as_of is not None and as_of.astimezone(parts.tz).date() == now.astimezone(parts.tz).date():
        as_of = None
    return AskRequest(asked.question, as_of=as_of, audience=asked.audience or None, history=asked.turns,
                      read_time=asked.read_time)


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

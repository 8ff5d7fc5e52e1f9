"""The question form and the dialogue it carries.

The dialogue travels in the form itself, and of the answer before it the id: nothing of it is kept on the server beyond
the answer log, which masks numbers and may keep no questions. What comes back
from a browser is only words, so it is bounded like any question and shown as plain text.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime

from werkzeug.datastructures import MultiDict

from kb.clock import parse_instant
from kb.settings import LimitSettings
from kb.text import BIDI
from retriever.answer import Answer
from retriever.records import CALL_REF_CHARS, AskRequest, Turn
from web.wiring import Edge

_ROLES = frozenset({"user", "agent"})
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Asked:
    """The question form as it was sent. ``day`` is 2026-03-01, or empty for today; ``audience`` narrows; without
    ``read_time`` a time that the question names is not the time it is answered for. ``follows`` is the answer before
    it, ``form_id`` the form's own id, by which a form that was sent twice is known. ``call_ref`` is the call's number,
    where whoever took it gives one: all questions of a conversation are of one call."""

    question: str = ""
    day: str = ""
    audience: str = ""
    turns: tuple[Turn, ...] = ()
    read_time: bool = True
    follows: str = ""
    form_id: str = ""
    call_ref: str = ""


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
                 form.get("audience", ""), tuple(newest), form.get("read_time") != "no",
                 _id(form.get("follows", "")), _id(form.get("form_id", "")), _call_ref(form.get("call_ref", "")))


def _id(text: str) -> str:
    """The id that a form's field holds, or nothing."""
    return text if _ID.fullmatch(text) else ""


def _call_ref(text: str) -> str:
    """A call's number as it was typed or scanned; nothing where it is none, as a question must not wait for it."""
    given = BIDI.sub("", text).strip()[:CALL_REF_CHARS]
    return given if given.isprintable() else ""


def answer_id_of(asked: Asked) -> str:
    """The id that the answer gets: the same whenever this form sends this question in this dialogue. Nobody can guess
    it who has not the form; empty for a form without an id."""
    if not asked.form_id:
        return ""
    turns = (f"{turn.role} {turn.text}" for turn in asked.turns)
    words = (asked.question, asked.day, asked.audience, str(asked.read_time), asked.call_ref, *turns)
    return str(uuid.uuid5(uuid.UUID(asked.form_id), "\n".join(words)))


def request_of(asked: Asked, parts: Edge, now: datetime) -> AskRequest:
    """The form as a question to the retriever; today's date means now. Raises Invalid for a date that is none."""
    as_of = parse_instant(asked.day, parts.tz, field="as_of") if asked.day else None
    if as_of is not None and as_of.astimezone(parts.tz).date() == now.astimezone(parts.tz).date():
        as_of = None
    return AskRequest(asked.question, as_of=as_of, audience=asked.audience or None, history=asked.turns,
                      read_time=asked.read_time, answer_id=answer_id_of(asked) or None, follows=asked.follows or None,
                      call_ref=asked.call_ref or None)


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

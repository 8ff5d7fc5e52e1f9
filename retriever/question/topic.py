"""Whether a question asked in a dialogue opens another topic, so that what was said before would only mislead.

Agents put the next caller's question into the box below the last answer, and callers change the subject without a word.
Read with the dialogue, such a question is answered from the text of the topic before. So a question that may stand
alone is read both ways; docs/quality.md has what that brings and what it costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from retriever.language.analysis import normalise
from retriever.question import budget
from retriever.question.focus import Focus
from retriever.question.followup import is_remark, names_a_thing
from retriever.question.understanding import Question

# How a question begins or ends that goes on with what was said.
_GOES_ON = re.compile(
    r"^[嗯哦噢好的,。 ]*(?:那(?![个些里])|这(?![几两个些])|还有(?!哪)|要是|可是|但|我这|[他她它](?!人)|也(?!门))"
    r"|呢\W*$"
    r"|^(?:ok|thanks|thank you|yes|no)?\W*(?:and|but|also|what if|what about|how about|or)\b"
    r"|第[一二三四五]种|前[一面]个|后[一面]个|头一个|[那这]两[个样种]|都[拿领要]|不是不是|^(?:不是|对[, ]|哎呀|算了)"
    r"|^(?:well|okay|ok|so|no|nope|yes|yeah|then|oh|hold on|wait|too late|right|thing is|the thing is)\b"
    r"|^(?:\S+ ){0,3}(?:he|she|him|her|they|them|it|it's|that|that's|this|those|these|he's|she's|they're|his|their)\b"
    r"|^(?=\S+(?: \S+){0,8}$).*\b(?:it|that|them|they|him|he|she|one|ones|too|instead|though|still)\b"
    r"|\b(?:too|instead|though|either|as well)\W*$")
# Chosen on the follow-ups of the callers' questions (dev half) and of en_dialog, and on questions of both put after
# another one: a third more or less changes little.
_NEARER = 0.01  # cosine that the dialogue must bring the nearest passage nearer by
_FARTHER = 0.015  # cosine that the question may take the dialogue's nearest passage farther away
_REPEATED = 0.2  # share of the question that was said before, from which it goes on with that
_NAMED = 0.5  # share of a question that a title holds


def may_be_another(question: Question) -> bool:
    """Whether the wording allows it: the question takes nothing up, and is not so long that it is read alone."""
    if not question.is_follow_up or budget.size_of(question.text, budget.LONG) > 1:
        return False
    if names_a_thing(question.text):  # where it stands for no thing named before, it may be another matter
        return question.full.endswith(normalise(question.text).strip())
    says_itself = question.full == question.text or is_remark(question.text)
    return says_itself and not _GOES_ON.search(normalise(question.text))


def repeats(alone: Question, dialogue: Question, idf: Mapping[str, float]) -> bool:
    """Whether the question, read ``alone``, repeats enough of its dialogue to go on with it."""
    return Focus.of(alone, idf).coverage(dialogue.earlier) >= _REPEATED


def is_explained(*, nearest: float, alone: float) -> bool:
    """Whether the dialogue brings a passage nearer: ``nearest`` is the best cosine with it, ``alone`` without."""
    return nearest - alone >= _NEARER


def leads_away(*, nearest: float, before: float) -> bool:
    """Whether the question leads away from the dialogue, to whose own best passage the cosine is ``before``.

    Where nothing answers the question, the topic before is nearer than anything else.
    """
    return before - nearest > _FARTHER


def is_named(alone: Question, idf: Mapping[str, float], *, titles: Iterable[frozenset[str]],
             led: frozenset[str]) -> bool:
    """Whether one of the titles that it finds ``alone`` names what the question says, and the article that leads with
    the dialogue, of the words ``led``, does not say it: cosines hardly tell a short question from its dialogue.
    """
    focus = Focus.of(alone, idf)
    return focus.coverage(led) < _NAMED and any(focus.coverage(title) >= _NAMED for title in titles)

"""Whether a question asked in a dialogue opens another topic, so that what was said before would only mislead.

Agents put the next caller's question into the box below the last answer, and callers change the subject without a word.
Read with the dialogue, such a question is answered from the text of the topic before. So a question that may stand
alone is read both ways; docs/quality.md has what that brings and what it costs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from retriever.analysis import normalise
from retriever.features import Focus
from retriever.query import Question

# How a question begins or ends that goes on with what was said.
_GOES_ON = re.compile(
    r"^(?:那|这|还有|另外|要是|可是|但|我这|[他她它]|也)|呢[?。]?$"
    r"|^(?:and|but|what if|what about|how about|so|then|ok|or)\b")
# Chosen on the dialogues of the callers' questions (dev half) and of en_dialog, and on questions of both put after
# another question: from 0.005 to 0.015 little changes.
_NEARER = 0.01  # cosine that the dialogue must bring the nearest passage nearer by
_REPEATED = 0.2  # share of the question that was said before, from which it goes on with that


def may_be_another(question: Question) -> bool:
    """Whether the wording allows it: the question says enough by itself and takes nothing up."""
    return question.is_follow_up and not question.leans and not _GOES_ON.search(normalise(question.text))


def is_another(question: Question, rarity: Mapping[str, float], *, nearest: float, alone: float) -> bool:
    """Whether it opens another topic: it repeats little, and the dialogue explains nothing.

    ``nearest`` is the best cosine of a passage with the question and its dialogue, ``alone`` with the question.
    """
    return nearest - alone < _NEARER and Focus.of(question, rarity).share(question.earlier) < _REPEATED

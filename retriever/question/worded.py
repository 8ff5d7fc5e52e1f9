"""A question in the words of the texts, as the reader gets it: 疫苗本 as the 接种证 of the texts, 抵保 as 低保.

The search knows other names from the lexicon, and typing errors from the texts' own words. A reader small enough for
every machine knows few of either, so it is given the name that stands before it. What a form says beside the thing
(how many, how much, whether, no) would be lost with it, so such a form is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from retriever.language.analysis import Analyser, normalise
from retriever.question.understanding import corrected
from retriever.records import Correction

_SAYS_MORE = re.compile(r"[几多少啥哪谁么吗不没能得\d一二三四五六七八九十百千万]"
                        r"|\b(?:no|not|how|what|who|where|when)\b|n't\b")


def in_words_of(texts: Iterable[str], question: str, read_as: Sequence[Correction], analyser: Analyser) -> str:
    """The question, with each name that none of these texts holds under the first other name that one of them does;
    what was mistyped stands corrected."""
    question = corrected(question, read_as)
    read = normalise(question)
    names = [one for one in analyser.named(read) if not _SAYS_MORE.search(one.name)]
    if not names:
        return question
    held = normalise("\n".join(texts))
    worded = question if len(read) == len(question) else read  # place by place the same mostly, so that capitals stay
    for one in reversed(names):
        other = "" if one.name in held else next((o for o in one.others if o in held and o not in read), "")
        if other:
            worded = f"{worded[:one.place]}{other}{worded[one.place + len(one.name):]}"
    return worded

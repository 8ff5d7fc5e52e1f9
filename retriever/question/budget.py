"""What one question may cost: how much of it, and of its dialogue, is looked at, in counts that no text can stretch.

Callers' questions lie well within (196 characters at most; of a thousand written appeals the longest has 600, and these
lose nothing by their middle). What is over a budget is left out and named in :attr:`Question.cut`; nothing is refused.
``python -m bench.budgets`` shows what a budget buys: the dearest questions cost at most five ordinary ones.
"""

from __future__ import annotations

from collections.abc import Sequence

# Names of what was left out; docs/api.md says what they mean.
QUESTION_CUT, DIALOGUE_CUT, SPELLING_CUT = "question_cut", "dialogue_cut", "spelling_cut"

# Sizes are (characters, of them ASCII): so many of either kind alone fill a text. The model reads a Chinese character
# as one token, four to five letters of English as another, and its time grows with the tokens.
Size = tuple[int, int]
QUESTION: Size = (250, 400)
READ: Size = (160, 400)  # of it that the model reads, for that takes longest; a thousand appeals are found as well
BEFORE: Size = (60, 180)  # of the caller's earlier words, the newest, that the model reads before the question
TOPIC: Size = (30, 90)  # of these, the newest, that are read alone, to tell whether the question leads away from them
LONG: Size = (40, 90)  # a question beyond this stands alone: the model reads nothing before it, and reads it once
_HEAD = 2 / 3  # of an over-long question; the rest is its end, where callers come to the point

TURNS = 8  # the newest; earlier ones would count less than three hundredths of the question
DIALOGUE_CHARS = 1_000  # of all turns together
TURN_CHARS = 600  # of each, its beginning: as long as an answer is

MOST_TERMS = 160  # of a question: searched, and looked for in every unit of sixty passages

SPELLED_CHARS = 160  # read for typing errors: the question, then those of the caller's newest turns that fit
LOOKUPS = 3  # words looked for in the texts that the asker may see, the surest first; each is a search of its own
SPARING = 60  # characters of a question beyond which one word is looked for; none where not all of it is read


def newest(turns: Sequence[str]) -> list[str]:
    """Of a caller's turns the newest, as much of them as is looked at of a dialogue; oldest first."""
    kept: list[str] = []
    room = DIALOGUE_CHARS
    for turn in reversed(turns[-TURNS:]):
        kept.append(turn[:min(TURN_CHARS, room)])
        room -= len(kept[-1])
    return [turn for turn in reversed(kept) if turn]


def size_of(text: str, full: Size) -> float:
    """How much of a budget the text fills; 1 is all of it."""
    ascii_only = sum(map(str.isascii, text))
    return (len(text) - ascii_only) / full[0] + ascii_only / full[1]


def beginning(text: str, full: Size, share: float = 1.0) -> str:
    """The longest beginning of the text that fits into this share of the budget."""
    filled = 0.0
    for at, character in enumerate(text):
        filled += 1 / full[character.isascii()]
        if filled > share + 1e-9:
            return text[:at]
    return text


def end(text: str, full: Size, share: float = 1.0) -> str:
    """The longest end of the text that fits into this share of the budget."""
    return beginning(text[::-1], full, share)[::-1]


def first_and_last(terms: Sequence[str]) -> tuple[str, ...]:
    """The terms, of too many those of the beginning and of the end."""
    head = round(_HEAD * MOST_TERMS)
    return (*terms[:head], *terms[head - MOST_TERMS:]) if len(terms) > MOST_TERMS else tuple(terms)


def ends(text: str, full: Size) -> str:
    """The text, of an over-long one its beginning and its end, with a gap between them."""
    if size_of(text, full) <= 1:
        return text
    return f"{beginning(text, full, _HEAD)} {end(text, full, 1 - _HEAD)}"

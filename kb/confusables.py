"""Names that look like other names: a skeleton, equal for two texts that a reader would take for one another.

After Unicode TR 39 §4: compatibility forms are folded (NFKC), invisible characters dropped, and characters that look
like others replaced by one of them. The table is a small one of our own, made of what Chinese and English titles can
be counterfeited with: Cyrillic and Greek letters that look Latin, kana and bopomofo that look like Han, digits that
look like letters, the many dashes and dots. Han characters that merely resemble each other (己 and 已) are different
words, and stay different.
"""

from __future__ import annotations

import unicodedata

from kb.text import clean_label

_LOOKS_LIKE = {
    # Cyrillic
    "а": "a", "в": "b", "с": "c", "ԁ": "d", "е": "e", "һ": "h", "і": "i", "ј": "j", "к": "k", "ӏ": "l", "м": "m",
    "н": "h", "о": "o", "р": "p", "ԛ": "q", "г": "r", "ѕ": "s", "т": "t", "ѵ": "v", "ԝ": "w", "х": "x", "у": "y",
    "А": "A", "В": "B", "С": "C", "Е": "E", "Ғ": "F", "Н": "H", "І": "l", "Ј": "J", "К": "K", "М": "M", "О": "O",
    "Р": "P", "Ѕ": "S", "Т": "T", "Ѵ": "V", "Х": "X", "У": "Y", "З": "3", "Ӏ": "l",
    # Greek
    "α": "a", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "τ": "t", "υ": "u", "χ": "x", "γ": "y",
    "Α": "A", "Β": "B", "Ε": "E", "Ζ": "Z", "Η": "H", "Ι": "l", "Κ": "K", "Μ": "M", "Ν": "N", "Ο": "O", "Ρ": "P",
    "Τ": "T", "Υ": "Y", "Χ": "X",
    # Latin letters and digits among themselves
    "ı": "i", "ɑ": "a", "ɡ": "g", "ʟ": "L", "I": "l", "1": "l", "|": "l", "ǀ": "l", "0": "O", "〇": "O", "○": "O",
    # kana and bopomofo against Han
    "エ": "工", "カ": "力", "ト": "卜", "ロ": "口", "ニ": "二", "ハ": "八", "ミ": "三", "タ": "夕", "チ": "千",
    "オ": "才", "ㄅ": "勹", "ㄈ": "匚", "ㄒ": "丅", "ㄧ": "一", "ー": "一", "囗": "口", "ㆍ": "·",
    # dashes, dots and quotation marks
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "﹣": "-", "・": "·", "•": "·", "‧": "·",
    "∙": "·", "⋅": "·", "‘": "'", "’": "'", "ʼ": "'", "′": "'", "“": '"', "”": '"', "″": '"',
}
# What NFKC has left of marks above or below a letter belongs to none, and may be hardly seen; what is for private use
# is drawn by each font as it likes, mostly as nothing.
_NO_LETTER = ("Mn", "Me", "Co")
_TABLE = str.maketrans(_LOOKS_LIKE)


def skeleton(text: str) -> str:
    """The text's skeleton: equal for texts that look alike, no text to be shown."""
    drawn = "".join(c for c in clean_label(text) if unicodedata.category(c) not in _NO_LETTER)
    return drawn.translate(_TABLE)

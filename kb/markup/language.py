"""Which language a text is in: Chinese or English, by what most of it is.

A name from the other language turns nothing: neither one Chinese word a long English page, nor an APP, an ETC or an
address a Chinese question. Where both have a good share, the language of the grammar decides ("Where is the
政务服务中心").
"""

from __future__ import annotations

import re

_HAN_A_WORD = 1.5  # Chinese characters that say what an English word says
_NAME = 1 / 3  # of a word: what a capitalised one counts, which beside Chinese is mostly a name (APP, App Store)
_MIXED = (0.2, 0.8)  # shares of Chinese between which the grammar is asked
_FEWEST = 2  # words of English grammar that make a sentence; a single one may stand in a name

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f〇]+")
_RUN = re.compile("[!-~]+")  # no blank in it: a web or mail address is one
_WORD = re.compile("[A-Za-z]+")
_GRAMMAR_ZH = re.compile("[的了吗呢吧是在有我你您他她这那哪怎么什谁几多少要能可会不没和与或及请应须将被把给对由从到为]")
_GRAMMAR_EN = frozenset(re.findall(
    r"\w+",
    "a an the of to in on at for from by with and or but if is are was were be been do does did can could will would "
    "shall should must may might have has had i you he she it we they my your his her its our their this that these "
    "those what which who when where why how not no any there as than so"))


def language(text: str) -> str:
    """``zh`` or ``en``; ``en`` where a text has words of neither. Linear in the text."""
    chinese = sum(max(len(run) / _HAN_A_WORD, 1.0) for run in _HAN.findall(text))
    if not chinese:
        return "en"
    latin = [word for run in _RUN.findall(text) if not _is_address(run) for word in _WORD.findall(run)]
    grammar = sum(word.lower() in _GRAMMAR_EN for word in latin)
    english = sum(1.0 if word.islower() or word.lower() in _GRAMMAR_EN else _NAME for word in latin)
    share = chinese / (chinese + english)
    if _MIXED[0] < share < _MIXED[1] and (grammar >= _FEWEST) != (_GRAMMAR_ZH.search(text) is not None):
        return "en" if grammar >= _FEWEST else "zh"
    return "zh" if share >= 0.5 else "en"


def _is_address(run: str) -> bool:
    return "://" in run or "@" in run or run.lower().startswith("www.")

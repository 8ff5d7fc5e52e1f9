"""A smaller word table for everyday text, from a model folder's whole one.

Reading 250,000 pieces takes a third of what a command needs to start, and three fifths of them are of scripts that a
hotline seldom sees. A piece can only stand in a text that has all of its characters, so a text of everyday characters
alone is cut by the everyday pieces exactly as by all of them. What one character costs that no piece has hangs on the
least likely piece of the whole table, which is therefore kept.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

TABLE = "everyday.json"  # a tokenizer file
NUMBERS = "everyday.npy"  # (pieces,) the whole table's number of each of its pieces

# ASCII, the mark of a word's beginning, signs of both languages' print, and Chinese characters.
_EVERYDAY = re.compile("[\\x00-\\x7f\u2581\u00a7\u00b0\u00b1\u00b7\u00d7\u00f7\u2010-\u2027\u2030-\u205e\u2190-\u2193"
                       "\u2200-\u22ff\u25a0-\u25ff\u3001-\u301f\u4e00-\u9fff]*")


def is_everyday(text: str) -> bool:
    """Whether all of its characters are."""
    return _EVERYDAY.fullmatch(text) is not None


def write_everyday(folder: Path) -> None:
    """The everyday table of a folder with a Unigram ``tokenizer.json``: its numbers, then the table, each of them
    whole or not at all."""
    whole = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    pieces = whole["model"]["vocab"]
    least = min(score for _, score in pieces)
    marks = whole["model"]["unk_id"] + 1  # beginning, padding, end, and the unknown: the file names their numbers
    kept = [n for n, (piece, score) in enumerate(pieces) if n < marks or score == least or is_everyday(piece)]
    whole["model"]["vocab"] = [pieces[n] for n in kept]
    with TemporaryDirectory(dir=folder, prefix=".everyday-") as scratch:
        made = Path(scratch)
        np.save(made / NUMBERS, np.array(kept, np.int32))
        (made / TABLE).write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
        for name in (NUMBERS, TABLE):
            (made / name).replace(folder / name)

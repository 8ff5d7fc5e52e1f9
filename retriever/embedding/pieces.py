"""Cutting a text into the pieces of a model's word table, as its tokenizer file says."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from tokenizers import Tokenizer

_MAX_CHARS = 20_000  # far more than 512 tokens; keeps the tokenizer's time bounded
_MOST_TOKENS = 512
_UNREADABLE = {0: None} | dict.fromkeys(range(0xD800, 0xE000))


class Pieces:
    """A model folder's tokenizer.json, with the characters that its charmap.json replaces. Safe for several threads."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        charmap = folder / "charmap.json"
        replaced = json.loads(charmap.read_text(encoding="ascii")) if charmap.is_file() else {}
        self._charmap: dict[int, str] = {int(k): v for k, v in replaced.items()}
        self.tokenizer.no_padding()
        if self.tokenizer.truncation is None:
            self.tokenizer.enable_truncation(_MOST_TOKENS)

    def ids(self, texts: Sequence[str], *, prefix: str = "", marked: bool = True) -> list[list[int]]:
        """The pieces' numbers of each text; ``marked`` with the model's marks of beginning and end."""
        ready = [prefix + unicodedata.normalize("NFKC", t[:_MAX_CHARS].translate(_UNREADABLE)).translate(self._charmap)
                 for t in texts]
        return [e.ids for e in self.tokenizer.encode_batch(ready, add_special_tokens=marked)]


@lru_cache(maxsize=2)
def pieces_of(folder: Path) -> Pieces:
    """The pieces of a model folder, read once however many models share them."""
    return Pieces(folder)

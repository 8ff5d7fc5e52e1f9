"""Cutting a text into the pieces of a model's word table, as its tokenizer file says."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from retriever.embedding.everyday import NUMBERS, TABLE, is_everyday

_MAX_CHARS = 20_000  # far more than 512 tokens; keeps the tokenizer's time bounded
_MOST_TOKENS = 512
_UNREADABLE = {0: None} | dict.fromkeys(range(0xD800, 0xE000))


class Pieces:
    """A model folder's tokenizer.json, with the characters that its charmap.json replaces. Safe for several threads.

    Where the folder has a table of everyday pieces, the whole one is read for the first text that needs it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        charmap = folder / "charmap.json"
        replaced = json.loads(charmap.read_text(encoding="ascii")) if charmap.is_file() else {}
        self._charmap: dict[int, str] = {int(k): v for k, v in replaced.items()}
        self._everyday: tuple[Tokenizer, NDArray[np.int32]] | None = None
        if (folder / TABLE).is_file() and (folder / NUMBERS).is_file():
            self._everyday = _read(folder / TABLE), np.load(folder / NUMBERS)
        else:
            _ = self._whole  # what is no tokenizer says so here

    def ids(self, texts: Sequence[str], *, prefix: str = "", marked: bool = True) -> list[list[int]]:
        """The pieces' numbers of each text; ``marked`` with the model's marks of beginning and end."""
        ready = [prefix + unicodedata.normalize("NFKC", t[:_MAX_CHARS].translate(_UNREADABLE)).translate(self._charmap)
                 for t in texts]
        everyday = [self._everyday is not None and is_everyday(text) for text in ready]
        common = iter(self._common([t for t, is_common in zip(ready, everyday, strict=True) if is_common], marked))
        others = [t for t, is_common in zip(ready, everyday, strict=True) if not is_common]
        rest = iter(self._whole.encode_batch(others, add_special_tokens=marked) if others else [])
        return [next(common) if is_common else next(rest).ids for is_common in everyday]

    def cut(self, word: str) -> list[str]:
        """The pieces of a word as they stand in it."""
        table = self._everyday[0] if self._everyday is not None and is_everyday(word) else self._whole
        return list(table.encode(word, add_special_tokens=False).tokens)

    def _common(self, texts: Sequence[str], marked: bool) -> list[list[int]]:
        if self._everyday is None or not texts:
            return []
        table, numbers = self._everyday
        found: list[Encoding] = table.encode_batch(texts, add_special_tokens=marked)
        return [numbers[e.ids].tolist() for e in found]

    @cached_property
    def _whole(self) -> Tokenizer:
        return _read(self._folder / "tokenizer.json")


def _read(file: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    if tokenizer.truncation is None:
        tokenizer.enable_truncation(_MOST_TOKENS)
    return tokenizer


@lru_cache(maxsize=2)
def pieces_of(folder: Path) -> Pieces:
    """The pieces of a model folder, read once however many models share them."""
    return Pieces(folder)

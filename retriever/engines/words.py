"""The word indices of a generation: of passages and of whole revisions, each once of public texts and once of all.

Citizens search the public ones and staff all, so that no statistic of BM25 (document frequencies, average lengths,
also of what was deleted lately) tells a citizen of internal texts. For that the public ones are written only when
public texts change: a commit that hidden texts caused could make tantivy join segments and forget deleted texts. The
index of whole revisions exists because a passage seldom repeats what its article is about. What is shown of a passage
is stored once, in the index of all passages, which is committed last: what it names is in the others too. Each holds
the digests of its own parts, which tell what a killed writer committed in some of them and not in others.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from retriever.engines.lexical import WordReader
from retriever.engines.word_index import WordIndex


@dataclass(frozen=True, slots=True)
class Words:
    """What one asker's words are looked for in: one committed state of passages and of whole revisions."""

    passages: WordReader
    whole: WordReader
    stamp: tuple[int, int]  # of the passages


class WordIndices:
    """All four, in the folder of a generation."""

    def __init__(self, folder: Path) -> None:
        self.public_whole, self.whole, self.public_passages, self.passages = self._all = tuple(
            WordIndex(folder / name) for name in ("public-revisions", "revisions", "public-passages", "passages"))

    def stamps(self) -> tuple[tuple[int, int], ...]:
        """Change with every commit and merge of any of them."""
        return tuple(index.stamp() for index in self._all)

    def reload(self) -> None:
        """Read what is committed."""
        for index in self._all:
            index.reload()

    def check_files(self) -> None:
        """OSError when a file that was read at the last :meth:`reload` is no longer what it was."""
        for index in self._all:
            index.check_files()

    def files(self) -> list[Path]:
        """The files that the last commits name."""
        return [path for index in self._all for path in index.files()]

    def public(self) -> Words:
        """What citizens search."""
        return Words(self.public_passages.reader, self.public_whole.reader, self.public_passages.stamp())

    def everything(self) -> Words:
        """What staff search."""
        return Words(self.passages.reader, self.whole.reader, self.passages.stamp())

    def delete_part(self, part: str, *, public: bool) -> None:
        """Take a part out of all that hold it."""
        for index in self._all if public else (self.whole, self.passages):
            index.delete_part(part)

    @property
    def is_changing(self) -> bool:
        """Whether there is anything to commit."""
        return any(index.is_changing for index in self._all)

    def commit(self) -> None:
        """Commit what changed, all passages last; the others at once: each waits mostly for the disk."""
        *others, last = (index for index in self._all if index.is_changing)
        with ThreadPoolExecutor(3, "commit") as pool:
            list(pool.map(WordIndex.commit, others))
        last.commit()

    def sweep(self) -> None:
        """Remove what a killed writer left behind."""
        for index in self._all:
            index.sweep()

    def release(self) -> None:
        """Finish merges and give up the writers."""
        with ThreadPoolExecutor(4, "merge") as pool:
            list(pool.map(WordIndex.release, self._all))

"""One tantivy index on disk: what is committed is read as one state, what is written waits for the next commit."""

from __future__ import annotations

import json
import struct
import zlib
from contextlib import suppress
from pathlib import Path
from time import sleep
from typing import Any

import tantivy
from tantivy import Query

from retriever.engines.lexical import WordReader, schema

_RELOADS, _PAUSE = 5, 0.01  # tries, and seconds between them
_HEAP_BYTES = 64_000_000  # the writer's buffer
_TAIL, _MAGIC = struct.Struct("<II"), 1337  # what tantivy ends a file with: its footer's length, and this number
_FOOTER = 1_000  # bytes of the longest footer
_READ = 1_000_000  # bytes read at once


class WordIndex:
    """One tantivy index on disk and its writer."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._commit = folder / "meta.json"  # kept: it is looked at before every search
        self._schema = schema()
        self._index = tantivy.Index(self._schema, path=str(folder))
        self._index.config_reader("manual")  # else a thread of tantivy's reads files before they are checked
        self._writer: Any = None
        self._files = self._sizes()
        self.reader = WordReader(self._schema, self._index.searcher())

    def stamp(self) -> tuple[int, int]:
        """Changes with every commit and merge; one stat. OSError when the index has no list of its files."""
        status = self._commit.stat()
        return (status.st_mtime_ns, status.st_size)

    def reload(self) -> None:
        """Read what is committed. Merging may remove files between the reading of their list and their opening."""
        for _ in range(_RELOADS - 1):
            try:
                self._index.reload()
                break
            except ValueError:
                sleep(_PAUSE)
        else:
            self._index.reload()
        self.reader, self._files = WordReader(self._schema, self._index.searcher()), self._sizes()

    def _sizes(self) -> dict[Path, int]:
        """The files that the last commit names; once written they never change."""
        found: dict[Path, int] = {}
        for segment in json.loads(self._commit.read_text(encoding="utf-8"))["segments"]:
            name, deletes = segment["segment_id"].replace("-", ""), segment["deletes"]
            for path in self._folder.glob(f"{name}.*"):
                if path.suffix != ".del" or (deletes and path.name == f"{name}.{deletes['opstamp']}.del"):
                    with suppress(FileNotFoundError):  # joined with others by another process in this moment
                        found[path] = path.stat().st_size
        return found

    def check_files(self) -> None:
        """OSError when a file that was there at the last :meth:`reload` was removed or cut off: a read from the map of
        a file that was cut off ends the process."""
        for path, size in self._files.items():
            if path.stat().st_size != size:
                raise OSError(f"{path} has changed its size")

    def files(self) -> list[Path]:
        """The files that the last commit names, in an order of their own."""
        return sorted(self._files)

    @property
    def is_changing(self) -> bool:
        """Whether something was added or deleted since the last commit."""
        return self._writer is not None

    @property
    def _writing(self) -> Any:
        """The writer; the caller holds the engine's lock."""
        if self._writer is None:
            self._writer = self._index.writer(_HEAP_BYTES, 1)
        return self._writer

    def sweep(self) -> None:
        """Remove files that no commit names: a killed writer's next one numbers its operations alike, and would find
        its own file of deletions there already."""
        self._writing.garbage_collect_files()

    def delete_part(self, part: str) -> None:
        """Delete by query: delete_documents_by_term silently deletes nothing on some field types."""
        self._writing.delete_documents_by_query(Query.term_query(self._schema, "part", part, "basic"))

    def add(self, document: Any) -> None:
        """Add a document of :func:`document_of`, with whatever is to be stored."""
        self._writing.add_document(document)

    def commit(self) -> None:
        """Commit everything added and deleted since, as one step."""
        self._writing.commit()

    def release(self) -> None:
        """Finish merges and give up the writer, so that another process may write; what is not committed is lost."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.wait_merging_threads()


def is_whole(path: Path) -> bool:
    """Whether a file holds what tantivy wrote, by the checksum in its footer; one that was removed meanwhile does."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            file.seek(max(size - _TAIL.size, 0))
            length, magic = _TAIL.unpack(file.read(_TAIL.size))
            body = size - _TAIL.size - length
            if magic != _MAGIC or length > _FOOTER or body < 0:
                return False
            file.seek(body)
            wanted = json.loads(file.read(length))["crc"]
            file.seek(0)
            found = 0
            for at in range(0, body, _READ):
                found = zlib.crc32(file.read(min(_READ, body - at)), found)
            return bool(found == wanted)
    except FileNotFoundError:
        return True
    except (ValueError, KeyError, TypeError, struct.error):
        return False

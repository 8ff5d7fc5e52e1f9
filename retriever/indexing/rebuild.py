"""Index generations: a rebuild fills a new folder while the old one answers, verifies it, then moves one pointer.

``CURRENT`` in the index folder names the generation in use; replacing it is atomic. A generation remembers the
dictionary it was cut with, so that an edited dictionary changes questions at once and the index at its next rebuild.
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import starmap
from pathlib import Path
from types import MappingProxyType

from kb.articles.feed import published_article_ids, record_passages, recorded_passages
from kb.content.lexicon import Lexicon
from kb.db import Database
from kb.messages.message import Message
from kb.record import outbox
from retriever.engines import Engine
from retriever.engines.checkpoint import Checkpoint, put
from retriever.engines.embedded import CLAIM
from retriever.errors import EngineDown, IndexMismatch
from retriever.indexing.consumer import catch_up
from retriever.indexing.source import passage_ids, read_articles, recorded
from retriever.language import analysis
from retriever.records import Passage, passage_id

FORMAT = 10  # of the engine's files
_BATCH = 200  # articles read at once
_NAME = re.compile(r"gen-[0-9]{1,9}")


class Generations:
    """The folder of index generations."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def current(self) -> Path | None:
        """The generation in use, if there is one; EngineDown where the pointer names none that is there."""
        pointer, before = self._folder / "CURRENT", None
        while True:
            try:
                name = pointer.read_text(encoding="ascii").strip()
            except FileNotFoundError:
                return None
            except (OSError, UnicodeDecodeError) as error:
                raise EngineDown("index_pointer", "{folder} cannot be read; run `kb index rebuild`",
                                 folder=pointer) from error
            if _NAME.fullmatch(name) and (self._folder / name).is_dir():
                return self._folder / name
            if name == before:  # else another one was put into use, and this one deleted, in this moment
                raise EngineDown("index_pointer", "{folder} cannot be read; run `kb index rebuild`", folder=pointer)
            before = name

    def left(self) -> Path | None:
        """Where the pointer is gone: the newest generation that was filled and that no rebuild fills now."""
        for path in sorted(self._all(), key=_number, reverse=True):
            with suppress(OSError, ValueError):
                if not _is_claimed(path) and Checkpoint(path).read() > 0:
                    return path
        return None

    def create(self, lexicon: Lexicon) -> Path:
        """An empty generation, not yet in use."""
        self._folder.mkdir(parents=True, exist_ok=True)
        while True:
            path = self._folder / f"gen-{max(map(_number, self._all()), default=0) + 1}"
            try:
                path.mkdir()
                break
            except FileExistsError:  # another process began one in this moment
                continue
        meta = {"format": FORMAT, "analysis": analysis.VERSION, "lexicon": lexicon.version,
                "words": list(lexicon.words), "groups": [list(g) for g in lexicon.groups]}
        (path / "generation.json").write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")
        return path

    def promote(self, generation: Path) -> None:
        """Put a generation into use and delete the older ones, but for those that another rebuild still fills."""
        put(self._folder / "CURRENT", generation.name, durably=True)
        for old in self._all():
            if _number(old) < _number(generation) and not _is_claimed(old):
                shutil.rmtree(old, ignore_errors=True)

    def _all(self) -> list[Path]:
        return [path for path in self._folder.glob("gen-*") if _NAME.fullmatch(path.name)]

    def stamp(self) -> int:
        """Changes when another generation is put into use; one stat."""
        try:
            return (self._folder / "CURRENT").stat().st_mtime_ns
        except FileNotFoundError:
            return 0


def _number(generation: Path) -> int:
    return int(generation.name[4:])


def _is_claimed(generation: Path) -> bool:
    """Whether an engine that is open claims the folder for itself."""
    try:
        with (generation / CLAIM).open() as claim:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def words_of(generation: Path) -> Lexicon:
    """The dictionary the generation was cut with; IndexMismatch when it is another release's, EngineDown when it is
    damaged."""
    try:
        meta = json.loads((generation / "generation.json").read_text(encoding="utf-8"))
        wanted = (FORMAT, analysis.VERSION)
        if (meta["format"], meta["analysis"]) != wanted:
            raise IndexMismatch("index_format", "the search index was made by another release: run `kb index rebuild`")
        return Lexicon(tuple(meta["words"]), tuple(tuple(g) for g in meta["groups"]), meta["lexicon"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineDown("index_damaged", "{generation}/generation.json cannot be read: run `kb index rebuild`",
                         generation=generation) from error


def fill(database: Database, engine: Engine, *, progress: Callable[[int, int], None] | None = None,
         cut: dict[str, int] | None = None) -> int:
    """Index every published article into an empty engine, then what was published meanwhile; how many articles.

    All of it is one step of the engine: a killed rebuild starts again. ``cut`` learns into how many passages each
    revision was cut, which never changes.
    """
    cut = {} if cut is None else cut
    with database.reading() as session:
        head = outbox.head(session)
        ids = list(published_article_ids(session))

    def articles() -> Iterator[tuple[str, list[Passage]]]:
        for start in range(0, len(ids), _BATCH):
            with database.reading() as session:
                chunk = read_articles(session, ids[start:start + _BATCH])
            with database.transaction() as session:
                for article_id, passages in chunk:
                    record_passages(session, article_id, recorded(passages))
            cut.update(Counter(p.revision_id for _, passages in chunk for p in passages))
            yield from chunk
            if progress:
                progress(min(start + _BATCH, len(ids)), len(ids))

    engine.put(articles(), checkpoint=head)
    catch_up(database, engine)
    return len(ids)


def compare_with_database(database: Database, engine: Engine, *, cut: Mapping[str, int] = MappingProxyType({}),
                          ) -> list[Message]:
    """What disagrees between database and engine, or is damaged, one line each; empty when all is well.

    Revisions are cut anew to be compared, a quarter of a rebuild's time, but for those that were just ``cut``.
    """
    with database.reading() as session:
        head = outbox.head(session)
        published = set(published_article_ids(session))
        wanted = {article_id: tuple(sorted(starmap(passage_id, places)))
                  for article_id, places in recorded_passages(session).items()}
        fresh = passage_ids(session, sorted(published), cut)
    found, problems = engine.articles(), engine.damage()
    if engine.checkpoint() != head:
        problems.append(Message("checkpoint {checkpoint} is not the outbox's head {head}", head=head,
                                checkpoint=engine.checkpoint()))
    for article_id in sorted(published | set(found) | set(wanted)):
        expected = fresh.get(article_id, ())
        if found.get(article_id, ()) != expected:
            problems.append(Message("article {article_id}: the engine holds {count} passages that should be {expected}",
                                    article_id=article_id, count=len(found.get(article_id, ())),
                                    expected=len(expected)))
        if wanted.get(article_id, ()) != expected:
            problems.append(Message("article {article_id}: recorded passages differ from its revisions",
                                    article_id=article_id))
    return problems

"""Settings to a working retriever: model, cache, index generation, engine."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from kb.content import lexicon
from kb.db import Database
from kb.errors import Unavailable
from kb.masking import mask_personal
from kb.settings import Settings
from retriever.answering.fitted import Fitted, load_fitted
from retriever.ask import Retriever
from retriever.embedding import Embedder
from retriever.engines.embedded import EmbeddedEngine
from retriever.engines.unusable import UnusableEngine
from retriever.errors import EmbeddingDown, EngineDown, ReaderDown
from retriever.indexing.current import Parts
from retriever.indexing.lease import Lease
from retriever.indexing.rebuild import Generations, words_of
from retriever.language.analysis import Analyser
from retriever.reader import PACKAGED, Reader
from retriever.reader.fallback import FallingBack, Timed
from retriever.settings import EmbeddingSettings, ReaderSettings, SearchSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Models:
    """What is read from files that never change, and what a process and those that it forks may share."""

    embedder: Embedder | None
    reader: Reader | None


def open_models(settings: Settings, *, forks: bool = False) -> Models:
    """The configured models of this machine. Of a process that ``forks``, each works in the thread that asks it, since
    threads of the runtime's own would be missing in the other process, and be waited for."""
    file = _reader_file(settings)
    reader = _local_reader(settings, file, load_fitted(file.with_suffix(".json")).sure) if file else None
    return Models(build_embedder(settings, threads=1 if forks else None), reader)


def index_folder(settings: Settings) -> Path:
    """Where the embedded engine's generations are."""
    return settings.data_dir / "index"


def build_embedder(settings: Settings, *, threads: int | None = None) -> Embedder | None:
    """The configured embedder with its cache, on as many threads as configured when unset; None when words alone are
    wanted."""
    options = settings.section(EmbeddingSettings)
    if options.provider == "none":
        return None
    from retriever.embedding.cache import CachingEmbedder, VectorCache
    from retriever.embedding.local import LocalEmbedder, ensure_model

    folder = Path(options.model_dir) if options.model_dir else ensure_model(settings.data_dir)
    cache = Path(options.cache_dir) if options.cache_dir else settings.data_dir / "cache"
    embedder = LocalEmbedder(folder, threads=threads or options.threads)
    return CachingEmbedder(embedder, VectorCache(cache / "vectors.sqlite3"))


def build_reading(settings: Settings, models: Models | None = None) -> tuple[FallingBack | None, Fitted | None]:
    """Who reads, and what was fitted to the packaged reader's scores; without them, answers are chosen by features.

    The reader of this machine is the one in ``models``, where they are open already.
    """
    file = _reader_file(settings)
    if file is None:
        return None, None
    fitted = load_fitted(file.with_suffix(".json"))
    return build_reader(settings, models.reader if models else _local_reader(settings, file, fitted.sure)), fitted


def _reader_file(settings: Settings) -> Path | None:
    """Where the reader of this machine is, beside what was fitted to its scores; None where nobody is to read."""
    options = settings.section(ReaderSettings)
    if options.provider == "none" or not (options.file or PACKAGED.is_file()):
        return None
    return Path(options.file) if options.file else PACKAGED


def _local_reader(settings: Settings, file: Path, sure: float) -> Reader | None:
    """The packaged reader, which shares the packaged encoder's words; None where it, or any model, is not wanted."""
    options = settings.section(EmbeddingSettings)
    if options.provider == "none":
        return None
    from retriever.embedding.local import ensure_model
    from retriever.embedding.pieces import pieces_of
    from retriever.embedding.weights import packaged_weights, word_table
    from retriever.reader.local import LocalReader

    try:
        pieces = pieces_of(ensure_model(settings.data_dir))
        return LocalReader(file, pieces, word_table(packaged_weights()), threads=options.threads, sure=sure,
                           patience=settings.section(ReaderSettings).local_patience_seconds)
    except (ReaderDown, EmbeddingDown) as error:
        log.warning("no reader: %s", error.code)
        return None


def build_reader(settings: Settings, local: Reader | None) -> FallingBack | None:
    """The configured readers in the order in which they are asked; None where nobody is to read, or can.

    ``local`` is this machine's, if it has one. Raises Unavailable when the endpoint's packages are not installed.
    """
    options = settings.section(ReaderSettings)
    if options.provider == "none":
        return None
    readers = [Timed(local, options.local_seconds)] if local else []
    if options.provider == "endpoint":
        readers.insert(0, Timed(_endpoint_reader(options), options.seconds))
    return FallingBack(*readers) if readers else None


def _endpoint_reader(options: ReaderSettings) -> Reader:
    try:
        from retriever.reader.endpoint import Endpoint, EndpointReader
    except ModuleNotFoundError as error:
        raise Unavailable("not_installed", "reader.provider endpoint needs the module {module}, which is not "
                          "installed; run `make endpoint`", module=error.name) from error
    return EndpointReader(
        Endpoint(options.url, options.model, options.key, options.question_chars, options.hour_chars,
                 options.failures, options.pause_seconds), mask=mask_personal)


def open_parts(settings: Settings, database: Database, embedder: Embedder | None, *, fresh: bool = False,
               lock_seconds: float | None = None, create: bool = True) -> tuple[Parts, Path]:
    """Engine and analyser over the index generation in use, and its folder; ``fresh``: a new one, not yet in use.

    ``lock_seconds`` is how long writing waits for another process, as configured when unset. Where none is in use, the
    one that is left is taken into use or one created, or EngineDown says so.
    """
    generations = Generations(index_folder(settings))
    with database.reading() as session:
        current = lexicon.load(session)
    folder = None if fresh else generations.current()
    if folder is None:
        if not create:
            raise EngineDown("index_pointer", "no search index is in use in {folder}; run `kb index rebuild`",
                             folder=index_folder(settings))
        folder = (None if fresh else generations.left()) or generations.create(current)
        if not fresh:
            generations.promote(folder)
    known = words_of(folder)
    # the generation's own words, so that questions are cut as its texts were; today's synonyms
    analyser = Analyser(known.words, current.groups, current.said)
    if lock_seconds is None:
        lock_seconds = settings.section(SearchSettings).lock_seconds
    engine = EmbeddedEngine(folder, analyser, embedder.recipe if embedder else None, lock_seconds=lock_seconds,
                            claims=fresh)
    return Parts(engine, analyser, embedder), folder


def build(settings: Settings, database: Database, models: Models | None = None) -> Retriever:
    """A retriever over this installation's index, which is created when there is none, with these models or else its
    own.

    It is filled in the background once :meth:`Retriever.start_background` runs, or by :meth:`Retriever.catch_up`.
    """
    embedder = models.embedder if models else build_embedder(settings)
    wait = settings.section(SearchSettings).wait_seconds  # a caller does not wait as long as a command may

    def opened(*, create: bool = False) -> Parts:
        return open_parts(settings, database, embedder, lock_seconds=wait, create=create)[0]

    try:
        parts = opened(create=True)
    except EngineDown as error:  # answered by the database's own search until an index is built
        log.warning("index cannot be opened: %s", error.code)
        with database.reading() as session:
            current = lexicon.load(session)
        parts = Parts(UnusableEngine(error), Analyser(current.words, current.groups, current.said), embedder)
    reader, fitted = build_reading(settings, models)
    return Retriever(settings, database, parts, reader=reader, fitted=fitted, reopen=opened,
                     stamp=Generations(index_folder(settings)).stamp,
                     lease=Lease(index_folder(settings) / "keeper.lock"))

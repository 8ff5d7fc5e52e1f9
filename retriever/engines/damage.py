"""What damaged files end in: an error that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from retriever.errors import EngineDown


@contextmanager
def sound() -> Iterator[None]:
    """Whatever damaged, missing or full files end in, as EngineDown that says what to do."""
    try:
        yield
    except (OSError, ValueError, IndexError, KeyError) as error:
        raise EngineDown("index_damaged", "the search index cannot be read or written ({error}); check the disk, then "
                         "run `kb index rebuild`", error=error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # tantivy's, on damaged segments; no Exception
            raise
        raise EngineDown("index_damaged", "the search index is damaged; run `kb index rebuild`") from error

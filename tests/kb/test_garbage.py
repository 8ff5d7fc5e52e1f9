"""Garbage is collected seldom, and none is kept for ever."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from kb.garbage import collect_seldom, none_while_loading


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    thresholds, callbacks = gc.get_threshold(), list(gc.callbacks)
    yield
    gc.set_threshold(*thresholds)
    gc.callbacks[:] = callbacks
    gc.unfreeze()


class _Node:
    def __init__(self) -> None:
        self.next: object = self


def test_what_survives_a_full_collection_is_not_walked_again() -> None:
    collect_seldom()
    kept = [_Node() for _ in range(1_000)]
    gc.collect()
    assert gc.get_freeze_count() > 1_000
    assert len(gc.get_objects()) < gc.get_freeze_count()
    assert gc.get_threshold()[0] > 700
    assert len(kept) == 1_000


def test_a_second_call_changes_nothing() -> None:
    collect_seldom()
    once = list(gc.callbacks)
    collect_seldom()
    assert gc.callbacks == once


def test_cycles_that_die_after_they_were_set_aside_are_freed_when_as_much_again_is_kept() -> None:
    collect_seldom()
    node = _Node()
    died = weakref.ref(node)
    gc.collect()
    del node
    gc.collect()
    assert died() is not None  # set aside
    more = [[] for _ in range(2 * gc.get_freeze_count())]  # type: list[list[int]]
    gc.collect()  # sees that it has grown
    gc.collect()  # walks all
    assert died() is None
    assert more


def test_nothing_is_collected_while_loading_and_what_was_loaded_is_set_aside() -> None:
    with none_while_loading():
        assert not gc.isenabled()
        kept = [_Node() for _ in range(1_000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() > 1_000 == len(kept)


def test_collecting_goes_on_after_loading_failed() -> None:
    with pytest.raises(ValueError, match="broken"), none_while_loading():
        raise ValueError("broken")
    assert gc.isenabled()


def test_who_collects_nothing_does_so_after_loading_too() -> None:
    gc.disable()
    try:
        with none_while_loading():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()

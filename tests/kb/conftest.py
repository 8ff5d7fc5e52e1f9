"""The domain is tested on both databases, but for what is marked as SQLite's own: its file, its pragmas, its locks."""

from __future__ import annotations

import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Twice where a test works with a database, once where a mark says whose matter it is."""
    if "settings" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("only_on")
        metafunc.parametrize("backend", [only.args[0]] if only else ["sqlite", "postgresql"])

"""What is locked in several files is locked alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_PACKAGE = re.compile(r"^([\w.-]+)==([^\s;]+)")


def locked(name: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Version and hashes of each package in a file."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for entry in re.split(r"\n(?=\w)", (ROOT / name).read_text(encoding="utf-8")):
        package = _PACKAGE.match(entry)
        if package:
            found[package[1]] = (package[2], frozenset(re.findall(r"sha256:\w+", entry)))
    return found


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-endpoint.txt"])
def test_what_is_tested_is_what_is_installed(name: str) -> None:
    tested = locked("requirements-test.txt")
    assert locked(name)
    assert {package: tested.get(package) for package in locked(name)} == locked(name)


def test_the_endpoint_adds_nothing_that_is_there_without_it() -> None:
    assert "langchain-openai" in locked("requirements-endpoint.txt")
    assert not locked("requirements-endpoint.txt").keys() & locked("requirements.txt").keys()

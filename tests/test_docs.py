"""What the pages of docs/ name is there: files, modules, and the tests of every numbered fault."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_PACKAGES = "kb|retriever|web|tests|bench|docs"
_NAMED = re.compile(rf"`((?:{_PACKAGES})/[\w./-]+)`|python -m ((?:{_PACKAGES})[\w.]*)")
_FAULT = re.compile(r"^\| (\d+) \|.*\| ([^|]+) \|$", re.MULTILINE)


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8").replace("NAME", "embedded")  # an engine that the reader is to write
    named = {path or module.replace(".", "/") for path, module in _NAMED.findall(text)}
    assert not {name for name in named if not (ROOT / name).exists() and not (ROOT / f"{name}.py").is_file()}


def test_the_table_of_faults_names_the_files_of_their_tests() -> None:
    table = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
    named = {int(number): set(files.split(", ")) for number, files in _FAULT.findall(table)}
    found: dict[int, set[str]] = defaultdict(set)
    for path in (ROOT / "tests").rglob("test_*.py"):
        for number in re.findall(r"^(?:async )?def test_fault_(\d+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            found[int(number)].add(path.relative_to(ROOT / "tests").with_suffix("").as_posix())
    assert named == found

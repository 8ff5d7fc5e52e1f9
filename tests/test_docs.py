"""What the pages of docs/ name is there: files, modules, commands with their options, examples, and the tests of every
numbered fault."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from kb import cli
from kb.upkeep.signals.registry import KINDS
from retriever.question.emergencies import load_notices

ROOT = Path(__file__).parents[1]
_PACKAGES = "kb|retriever|web|tests|bench|docs"
_NAMED = re.compile(rf"`((?:{_PACKAGES})/[\w./-]+)`|python -m ((?:{_PACKAGES})[\w.]*)")
_COMMAND = re.compile(r"^ {4}\$? ?(?:\.venv/bin/|[A-Z_]+=\S+ )?kb ((?:.*\\\n)*.*)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([\w./#:-]+)\)")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_FAULT = re.compile(r"^\| (\d+) \|.*\| ([^|]+) \|$", re.MULTILINE)


PAGES = [*sorted((ROOT / "docs").glob("*.md")), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md",
                                                                         "teaching/README.md"))]
page_by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


@page_by_page
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8").replace("NAME", "embedded")  # an engine that the reader is to write
    named = {path or module.replace(".", "/") for path, module in _NAMED.findall(text)}
    assert not {name for name in named if not (ROOT / name).exists() and not (ROOT / f"{name}.py").is_file()}


@page_by_page
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    leads = {link for link in links if not link.startswith(("http", "article:"))}
    assert not {link for link in leads if not (page.parent / link.partition("#")[0]).exists()}


def test_the_table_of_faults_names_the_files_of_their_tests() -> None:
    table = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
    named = {int(number): set(files.split(", ")) for number, files in _FAULT.findall(table)}
    found: dict[int, set[str]] = defaultdict(set)
    for path in (ROOT / "tests").rglob("test_*.py"):
        for number in re.findall(r"^(?:async )?def test_fault_(\d+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            found[int(number)].add(path.relative_to(ROOT / "tests").with_suffix("").as_posix())
    assert named == found


def shown(page: str) -> list[tuple[str, set[str]]]:
    """The commands of the product that a page shows, each with its options; what is sketched (…) is left out."""
    found = []
    for line in _COMMAND.findall((ROOT / page).read_text(encoding="utf-8")):
        words = line.partition(" #")[0].split()
        if words and words[0] in cli.COMMANDS:
            found.append((words[0], set(_OPTION.findall(line.partition(" #")[0]))))
    return found


@pytest.mark.parametrize("page", ["README.md", "teaching/README.md", "docs/evaluation.md", "docs/operators.md",
                                  "docs/operators.zh.md"])
def test_every_command_that_a_page_shows_has_the_options_that_it_gives(
        page: str, capsys: pytest.CaptureFixture[str]) -> None:
    told: dict[str, str] = {}
    commands = shown(page)
    assert commands
    for command, options in commands:
        if command not in told:
            assert cli.main([command, "--help"]) == 0
            told[command] = capsys.readouterr().out
        if "{" in told[command].partition("\n")[0] or "VERB" in told[command]:  # its verbs have options of their own
            continue
        assert options <= set(_OPTION.findall(told[command])), command


def test_the_readme_names_every_command() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Commands")[2].partition("\n## ")[0]
    assert not {name for name in cli.COMMANDS if not re.search(rf"\bkb {name}\b", section)}


@pytest.mark.parametrize(("page", "head"), [("departments.md", "| kind |"), ("departments.zh.md", "| 类别 |")])
def test_the_table_of_signals_has_every_kind_in_the_registrys_order(page: str, head: str) -> None:
    table = (ROOT / "docs" / page).read_text(encoding="utf-8").partition(head)[2].partition("\n\n")[0]
    assert tuple(re.findall(r"^\| ([a-z_]+)[ |]", table, re.MULTILINE)) == KINDS


def test_the_example_of_another_citys_emergency_numbers_is_taken(tmp_path: Path) -> None:
    page = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(fire:.*?)```", page, re.DOTALL)
    (tmp_path / "lines.yaml").write_text(example, encoding="utf-8")
    lines = load_notices(hotline="311", file=tmp_path / "lines.yaml")
    assert (lines["fire"].phone, lines["transfer"].phone, lines["gas"].phone) == ("000", "311", "119")

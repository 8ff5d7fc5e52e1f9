"""Who may import whom: the contracts of pyproject.toml, and the lists of what is allowed, which they cannot state."""

from __future__ import annotations

from pathlib import Path

import grimp
import pytest
from importlinter.application.use_cases import lint_imports
from importlinter.configuration import configure

ROOT = Path(__file__).parents[1]

# The narrow side of the domain that finding and answering rests on; clock, because the shell's commands ask the time.
RIM = {"kb.live", "kb.outbox", "kb.answers", "kb.gaps", "kb.lexicon", "kb.permissions", "kb.db", "kb.settings",
       "kb.errors", "kb.clock"}
# An evaluation makes a throw-away knowledge base and publishes into it, as an edge does.
MAKES_A_STORE = {"kb.bulk", "kb.migrations", "kb.setup", "kb.front_matter", "kb.text"}
# Where the retriever meets the domain; every other module of it is core.
AT_THE_RIM = {f"retriever.{name}" for name in (
    "indexing", "authority", "ask", "find", "current", "suggest", "mining", "factory", "settings", "commands",
    "evaluation", "training", "langchain_bridge", "vocabulary")}
# What a page may take from the retriever: building one, asking it, and the values it gives back.
FOR_THE_WEB = {"retriever.factory", "retriever.ask", "retriever.records", "retriever.errors", "retriever.settings",
               "retriever.commands", "retriever.explain", "retriever.labels"}
DOORS = {
    "tantivy": {"retriever.engines.lexical", "retriever.engines.embedded"},
    "onnxruntime": {"retriever.embedding.local"},
    "onnx": {"retriever.embedding.convert"},
    "tokenizers": {"retriever.embedding.local", "retriever.embedding.convert"},
    "langchain_core": {"retriever.langchain_bridge", "retriever.generate"},
    "elasticsearch": {"retriever.engines.elastic"},
    "rjieba": {"retriever.analysis"},
    "opencc": {"retriever.analysis"},
    "snowballstemmer": {"retriever.analysis"},
    "pypinyin": {"retriever.pinyin"},
    "rapidfuzz": {"retriever.spelling"},
    "jinja2": {"retriever.evaluation"},
    "nh3": {"kb.markup"},
    "argon2": {"kb.passwords"},
    "alembic": {"kb.migrations", "kb.migrations.env", "kb.migrations.versions"},
    "numpy": {"retriever"},
    "sqlalchemy": {"kb", "retriever.authority", "retriever.indexing"},
    "flask": {"web"},
    "flask_babel": {"web"},
    "waitress": {"web"},
}


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("kb", "retriever", "web", include_external_packages=True, cache_dir=None)


def within(module: str, packages: set[str]) -> bool:
    """Whether the module is one of these or lies below one of them."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def ours(imports: grimp.ImportGraph, package: str) -> list[str]:
    return sorted(m for m in imports.modules if within(m, {package}))


def test_the_package_directions_of_pyproject_hold(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None), capsys.readouterr().out


def test_the_retrievers_rim_uses_only_the_read_side_of_the_domain(imports: grimp.ImportGraph) -> None:
    for module in ours(imports, "retriever"):
        allowed = RIM | (MAKES_A_STORE if within(module, {"retriever.evaluation"}) else set())
        taken = {m for m in imports.find_modules_directly_imported_by(module) if within(m, {"kb"})}
        assert not {m for m in taken if not within(m, allowed)}, module


def test_the_retrievers_core_imports_nothing_of_ours_outside_the_core(imports: grimp.ImportGraph) -> None:
    core = {m for m in ours(imports, "retriever") if m != "retriever" and not within(m, AT_THE_RIM)}
    assert {"retriever.records", "retriever.engines", "retriever.ranking", "retriever.verify"} <= core
    for module in core:
        taken = imports.find_modules_directly_imported_by(module)
        assert not {m for m in taken if within(m, {"kb", "web", "retriever"}) and m not in core}, module


def test_a_page_asks_the_retriever_and_never_builds_queries(imports: grimp.ImportGraph) -> None:
    for module in ours(imports, "web"):
        taken = {m for m in imports.find_modules_directly_imported_by(module) if within(m, {"retriever"})}
        assert not {m for m in taken if not within(m, FOR_THE_WEB)}, module


@pytest.mark.parametrize("vendor", sorted(DOORS))
def test_every_vendor_has_one_door(imports: grimp.ImportGraph, vendor: str) -> None:
    importers = imports.find_modules_that_directly_import(vendor) if vendor in imports.modules else set()
    assert not {m for m in importers if not within(m, DOORS[vendor])}

"""Who may import whom: the contracts of pyproject.toml, and the lists of what is allowed, which they cannot state."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import grimp
import pytest
from importlinter.application.use_cases import lint_imports
from importlinter.configuration import configure

ROOT = Path(__file__).parents[1]

# The narrow side of the domain that finding and answering rests on; clock, because the shell's commands ask the time.
RIM = {"kb.articles.live", "kb.articles.ended", "kb.articles.feed", "kb.record.outbox", "kb.record.answers",
       "kb.masking", "kb.record.questions", "kb.articles.writing.checks", "kb.articles.writing.check_report",
       "kb.articles.writing.check_words", "kb.content.lexicon",
       "kb.upkeep.signals.cited", "kb.upkeep.signals.kinds.contradiction", "kb.upkeep.signals.scanning",
       "kb.upkeep.callbacks", "kb.upkeep.gaps", "kb.upkeep.gap_list", "kb.upkeep.jobs.runs",
       "kb.articles.kept_conflicts", "kb.articles.said_otherwise", "kb.articles.resting",
       "kb.people.permissions", "kb.actor", "kb.db", "kb.settings", "kb.errors",
       "kb.clock", "kb.garbage"}
# An evaluation makes a throw-away knowledge base and publishes into it, as an edge does.
MAKES_A_STORE = {"kb.content.bulk", "kb.articles.kept_facts", "kb.articles.writing.drafts", "kb.migrations",
                 "kb.people.people", "kb.setup", "kb.markup.front_matter", "kb.text"}
# Where the retriever meets the domain; every other module of it is core.
AT_THE_RIM = {f"retriever.{name}" for name in (
    "indexing", "scope", "check", "check_contradictions", "check_findings", "check_shell", "contradictions",
    "conflict_shell", "differing", "elsewhere", "hits", "ask", "answerer", "answered_as_of", "drafting", "rules",
    "recording", "callbacks", "gaps", "flowback", "flowback_shell", "find", "finding", "suggest", "factory", "settings",
    "commands", "shell", "bridges", "lab")}
# Measuring and training: an extra, loaded by the shell's table of commands alone.
LAB = "retriever.lab"
OURS = {"kb", "retriever", "web"}
# Of the domain, where what knows nothing of it stands: the one parse of Markdown, the one catalogue of messages.
KNOW_NOTHING = ("kb.markup", "kb.messages")
# What errors are made of stands under everything, as a library would, and is no level of the house.
GROUND = "kb.messages"
# A table of commands that loads them on demand, from all three packages.
ABOVE_THE_ROOMS = {"kb.cli"}
# What a page may take from the retriever: building one, asking it, and the values it gives back.
FOR_THE_WEB = {"retriever.factory", "retriever.flowback", "retriever.ask", "retriever.answer", "retriever.citation",
               "retriever.kept", "retriever.validity",
               "retriever.records", "retriever.errors", "retriever.settings", "retriever.answering.explain",
               "retriever.answering.labels"}
DOORS = {
    "tantivy": {"retriever.engines.lexical", "retriever.engines.word_index"},
    "onnxruntime": {"retriever.embedding.runtime"},
    "onnx": {"retriever.embedding.convert", "retriever.reader.graph"},
    "tokenizers": {"retriever.embedding.pieces", "retriever.embedding.convert"},
    "langchain_core": {"retriever.bridges.langchain", "retriever.reader.endpoint"},
    "langchain_openai": {"retriever.reader.endpoint"},
    "langsmith": {"retriever.reader.endpoint"},
    "openai": {"retriever.reader.endpoint"},
    "rjieba": {"retriever.language.analysis", "kb.markup.comparing.words"},
    "opencc": {"retriever.language.analysis"},
    "snowballstemmer": {"retriever.language.analysis"},
    "pypinyin": {"retriever.language.pinyin"},
    "rapidfuzz": {"retriever.language.spelling", "kb.markup.comparing.leaves"},
    "jinja2": {"retriever.lab.evaluation"},
    "torch": {"retriever.lab.training.reader"},
    "nh3": {"kb.markup.render", "kb.markup.page_text"},
    "pyromark": {"kb.markup.parse"},
    "argon2": {"kb.people.passwords"},
    "authlib": {"web.account.service"},
    "joserfc": {"web.account.service"},
    "requests": {"web.account.service"},
    "urllib3": {"kb.upkeep.fetching.fetch"},
    "certifi": {"kb.upkeep.fetching.fetch"},
    "apscheduler": {"kb.upkeep.jobs.clock", "kb.upkeep.jobs.schedule"},
    "alembic": {"kb.migrations", "kb.migrations.env"},
    "numpy": {"retriever"},
    "sqlalchemy": {"kb", "retriever.scope", "retriever.indexing"},
    "flask": {"web"},
    "flask_babel": {"web"},
    "cryptography": {"web.replies", "kb.record.checkpoints", "kb.upkeep.webhooks.signing"},
    "granian": {"web.server.connections"},
    "prometheus_client": {"web.metrics"},
    "pydantic": {"web.api", "retriever.bridges.langchain", "retriever.reader.endpoint"},
}


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("kb", "retriever", "web", include_external_packages=True, cache_dir=None)


def within(module: str, packages: set[str]) -> bool:
    """Whether the module is one of these or lies below one of them."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def ours(imports: grimp.ImportGraph, package: str) -> list[str]:
    return sorted(m for m in imports.modules if within(m, {package}))


def pure(imports: grimp.ImportGraph) -> set[str]:
    """The modules of these folders that reach nothing else of ours: as good as a library."""
    return {m for folder in KNOW_NOTHING for m in ours(imports, folder)
            if all(within(below, {folder}) for below in imports.find_upstream_modules(m) if within(below, OURS))}


def test_the_package_directions_of_pyproject_hold(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None), capsys.readouterr().out


def test_the_retrievers_rim_uses_only_the_read_side_of_the_domain(imports: grimp.ImportGraph) -> None:
    for module in ours(imports, "retriever"):
        allowed = RIM | pure(imports) | (MAKES_A_STORE if within(module, {"retriever.lab.evaluation"}) else set())
        taken = {m for m in imports.find_modules_directly_imported_by(module) if within(m, {"kb"})}
        assert not {m for m in taken if not within(m, allowed)}, module


def test_the_retrievers_core_imports_nothing_of_ours_but_itself_and_the_pure(imports: grimp.ImportGraph) -> None:
    core = {m for m in ours(imports, "retriever") if m != "retriever" and not within(m, AT_THE_RIM)}
    assert {"retriever.records", "retriever.engines", "retriever.ranking.order", "retriever.answering.verify"} <= core
    allowed = core | pure(imports)
    assert {"kb.markup.parse", "kb.messages.catalogue"} <= allowed and "kb.markup.render" not in allowed
    for module in core:
        taken = imports.find_modules_directly_imported_by(module)
        assert not {m for m in taken if within(m, OURS) and m not in allowed}, module


def test_nothing_outside_the_lab_imports_it(imports: grimp.ImportGraph) -> None:
    importers = {i for module in ours(imports, LAB) for i in imports.find_modules_that_directly_import(module)}
    assert f"{LAB}.evaluation.command" in importers
    assert not {m for m in importers if not within(m, {LAB})}


def test_answering_and_serving_load_nothing_of_the_lab(tmp_path: Path) -> None:
    code = ("import sys, kb.cli, web.application, web.commands, web.wiring\n"
            "codes = [kb.cli.main(['init']), kb.cli.main(['ask', '办证多少钱'])]\n"
            f"loaded = [m for m in sys.modules if m.startswith('{LAB}')]\n"
            "sys.exit(str((codes, loaded)) if loaded or codes != [0, 1] else 0)")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT), "KB__EMBEDDING__PROVIDER": "none",
                               "KB__DATA__DIR": str(tmp_path / "data")})
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("command", "module", "how"), [
    ("eval", "jinja2", "pip install 'hotline-kb[lab]'"), ("ask", "kb.clock", "make setup"),
    ("train", "retriever.lab.training.command", "pip install 'hotline-kb[lab]'"),
])
def test_a_command_whose_module_is_missing_says_how_to_install_it(command: str, module: str, how: str) -> None:
    code = f"import sys; sys.modules['{module}'] = None; import kb.cli; sys.exit(kb.cli.main(['{command}', '--help']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"kb: `kb {command}` needs the module {module}, which is not installed; run `{how}`\n"


def test_a_page_asks_the_retriever_and_never_builds_queries(imports: grimp.ImportGraph) -> None:
    for module in ours(imports, "web"):
        taken = {m for m in imports.find_modules_directly_imported_by(module) if within(m, {"retriever"})}
        assert not {m for m in taken if not within(m, FOR_THE_WEB)}, module


@pytest.mark.parametrize("vendor", sorted(DOORS))
def test_every_vendor_has_one_door(imports: grimp.ImportGraph, vendor: str) -> None:
    importers = imports.find_modules_that_directly_import(vendor) if vendor in imports.modules else set()
    assert not {m for m in importers if not within(m, DOORS[vendor])}


def folders(imports: grimp.ImportGraph, package: str) -> dict[str, set[str]]:
    """The folders of a package, each with those it imports from; modules beside the folders are their own."""
    def folder(module: str) -> str:
        return ".".join(module.split(".")[:2])

    found: dict[str, set[str]] = {}
    for module in ours(imports, package):
        taken = {folder(m) for m in imports.find_modules_directly_imported_by(module) if within(m, {package})}
        found.setdefault(folder(module), set()).update(taken - {folder(module), package})
    return found


@pytest.mark.parametrize("package", ["kb", "retriever", "web"])
def test_folders_stand_on_at_most_six_levels_without_a_circle(imports: grimp.ImportGraph, package: str) -> None:
    graph = folders(imports, package)
    level: dict[str, int] = {}
    while len(level) < len(graph):
        ready = [f for f, taken in graph.items() if f not in level and all(t in level for t in taken)]
        assert ready, f"a circle among {sorted(set(graph) - set(level))}"
        for name in ready:
            below = [level[t] + (t != GROUND and (ROOT / t.replace(".", "/")).is_dir()) for t in graph[name]]
            level[name] = max(below, default=0)
    rooms = {name for name in graph if (ROOT / name.replace(".", "/")).is_dir()} - ABOVE_THE_ROOMS
    assert max(level[room] for room in rooms) < 6, level


def test_every_module_that_is_named_here_exists(imports: grimp.ImportGraph) -> None:
    doors = {m for modules in DOORS.values() for m in modules}
    named = RIM | ABOVE_THE_ROOMS | MAKES_A_STORE | AT_THE_RIM | set(KNOW_NOTHING) | FOR_THE_WEB | doors
    assert not {m for m in named if m not in imports.modules}

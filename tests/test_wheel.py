"""A wheel holds all that runs: built from a copy of this tree, installed elsewhere, it answers and serves from an empty
folder. What is built from is what `make test` makes first; the packages it rests on are those of the tests."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from retriever.embedding.local import default_model_dir

ROOT = Path(__file__).parents[1]
PACKAGES = ("kb", "retriever", "web")
NOT_OF_THE_TREE = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "data", "build", "dist", "*.egg-info")
COMPILED = {".po"}  # stays behind
WHEEL = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
SOURCES_AND_WHEEL = """\
import os, sys, tarfile
from pathlib import Path
from setuptools import build_meta
target = Path(sys.argv[1])  # setuptools puts arguments of its own there
name = build_meta.build_sdist(str(target))
with tarfile.open(target / name) as archive:
    archive.extractall(target)
os.chdir(target / name.removesuffix(".tar.gz"))
print(build_meta.build_wheel(str(target)))
"""


def build(code: str, tree: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Run the tree's build backend."""
    return subprocess.run([sys.executable, "-P", "-c", code, str(target)], cwd=tree, capture_output=True, text=True,
                          check=False)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This tree with what was generated in it, and something in place of what is ignored."""
    folder = tmp_path_factory.mktemp("tree") / "hotline-kb"
    shutil.copytree(ROOT, folder, symlinks=True, ignore=NOT_OF_THE_TREE)
    (folder / "node_modules/left-pad").mkdir(parents=True)
    (folder / "node_modules/left-pad/index.js").write_text("module.exports = 0\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As a frontend makes it, without fetching anything: from what is in a source distribution."""
    folder = tmp_path_factory.mktemp("wheel")
    done = build(SOURCES_AND_WHEEL, tree, folder)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder / done.stdout.splitlines()[-1]


@dataclass(frozen=True)
class Installation:
    """The wheel's files, and an empty folder to work in."""

    files: Path
    folder: Path

    def command(self, *arguments: str) -> list[str]:
        # -S: no .pth file is read, so a development install in these tests' environment is not found
        return [sys.executable, "-P", "-S", "-m", "kb", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """The wheel's files and the packages it needs, and nothing of this tree."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KB_", "PYTHON"))}
        needed = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
        return {**kept, "PYTHONPATH": os.pathsep.join([str(self.files), *needed]), "PYTHONDONTWRITEBYTECODE": "1",
                "KB__READER__LOCAL_SECONDS": "60",  # slow machines read to the end, too
                "KB__ASK__PRECISION": "0"}  # without vectors, which take long, no answer is sure

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*arguments), cwd=self.folder, env=self.environment, capture_output=True,
                              text=True, check=False)


@pytest.fixture(scope="module")
def installation(wheel: Path, model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The sample's knowledge base, made by the wheel; the converted model is lent to it, as making it takes long."""
    made = Installation(tmp_path_factory.mktemp("installed"), tmp_path_factory.mktemp("empty"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(made.files)
    model = default_model_dir(made.folder / "data")
    model.parent.mkdir(parents=True)
    model.symlink_to(model_folder)
    done = made.run("init", "--sample", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["created"] > 200
    return made


def test_a_wheel_holds_every_file_of_its_packages_and_the_sample(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}
    wanted = {path.relative_to(ROOT).as_posix(): path for package in PACKAGES for path in (ROOT / package).rglob("*")
              if path.is_file() and "__pycache__" not in path.parts and path.suffix not in COMPILED}
    sample = {f"kb/sample/{path.relative_to(ROOT / 'articles').as_posix()}": path
              for path in (ROOT / "articles").rglob("*") if path.is_file()}
    assert len(sample) > 200 and {"web/static/vendor/icons.svg", "web/translations/zh/LC_MESSAGES/messages.mo",
                                  "kb/messages/zh/LC_MESSAGES/messages.mo", "retriever/reader/reader.onnx",
                                  "kb/content/callers_words.yaml"} <= wanted.keys()
    assert packed.keys() == (wanted | sample).keys()
    assert not [name for name, path in (wanted | sample).items() if path.read_bytes() != packed[name]]


def test_its_metadata_brings_licence_notice_and_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        own = {name.partition(".dist-info/")[2]: archive.read(name).decode() for name in archive.namelist()
               if ".dist-info/" in name}
    assert {"licenses/LICENSE", "licenses/NOTICE"} <= own.keys()
    assert "kb = kb.cli:main" in own["entry_points.txt"]


def test_o1_it_answers_from_an_empty_folder_by_its_own_reader(installation: Installation) -> None:
    done = installation.run("ask", "医保卡丢了怎么补办", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["state"], answer["reader"]) == ("answered", "local")
    assert answer["degraded"] == ["vectors_pending"]  # nobody has computed vectors in the empty folder
    assert {citation["slug"] for citation in answer["citations"]} == {"social-card-loss-reissue"}


@pytest.fixture(scope="module")
def address(installation: Installation) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (installation.folder / "errors").open("w+", encoding="utf-8") as errors:
        server = subprocess.Popen(installation.command("serve", "--port", str(port)), cwd=installation.folder,
                                  env=installation.environment, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert server.stdout
        lines = [server.stdout.readline() for _ in range(2)]
        found = re.search(r"http://127\.0\.0\.1:\d+/", lines[1])
        assert found, (installation.folder / "errors").read_text(encoding="utf-8")
        yield found[0]
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)


def fetched(address: str, language: str = "zh") -> str:
    with urlopen(Request(address, headers={"Accept-Language": language}), timeout=30) as response:
        return str(response.read().decode())


@pytest.mark.parametrize(("language", "text"), [("zh", "您想咨询什么"), ("en", "Ask in plain words")])
def test_it_serves_pages_in_both_languages(address: str, language: str, text: str) -> None:
    assert text in fetched(address, language)


@pytest.mark.parametrize(("path", "text"), [
    ("static/base.css", "{"), ("static/vendor/icons.svg", "<symbol "), ("api/v1/openapi.json", '"/ask"'),
    ("readyz", '"ready"'), ("browse", "人力资源"),
])
def test_it_serves_what_pages_load_and_machines_ask(address: str, path: str, text: str) -> None:
    assert text in fetched(address + path)


@pytest.mark.parametrize("missing", ["web/static/vendor/icons.svg", "web/translations/en/LC_MESSAGES/messages.mo"])
def test_nothing_is_packed_before_what_is_generated_is_there(tree: Path, tmp_path: Path, missing: str) -> None:
    (tree / missing).rename(tmp_path / "taken")
    try:
        done = build(WHEEL, tree, tmp_path)
    finally:
        (tmp_path / "taken").rename(tree / missing)
    assert done.returncode != 0 and not list(tmp_path.glob("*.whl"))
    assert missing in done.stderr and "`make wheel`" in done.stderr

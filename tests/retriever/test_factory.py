"""What the settings name is what is built."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kb.errors import Unavailable
from kb.settings import Settings, load_settings
from retriever.factory import build_reader
from tests.chat import KEY, ChatEndpoint, fails, served
from tests.retriever.reader.test_fallback import Stub
from tests.retriever.reader.texts import CARD, readable

LOCAL = Stub("local", 1.0)
QUESTION = "我的电话是13812345678，首次补办收费多少"


def settings_of(tmp_path: Path, endpoint: ChatEndpoint | None = None, **options: object) -> Settings:
    given = {"provider": "endpoint", "url": endpoint.url, "model": "m", "seconds": 60} if endpoint else {}
    return load_settings(tmp_path, {"KB__READER__KEY": KEY}, reader={**given, **options})


def test_the_reader_is_this_machines_unless_settings_say_otherwise(tmp_path: Path) -> None:
    readers = build_reader(settings_of(tmp_path), LOCAL)
    assert readers
    assert (readers.read(QUESTION, [], readable(CARD)).by, LOCAL.seconds[-1]) == ("local", 0.15)
    assert build_reader(settings_of(tmp_path), None) is None
    assert build_reader(settings_of(tmp_path, provider="none"), LOCAL) is None


def test_an_endpoint_reads_first_with_its_key_and_is_sent_no_personal_number(tmp_path: Path) -> None:
    with served() as endpoint:
        readers = build_reader(settings_of(tmp_path, endpoint), LOCAL)
        assert readers
        reading = readers.read(QUESTION, [], readable(CARD))
        assert (reading.by.partition("#")[0], reading.fell_back) == ("served-model-1", False)
        assert endpoint.headers[0]["authorization"] == f"Bearer {KEY}"
        assert "13812345678" not in str(endpoint.calls)


def test_fault_47_where_the_endpoint_fails_this_machine_reads(tmp_path: Path) -> None:
    with served() as endpoint:
        endpoint.plays(fails(401))
        readers = build_reader(settings_of(tmp_path, endpoint), LOCAL)
        assert readers
        reading = readers.read(QUESTION, [], readable(CARD))
        assert (reading.by, reading.fell_back) == ("local", True)


def test_an_endpoint_whose_packages_are_missing_is_refused_with_the_way_to_install_them(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_openai", None)
    monkeypatch.delitem(sys.modules, "retriever.reader.endpoint", raising=False)
    with served() as endpoint, pytest.raises(Unavailable, match=r"langchain_openai.*make endpoint"):
        build_reader(settings_of(tmp_path, endpoint), LOCAL)


def test_without_an_endpoint_none_of_its_packages_is_loaded() -> None:
    code = ("import sys, retriever.factory\n"
            "print(sorted({m.split('.')[0] for m in sys.modules} & {'openai', 'langchain_openai', 'langsmith'}))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


IN_A_FORK = """
import os, sys, time
from pathlib import Path
from threading import Thread

import numpy as np

from kb.settings import load_settings
from retriever.factory import open_models
from tests.retriever.reader.texts import CARD, readable

def threads_left():
    until = time.monotonic() + 10  # one that has ended is listed for a moment yet
    while len(os.listdir("/proc/self/task")) > 1 and time.monotonic() < until:
        time.sleep(0.01)
    return len(os.listdir("/proc/self/task"))

settings = load_settings(Path(sys.argv[1]), {}, data={"dir": sys.argv[1]}, embedding={"model_dir": sys.argv[2]})
models = open_models(settings, forks=True)
assert threads_left() == 1, "a fork is without them"
(read, write) = os.pipe()
if os.fork() == 0:
    found = []
    def work():
        vector = models.embedder.embed_query("社保卡丢了怎么补办")
        reading, = models.reader.read("补办社保卡要带什么", [], readable(CARD)[:1], seconds=60)
        found.append((round(float(vector[0]), 5), round(float(reading.passage), 2)))
    threads = [Thread(target=work) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    os.write(write, repr(found).encode())
    os._exit(0)
os.close(write)
print(os.read(read, 1000).decode())
print(threads_left())
"""


def test_models_that_were_opened_before_a_fork_serve_several_threads_after_it(tmp_path: Path,
                                                                              model_folder: Path) -> None:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / model_folder.name).symlink_to(model_folder)
    done = subprocess.run([sys.executable, "-c", IN_A_FORK, str(tmp_path), str(model_folder)], env=environment,
                          cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found, threads = done.stdout.splitlines()
    assert found != "[]", done.stderr
    first, *others = ast.literal_eval(found)
    assert others == [first, first] and threads == "1"

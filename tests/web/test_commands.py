"""kb serve and kb doctor, as a shell runs them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.web.conftest import Installation
from web.commands import examine


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KB__")}
    return {**kept, "KB__DATA__DIR": str(folder), "KB__EMBEDDING__PROVIDER": "none"}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "kb", *arguments], env=environment(folder), capture_output=True,
                          text=True, timeout=60, check=False)


def test_a_server_prints_its_address_answers_and_stops_cleanly(installation: Installation) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "kb", "serve", "--port", str(port), "--workers", "2"], text=True,
                              env=environment(installation.settings.data_dir), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    try:
        assert server.stdout
        lines = [server.stdout.readline() for _ in range(2)]
        address = re.search(r"http://127\.0\.0\.1:\d+/", lines[1])
        assert address, lines
        with urlopen(address[0], timeout=30) as response:
            assert "您想咨询什么" in response.read().decode()
        second = run(installation.settings.data_dir, "serve", "--port", str(port))
        assert second.returncode == 3 and len(second.stderr.splitlines()) == 1
        assert "--port, or `make run PORT=…`" in second.stderr
    finally:
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=30)
    assert server.returncode == 0 and "Traceback" not in errors


def test_a_server_without_a_knowledge_base_says_what_to_do(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", "--port", "1")
    assert done.returncode == 3 and "kb init" in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("option", "value"), [
    ("--port", "99999"), ("--port", "0"), ("--port", "-1"), ("--port", "http"), ("--workers", "0"),
    ("--workers", "65"),
])
def test_a_port_or_a_number_of_processes_that_cannot_be_is_wrong_use(installation: Installation, option: str,
                                                                     value: str) -> None:
    done = run(installation.settings.data_dir, "serve", option, value)
    assert (done.returncode, done.stdout) == (2, "")
    assert option in done.stderr and len(done.stderr.splitlines()) == 1


def test_the_doctor_finds_a_whole_installation_well(installation: Installation) -> None:
    done = run(installation.settings.data_dir, "doctor", "--json")
    body = json.loads(done.stdout)
    assert done.returncode == 0 and body["ok"]
    assert [check["name"] for check in body["checks"]] == ["settings", "disk", "privacy", "database", "migrations",
                                                           "model", "index"]


def test_the_doctor_names_what_is_missing_and_the_cure(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor")
    assert done.returncode == 3 and "Traceback" not in done.stderr
    assert re.search(r"BAD +database +not_initialised\n +→ .*kb init", done.stdout)
    assert re.search(r"BAD +migrations .*\n +→ run `kb init`", done.stdout)
    assert re.search(r"ok +disk ", done.stdout)


def test_the_doctor_warns_of_a_data_folder_that_others_can_read(installation: Installation) -> None:
    folder = installation.settings.data_dir
    folder.chmod(0o755)
    try:
        done = run(folder, "doctor")
    finally:
        folder.chmod(0o700)
    assert done.returncode == 0
    assert re.search(r"WARN privacy .*\n +→ chmod 700 ", done.stdout)
    assert re.search(r"ok +privacy ", run(folder, "doctor").stdout)


def test_one_broken_part_does_not_hide_the_others(installation: Installation, tmp_path: Path,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    from kb.db import Database
    from kb.settings import load_settings

    monkeypatch.chdir(tmp_path)
    settings = load_settings(tmp_path, {}, data={"dir": str(installation.settings.data_dir)},
                             embedding={"model_dir": str(tmp_path)})
    database = Database(settings)
    found = {check.name: check.ok for check in examine(settings, database)}
    database.close()
    assert found == {"settings": True, "disk": True, "privacy": True, "database": True, "migrations": True,
                     "model": False, "index": False}

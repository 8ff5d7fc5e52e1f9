"""What the Makefile fetches: where that fails, its reason is shown."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("target", ["web/static/vendor/icons.svg", "node_modules/commonmark-spec/spec.txt"])
def test_o2_where_npm_fails_its_reason_is_shown(tmp_path: Path, target: str) -> None:
    """The real npm, sent to a port where nobody listens."""
    binaries = Path(sys.executable).parent
    if not (binaries / "npm").exists():
        pytest.skip("no npm beside Python: `make test` installs it")
    for name in ("Makefile", ".npmrc", "package.json", "package-lock.json", "web/assets.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    there = [f"{binaries.parent}/.npm"] + (["web/static/vendor/icons.svg"] if "commonmark" in target else [])
    nowhere = {"npm_config_registry": "http://127.0.0.1:9/", "npm_config_noproxy": "127.0.0.1",
               "npm_config_fetch_retries": "0", "npm_config_cache": str(tmp_path / "cache")}
    done = subprocess.run(["make", f"VENV={binaries.parent}", *(f"--old-file={name}" for name in there), target],
                          cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, **nowhere})
    assert done.returncode != 0
    assert "ECONNREFUSED" in done.stderr

"""Where everything is installed, a test that cannot run is a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
@pytest.mark.parametrize("skip", ["@pytest.mark.skip(reason='no browser')\ndef test_it(): pass",
                                  "def test_it(): pytest.skip('no browser')",
                                  "@pytest.fixture\ndef part(): pytest.skip('no browser')\ndef test_it(part): pass"])
def test_a_skip_fails_under_ci_and_says_why(tmp_path: Path, skip: str, ci: str, code: int) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_runtest_makereport\n", encoding="utf-8")
    (tmp_path / "test_it.py").write_text(f"import pytest\n{skip}\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", str(tmp_path)],
                          cwd=ROOT, env={**os.environ, "CI": ci}, capture_output=True, text=True, check=False)
    assert done.returncode == code and "no browser" in done.stdout

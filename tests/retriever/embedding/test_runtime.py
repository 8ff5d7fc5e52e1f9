"""What runs the models says nothing to anybody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from retriever.reader import PACKAGED

ROOT = Path(__file__).parents[3]


def test_opening_a_model_begins_no_report_to_its_makers(tmp_path: Path) -> None:
    """The runtime's reports go by a thread of its own, and stay out by themselves where a test or CI runs."""
    code = ("import os, sys\n"
            "from retriever.embedding.runtime import onnxruntime as runtime\n"
            "options = runtime.SessionOptions()\n"
            "options.intra_op_num_threads = 1\n"
            "runtime.InferenceSession(sys.argv[1], options, providers=['CPUExecutionProvider'])\n"
            "print(len(os.listdir('/proc/self/task')))")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "CI", "GITHUB_"))}
    done = subprocess.run([sys.executable, "-c", code, str(PACKAGED)], cwd=ROOT, capture_output=True, text=True,
                          check=False, env={**environment, "HOME": str(tmp_path), "OPENBLAS_NUM_THREADS": "1"})
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
    assert list(tmp_path.iterdir()) == []

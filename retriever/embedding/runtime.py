"""The one door to onnxruntime, which reports each model that it opens to its maker over the network: it is told not to.

It does so from release 1.29 on, in a thread of its own, and looks once, when it is loaded, whether it may.
"""

from __future__ import annotations

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

__all__ = ["onnxruntime"]

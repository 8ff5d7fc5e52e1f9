"""The reader's shape, which learning and the exported file share; known without torch."""

from __future__ import annotations

FROZEN = 3  # lowest layers that are not learned
PARTS = 3
HEAD = 192  # width of the heads' hidden layer

"""Requests that carry a file: where they may go, and how large they are at most; every other body is small."""

from __future__ import annotations

import re

from kb.settings import LimitSettings

PATHS = re.compile(r"/(?:api/v1|edit)/drafts/[0-9a-f-]{36}/attachments")
_BESIDE = 100_000  # bytes of a request beside the file: its name, the form's other fields


def is_upload(path: str) -> bool:
    """Whether a request to this path carries a file."""
    return PATHS.fullmatch(path) is not None


def largest(limits: LimitSettings) -> int:
    """Bytes of a request with a file; in JSON a file is a third longer, as Base64."""
    return limits.attachment_bytes * 4 // 3 + _BESIDE

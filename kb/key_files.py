"""A random key in a file of the data folder: made at its first use, for its owner alone, the same for all processes."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from kb.errors import Unavailable

_KEY_BYTES = 32


def kept_key(path: Path) -> bytes:
    """The key in the file, made where there is none; raises Unavailable where it cannot be read or is no key."""
    fresh = path.with_name(f"{path.stem}.{secrets.token_hex(4)}.new")
    try:
        if not path.exists():
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
            try:
                os.link(fresh, path)  # whole or not at all; whoever comes second uses the first one's key
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        key = path.read_bytes()
    except OSError as error:
        raise Unavailable("key_file", "{path}: {strerror}; check data.dir and its permissions", path=path,
                          strerror=error.strerror) from error
    if len(key) < _KEY_BYTES:
        raise Unavailable("key_file", "{path} is damaged: put a copy back, or delete it and start again", path=path)
    return key

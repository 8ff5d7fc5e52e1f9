"""Signed checkpoints of the audit log: its head at a moment, in a small file that is kept elsewhere.

Whoever can write to the database can hash the whole log anew; a head that lies on another machine finds that. The
signature (Ed25519) shows that a file came from this installation, so that nobody needs to trust the place where the
copies lie: copy the folder away, and the public key once.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from kb.errors import Invalid, Unavailable
from kb.record.audit import Head

KEY, PUBLIC_KEY = "audit.key", "audit.pub"  # files of the data folder
_PREFIX = "hotline-kb audit checkpoint"
_MOST_BYTES = 4_000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log's head at an instant, and the signature over both."""

    head: Head
    at: datetime
    signature: bytes

    def text(self) -> str:
        """As a file holds it."""
        return json.dumps({"head": str(self.head), "at": self.at.isoformat(timespec="seconds"),
                           "signature": base64.b64encode(self.signature).decode()}, indent=1) + "\n"


def sign(head: Head, key: Ed25519PrivateKey, *, now: datetime) -> Checkpoint:
    """A checkpoint of this head."""
    at = now.astimezone(UTC).replace(microsecond=0)
    return Checkpoint(head, at, key.sign(_signed(head, at)))


def write(head: Head, folder: Path, key: Ed25519PrivateKey, *, now: datetime) -> Path | None:
    """Put a checkpoint into the folder, whole or not at all; None where this head has one already."""
    name = folder / f"audit-{head.number:012d}-{head.hash[:8]}.json"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if name.exists():
            return None
        fresh = name.with_suffix(f".{os.getpid()}.new")
        fresh.write_text(sign(head, key, now=now).text(), encoding="ascii")
        fresh.replace(name)
    except OSError as error:
        raise Unavailable("checkpoint_dir", "{folder}: {strerror}; check upkeep.checkpoint_dir and its permissions",
                          folder=folder, strerror=error.strerror or error) from error
    return name


def read(folder: Path, key: Ed25519PublicKey) -> list[Checkpoint]:
    """Every checkpoint of the folder, oldest first; raises Invalid naming the file whose signature does not hold.

    Invalid, too, where there is none: a log that nothing was compared with has not been checked.
    """
    if not folder.is_dir():
        raise Invalid("no_checkpoints", "{folder}: no such folder", folder=folder)
    found = sorted((_read(path, key) for path in folder.glob("audit-*.json")), key=lambda c: c.head.number)
    if not found:
        raise Invalid("no_checkpoints", "{folder}: holds no checkpoint (audit-….json); name the folder that `kb serve` "
                      "or `kb audit checkpoint` wrote to, or a copy of it", folder=folder)
    return found


def _read(path: Path, key: Ed25519PublicKey) -> Checkpoint:
    try:
        with path.open("rb") as file:
            given = json.loads(file.read(_MOST_BYTES))
        head, at = Head.parse(given["head"]), datetime.fromisoformat(given["at"])
        signature = base64.b64decode(given["signature"], validate=True)
        key.verify(signature, _signed(head, at))
    except OSError as error:
        raise Unavailable("checkpoint", "{path}: {strerror}", path=path, strerror=error.strerror) from error
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, InvalidSignature,
            RecursionError) as error:
        raise Invalid("bad_checkpoint", "{path}: was altered, or is no checkpoint of this installation",
                      path=path) from error
    return Checkpoint(head, at, signature)


def _signed(head: Head, at: datetime) -> bytes:
    return f"{_PREFIX}\n{head}\n{at.isoformat(timespec='seconds')}\n".encode()


def signing_key(data_dir: Path) -> Ed25519PrivateKey:
    """The installation's key, made at the first use, for its owner alone; its public half lies beside it."""
    path = data_dir / KEY
    try:
        if not path.exists():
            _make(data_dir)
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise Unavailable("audit_key", "{path} cannot be read; put back a copy, or remove it to sign with a new key: "
                          "older checkpoints then need the older public key", path=path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Unavailable("audit_key", "{path} is no Ed25519 key", path=path)
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """A public key from its file."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise Invalid("public_key", "{path}: {strerror}", path=path, strerror=error.strerror) from error
    except ValueError as error:
        raise Invalid("public_key", "{path}: is no public key", path=path) from error
    if not isinstance(key, Ed25519PublicKey):
        raise Invalid("public_key", "{path}: is no Ed25519 key", path=path)
    return key


def _make(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    fresh = data_dir / f"{KEY}.{os.getpid()}.new"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(private)
    try:
        os.link(fresh, data_dir / KEY)  # whole or not at all; whoever comes second uses the first one's key
        (data_dir / PUBLIC_KEY).write_bytes(public)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()

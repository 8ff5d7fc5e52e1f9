"""The backup file: a zip of a manifest and the database, whose last 64 characters are the SHA-256 of all before them.

So every byte is covered before anything is parsed. Who alters a file on purpose can hash it anew: therefore sizes are
bounded before anything is unpacked, and nothing but the two known names is taken.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from kb.errors import Invalid, Unavailable
from kb.messages.message import Message

Show = Callable[[int, int], None]  # called with how many bytes are done, of how many
FORMAT = 1
DATABASE = "kb.sqlite3"
_MANIFEST = "manifest.json"
_SEAL = b"hotline-kb backup sha256="
_DIGITS = 64
_BLOCK = 1 << 20
_MANIFEST_BYTES = 100_000
_NO_BACKUP = Message("is no backup of a knowledge base, or is truncated; name a file that `kb backup` wrote")
_ALTERED = Message("was altered or is damaged; take another copy of this backup, or an older one")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself; ``audit_holds`` is None where the log could not be checked."""

    format: int
    product: str
    schema: str
    created_at: str
    audit_entries: int
    audit_head: str
    audit_holds: bool | None
    counts: Mapping[str, int]
    bytes: int
    sha256: str


_LONGEST_WORD = 100  # characters of what a manifest tells in words


def file_sha256(path: Path) -> str:
    """SHA-256 of a whole file."""
    with path.open("rb") as file:
        return _hash(file, path.stat().st_size)


def pack(target: Path, manifest: Manifest, database: Path, show: Show) -> None:
    """Write the file, readable by its owner alone, and have it on the disk."""
    handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.comment = _SEAL + b"0" * _DIGITS
            archive.writestr(_MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
            with database.open("rb") as source, archive.open(DATABASE, "w", force_zip64=True) as entry:
                done = 0
                while block := source.read(_BLOCK):
                    entry.write(block)
                    done += len(block)
                    show(done, manifest.bytes)
        covered = file.seek(0, os.SEEK_END) - _DIGITS
        file.seek(0)
        seal = _hash(file, covered)
        file.seek(covered)
        file.write(seal.encode())
        file.flush()
        os.fsync(file.fileno())


def unpack(path: Path, target: Path, show: Show, *, ratio: int) -> Manifest:
    """Check the file as a whole, then write its database to ``target``; raises Invalid for any other file."""
    try:
        with path.open("rb") as file:
            _check_seal(path, file)
            with zipfile.ZipFile(file) as archive:
                manifest = _manifest(path, archive)
                _bounds(path, archive, manifest, target, ratio)
                with archive.open(DATABASE) as entry, target.open("xb") as out:
                    done, digest = 0, hashlib.sha256()
                    while block := entry.read(_BLOCK):
                        done += len(block)
                        if done > manifest.bytes:
                            raise _bad(path, _ALTERED)
                        digest.update(block)
                        out.write(block)
                        show(done, manifest.bytes)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError, NotImplementedError, RuntimeError
            ) as error:  # whatever the zip module says of bytes that are no zip, or none of ours
        raise _bad(path, _ALTERED) from error
    if (done, digest.hexdigest()) != (manifest.bytes, manifest.sha256):
        raise _bad(path, _ALTERED)
    return manifest


def _check_seal(path: Path, file: BinaryIO) -> None:
    """The hash at the end covers every byte before it."""
    size = file.seek(0, os.SEEK_END)
    if size < len(_SEAL) + _DIGITS:
        raise _bad(path, _NO_BACKUP)
    file.seek(size - len(_SEAL) - _DIGITS)
    seal = file.read()
    if not seal.startswith(_SEAL):
        raise _bad(path, _NO_BACKUP)
    file.seek(0)
    if _hash(file, size - _DIGITS).encode() != seal[len(_SEAL):]:
        raise _bad(path, _ALTERED)
    file.seek(0)


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    if sorted(archive.namelist()) != sorted((_MANIFEST, DATABASE)):
        raise _bad(path, _NO_BACKUP)
    if archive.getinfo(_MANIFEST).file_size > _MANIFEST_BYTES:
        raise _bad(path, _ALTERED)
    with archive.open(_MANIFEST) as entry:
        given = json.loads(entry.read(_MANIFEST_BYTES + 1))
    if given["format"] != FORMAT:
        raise Unavailable("newer_backup", "{path}: this backup has format {format}, this release reads {known}; "
                          "restore it with release {product}", path=path, format=given["format"], known=FORMAT,
                          product=given.get("product"))
    manifest = Manifest(**given)
    if not isinstance(manifest.bytes, int) or not isinstance(manifest.counts, dict):
        raise _bad(path, _ALTERED)
    told = (manifest.product, manifest.schema, manifest.audit_head, manifest.created_at)
    if not all(isinstance(word, str) and word.isprintable() and len(word) <= _LONGEST_WORD for word in told):
        raise _bad(path, _ALTERED)
    datetime.fromisoformat(manifest.created_at)  # it is told as it stands, and goes into the log
    return manifest


def _bounds(path: Path, archive: zipfile.ZipFile, manifest: Manifest, target: Path, ratio: int) -> None:
    """Refuse what would unpack into more than it says, into too much for its size, or into more than the disk holds."""
    info = archive.getinfo(DATABASE)
    if info.file_size != manifest.bytes:
        raise _bad(path, _ALTERED)
    if info.file_size > ratio * max(info.compress_size, 1):
        raise _bad(path, Message("unpacks into more than {ratio} times its size; if it is sound, raise "
                                 "limits.archive_ratio", ratio=ratio))
    free = shutil.disk_usage(target.parent).free
    if info.file_size > free:
        raise Unavailable("disk_full", "{path}: needs {file_size} bytes in {parent}, where {free} are free; free space "
                          "and try again", path=path, file_size=info.file_size, parent=target.parent.parent, free=free)


def _hash(file: BinaryIO, length: int) -> str:
    """SHA-256 of the next ``length`` bytes."""
    digest = hashlib.sha256()
    while length > 0 and (block := file.read(min(_BLOCK, length))):
        digest.update(block)
        length -= len(block)
    return digest.hexdigest()


def _bad(path: Path, why: Message) -> Invalid:
    return Invalid("bad_backup", "{path}: {why}", path=path, why=why)

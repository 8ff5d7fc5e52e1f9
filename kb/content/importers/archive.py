"""Archives of article folders, .zip and .tar.gz: judged whole by their entries' names and sizes before anything is
unpacked, then unpacked into a folder of their own.

One entry that could write elsewhere, that is no plain file or folder, or that goes beyond the limits refuses the whole
archive. What is no article or list is left in it.
"""

from __future__ import annotations

import gzip
import os
import re
import stat
import tarfile
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from kb.content.importers.attached import FOLDER
from kb.errors import Invalid, Unavailable
from kb.messages.message import Message
from kb.settings import LimitSettings, Settings

_ZIP, _TAR = (".zip",), (".tar.gz", ".tgz", ".tar")
_ARCHIVES = (*_ZIP, *_TAR, ".gz", ".bz2", ".xz", ".7z", ".rar")
_LONGEST_NAME = 200  # bytes; file systems take 255
_TAKEN = (".md", ".yaml")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d|clock\$)(?:\..*)?", re.IGNORECASE)
_CHUNK = 1 << 16
_SMALLEST = 4096  # bytes: below, a compression ratio says nothing


@dataclass(frozen=True, slots=True)
class Entry:
    """What an archive says of one entry before it is read. ``packed`` is None where only the whole is compressed."""

    name: str
    size: int
    packed: int | None
    is_folder: bool
    is_file: bool
    is_encrypted: bool = False


def is_archive(path: Path) -> bool:
    """Whether the path names an archive file."""
    return path.name.lower().endswith(_ZIP + _TAR) and path.is_file()


@contextmanager
def unpacked(path: Path, settings: Settings) -> Iterator[Path]:
    """A folder, named after the archive, with its articles and lists; gone at the end.

    Raises Invalid for an archive that is refused or damaged, Unavailable when there is no room for it.
    """
    try:
        with tempfile.TemporaryDirectory(dir=settings.make_data_dir(), prefix="import-") as folder:
            target = Path(folder, path.name.split(".")[0] or "archive")
            target.mkdir()
            _unpack(path, target, settings.limits)
            yield target
    except OSError as error:
        raise Unavailable("unpack", "{path}: cannot be unpacked: {strerror}", path=path,
                          strerror=error.strerror or error) from error


_FILE = re.compile(f"(?:^|/){FOLDER}/[0-9a-f]{{64}}$")


def _unpack(path: Path, target: Path, limits: LimitSettings) -> None:
    is_zip = path.name.lower().endswith(_ZIP)
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > limits.archive_bytes:
                raise Invalid("archive", "larger than {archive_bytes} bytes (limits.archive_bytes)",
                              archive_bytes=limits.archive_bytes)
            (_unpack_zip if is_zip else _unpack_tar)(file, target, limits)
    except Invalid as error:
        raise Invalid(error.code, "{path}: {reason}; nothing was imported", path=path, reason=error) from error
    except (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise Invalid("archive", "{path}: damaged or no such archive: {error}; nothing was imported", path=path,
                      error=error) from error


def _unpack_zip(file: BinaryIO, target: Path, limits: LimitSettings) -> None:
    with zipfile.ZipFile(file) as archive:
        pairs = [(_zip_entry(info), info) for info in archive.infolist()]
        check_entries((entry for entry, _ in pairs), limits)
        for entry, info in pairs:
            if _is_taken(entry):
                with archive.open(info) as source:
                    _write(target, entry, source)


def _zip_entry(info: zipfile.ZipInfo) -> Entry:
    mode = info.external_attr >> 16  # zero where the archive was made without Unix modes
    kind = stat.S_IFMT(mode)
    return Entry(info.orig_filename.removeprefix("./"), info.file_size, info.compress_size, is_folder=info.is_dir(),
                 is_file=not info.is_dir() and kind in (0, stat.S_IFREG), is_encrypted=bool(info.flag_bits & 1))


def _unpack_tar(file: BinaryIO, target: Path, limits: LimitSettings) -> None:
    """Twice from the beginning: once to judge, once to write."""
    for is_judged in (False, True):
        file.seek(0)
        with _open_tar(file, limits) as archive:
            if is_judged:
                for member in archive:
                    entry = _tar_entry(member)
                    source = archive.extractfile(member) if _is_taken(entry) else None
                    if source is not None:
                        _write(target, entry, source)
            else:
                check_entries((_tar_entry(member) for member in archive if member.name != "."), limits)


def _open_tar(file: BinaryIO, limits: LimitSettings) -> tarfile.TarFile:
    packed = os.fstat(file.fileno()).st_size
    is_packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    largest = min(limits.archive_bytes, max(packed, _SMALLEST) * limits.archive_ratio)
    source = _Bounded(gzip.GzipFile(fileobj=file) if is_packed else file, largest)
    return tarfile.open(fileobj=source, mode="r|")  # type: ignore[call-overload,no-any-return]


def _tar_entry(member: tarfile.TarInfo) -> Entry:
    return Entry(member.name.removeprefix("./"), member.size, None, is_folder=member.isdir(),
                 is_file=member.isreg() and not member.issparse())


class _Bounded:
    """A stream that ends the import when more comes out of it than allowed."""

    def __init__(self, source: IO[bytes] | gzip.GzipFile, largest: int) -> None:
        self._source = source
        self._left = largest

    def read(self, size: int) -> bytes:
        data = self._source.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise Invalid("archive", "unpacks to more than limits.archive_bytes or limits.archive_ratio allow")
        return data


def check_entries(entries: Iterable[Entry], limits: LimitSettings) -> None:
    """Raise Invalid unless every entry is harmless and they stay within the limits together."""
    seen: set[str] = set()
    total = 0
    for count, entry in enumerate(entries, 1):
        key = unicodedata.normalize("NFC", entry.name.rstrip("/")).casefold()
        reason = _fault(entry, limits) or (Message("the name is used twice") if key in seen else None)
        if reason is not None:
            raise Invalid("archive_entry", "entry {name!r}: {reason}", name=entry.name[:200], reason=reason)
        seen.add(key)
        total += entry.size
        if count > limits.archive_entries:
            raise Invalid("archive", "more than {archive_entries} entries (limits.archive_entries)",
                          archive_entries=limits.archive_entries)
        if total > limits.archive_bytes:
            raise Invalid("archive", "unpacks to more than {archive_bytes} bytes (limits.archive_bytes)",
                          archive_bytes=limits.archive_bytes)


def _fault(entry: Entry, limits: LimitSettings) -> Message | None:
    """Why this entry refuses the archive; None when it is harmless."""
    name = entry.name
    parts = name.rstrip("/").split("/")
    if not entry.is_file and not entry.is_folder:
        return Message("a link, device or other special file")
    if "\\" in name or name.startswith("/") or any(part in ("", ".", "..") for part in parts):
        return Message("the path leads out of the archive's folder")
    if any(":" in part or part.endswith((".", " ")) or _DEVICE.fullmatch(part) for part in parts):
        return Message("the name means a drive or device on some systems")
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in name):
        return Message("the name holds invisible characters")
    if len(parts) > limits.archive_depth:
        return Message("deeper than {archive_depth} folders (limits.archive_depth)", archive_depth=limits.archive_depth)
    if any(len(part.encode()) > _LONGEST_NAME for part in parts):
        return Message("a name is longer than {longest_name} bytes", longest_name=_LONGEST_NAME)
    if name.lower().endswith(_ARCHIVES):
        return Message("an archive inside the archive")
    if entry.is_encrypted:
        return Message("encrypted")
    if entry.packed is not None and entry.size > max(entry.packed, _SMALLEST) * limits.archive_ratio:
        return Message("compressed more than {archive_ratio} times (limits.archive_ratio)",
                       archive_ratio=limits.archive_ratio)
    return None


def _is_taken(entry: Entry) -> bool:
    """Articles, lists and attached files; what is hidden, and everything else, stays in the archive."""
    return entry.is_file and (entry.name.lower().endswith(_TAKEN) or _FILE.search(entry.name) is not None) and not any(
        part.startswith((".", "__MACOSX")) for part in entry.name.split("/"))


def _write(target: Path, entry: Entry, source: IO[bytes]) -> None:
    """One entry into its place, never more of it than it claimed."""
    path = target.joinpath(*entry.name.split("/"))
    path.parent.mkdir(parents=True, exist_ok=True)
    left = entry.size
    with path.open("xb") as file:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise Invalid("archive_entry", "entry {name!r}: larger than it claims", name=entry.name[:200])
            file.write(chunk)

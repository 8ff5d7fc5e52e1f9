"""Archives are judged whole before anything is unpacked; what is hostile or too large leaves no trace."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.actor import OPERATOR
from kb.content.importers import Report, import_paths
from kb.db import Database
from kb.errors import Invalid
from kb.models import Article
from kb.settings import Settings, load_settings
from tests.conftest import NOW
from tests.kb.factories import MANAGER

ARTICLE = "---\ntitle: 补卡\n---\n\n免费。".encode()
Entries = dict[str, bytes]


@pytest.fixture
def small(tmp_path: Path) -> Settings:
    """Limits that a test can exceed."""
    return load_settings(tmp_path, {}, data={"dir": str(tmp_path / "data")},
                         limits={"archive_bytes": 1_000_000, "archive_entries": 50, "archive_ratio": 20})


def make_zip(path: Path, entries: Entries) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return path


def make_tar(path: Path, entries: Entries, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in entries.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def imported(database: Database, settings: Settings, path: Path) -> Report:
    return import_paths(database, settings, OPERATOR, [path], now=NOW, approver=MANAGER)


def refusal(database: Database, settings: Settings, path: Path) -> str:
    """Why the archive is refused; nothing may be stored or left on disk."""
    before = {p for p in path.parent.rglob("*") if "kb.sqlite3" not in p.name}
    with pytest.raises(Invalid) as caught:
        imported(database, settings, path)
    assert {p for p in path.parent.rglob("*") if "kb.sqlite3" not in p.name} == before
    with database.reading() as session:
        assert session.query(Article).count() == 0
    assert str(path) in caught.value.message
    assert "nothing was imported" in caught.value.message
    return caught.value.message


@pytest.mark.parametrize(("name", "make"), [
    ("in.zip", make_zip), ("in.tar.gz", make_tar), ("in.tgz", make_tar),
    ("in.tar", lambda path, entries: make_tar(path, entries, "w")), ("IN.ZIP", make_zip),
])
def test_an_archive_is_imported_like_a_folder(database: Database, settings: Settings, tmp_path: Path, name: str,
                                              make: Callable[[Path, Entries], Path]) -> None:
    path = make(tmp_path / name, {
        "hrss/card.md": ARTICLE, "./hrss/other.md": ARTICLE, "hrss/bad.md": b"no title", "hrss/form.pdf": b"%PDF",
        "__MACOSX/hrss/._card.md": b"\x00", ".git/x.md": b"", "departments.yaml": b"departments: []\n"})
    report = imported(database, settings, path)
    assert (report.created, report.unchanged) == (2, 1)
    assert report.failed == [(f"{path}/hrss/bad.md", "line 1: missing field: title")]
    assert [p.name for p in settings.data_dir.iterdir() if "sqlite" not in p.name] == []


@pytest.mark.parametrize("name", [
    "../escape.md", "a/../../escape.md", "/etc/escape.md", "C:/escape.md", "C:escape.md", "..\\escape.md",
    "a\\escape.md", "\\\\server\\escape.md", "a//escape.md", "./../escape.md", "con.md", "a/NUL", "lpt1.md", "a./b.md",
    "a /b.md", "a:stream.md", "hrss/\x07.md", "hrss/x\u202edm.md", "/".join("abcdefghijkl") + "/x.md",
    "a" * 300 + ".md", "hrss/inner.zip", "hrss/inner.tar.gz", "hrss/inner.7z",
])
@pytest.mark.parametrize(("file", "make"), [("in.zip", make_zip), ("in.tar.gz", make_tar)])
def test_fault_17_a_path_that_leads_elsewhere_refuses_the_whole_archive(
    database: Database, settings: Settings, tmp_path: Path, file: str, make: Callable[[Path, Entries], Path], name: str
) -> None:
    path = make(tmp_path / file, {"hrss/card.md": ARTICLE, name: ARTICLE})
    assert "entry " in refusal(database, settings, path)


def test_fault_17_a_name_cut_by_a_null_byte_is_refused(database: Database, settings: Settings, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "in.zip", {"hrss/cardX.md": ARTICLE})
    path.write_bytes(path.read_bytes().replace(b"cardX", b"card\x00"))
    assert "invisible" in refusal(database, settings, path)


def test_fault_17_links_and_devices_are_refused(database: Database, settings: Settings, tmp_path: Path) -> None:
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE):
        path = tmp_path / "in.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            info = tarfile.TarInfo("hrss/card.md")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        assert "link, device" in refusal(database, settings, path)
    link = zipfile.ZipInfo("hrss/card.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as zipped:
        zipped.writestr(link, "/etc/passwd")
    assert "link, device" in refusal(database, settings, tmp_path / "in.zip")


@pytest.mark.parametrize(("file", "make"), [("in.zip", make_zip), ("in.tar.gz", make_tar)])
def test_fault_16_a_bomb_is_refused_before_it_is_unpacked(
    database: Database, small: Settings, tmp_path: Path, file: str, make: Callable[[Path, Entries], Path]
) -> None:
    path = make(tmp_path / file, {"hrss/card.md": ARTICLE, "hrss/bomb.md": b"0" * 900_000})
    assert "archive_ratio" in refusal(database, small, path)


@pytest.mark.parametrize(("file", "make"), [("in.zip", make_zip), ("in.tar.gz", make_tar)])
def test_fault_16_too_many_entries_or_bytes_are_refused(
    database: Database, small: Settings, tmp_path: Path, file: str, make: Callable[[Path, Entries], Path]
) -> None:
    path = make(tmp_path / file, {f"hrss/a{n}.md": ARTICLE for n in range(51)})
    assert "more than 50 entries" in refusal(database, small, path)
    noise = bytes(range(256)) * 1200
    path = make(tmp_path / file, {f"hrss/a{n}.md": noise[n:] for n in range(4)})
    assert "archive_" in refusal(database, small, path)


def test_fault_16_a_size_that_lies_is_found_out(database: Database, settings: Settings, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "in.zip", {"hrss/card.md": ARTICLE * 500})
    size = len(ARTICLE * 500).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (100).to_bytes(4, "little")))
    assert "damaged" in refusal(database, settings, path)


def test_fault_16_an_endless_gzip_stream_is_cut(database: Database, small: Settings, tmp_path: Path) -> None:
    header = tarfile.TarInfo("hrss/card.md")
    header.type = tarfile.XHDTYPE  # an extended header that claims, and has, 20 million bytes
    header.size = 20_000_000
    path = tmp_path / "in.tar.gz"
    path.write_bytes(gzip.compress(header.tobuf() + b"\x00" * 20_000_000))
    assert "unpacks to more" in refusal(database, small, path)


@pytest.mark.parametrize(("name", "data"), [
    ("in.zip", b""), ("in.zip", b"PK\x03\x04 no"), ("in.tar.gz", b""), ("in.tar.gz", b"\x1f\x8b\x08 no"),
    ("in.tar", b"x" * 2000), ("in.tar.gz", gzip.compress(b"x" * 2000, mtime=0)),
])
def test_a_damaged_archive_is_said_to_be_one(database: Database, settings: Settings, tmp_path: Path, name: str,
                                             data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert "damaged" in refusal(database, settings, tmp_path / name)


def test_a_name_used_twice_is_refused(database: Database, settings: Settings, tmp_path: Path) -> None:
    path = make_tar(tmp_path / "in.tar.gz", {"hrss/card.md": ARTICLE, "hrss/Card.md": ARTICLE})
    assert "twice" in refusal(database, settings, path)


def test_an_encrypted_entry_is_refused(database: Database, settings: Settings, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "in.zip", {"hrss/card.md": ARTICLE})
    data = bytearray(path.read_bytes())
    for at in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
        data[at] |= 1
    path.write_bytes(bytes(data))
    assert "encrypted" in refusal(database, settings, path)

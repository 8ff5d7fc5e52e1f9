"""What an attached file is: told from its bytes, from a fixed list, never from its name or from what its sender says.

Nothing is opened or unpacked: of a package of office files only the list of its entries is read, and bounded first.
What could be two things at once is refused: bytes before or after an image, a package with something in front of it, a
text that a browser would take for a page. SVG is a page, and no image.
"""

from __future__ import annotations

import codecs
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO

from kb.errors import Invalid
from kb.settings import LimitSettings
from kb.text import clean_label

LONGEST_NAME = 120  # characters
_UNSAFE = re.compile(r'[\\/:*?"<>|]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_PAGE = re.compile(rb"\s*<(?:!doctype|!--|\?xml|html|head|body|script|svg|style|iframe|meta|link|base|form|object|"
                   rb"embed|math|img|a\s)", re.IGNORECASE)
_OFFICE = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_ODT = b"application/vnd.oasis.opendocument.text"
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file that is taken: its media type, and the endings that its name may have, the usual one first."""

    name: str
    media_type: str
    endings: tuple[str, ...]


TYPES = {kind.name: kind for kind in (
    FileType("pdf", "application/pdf", ("pdf",)), FileType("png", "image/png", ("png",)),
    FileType("jpeg", "image/jpeg", ("jpg", "jpeg")), FileType("webp", "image/webp", ("webp",)),
    FileType("docx", f"{_OPEN_XML}wordprocessingml.document", ("docx",)),
    FileType("xlsx", f"{_OPEN_XML}spreadsheetml.sheet", ("xlsx",)), FileType("odt", _ODT.decode(), ("odt",)),
    FileType("txt", "text/plain", ("txt",)), FileType("csv", "text/csv", ("csv",)))}
TAKEN = ", ".join(ending for kind in TYPES.values() for ending in kind.endings[:1])


def clean_name(name: str) -> str:
    """The file's name without folders, and without what a file system or the eye takes for something else."""
    bare = clean_label(re.split(r"[\\/]", clean_label(name))[-1])
    bare = _UNSAFE.sub("_", bare).strip(". ")
    stem, dot, ending = bare.rpartition(".")
    if not (stem and dot and re.fullmatch(r"[A-Za-z0-9]{1,8}", ending)):
        raise Invalid("attachment_name", "a file needs a name that says what it is: one of {listed}", listed=TAKEN,
                      fields={"name": "no ending"})
    stem = f"_{stem}" if _DEVICE.match(stem) else stem
    return f"{stem[:LONGEST_NAME - len(ending) - 1].rstrip('. ')}.{ending.lower()}"


def type_of(data: bytes, name: str, limits: LimitSettings) -> FileType:
    """The type of these bytes; raises Invalid for one that is not taken, or that the clean name belies."""
    largest = limits.attachment_bytes
    if not 0 < len(data) <= largest:
        if not data:
            raise Invalid("attachment_size", "the file is empty: choose one that holds something",
                          fields={"content": "size"})
        raise Invalid("attachment_size", "the file is larger than {largest} MB, which no attachment may be",
                      largest=f"{largest / 1_000_000:g}", fields={"content": "size"})
    ending = name.rpartition(".")[2]
    kind = _type(data, ending, limits)
    if ending not in TYPES[kind].endings:
        wanted = TYPES[kind].endings[0]
        raise Invalid("attachment_name", "the file is a {wanted} by its content, and its name says {ending}: give it "
                      "its right name", wanted=wanted, ending=ending, fields={"name": "another type"})
    return TYPES[kind]


def _type(data: bytes, ending: str, limits: LimitSettings) -> str:
    if data.startswith(b"%PDF-"):
        return _checked("pdf", b"%%EOF" in data[-1024:])
    if data.startswith(_PNG):
        return _checked("png", _is_whole_png(data))
    if data.startswith(b"\xff\xd8\xff"):
        return _checked("jpeg", data.endswith(b"\xff\xd9"))
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _checked("webp", int.from_bytes(data[4:8], "little") + 8 == len(data))
    if data.startswith(b"PK\x03\x04"):
        return _package(data, limits)
    if _is_text(data):
        if _PAGE.match(data.removeprefix(codecs.BOM_UTF8)):
            raise Invalid("attachment_type", "web pages and drawings (HTML, SVG, XML) are not taken: attach a PDF",
                          fields={"content": "a page"})
        return "csv" if ending == "csv" else "txt"
    raise Invalid("attachment_type", "the file is of no type that is taken; taken are {listed}", listed=TAKEN,
                  fields={"content": "unknown type"})


def _checked(kind: str, is_whole: bool) -> str:
    if not is_whole:
        raise Invalid("attachment_damaged", "the {kind} is cut off, or something follows its end: save it again from "
                      "the program that made it", kind=kind, fields={"content": "damaged"})
    return kind


def _is_whole_png(data: bytes) -> bool:
    """Chunk after chunk, each with its checksum, from the header to an end after which nothing comes."""
    at, first = len(_PNG), True
    while at + 12 <= len(data):
        length, kind = int.from_bytes(data[at:at + 4], "big"), data[at + 4:at + 8]
        end = at + 12 + length
        if end > len(data) or (kind == b"IHDR") is not first or (
                zlib.crc32(data[at + 4:end - 4]) != int.from_bytes(data[end - 4:end], "big")):
            return False
        if kind == b"IEND":
            return end == len(data)
        at, first = end, False
    return False


def _is_text(data: bytes) -> bool:
    """Readable text in UTF-8 or, as spreadsheets here write it, GB 18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text)
    return False


def _package(data: bytes, limits: LimitSettings) -> str:
    """The office file that this zip is, once its list of entries is within bounds."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_entries(archive, entries, data, limits)
            names = {entry.filename for entry in entries}
            if "[Content_Types].xml" in names:
                kind = next((kind for part, kind in _OFFICE.items() if part in names), None)
                if kind is not None:
                    return kind
            first = entries[0]
            if first.filename == "mimetype" and first.file_size == len(_ODT) and archive.read(first) == _ODT:
                return "odt"
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, IndexError,
            struct.error) as error:
        raise Invalid("attachment_damaged", "the file is damaged, or locked by a password: save it again without",
                      fields={"content": "damaged"}) from error
    raise Invalid("attachment_type", "archives are not taken; taken are {listed}", listed=TAKEN,
                  fields={"content": "an archive"})


def _check_entries(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], data: bytes, limits: LimitSettings
                   ) -> None:
    """Refuse what would unpack into too much, holds programs or archives of its own, or is not a zip alone."""
    most, unpacked = limits.attachment_entries, limits.attachment_unpacked_bytes
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > most or total > unpacked or total > limits.archive_ratio * max(packed, 1):
        raise Invalid("attachment_bomb", "the file unpacks into more than {most} parts or {unpacked} bytes "
                      "(limits.attachment_entries, limits.attachment_unpacked_bytes)", most=most, unpacked=unpacked,
                      fields={"content": "too much"})
    wrong = any(entry.flag_bits & 1 or entry.filename.startswith("/") or ".." in entry.filename.split("/")
                or "\\" in entry.filename for entry in entries)
    if wrong or archive.comment or not entries or min(entry.header_offset for entry in entries) != 0 or (
            data.rfind(b"PK\x05\x06") + 22 != len(data)):
        raise zipfile.BadZipFile
    for entry in entries:
        lower = entry.filename.lower()
        if lower.endswith(("vbaproject.bin", ".exe", ".dll", ".js", ".vbs", ".bat", ".jar", ".zip", ".rar", ".7z")) or (
                entry.file_size > 4 and _begins_a_zip(archive, entry)):
            raise Invalid("attachment_parts", "the file holds programs, macros or other archives: save it without them",
                          fields={"content": "programs"})


def _begins_a_zip(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    with archive.open(entry) as part:
        return part.read(4) == b"PK\x03\x04"

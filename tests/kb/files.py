"""Small files of every type that is taken, and of some that are not, made of bytes."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
WEBP = b"RIFF" + struct.pack("<I", 16) + b"WEBPVP8 " + b"\x00" * 8
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = "\ufeff <!DOCTYPE html><script>alert(1)</script>".encode()


def png(*, more: bytes = b"") -> bytes:
    """One grey pixel, and perhaps a comment."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    text = chunk(b"tEXt", more) if more else b""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + text
            + chunk(b"IDAT", zlib.compress(b"\x00\x80")) + chunk(b"IEND", b""))


def package(parts: Mapping[str, bytes | str]) -> bytes:
    """A zip of these parts; those of an office file's kind make it one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return out.getvalue()


def docx(**parts: bytes | str) -> bytes:
    return package({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>", **parts})


XLSX = package({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<w/>"})
ODT = package({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<o/>"})

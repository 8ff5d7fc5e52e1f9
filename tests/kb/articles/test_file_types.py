"""What an attached file is, by its bytes: what is taken under which name, and what is refused whatever it is called."""

from __future__ import annotations

import pytest

from kb.articles.file_types import TYPES, clean_name, type_of
from kb.errors import Invalid
from kb.settings import LimitSettings
from tests.kb.files import HTML, JPEG, ODT, PDF, SVG, WEBP, XLSX, docx, package, png

LIMITS = LimitSettings(attachment_bytes=1_000_000, attachment_entries=50, attachment_unpacked_bytes=2_000_000)
TAKEN = {"a.pdf": PDF, "a.png": png(), "a.jpg": JPEG, "a.jpeg": JPEG, "a.webp": WEBP, "a.docx": docx(), "a.xlsx": XLSX,
         "a.odt": ODT, "a.txt": "办事指南\r\n".encode(), "a.csv": "姓名,电话\r\n".encode("gb18030")}


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_a_file_of_the_list_is_taken_under_its_own_name(name: str) -> None:
    kind = type_of(TAKEN[name], name, LIMITS)
    assert name.rpartition(".")[2] in kind.endings and TYPES[kind.name] is kind


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_fault_04_under_another_ending_a_file_is_refused(name: str) -> None:
    texts = {"txt", "csv"}  # of the same bytes: what they are, only the name says
    for other in {ending for kind in TYPES.values() for ending in kind.endings} | {"exe", "html", "svg"}:
        own = type_of(TAKEN[name], name, LIMITS).endings
        if other in own or (other in texts and set(own) <= texts):
            continue
        with pytest.raises(Invalid, match="its name says"):
            type_of(TAKEN[name], f"a.{other}", LIMITS)


@pytest.mark.parametrize("ending", ["svg", "png", "txt", "html", "xml", "jpg"])
@pytest.mark.parametrize("page", [SVG, HTML, b"<svg onload=alert(1)>", b" \n<html>", b"<!-- x --><script>1</script>"])
def test_fault_03_drawings_with_scripts_and_pages_are_not_taken_as_anything(page: bytes, ending: str) -> None:
    with pytest.raises(Invalid, match="web pages and drawings"):
        type_of(page, f"a.{ending}", LIMITS)


@pytest.mark.parametrize(("name", "data"), [
    ("a.png", png() + HTML), ("a.png", png()[:-4]), ("a.png", png().replace(b"IDAT", b"IDAX")), ("a.pdf", HTML + PDF),
    ("a.pdf", PDF[:-7]), ("a.pdf", PDF + b" " * 2_000), ("a.jpg", JPEG + HTML), ("a.webp", WEBP + HTML),
    ("a.docx", HTML + docx()), ("a.docx", docx() + HTML), ("a.docx", docx()[:-1]), ("a.docx", docx()[:200]),
    ("a.xlsx", b"PK\x03\x04" + b"\x00" * 99), ("a.txt", b"a\x00b"), ("a.txt", b"\x1b[31m"), ("a.txt", b"\xff\xfe\x00"),
    ("a.zip", package({"a.txt": "x"})), ("a.docx", package({"word/document.xml": "x"})),
    ("a.odt", package({"mimetype": "application/vnd.oasis.opendocument.chart"})), ("a.gif", b"GIF89a" + b"\x80" * 9),
    ("a.exe", b"MZ\x90\x00"), ("a.txt", b""),
])
def test_fault_04_what_is_two_things_damaged_or_unknown_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(Invalid):
        type_of(data, name, LIMITS)


def test_a_png_with_a_page_in_its_comment_is_a_png_and_never_more() -> None:
    assert type_of(png(more=b"Comment\x00" + HTML), "a.png", LIMITS).media_type == "image/png"


@pytest.mark.parametrize("parts", [
    {"big": b"\x00" * 2_000_001}, {f"p{n}": "x" for n in range(60)}, {"bomb": b"\x00" * 900_000},
    {"word/embeddings/inner.zip": "x"}, {"word/embeddings/inner.docx": docx()}, {"word/vbaProject.bin": "x"},
    {"x.exe": "x"}, {"../up.xml": "x"}, {"/abs.xml": "x"},
], ids=lambda parts: next(iter(parts)))
def test_fault_16_an_office_file_that_unpacks_into_too_much_or_into_others_is_refused(parts: dict[str, bytes]) -> None:
    with pytest.raises(Invalid) as caught:
        type_of(docx(**parts), "a.docx", LIMITS)
    assert caught.value.facts["fields"]


def test_fault_16_a_package_that_lies_about_its_sizes_is_only_ever_listed() -> None:
    data = docx(bomb=b"\x00" * 900_000)
    lying = data.replace((900_000).to_bytes(4, "little"), (9).to_bytes(4, "little"))
    assert lying != data and len(lying) < 5_000
    try:
        type_of(lying, "a.docx", LIMITS)
    except Invalid as error:
        assert error.code in ("attachment_damaged", "attachment_parts")


@pytest.mark.parametrize(("given", "kept"), [
    ("申请表.PDF", "申请表.pdf"), ("C:\\docs\\表.pdf", "表.pdf"), ("../../etc/表.pdf", "表.pdf"),
    ("a\u202efdp.exe.pdf", "afdp.exe.pdf"), ("a\x00b.pdf", "ab.pdf"), ('a<b>"c|d?.pdf', "a_b__c_d_.pdf"),
    ("CON.pdf", "_CON.pdf"), (" .hidden.pdf. ", "hidden.pdf"), ("长" * 300 + ".docx", "长" * 115 + ".docx"),
    ("ａ．ｐｄｆ", "a.pdf"), ("a\nb.pdf", "a b.pdf"),
])
def test_fault_09_a_files_name_is_cleaned_of_what_deceives(given: str, kept: str) -> None:
    assert clean_name(given) == kept == clean_name(kept)


@pytest.mark.parametrize("name", ["", "pdf", ".pdf", "a.", "a.b c", "表", "a.longending", "/"])
def test_a_name_that_says_nothing_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="says what it is"):
        clean_name(name)

"""What a file is by its content, the picture of an image, and names that are safe to keep."""

import io
import zipfile

import pytest
from PIL import Image

from perennial.files.content import type_of
from perennial.files.file import clean_name
from perennial.files.picture import MOST_PIXELS, picture
from perennial.kernel import Invalid


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def image(kind: str, size: tuple[int, int] = (6, 4), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


KNOWN = [
    ("a.pdf", b"%PDF-1.4", "application/pdf"),
    ("a.png", image("PNG"), "image/png"),
    ("a.JPG", image("JPEG"), "image/jpeg"),
    ("a.webp", image("WEBP"), "image/webp"),
    ("a.gif", image("GIF"), "image/gif"),
    (
        "a.docx",
        zipped("[Content_Types].xml", "word/document.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("a.xlsx", zipped("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("a.ofd", zipped("OFD.xml", "Doc_0/Document.xml"), "application/ofd"),
    ("a.zip", zipped("b.txt"), "application/zip"),
    ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "application/x-ole-storage"),
    ("a.txt", "合同".encode("gb18030"), "text/plain"),
    ("a.csv", "名称,金额\n".encode(), "text/plain"),
    ("a.dwg", b"AC1032\x00\x00\x01\x02", "application/octet-stream"),
    ("a", b"\x00\x01", "application/octet-stream"),
    ("a.zip", b"PK\x03\x04 broken", "application/zip"),
]


@pytest.mark.parametrize(("name", "content", "expected"), KNOWN)
def test_the_type_comes_from_the_content(name: str, content: bytes, expected: str) -> None:
    assert type_of(io.BytesIO(content), name) == expected


REFUSED = [
    ("a.exe", b"MZ\x90\x00", "files.refused"), ("a.pdf", b"MZ\x90\x00", "files.refused"),
    ("a", b"\x7fELF\x02", "files.refused"), ("a.txt", b"#!/bin/sh\n", "files.refused"),
    ("a.txt", b"  <!DOCTYPE HTML><script>", "files.refused"), ("a.svg", b"<svg onload=x>", "files.refused"),
    ("a.xml", b'<?xml version="1.0"?>\n<!-- x --><svg/>', "files.refused"),
    ("a.html", b"\xef\xbb\xbf<html>", "files.refused"), ("a.pdf", b"hello", "files.not_what_it_says"),
    ("a.png", image("JPEG"), "files.not_what_it_says"), ("a.docx", zipped("b.txt"), "files.not_what_it_says"),
    ("a.jpg", b"%PDF-1.4", "files.not_what_it_says"), ("a.txt", b"\x00\x01", "files.not_what_it_says"),
    ("a.html", b"hello <script>", "files.refused"), ("a.XHTML", b"<x/>", "files.refused"),
    ("合同.pdf.js", b"alert(1)", "files.refused"), ("a.bat", b"del *", "files.refused"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "code"), REFUSED)
def test_programs_pages_and_wrong_names_are_refused(name: str, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        type_of(io.BytesIO(content), name)
    assert caught.value.code == code
    assert caught.value.facts["name"] == name


def test_a_picture_has_a_small_one_that_stands_upright() -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    Image.new("RGB", (800, 400), "red").save(out, "JPEG", exif=exif)
    found = picture(out, "image/jpeg", "a.jpg")
    assert found is not None
    with Image.open(io.BytesIO(found.thumb)) as small:
        assert (small.format, small.size, dict(small.getexif())) == ("WEBP", (160, 320), {})
    assert picture(io.BytesIO(b"%PDF-1"), "application/pdf", "a.pdf") is None


def test_damaged_and_huge_images_are_refused() -> None:
    whole = image("PNG", (50, 50))
    for content in (whole[: len(whole) // 2], whole[:20]):
        with pytest.raises(Invalid) as caught:
            picture(io.BytesIO(content), "image/png", "a.png")
        assert caught.value.code == "files.broken_image"
    for side in (8_000, 20_000):  # a few kilobytes that claim more pixels than anybody needs
        bomb = io.BytesIO()
        Image.new("1", (side, side)).save(bomb, "PNG")
        assert side * side > MOST_PIXELS
        with pytest.raises(Invalid) as caught:
            picture(bomb, "image/png", "a.png")
        assert caught.value.code == "files.large_image"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\Temp\\合同.pdf", "合同.pdf"), ("../../etc/passwd", "passwd"), ("a\u202egpj.exe", "agpj.exe"),
        ("a\r\nb.txt", "ab.txt"), (" .. ", "file"), ("", "file"), ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)  # fmt: skip
def test_names_are_safe_to_keep(given: str, kept: str) -> None:
    assert clean_name(given) == kept

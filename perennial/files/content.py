"""What a file is, by its content: the name and the browser are not believed."""

import zipfile
from pathlib import PurePath
from typing import BinaryIO

from perennial.kernel import Invalid, Words

FILE_BYTES = 50 * 1024 * 1024
OTHER = "application/octet-stream"
TEXT = "text/plain"
# shown in the page; everything else is downloaded
INLINE = ("application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", TEXT)

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (_OLE, "application/x-ole-storage"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"ID3", "audio/mpeg"),
    (b"{\\rtf", "application/rtf"),
)
_ZIPPED = (
    ("word/", _OFFICE + "wordprocessingml.document"),
    ("xl/", _OFFICE + "spreadsheetml.sheet"),
    ("ppt/", _OFFICE + "presentationml.presentation"),
    ("OFD.xml", "application/ofd"),
)
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"#!")
# names by which a computer runs a text
_RUN = frozenset("bat cmd com cpl exe hta jar js jse lnk msi ps1 reg scr sh url vb vbe vbs wsf wsh".split())
_SHOWN = frozenset("htm html mht mhtml shtml svg xht xhtml".split())
_PAGES = (b"<!doctype html", b"<html", b"<script", b"<svg", b"<?xml-stylesheet", b"<iframe", b"<body", b"<head")
# what an extension promises; one that is not here promises nothing
_PROMISES: dict[str, tuple[str, ...]] = {
    "pdf": ("application/pdf",), "png": ("image/png",), "jpg": ("image/jpeg",), "jpeg": ("image/jpeg",),
    "gif": ("image/gif",), "webp": ("image/webp",), "bmp": ("image/bmp",), "tif": ("image/tiff",),
    "tiff": ("image/tiff",), "heic": ("image/heic",), "ofd": ("application/ofd",), "zip": ("application/zip",),
    "docx": (_ZIPPED[0][1], "application/x-ole-storage"), "xlsx": (_ZIPPED[1][1], "application/x-ole-storage"),
    "pptx": (_ZIPPED[2][1], "application/x-ole-storage"), "doc": ("application/x-ole-storage", "application/rtf"),
    "xls": ("application/x-ole-storage", TEXT), "ppt": ("application/x-ole-storage",), "rar": ("application/vnd.rar",),
    "7z": ("application/x-7z-compressed",), "txt": (TEXT,), "csv": (TEXT,),
}  # fmt: skip

_NAMES = {
    "application/pdf": Words("PDF", "a PDF"), TEXT: Words("文本", "a text"),
    "application/zip": Words("压缩包", "an archive"),
    _ZIPPED[0][1]: Words("Word 文档", "a Word document"), _ZIPPED[1][1]: Words("Excel 工作簿", "an Excel workbook"),
    _ZIPPED[2][1]: Words("PowerPoint 演示文稿", "a PowerPoint presentation"),
    "application/x-ole-storage": Words("旧版 Office 文件", "an old Office file"),
    "application/vnd.rar": Words("压缩包", "an archive"), "application/x-7z-compressed": Words("压缩包", "an archive"),
    "video/mp4": Words("视频", "a video"),
}  # fmt: skip


def type_of(stream: BinaryIO, name: str) -> str:
    """The media type of a content; Invalid when it is a program or a page, or is not what its name promises."""
    stream.seek(0)
    head = stream.read(8192)
    found = _detected(stream, head)
    extension = PurePath(name).suffix.lstrip(".").lower()
    _refuse_active(head, found, name, extension)
    promised = _PROMISES.get(extension)
    if promised is not None and found not in promised:
        raise Invalid("files.not_what_it_says", name=name, extension=extension, what=_in_words(found))
    return found


def _detected(stream: BinaryIO, head: bytes) -> str:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "image/heic" if head[8:12] in (b"heic", b"heix", b"mif1", b"hevc") else "video/mp4"
    for start, type_ in _HEADS:
        if head.startswith(start):
            return _zipped(stream) if type_ == "application/zip" else type_
    return TEXT if _is_text(head) else OTHER


def _zipped(stream: BinaryIO) -> str:
    """Office documents are archives: their first members say which."""
    try:
        with zipfile.ZipFile(stream) as archive:
            names = [one.filename for one in archive.infolist()[:2000]]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return "application/zip"
    finally:
        stream.seek(0)
    return next((type_ for start, type_ in _ZIPPED if any(one.startswith(start) for one in names)), "application/zip")


def _is_text(head: bytes) -> bool:
    if any(byte < 32 and byte not in b"\t\n\r\x0c\x1b" for byte in head):
        return False
    for encoding in ("utf-8", "gb18030"):
        for cut in range(4):  # a character may be cut at the end
            try:
                head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return True
    return False


def _in_words(type_: str) -> Words:
    if type_.startswith("image/"):
        return Words("图片", "an image")
    return _NAMES.get(type_, Words("其他类型的文件", "a file of another kind"))


def _refuse_active(head: bytes, found: str, name: str, extension: str) -> None:
    """What would run on a colleague's computer or in their browser."""
    if head.startswith(_PROGRAMS) or extension in _RUN:
        raise Invalid("files.refused", name=name, what=Words("可执行程序", "a program"))
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<?xml"):
        start = start.partition(b"?>")[2].lstrip()
    while start.startswith(b"<!--"):
        start = start.partition(b"-->")[2].lstrip()
    page = start.startswith(_PAGES) or start.startswith(b"<!doctype svg")
    if extension in _SHOWN or (found in (TEXT, OTHER) and page):
        raise Invalid("files.refused", name=name, what=Words("网页", "a web page"))

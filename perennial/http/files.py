"""Files: uploaded once, then served only through the record and field that names them."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import quote

from fastapi import File as Upload
from fastapi import Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from perennial import files, records
from perennial.files import File
from perennial.http.edge import InTx, Router

router = Router(tags=["files"])

Thumb = Annotated[bool, Query(description="a small picture of an image, when there is one")]
Download = Annotated[bool, Query(description="never shown in the page")]
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'"


class FileOut(BaseModel):
    """What a record keeps of a file; send it (or `{"file": id}`) as an item of the field's value."""

    file: int
    name: str
    type: str
    size: int
    width: int | None = None
    height: int | None = None


class UploadedOut(FileOut):
    """`sha256`: of its content."""

    sha256: str


@router.post("/files", status_code=201)
def upload_file(tx: InTx, file: Annotated[UploadFile, Upload()]) -> UploadedOut:
    """A file of mine. Until a record names it nobody else sees it, and it goes after a day."""
    made = files.add(tx, file.file, file.filename or "file")
    return UploadedOut(**made.told(), sha256=made.sha256)


@router.get("/files/{file_id}")
def read_upload(tx: InTx, request: Request, file_id: int, thumb: Thumb = False, download: Download = False) -> Response:
    """A file that I have uploaded and no record names yet."""
    return served(request, records.upload(tx, file_id), thumb, download)


@router.get("/forms/{form}/{record_id}/files/{field}/{file_id}")
def read_file(
    tx: InTx, request: Request, form: str, record_id: int, field: str, file_id: int,
    thumb: Thumb = False, download: Download = False,
) -> Response:  # fmt: skip
    """A file that this field of this record names, also in an earlier version of a certificate."""
    return served(request, records.file(tx, form, record_id, field, file_id), thumb, download)


def served(request: Request, file: File, thumb: bool, download: bool) -> Response:
    """Shown in the page where it is safe to, by its content and not by its name. The browser may keep it, asking each
    time whether it may still see it."""
    small = thumb and file.thumb is not None
    etag = f'"{file.sha256[:32]}{"-t" if small else ""}"'
    inline = not download and (small or file.type in files.INLINE)
    media = "image/webp" if small else file.type if inline else "application/octet-stream"
    headers = {
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Content-Disposition": disposition(file.name, inline=inline),
        "Content-Security-Policy": _POLICY,
        "X-Frame-Options": "SAMEORIGIN",
        "X-Content-Type-Options": "nosniff",
    }
    if etag in (request.headers.get("if-none-match") or ""):
        return Response(status_code=304, headers=headers)
    if not small:
        headers["Content-Length"] = str(file.size)
    return StreamingResponse(_begun(files.read(file, thumb=small)), media_type=_charset(media), headers=headers)


def _charset(media: str) -> str:
    """A text is shown as what most are; one in GB18030 is read well after a download."""
    return "text/plain; charset=utf-8" if media == "text/plain" else media


def _begun(content: Iterator[bytes]) -> Iterator[bytes]:
    """The first chunk is read before the reply begins: what is missing or damaged is an error, not half a file."""
    first = next(content, b"")

    def parts() -> Iterator[bytes]:
        yield first
        yield from content

    return parts()


def disposition(name: str, *, inline: bool) -> str:
    """RFC 6266: the name in UTF-8, and one in ASCII for who cannot read that."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%;' else "_" for c in name)
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"

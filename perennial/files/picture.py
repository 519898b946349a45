"""Size and thumbnail of an image, within bounds: a small file may claim a billion pixels."""

import io
import warnings
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from perennial.kernel import Invalid

MOST_PIXELS = 60_000_000
THUMB_PIXELS = 320  # the longer side
_READ = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP", "image/bmp": "BMP"}


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    thumb: bytes  # WebP


def picture(stream: BinaryIO, type_: str, name: str) -> Picture | None:
    """None for a file that is no image we can read. The thumbnail stands upright and has no metadata."""
    if type_ not in _READ:
        return None
    stream.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(stream, formats=[_READ[type_]]) as image:
                width, height = image.size
                if width * height > MOST_PIXELS:
                    raise Invalid("files.large_image", name=name, pixels=width * height, most=MOST_PIXELS)
                image.draft("RGB", (THUMB_PIXELS * 2, THUMB_PIXELS * 2))  # JPEG: decode small at once
                small = ImageOps.exif_transpose(image)
                small.thumbnail((THUMB_PIXELS, THUMB_PIXELS))
                kept = small.convert("RGBA" if "A" in small.mode or "transparency" in small.info else "RGB")
    except Image.DecompressionBombError as error:
        raise Invalid("files.large_image", name=name, pixels=2 * MOST_PIXELS, most=MOST_PIXELS) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
        raise Invalid("files.broken_image", name=name) from error
    out = io.BytesIO()
    kept.save(out, "WEBP", quality=80)
    return Picture(width, height, out.getvalue())

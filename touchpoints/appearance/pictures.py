"""Pictures that members upload, made into what public pages may show.

Nothing of a file is kept as it came: it is read, turned upright, made no larger than a page needs and written anew, so
that neither programs in it nor where it was taken leave the house.
"""

import hashlib
import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Protocol

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from prm.organisations.models import Organisation
from prm.work.errors import Invalid
from prm.work.texts import make_storable
from touchpoints.appearance.models import Picture

LARGEST_FILE = 10 * 1024 * 1024
# Of what it holds once it is unpacked: a small file can hold a picture that fills the memory.
MOST_PIXELS = 40_000_000
# The longer side of what is kept.
LONGEST_SIDE, LONGEST_LOGO_SIDE = 1800, 480
ACCEPTED = ("JPEG", "PNG", "WEBP", "GIF")
ACCEPTED_TYPES = "image/jpeg,image/png,image/webp,image/gif"


class Upload(Protocol):
    """What a browser sent, as Django gives it."""

    @property
    def name(self) -> str | None:
        """What the file is called there."""

    @property
    def size(self) -> int | None:
        """How large it is, in bytes."""

    def read(self) -> bytes:
        """Return all of it."""


@dataclass(frozen=True)
class Made:
    """A picture ready to be kept."""

    content_type: str
    width: int
    height: int
    content: bytes

    @property
    def digest(self) -> str:
        """What tells it from others."""
        return hashlib.sha256(self.content).hexdigest()[:40]


def make_picture(content: bytes, *, longest_side: int = LONGEST_SIDE) -> Made:
    """Return a picture written anew; raise Invalid, in words, for what is none, or too much of one.

    A JPEG stays one (every network shows it beside a link); anything else becomes WebP, see-through where it was.
    """
    if not 0 < len(content) <= LARGEST_FILE:
        raise Invalid(_("A picture has at most ten megabytes, and is not empty."))
    try:
        with warnings.catch_warnings():
            # Size is judged below; the library would only warn.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=ACCEPTED) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise Invalid(_("This picture has too many pixels: make it smaller than 40 million."))
                return _write(opened, longest_side)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Invalid(
            _("We cannot show this: give a JPEG, PNG, WebP or GIF (SVG can hold programs: export it as PNG).")
        ) from error


def _write(opened: Image.Image, longest_side: int) -> Made:
    is_photo = opened.format == "JPEG"
    opened.draft("RGB", (2 * longest_side, 2 * longest_side))
    picture = ImageOps.exif_transpose(opened)
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    picture = picture.convert("RGBA" if has_alpha and not is_photo else "RGB")
    picture.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    written = BytesIO()
    if is_photo:
        picture.save(written, "JPEG", quality=84, optimize=True, progressive=True)
    else:
        picture.save(written, "WEBP", quality=88, method=4)
    content_type = "image/jpeg" if is_photo else "image/webp"
    return Made(content_type, picture.width, picture.height, written.getvalue())


def keep_picture(organisation: Organisation, upload: Upload, *, longest_side: int = LONGEST_SIDE) -> Picture:
    """Keep what was uploaded, once however often it comes. Raises Invalid for what is no picture."""
    if (upload.size or 0) > LARGEST_FILE:
        raise Invalid(_("A picture has at most ten megabytes, and is not empty."))
    made = make_picture(upload.read(), longest_side=longest_side)
    picture, _is_new = Picture.objects.get_or_create(
        organisation=organisation,
        digest=made.digest,
        defaults={
            "name": make_storable((upload.name or "").rpartition("/")[2])[-160:] or made.digest,
            "content_type": made.content_type,
            "width": made.width,
            "height": made.height,
            "size": len(made.content),
            "content": made.content,
        },
    )
    return picture

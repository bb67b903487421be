"""Single values as registers write them: texts, codes, days, départements. No model is loaded for them."""

import re
from datetime import date, timedelta

from django.utils import timezone

from prm.work.texts import make_storable

# What registers write in place of a value that the company keeps private; never a value.
MASKS = frozenset({"[NON-DIFFUSIBLE]", "[ND]"})


def text_of(value: object, limit: int = 250) -> str | None:
    """Read a text; masks, blanks and other types are not known."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    text = " ".join(make_storable(str(value)).split())
    return text[:limit] if text and text not in MASKS else None


def code_of(value: object, limit: int) -> str | None:
    """Read a code; one that is too long to be one is not known."""
    text = text_of(value)
    return text if text is not None and len(text) <= limit else None


def digits_of(value: object, length: int) -> str | None:
    """Read a number of exactly so many digits, such as a SIREN."""
    text = re.sub(r"\s", "", text_of(value) or "")
    return text if len(text) == length and text.isascii() and text.isdigit() else None


def number_of(value: object) -> int | None:
    """Read a count."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def day_of(value: object, *, latest: timedelta = timedelta(days=366)) -> str | None:
    """Read a day, ISO. 1900-01-01 stands for unknown; years no company has are errors of the register."""
    text = text_of(value)
    try:
        day = date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
    if day is None or day == date(1900, 1, 1) or day.year < 1500 or day > timezone.localdate() + latest:
        return None
    return day.isoformat()


def department_of(*, commune: str | None, postcode: str | None) -> str | None:
    """Return the département of a commune (INSEE code), else of a postcode.

    The commune is surer: postcodes of CEDEX and of border towns may belong to a neighbour.
    """
    if commune and re.fullmatch(r"(\d\d|2[AB])\d{3}", commune):
        return commune[:3] if commune[:2] in {"97", "98"} else commune[:2]
    if not postcode or not re.fullmatch(r"\d{5}", postcode):
        return None
    if postcode[:2] in {"97", "98"}:
        return postcode[:3]
    if postcode[:2] == "20":
        return "2A" if postcode[2] in "01" else "2B"
    return postcode[:2]

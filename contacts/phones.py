"""What a telephone number says by itself: its kind, and where it is from. Asks nobody.

By the numbering plans that phonenumbers ships. Its table of towns is left alone: it takes 100 MB of every process, and
French numbers may be used anywhere in the country since 2023.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from babel import Locale
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from phonenumbers import PhoneNumberType

HOME = "FR"


class PhoneKind(StrEnum):
    """What kind of line a number leads to."""

    MOBILE = "mobile"
    FIXED = "fixed"
    # Countries where the number does not tell, as in North America.
    FIXED_OR_MOBILE = "fixed_or_mobile"
    VOIP = "voip"
    TOLL_FREE = "toll_free"
    SHARED_COST = "shared_cost"
    PREMIUM = "premium"
    OTHER = "other"
    # No line of any plan: a digit too few, a prefix nobody has.
    INVALID = "invalid"


KIND_WORDS: dict[PhoneKind, str | Promise] = {
    PhoneKind.MOBILE: _("mobile"),
    PhoneKind.FIXED: _("fixed line"),
    PhoneKind.FIXED_OR_MOBILE: _("fixed line or mobile"),
    PhoneKind.VOIP: _("internet line"),
    PhoneKind.TOLL_FREE: _("free number"),
    PhoneKind.SHARED_COST: _("number with shared cost"),
    PhoneKind.PREMIUM: _("premium rate"),
    PhoneKind.OTHER: _("special number"),
    PhoneKind.INVALID: _("not a number in service"),
}

_KINDS = {
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE: PhoneKind.FIXED,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.FIXED_OR_MOBILE,
    PhoneNumberType.VOIP: PhoneKind.VOIP,
    PhoneNumberType.TOLL_FREE: PhoneKind.TOLL_FREE,
    PhoneNumberType.SHARED_COST: PhoneKind.SHARED_COST,
    PhoneNumberType.PREMIUM_RATE: PhoneKind.PREMIUM,
}
# Where fixed lines of France were given out, by the digit after the 0.
_ZONES: dict[str, str | Promise] = {
    "1": _("Île-de-France"),
    "2": _("north-west of France"),
    "3": _("north-east of France"),
    "4": _("south-east of France"),
    "5": _("south-west of France"),
}


@dataclass(frozen=True)
class PhoneFacts:
    """What a number says: `region` is a country's two letters, `zone` the digit of a French fixed line; "" for none."""

    kind: PhoneKind
    region: str = ""
    zone: str = ""

    @property
    def words(self) -> str:
        """Say it: "mobile", "fixed line, Île-de-France", "mobile, Belgium"."""
        said = [str(KIND_WORDS[self.kind])]
        if self.zone:
            said.append(str(_ZONES[self.zone]))
        elif self.region and self.region != HOME:
            said.append(_country(self.region, get_language() or "en"))
        return ", ".join(said)


@lru_cache(maxsize=4096)
def read_phone(number: str) -> PhoneFacts | None:
    """Return what a number as it is stored says; None for none, and for text that was never a number."""
    if not number.startswith("+"):
        return None
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return PhoneFacts(PhoneKind.INVALID)
    if not phonenumbers.is_valid_number(parsed):
        return PhoneFacts(PhoneKind.INVALID)
    region = phonenumbers.region_code_for_number(parsed) or ""
    kind = _KINDS.get(phonenumbers.number_type(parsed), PhoneKind.OTHER)
    zone = number[3] if kind == PhoneKind.FIXED and region == HOME and number[3] in _ZONES else ""
    # "001" stands for numbers of no country.
    return PhoneFacts(kind, region if region.isalpha() else "", zone)


@lru_cache(maxsize=512)
def _country(region: str, language: str) -> str:
    return str(Locale.parse(language.replace("-", "_")).territories.get(region, region))


# What conditions ask: as much of the above as the digits tell without the plans of all countries.
KIND_SQL = (
    "CASE WHEN c.phone = '' THEN NULL WHEN left(c.phone, 1) <> '+' THEN 'other'"
    " WHEN left(c.phone, 3) <> '+33' THEN 'foreign' WHEN length(c.phone) <> 12 THEN 'other'"
    " WHEN substr(c.phone, 4, 1) IN ('6', '7') THEN 'mobile'"
    " WHEN substr(c.phone, 4, 1) IN ('1', '2', '3', '4', '5') THEN 'fixed'"
    " WHEN substr(c.phone, 4, 1) = '9' THEN 'voip' ELSE 'other' END"
)
KIND_CHOICES: list[tuple[str, str | Promise]] = [
    ("mobile", KIND_WORDS[PhoneKind.MOBILE]),
    ("fixed", KIND_WORDS[PhoneKind.FIXED]),
    ("voip", KIND_WORDS[PhoneKind.VOIP]),
    ("foreign", _("number of another country or overseas")),
    ("other", KIND_WORDS[PhoneKind.OTHER]),
]

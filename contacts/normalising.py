"""One writing for each value, so that the same thing is found again: pure functions, no database.

Each takes what a person, a file or a program gave. What cannot be used raises UnusableValueError with a code of
`REASONS`; an empty value gives "".
"""

import math
import re
import unicodedata
from functools import lru_cache
from typing import Any

import phonenumbers
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from email_validator import EmailNotValidError, validate_email
from stdnum.fr import siret as siret_numbers

from prm.work.texts import is_storable

REASONS: dict[str, str | Promise] = {
    "bad_email": _("This is not an e-mail address."),
    "bad_siren": _("A SIREN has nine digits, the last of which is a check digit."),
    "bad_siret": _("A SIRET has fourteen digits, the last of which is a check digit."),
    "bad_domain": _("This is not a web domain."),
    "bad_choice": _("Write yes or no."),
    "bad_number": _("This is not a number."),
    "bad_date": _("This is not a date, or it is not written in the order chosen."),
    "bad_json": _("This is not JSON."),
    "not_text": _("This is not a text."),
    "large_number": _("This number is too large to be kept exactly."),
    "unknown_choice": _("This is not one of the choices."),
    "too_long": _("This is too long."),
    "bad_text": _("This holds characters that cannot be stored."),
    "bad_tags": _("Tags are at most 50 names of at most 60 characters, separated by semicolons."),
    "bad_properties": _("Properties are a JSON object of at most 20,000 characters, nested at most 6 deep."),
}

# Country of a number written without its prefix, by the organisation's time zone.
_REGIONS = {
    "Europe/Brussels": "BE",
    "Europe/Luxembourg": "LU",
    "Europe/Zurich": "CH",
    "Europe/London": "GB",
    "Europe/Dublin": "IE",
    "Europe/Madrid": "ES",
    "Europe/Rome": "IT",
    "Europe/Berlin": "DE",
    "Europe/Amsterdam": "NL",
    "Europe/Lisbon": "PT",
    "America/Montreal": "CA",
    "America/Toronto": "CA",
    "America/New_York": "US",
    "Africa/Casablanca": "MA",
    "Africa/Tunis": "TN",
    "Africa/Algiers": "DZ",
    "Africa/Dakar": "SN",
    "Africa/Abidjan": "CI",
}
DEFAULT_REGION = "FR"

LONGEST_PROPERTIES = 20_000
DEEPEST_PROPERTIES = 6
LONGEST_PROPERTY_NAME = 120


class UnusableValueError(ValueError):
    """A value that cannot be taken; `reason` is a key of REASONS."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)

    @property
    def message(self) -> str | Promise:
        """What is wrong, for people."""
        return REASONS[self.reason]


def region_of(time_zone: str) -> str:
    """Return the country in which an organisation's telephone numbers are written."""
    return _REGIONS.get(time_zone, DEFAULT_REGION)


# --- Text -------------------------------------------------------------------------------------------


def clean_text(value: str, longest: int) -> str:
    """Return text without the blanks around it."""
    text = value.strip()
    if len(text) > longest:
        raise UnusableValueError("too_long")
    if not is_storable(text):
        raise UnusableValueError("bad_text")
    return text


def clean_properties(value: Any) -> dict[str, Any]:
    """Return free properties as they are, if PostgreSQL can hold them."""
    if not isinstance(value, dict):
        raise UnusableValueError("bad_properties")
    room = _check_json(value, DEEPEST_PROPERTIES, LONGEST_PROPERTIES)
    if room < 0 or any(len(key) > LONGEST_PROPERTY_NAME or not key.strip() for key in value):
        raise UnusableValueError("bad_properties")
    return value


def _check_json(value: Any, depth: int, room: int) -> int:
    """Return how many characters are left of `room`; negative: too large."""
    if depth < 0 or room < 0:
        return -1
    if isinstance(value, str):
        if not is_storable(value):
            raise UnusableValueError("bad_text")
        return room - len(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise UnusableValueError("bad_properties")
    if isinstance(value, int) and abs(value) > 10**400:
        return -1
    parts: list[Any] = []
    if isinstance(value, dict):
        parts = [*value.keys(), *value.values()]
    elif isinstance(value, list):
        parts = value
    for part in parts:
        room = _check_json(part, depth - 1, room)
    return room - 4


# --- E-mail, telephone --------------------------------------------------------------------------------

# Addresses of the usual form; the library, which knows all others, takes fifty times as long.
_USUAL_EMAIL = re.compile(
    r"(?=[^@]{1,64}@)(?=.{6,254}\Z)(?!.*--)"
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}",
    re.ASCII,
)
_IN_BRACKETS = re.compile(r"[^<>]*<([^<>]+)>")
_LONGEST_EMAIL = 254


def normalise_email(value: str) -> str:
    """Return an address in lower case; its syntax is checked, nothing is asked of the network."""
    text = value.strip().lower().removeprefix("mailto:")
    if not text:
        return ""
    if _USUAL_EMAIL.fullmatch(text):
        return text
    return _careful_email(text)


def _careful_email(text: str) -> str:
    bracketed = _IN_BRACKETS.fullmatch(text)
    try:
        # Not "globally deliverable": test networks use reserved domains.
        found = validate_email(
            bracketed[1] if bracketed else text, check_deliverability=False, globally_deliverable=False
        )
    except (EmailNotValidError, UnicodeError) as error:
        raise UnusableValueError("bad_email") from error
    address = found.normalized.lower()
    if "." not in found.domain or len(address) > _LONGEST_EMAIL or not is_storable(address):
        raise UnusableValueError("bad_email")
    return address


_PUNCTUATION = str.maketrans("", "", " .-/()\u00a0\u202f\u2009\u2011\u2013'")
_FRENCH = re.compile(r"(?:0|(?:\+|00)33(?:\(?0\)?)?)([1-79]\d{8})", re.ASCII)


def normalise_phone(value: str, region: str = DEFAULT_REGION, longest: int = 40) -> str:
    """Return a number as E.164 where it can be understood, else as it was given."""
    text = value.strip()
    if not text:
        return ""
    if region == "FR" or text.startswith(("+33", "0033")):
        french = _FRENCH.fullmatch(text.translate(_PUNCTUATION))
        if french:
            return f"+33{french[1]}"
    return _careful_phone(text, region) or clean_text(text, longest)


@lru_cache(maxsize=4096)
def _careful_phone(text: str, region: str) -> str:
    if len(text) > 60:
        return ""
    try:
        number = phonenumbers.parse("+" + text[2:] if text.startswith("00") else text, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number) or number.extension:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# --- Companies ---------------------------------------------------------------------------------------

_NOT_DIGITS = re.compile(r"[\s.\u00a0\u202f-]+")
_VAT = re.compile(r"FR[0-9A-Z]{2}(\d{9})", re.ASCII | re.IGNORECASE)


def normalise_siren(value: str) -> str:
    """Return nine digits. Takes a VAT number, spaces, and the leading zeros that spreadsheets drop."""
    digits = siren_digits(value)
    if digits and not _has_check_digit(digits):
        raise UnusableValueError("bad_siren")
    return digits


def siren_digits(value: str) -> str:
    """Return nine digits whose check digit may be wrong: the register has a few such numbers."""
    text = _NOT_DIGITS.sub("", value.strip()).removesuffix(",0")
    if not text:
        return ""
    vat = _VAT.fullmatch(text)
    digits = vat[1] if vat else text
    if len(digits) == 8 and digits.isdecimal() and digits.isascii():
        digits = digits.zfill(9)
    if len(digits) != 9 or not (digits.isascii() and digits.isdecimal()):
        raise UnusableValueError("bad_siren")
    return digits


_DOUBLED = {str(digit): sum(divmod(2 * digit, 10)) for digit in range(10)}


def _has_check_digit(digits: str) -> bool:
    """Tell whether the last of these digits is right by Luhn's formula (as stdnum.luhn, ten times as fast)."""
    if not (digits.isascii() and digits.isdecimal()):
        return False
    return (sum(map(int, digits[::-2])) + sum(map(_DOUBLED.__getitem__, digits[-2::-2]))) % 10 == 0


def normalise_siret(value: str) -> str:
    """Return fourteen digits; La Poste's own rule is known."""
    digits = _NOT_DIGITS.sub("", value.strip())
    if not digits:
        return ""
    if len(digits) == 13 and digits.isdecimal() and digits.isascii():
        digits = digits.zfill(14)
    if not siret_numbers.is_valid(digits):
        raise UnusableValueError("bad_siret")
    return digits


LONGEST_POSTCODE = 10


def normalise_postcode(value: str, *, region: str = "FR") -> str:
    """Return a postcode without blanks and country: "F-44 000" is "44000"; Excel's "1000" is "01000" in France."""
    text = "".join(value.split()).upper()
    text = re.sub(r"^F(?:R|RANCE)?-?(?=[0-9]{5}$)", "", text)
    if len(text) > LONGEST_POSTCODE:
        raise UnusableValueError("too_long")
    is_cut = region == "FR" and len(text) == 4 and text.isascii() and text.isdecimal()
    return text.zfill(5) if is_cut else text


_DOMAIN = re.compile(r"(?=.{4,250}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.ASCII)


@lru_cache(maxsize=65_536)
def normalise_domain(value: str) -> str:
    """Return the bare domain of a web address: "https://www.Solvane.fr/contact" is "solvane.fr"."""
    text = value.strip().lower()
    if not text:
        return ""
    text = text.partition("://")[2] or text
    text = text.rpartition("@")[2]
    host = re.split(r"[/?#:]", text, maxsplit=1)[0].strip(".").removeprefix("www.")
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError as error:
            raise UnusableValueError("bad_domain") from error
    if not _DOMAIN.fullmatch(host):
        raise UnusableValueError("bad_domain")
    return host


# What a company is, not what it is called: taken off both ends of a name, the foreign forms off its end only.
_FRENCH_FORMS = frozenset(
    (
        *("sarl", "sas", "sasu", "sa", "eurl", "sci", "snc", "scop", "scic", "scp", "scm", "scs", "sca", "selarl"),
        *("selas", "selasu", "selafa", "gie", "gip", "eirl", "earl", "gaec"),
    )
)
_FORMS = _FRENCH_FORMS | frozenset(
    ("inc", "llc", "ltd", "limited", "plc", "corp", "gmbh", "ag", "kg", "bv", "nv", "srl", "spa", "oy", "ab", "aps")
)
_INITIALS = re.compile(r"\b(?:\w\.){2,}(?:\w\b)?")


@lru_cache(maxsize=65_536)
def company_key(name: str) -> str:
    """Return what a company's name is matched by: no accents, case, punctuation or legal form.

    "S.A.R.L. Fonderies du Val-d'Ource" and "FONDERIES DU VAL D’OURCE" are both "fonderies du val d ource".
    """
    plain = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("Œ", "OE").replace("&", " et ")).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    joined = _INITIALS.sub(lambda match: match[0].replace(".", ""), plain)
    words = "".join(letter if letter.isalnum() else " " for letter in joined).split()
    bare = list(words)
    while len(bare) > 1 and bare[-1] in _FORMS:
        bare.pop()
    while len(bare) > 1 and bare[0] in _FRENCH_FORMS:
        bare.pop(0)
    return (" ".join(bare) or plain.strip())[:250]


# --- Yes and no, languages --------------------------------------------------------------------------------

_YES = frozenset(["1", "y", "yes", "o", "oui", "true", "t", "v", "vrai", "x", "on", "wahr", "si", "sí", "ok"])
_NO = frozenset(["0", "n", "no", "non", "false", "f", "faux", "off"])


@lru_cache(maxsize=1024)
def read_yes_no(value: str) -> bool:
    """Return what a "yes" or "no" of either language says; empty is no."""
    word = value.strip().casefold()
    if word in _YES:
        return True
    if not word or word in _NO:
        return False
    raise UnusableValueError("bad_choice")


_LANGUAGES = {"francais": "fr", "french": "fr", "anglais": "en", "english": "en"}


@lru_cache(maxsize=1024)
def normalise_language(value: str) -> str:
    """Return the two letters of a language written as code, with a country, or in words; else nothing."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", value.strip().casefold())
        if not unicodedata.combining(letter)
    )
    code = _LANGUAGES.get(plain) or re.split(r"[-_]", plain)[0]
    return code if re.fullmatch(r"[a-z]{2}", code) else ""

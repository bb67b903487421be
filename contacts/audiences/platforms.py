"""What a line of a platform's file is made of: pure functions, with the platforms' own rules.

Google Ads, Customer Match
    Headers, in English, and what is hashed: https://support.google.com/google-ads/answer/7659867 and
    https://support.google.com/google-ads/answer/7476159 (a CSV in UTF-8; "Email", "Phone", "First Name", "Last Name",
    "Country", "Zip"; SHA-256 of e-mail, telephone and names in lower case without blanks around or inside; country
    and postcode as they are). Addresses: https://developers.google.com/data-manager/api/devguides/concepts/formatting
    ("cloudy.sanfrancisco+shopping@gmail.com" is "cloudysanfrancisco@gmail.com": dots and what follows a plus go at
    gmail.com and googlemail.com, and nowhere else; telephone numbers are E.164 with the plus).
Meta, Custom Audiences
    Headers ("email", "phone", "fn", "ln", "zip", "country"): https://www.facebook.com/business/help/2082575038703844.
    Hashing: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (SHA-256 of every
    one of them in lower case; addresses trimmed, with their dots and pluses; telephone numbers digits only, with the
    country and without leading zeros; names without punctuation; postcodes without blanks; countries as two letters).

Neither takes a salt: whoever has the same address finds the same hash, which is what the platforms do with it.
So a file is no anonymous one.
"""

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contacts.audiences.models import Columns, Platform

HEADERS: dict[str, tuple[str, ...]] = {
    Platform.GOOGLE: ("Email", "Phone", "First Name", "Last Name", "Country", "Zip"),
    Platform.META: ("email", "phone", "fn", "ln", "country", "zip"),
}
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True)
class Person:
    """What a line is made of, as it stands in the base."""

    email: str
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    postcode: str = ""
    # Two letters.
    country: str = ""


def header_of(platform: str, columns: str) -> tuple[str, ...]:
    """Return the first line."""
    return HEADERS[platform] if columns == Columns.ALL else HEADERS[platform][:1]


def cells_of(platform: str, columns: str, person: Person) -> tuple[str, ...]:
    """Return a person's line; the hash of the address comes first."""
    email = hash_email(platform, person.email)
    if columns != Columns.ALL:
        return (email,)
    if platform == Platform.META:
        return (
            email,
            _hash(_plain_phone(person.phone).removeprefix("+")),
            _hash(meta_name(person.first_name)),
            _hash(meta_name(person.last_name)),
            _hash(person.country.lower()),
            _hash("".join(person.postcode.lower().split())),
        )
    return (
        email,
        _hash(_plain_phone(person.phone)),
        _hash(google_name(person.first_name)),
        _hash(google_name(person.last_name)),
        person.country.upper(),
        " ".join(person.postcode.upper().split()),
    )


def hash_email(platform: str, email: str) -> str:
    """Return the hash of an address, normalised as the platform asks; "" for none."""
    return _hash(google_email(email) if platform == Platform.GOOGLE else email.strip().lower())


def google_email(email: str) -> str:
    """Return an address in lower case, without blanks; at Gmail without dots and what follows a plus."""
    local, at, domain = "".join(email.lower().split()).rpartition("@")
    if domain in _DOTLESS:
        local = local.partition("+")[0].replace(".", "")
    return f"{local}{at}{domain}"


def google_name(name: str) -> str:
    """Return a name in lower case, with no blank more than one between words."""
    return " ".join(name.lower().split())


def meta_name(name: str) -> str:
    """Return a name in lower case without punctuation and blanks; letters keep their accents."""
    text = unicodedata.normalize("NFC", name).lower()
    return "".join(letter for letter in text if letter.isalnum())


def _plain_phone(phone: str) -> str:
    """Return a number in E.164; "" for one that is not, which no platform could match."""
    return phone if _E164.fullmatch(phone) else ""


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def csv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """Return lines of a file: UTF-8, commas."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()

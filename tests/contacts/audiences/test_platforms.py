"""Lines of files have what Google and Meta document, to the letter."""

import hashlib

import pytest

from contacts.audiences.models import Columns, Platform
from contacts.audiences.platforms import (
    Person,
    cells_of,
    csv_bytes,
    google_email,
    google_name,
    hash_email,
    header_of,
    meta_name,
)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        # Google's own examples.
        ("cloudy.sanfrancisco+shopping@gmail.com", "cloudysanfrancisco@gmail.com"),
        ("user.name+NYC@Example.com", "user.name+nyc@example.com"),
        ("A.B@GoogleMail.com", "ab@googlemail.com"),
        ("  ann @ acme.fr ", "ann@acme.fr"),
        ("a.b@notgmail.com", "a.b@notgmail.com"),
    ],
)
def test_an_address_as_google_wants_it(given: str, kept: str) -> None:
    assert google_email(given) == kept
    assert hash_email(Platform.GOOGLE, given) == sha(kept)


def test_an_address_as_meta_wants_it() -> None:
    assert hash_email(Platform.META, " A.B+c@Gmail.com ") == sha("a.b+c@gmail.com")


def test_no_address_has_no_hash() -> None:
    assert hash_email(Platform.GOOGLE, "") == hash_email(Platform.META, "") == ""


def test_names() -> None:
    assert google_name("  Jean   Paul ") == "jean paul"
    assert meta_name("Jean-Paul d'Été") == "jeanpauldété"


PERSON = Person("Ann.Lee@gmail.com", "+33612345678", "Ann", "Lee", "75 002", "FR")


def test_a_whole_line_for_google() -> None:
    assert header_of(Platform.GOOGLE, Columns.ALL) == ("Email", "Phone", "First Name", "Last Name", "Country", "Zip")
    assert cells_of(Platform.GOOGLE, Columns.ALL, PERSON) == (
        *(sha("annlee@gmail.com"), sha("+33612345678"), sha("ann"), sha("lee")),
        *("FR", "75 002"),
    )


def test_a_whole_line_for_meta() -> None:
    assert header_of(Platform.META, Columns.ALL) == ("email", "phone", "fn", "ln", "country", "zip")
    assert cells_of(Platform.META, Columns.ALL, PERSON) == tuple(
        sha(one) for one in ("ann.lee@gmail.com", "33612345678", "ann", "lee", "fr", "75002")
    )


def test_what_is_not_known_stays_empty() -> None:
    bare = Person("ann@acme.fr", "06 12")
    assert cells_of(Platform.GOOGLE, Columns.ALL, bare) == (sha("ann@acme.fr"), "", "", "", "", "")
    assert cells_of(Platform.META, Columns.ALL, bare) == (sha("ann@acme.fr"), "", "", "", "", "")
    assert cells_of(Platform.META, Columns.EMAIL, PERSON) == (sha("ann.lee@gmail.com"),)


def test_a_file_is_utf8_with_commas() -> None:
    assert csv_bytes([("Email", "Zip"), ("a", "1,2")]) == b'Email,Zip\r\na,"1,2"\r\n'

"""Files of IP addresses as their makers test them are read right. Skipped where they are absent."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from enrichment.providers.ip_organisation import IpOrganisation, OwnerKind

FOLDER = Path(settings.BASE_DIR).parent / "shared" / "data" / "mmdb"
FILES = [str(path) for path in sorted(FOLDER.glob("*.mmdb"))]

pytestmark = [pytest.mark.real, pytest.mark.skipif(not FILES, reason="the files are not here")]


def test_every_kind_of_file_is_read(settings: Any) -> None:
    settings.IP_DATABASES = FILES
    files = IpOrganisation().list_files()
    assert [one.problem for one in files] == [""] * 3
    assert {one.type for one in files} == {"GeoLite2-ASN", "GeoIP2-ISP", "GeoIP2-Domain"}


@pytest.mark.parametrize(
    ("ip", "organisation", "number", "kind"),
    [
        ("1.128.0.1", "Telstra Internet", 1221, OwnerKind.CARRIER),
        ("1.0.0.1", "Google Inc.", 15169, OwnerKind.HOSTER),
        ("12.81.92.1", "AT&T Services", 7018, OwnerKind.CARRIER),
        ("4.1.1.1", "Level 3 Communications", None, OwnerKind.CARRIER),
    ],
)
def test_carriers_and_hosters_are_told_apart(
    settings: Any, ip: str, organisation: str, number: int | None, kind: OwnerKind
) -> None:
    settings.IP_DATABASES = FILES
    owner = IpOrganisation().who_is(ip)
    assert owner is not None
    assert (owner.organisation, owner.number, owner.kind) == (organisation, number, kind)

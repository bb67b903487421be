"""The organisation behind an IP address, by files made here."""

from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from enrichment.providers.ip_organisation import OWN_SCORE, WEAK_SCORE, IpOrganisation, OwnerKind
from enrichment.providers.outcomes import Found, NotFound, Question
from prm.work.errors import Invalid
from tests.conftest import World


def write(path: Path, type_: str, networks: dict[str, dict[str, Any]]) -> str:
    writer = MMDBWriter(6, type_, languages=["en"], description="made for a test", ipv4_compatible=True)
    for network, values in networks.items():
        writer.insert_network(IPSet([network]), values)
    writer.to_db_file(str(path))
    return str(path)


def system(number: int, organisation: str) -> dict[str, Any]:
    return {"autonomous_system_number": number, "autonomous_system_organization": organisation}


@pytest.fixture
def asn_file(tmp_path: Path, settings: Any) -> str:
    """Write a small file of autonomous systems and let the installation use it."""
    path = write(
        tmp_path / "asn.mmdb",
        "Small-ASN",
        {
            "185.10.16.0/22": system(64500, "Fonderies Vernay SA"),
            "90.0.0.0/9": system(3215, "Opérateur X"),
            "51.68.0.0/16": system(64501, "OVH SAS"),
            "5.5.0.0/16": system(64502, "Ardennes Telecom"),
            "2a02:2000::/32": system(64500, "Fonderies Vernay SA"),
        },
    )
    settings.IP_DATABASES = [path]
    return path


@pytest.mark.parametrize(
    ("ip", "organisation", "kind", "network"),
    [
        ("185.10.17.9", "Fonderies Vernay SA", OwnerKind.ORGANISATION, "185.10.16.0/22"),
        ("::ffff:185.10.17.9", "Fonderies Vernay SA", OwnerKind.ORGANISATION, "185.10.16.0/22"),
        ("2a02:2000::1", "Fonderies Vernay SA", OwnerKind.ORGANISATION, "2a02:2000::/32"),
        # By its number, whatever it is called.
        ("90.1.2.3", "Opérateur X", OwnerKind.CARRIER, "90.0.0.0/9"),
        ("51.68.1.1", "OVH SAS", OwnerKind.HOSTER, "51.68.0.0/16"),
        ("5.5.5.5", "Ardennes Telecom", OwnerKind.CARRIER, "5.5.0.0/16"),
    ],
)
def test_an_address_names_its_organisation_and_what_that_is_worth(
    asn_file: str, ip: str, organisation: str, kind: OwnerKind, network: str
) -> None:
    owner = IpOrganisation().who_is(ip)
    assert owner is not None
    assert (owner.organisation, owner.kind, owner.network) == (organisation, kind, network)
    assert owner.is_weak == (kind != OwnerKind.ORGANISATION)
    outcome = IpOrganisation().ask(Question(ip=ip))
    assert isinstance(outcome, Found)
    assert (outcome.record.name, outcome.score) == (organisation, WEAK_SCORE if owner.is_weak else OWN_SCORE)


def test_a_customer_of_a_carrier_is_told_from_it(tmp_path: Path, settings: Any) -> None:
    provider = {"isp": "Orange", "autonomous_system_number": 3215, "autonomous_system_organization": "Orange"}
    path = write(
        tmp_path / "isp.mmdb",
        "Small-ISP",
        {
            "80.10.0.0/24": {**provider, "organization": "Comptoir du Littoral"},
            "80.10.1.0/24": {**provider, "organization": "Orange"},
        },
    )
    settings.IP_DATABASES = [path]
    kinds = [owner.kind if (owner := IpOrganisation().who_is(ip)) else None for ip in ("80.10.0.1", "80.10.1.1")]
    assert kinds == [OwnerKind.ORGANISATION, OwnerKind.CARRIER]


def test_several_files_are_read_together(asn_file: str, tmp_path: Path, settings: Any) -> None:
    domains = write(tmp_path / "domain.mmdb", "Small-Domain", {"185.10.16.0/23": {"domain": "vernay.example"}})
    settings.IP_DATABASES = [asn_file, domains]
    owner = IpOrganisation().who_is("185.10.17.9")
    assert owner is not None
    assert (owner.organisation, owner.domain, owner.network) == (
        "Fonderies Vernay SA",
        "vernay.example",
        "185.10.16.0/23",
    )


def test_what_the_files_do_not_know_is_not_found(asn_file: str) -> None:
    assert IpOrganisation().who_is("8.8.4.4") is None
    assert IpOrganisation().ask(Question(ip="8.8.4.4")) == NotFound()
    assert IpOrganisation().ask(Question(ip="10.0.0.1")) == NotFound()
    assert IpOrganisation().ask(Question(siren="732829320")) == NotFound()


@pytest.mark.parametrize(
    ("text", "words"), [("x", "not an IP address"), ("192.168.1.4", "private"), ("::1", "private")]
)
def test_what_is_no_public_address_is_refused(asn_file: str, text: str, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        IpOrganisation().who_is(text)
    assert words in str(refusal.value.fields["ip"])


def test_files_that_cannot_be_read_are_said_and_do_no_harm(asn_file: str, tmp_path: Path, settings: Any) -> None:
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(b"not a database")
    settings.IP_DATABASES = [str(broken), str(tmp_path / "gone.mmdb"), asn_file]
    provider = IpOrganisation()
    owner = provider.who_is("185.10.17.9")
    assert owner is not None
    assert owner.organisation == "Fonderies Vernay SA"
    assert [(one.name, bool(one.problem)) for one in provider.list_files()] == [
        ("broken.mmdb", True), ("gone.mmdb", True), ("asn.mmdb", False),
    ]  # fmt: skip
    assert provider.state().is_available


def test_a_file_that_is_replaced_is_read_anew(asn_file: str, tmp_path: Path) -> None:
    provider = IpOrganisation()
    assert provider.who_is("185.10.17.9") is not None
    new = write(tmp_path / "new.mmdb", "Small-ASN", {"9.9.0.0/16": {"autonomous_system_organization": "Brume SAS"}})
    Path(new).replace(asn_file)
    assert provider.who_is("185.10.17.9") is None
    owner = provider.who_is("9.9.9.9")
    assert owner is not None
    assert owner.organisation == "Brume SAS"


def test_without_a_file_nothing_is_guessed(world: World, settings: Any) -> None:
    settings.IP_DATABASES = []
    assert IpOrganisation().who_is("8.8.8.8") is None
    assert not IpOrganisation().state().is_available
    text = world.client(world.admin).get(world.path("enrichment/addresses/")).content.decode()
    assert "No file is there" in text


def test_an_admin_tries_an_address(world: World, asn_file: str) -> None:
    client, path = world.client(world.admin), world.path("enrichment/addresses/")
    text = client.get(path, {"ip": " 90.1.2.3 "}).content.decode()
    assert "not who uses them" in text
    assert "AS3215" in text
    assert "A guess, never a proof" in client.get(path, {"ip": "185.10.17.9"}).content.decode()
    refused = client.get(path, {"ip": "10.1.1.1"})
    assert (refused.status_code, "private network" in refused.content.decode()) == (422, True)
    assert client.get(path, {"ip": ""}).status_code == 422
    assert world.client(world.marketer).get(path).status_code == 403

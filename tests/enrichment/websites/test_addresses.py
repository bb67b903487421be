"""Which addresses a website may have."""

from typing import Any

import pytest

from prm.outside.addresses import is_allowed

REFUSED = [
    *(
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
    ),
    *(
        "100.64.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "192.0.2.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
    ),
    *("255.255.255.255", "168.63.129.16", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::a9fe:a9fe"),
    *("2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "100::1", "", "localhost", "2130706433", "0x7f.1", "127.1"),
    # ISATAP: an IPv4 address of ours within a network of anybody's.
    *("2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a00:1"),
]


@pytest.mark.parametrize("address", REFUSED)
def test_our_own_network_is_never_asked(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "51.68.1.1", "172.32.0.1", "100.128.0.1", "2a02:2000::1", "2606:4700::1"]
)
def test_public_addresses_are(address: str) -> None:
    assert is_allowed(address)


def test_the_setting_of_tests_opens_loopback_and_nothing_else(settings: Any) -> None:
    settings.WEBSITES_LOOPBACK_PORT = 8099
    assert is_allowed("127.0.0.1")
    assert [address for address in REFUSED if is_allowed(address)] == ["127.0.0.1", "127.8.8.8"]

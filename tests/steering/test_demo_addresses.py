"""Addresses of the demonstration: what a file of its people is refused for, they must not have."""

from contacts.normalising import normalise_domain, normalise_email
from steering.demo import words
from steering.demo.building import _address, _plain


def test_accents_leave_their_letter() -> None:
    assert _address("Émile", "Le Goff", 7, "mecaniqu-2.example") == "e.legoff7@mecaniqu-2.example"
    assert _plain("Œuvre d’Ys") == "oeuvredys"


def test_every_trade_gives_a_domain_that_stays_as_it_is_written() -> None:
    for trade in words.TRADES:
        domain = f"{_plain(trade.names[0])[:8]}-1.example"
        assert normalise_domain(domain) == domain
        assert normalise_email(f"a.b@{domain}") == f"a.b@{domain}"

"""Names and addresses of the demonstration: its own export comes back, and its companies are found by their names."""

import random

from contacts.normalising import company_key, normalise_domain, normalise_email
from prm.organisations.models import Organisation
from steering.demo import words
from steering.demo.building import _address, _company, _plain


def test_accents_leave_their_letter() -> None:
    assert _address("Émile", "Le Goff", 7, "mecaniqu-2.example") == "e.legoff7@mecaniqu-2.example"
    assert _plain("Œuvre d’Ys") == "oeuvredys"


def test_every_trade_gives_a_domain_that_stays_as_it_is_written() -> None:
    for trade in words.TRADES:
        domain = f"{_plain(trade.names[0])[:8]}-1.example"
        assert normalise_domain(domain) == domain
        assert normalise_email(f"a.b@{domain}") == f"a.b@{domain}"


def test_companies_are_known_by_their_names() -> None:
    company = _company(Organisation(), 3, random.Random(1))
    assert company.name_key == company_key(company.name)

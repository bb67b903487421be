"""Whose a domain of e-mail addresses is."""

import socket

import pytest

from enrichment.domains.kinds import DomainKind, company_domain, kind_of, registrable_domain


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("solvane.fr", "solvane.fr"),
        ("mail.eu.solvane.fr", "solvane.fr"),
        ("solvane.co.uk", "solvane.co.uk"),
        ("Paris.Solvane.FR.", "solvane.fr"),
        ("mairie.gouv.fr", "mairie.gouv.fr"),
        ("mail.solvane.example", "solvane.example"),
        ("équipe.fr", "équipe.fr"),
        ("fr", ""),
        ("co.uk", ""),
        ("localhost", ""),
        ("", ""),
        ("..", ""),
    ],
)
def test_what_somebody_registered(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


@pytest.mark.parametrize(
    "host",
    [
        *("gmail.com", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "hotmail.fr", "outlook.fr", "yahoo.fr"),
        *("sfr.fr", "bbox.fr", "neuf.fr", "numericable.fr", "aliceadsl.fr", "club-internet.fr", "gmx.fr", "voila.fr"),
        *("9online.fr", "cegetel.net", "noos.fr", "libertysurf.fr", "tiscali.fr", "dartybox.com", "nordnet.fr"),
        *("tutanota.com", "mailo.com", "hey.com", "pro.orange.fr", "netcourrier.com"),
    ],
)
def test_mailboxes_for_everybody_are_known(host: str) -> None:
    assert kind_of(host) == DomainKind.FREE
    assert company_domain(f"alix@{host}") == ""


def test_disposable_ones_are_known() -> None:
    assert kind_of("yopmail.com") == DomainKind.DISPOSABLE


def test_the_rest_is_a_companys() -> None:
    assert kind_of("solvane.fr") == DomainKind.COMPANY
    assert company_domain("alix@mail.solvane.fr") == "solvane.fr"
    assert company_domain(None) == company_domain("alix") == ""


def test_the_list_of_suffixes_is_never_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    registrable_domain.cache_clear()
    assert registrable_domain("www.exemple.asso.fr") == "exemple.asso.fr"

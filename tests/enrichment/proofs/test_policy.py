"""Who wins, source against source."""

import pytest

from enrichment.proofs.freshness import fresh_until
from enrichment.proofs.policy import Decision, Origin, Policy, Wins, origin_of


@pytest.mark.parametrize(
    ("source", "origin"),
    [
        ("declared", None), ("sirene", Origin.REGISTER), ("insee", Origin.REGISTER), ("partner:acme", Origin.PARTNER),
        ("import 12", Origin.IMPORT), ("api", Origin.IMPORT), ("", Origin.IMPORT), ("domain", Origin.INFERRED),
    ],
)  # fmt: skip
def test_sources_are_of_a_kind(source: str, origin: Origin | None) -> None:
    assert origin_of(source) == origin


@pytest.mark.parametrize(
    ("held", "told", "decision"),
    [
        ("sirene", "sirene", Decision.WRITE), ("import 3", "sirene", Decision.WRITE),
        ("api", "import 3", Decision.WRITE),
        ("sirene", "partner:acme", Decision.PROPOSE), ("partner:acme", "partner:other", Decision.WRITE),
        ("declared", "sirene", Decision.PROPOSE), ("sirene", "declared", Decision.WRITE),
        ("declared", "declared", Decision.WRITE),
    ],
)  # fmt: skip
def test_the_usual_order_is_register_then_partner_then_import(held: str, told: str, decision: Decision) -> None:
    assert Policy().decide("headcount_band", held=held, told=told) == decision


def test_an_organisation_ranks_sources_as_it_likes() -> None:
    policy = Policy(ranks=(Origin.PARTNER, Origin.REGISTER))

    assert policy.decide("city", held="sirene", told="partner:acme") == Decision.WRITE
    assert policy.decide("city", held="partner:acme", told="sirene") == Decision.PROPOSE
    assert policy.decide("city", held="import 3", told="inferred") == Decision.WRITE


def test_the_register_wins_over_a_person_where_it_may_and_nobody_else_does() -> None:
    policy = Policy({"address": Wins.REGISTER})

    assert policy.decide("city", held="declared", told="sirene") == Decision.WRITE
    assert policy.decide("city", held="declared", told="partner:acme") == Decision.PROPOSE
    assert policy.decide("siren", held="declared", told="sirene") == Decision.LEAVE


def test_values_age_as_fast_as_what_they_say() -> None:
    at = "2026-01-01T00:00:00+00:00"

    headcount, city = fresh_until("headcount_band", at), fresh_until("city", at)
    assert headcount is not None
    assert city is not None
    assert (headcount.date().isoformat(), city.date().isoformat()) == ("2027-01-01", "2026-06-30")
    assert fresh_until("siren", at) is None
    assert fresh_until("city", None) is None

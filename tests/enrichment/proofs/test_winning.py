"""What an organisation says of who wins, and the page where it does."""

from typing import Any

import pytest

from contacts.models import Company
from enrichment import services
from enrichment.asking import ask_due_lookups
from enrichment.proofs.models import WinningRule
from enrichment.proofs.policy import Origin, Wins
from enrichment.proofs.rules import get_policy, set_policy
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid
from tests.conftest import World
from tests.enrichment.register import Register

RANKS = ["partner", "register", "import", "inferred"]


def test_without_a_word_it_is_as_usual(scoped: World) -> None:
    policy = get_policy(scoped.organisation)

    assert (policy.wins_of("naf_code"), policy.wins_of("siren")) == (Wins.ASK, Wins.PERSON)
    assert policy.ranks[0] == Origin.REGISTER


def test_what_it_says_counts_for_the_next_answer(scoped: World, register: Register) -> None:
    one = Company.objects.create(
        organisation=scoped.organisation, name="Solvane", name_key="solvane", siren="732829320", headcount_band="21",
        provenance={"headcount_band": {"source": "declared"}},
    )  # fmt: skip
    set_policy(scoped.organisation, wins={"headcount_band": "register"}, ranks=RANKS, by=scoped.admin)

    services.request_lookup(scoped.organisation, company=one, by=scoped.marketer)
    ask_due_lookups(scoped.organisation)

    one.refresh_from_db()
    assert (one.headcount_band, one.provenance["headcount_band"]["source"]) == ("12", "sirene")


def test_a_source_has_one_place(scoped: World) -> None:
    with pytest.raises(Invalid):
        set_policy(scoped.organisation, wins={}, ranks=["partner", "partner", "import", "inferred"], by=scoped.admin)

    assert WinningRule.objects.count() == 0


def form(**changes: str) -> dict[str, str]:
    groups = ("name", "siren", "siret", "domain", "naf_code", "headcount_band", "legal_form", "address")
    return {
        **{f"wins-{group}": "ask" for group in groups},
        **{f"place-{place}": origin for place, origin in enumerate(RANKS, start=1)},
        **changes,
    }


def test_an_admin_says_who_wins(world: World) -> None:
    client = world.client(world.admin)
    path = f"/o/{world.organisation.slug}/enrichment/winning/"
    assert client.get(path).status_code == 200

    answer = client.post(path, form(**{"wins-headcount_band": "register"}))

    assert answer.status_code == 302
    with organisation_scope(world.organisation.pk):
        policy = get_policy(world.organisation)
        assert (policy.wins_of("headcount_band"), policy.wins_of("name")) == (Wins.REGISTER, Wins.ASK)
        assert policy.ranks[:2] == (Origin.PARTNER, Origin.REGISTER)
        assert AuditEntry.objects.filter(action="enrichment.winning").count() == 1
    with organisation_scope(world.twin.pk):
        assert get_policy(world.twin).ranks[0] == Origin.REGISTER


@pytest.mark.parametrize("change", [{"place-1": "import"}, {"wins-address": "nobody"}, {"place-4": "x"}])
def test_what_cannot_be_read_changes_nothing(world: World, change: dict[str, Any]) -> None:
    client = world.client(world.admin)

    answer = client.post(f"/o/{world.organisation.slug}/enrichment/winning/", form(**change))

    assert answer.status_code == 422
    with organisation_scope(world.organisation.pk):
        assert WinningRule.objects.count() == 0

"""The page of an organisation's sources: switches, keys, order, prices, and trying them out."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enrichment.models import SourceChoice, SourceUse
from enrichment.providers.outcomes import Question
from enrichment.providers.registry import ask
from enrichment.sources.keys import find_key
from enrichment.sources.trying import try_sources
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.models import Wakeup
from prm.work.sealing import seal
from tests.conftest import World
from tests.enrichment.insee_service import KEY, Service, place, unit
from tests.enrichment.register import Fault, Register, company

OWN_KEY = "0123456789-abcdef-WXYZ"


def page(world: World, rest: str = "", **how: Any) -> str:
    response = world.client(how.pop("user", world.admin)).get(world.path(f"settings/sources/{rest}"), **how)
    assert response.status_code == 200
    return str(response.content.decode())


def post(world: World, rest: str, data: dict[str, str] | None = None, **how: Any) -> Any:
    return world.client(how.pop("user", world.admin)).post(world.path(f"settings/sources/{rest}"), data or {}, **how)


def card_of(text: str, source: str) -> str:
    """Return one source's part of the page, in plain words."""
    part = text.partition(f'id="source-{source}"')[2].partition("</section>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", part).split()).replace(" ,", ",")


def choice_of(world: World, source: str) -> SourceChoice:
    with organisation_scope(world.organisation.pk):
        return SourceChoice.objects.get(source=source)


def test_the_page_says_of_each_source_how_it_is(world: World, register: Register, insee: Service) -> None:
    text = page(world)

    assert "<b>2 sources</b> are asked" in text
    assert "not here" in card_of(text, "local_directory")
    assert "an operator runs “manage.py load_sirene”" in card_of(text, "local_directory")
    search = card_of(text, "recherche_entreprises")
    assert "available" in search
    assert "500 questions per second" in search
    assert "asked first" in search
    assert "that of this installation" in card_of(text, "insee")
    assert KEY not in text


def test_a_source_without_its_key_says_so(world: World, register: Register, insee: Service, settings: Any) -> None:
    settings.INSEE_API_KEY = ""

    card = card_of(page(world), "insee")

    assert "wants a key" in card
    assert "none yet" in card
    assert "Test this source" not in card


def test_a_key_is_sealed_and_only_its_end_is_shown(world: World, register: Register, insee: Service) -> None:
    response = post(world, "insee/", {"is_on": "on", "key": OWN_KEY, "cost": ""})

    assert response.status_code == 302
    choice = choice_of(world, "insee")
    assert OWN_KEY not in choice.sealed_key
    assert choice.key_ending == "WXYZ"
    with organisation_scope(world.organisation.pk):
        assert find_key("insee", world.organisation.pk) == OWN_KEY
        entry = AuditEntry.objects.get(action="enrichment.source")
        assert OWN_KEY not in f"{entry.before} {entry.after}"
    for text in (page(world), page(world, "insee/")):
        assert OWN_KEY not in text
        assert "WXYZ" in text
    with organisation_scope(world.twin.pk):
        assert find_key("insee", world.twin.pk) == ""


def test_an_empty_key_keeps_the_one_there_is(world: World, register: Register, insee: Service) -> None:
    post(world, "insee/", {"is_on": "on", "key": OWN_KEY, "cost": ""})
    post(world, "insee/", {"key": "", "cost": "0.002"})

    choice = choice_of(world, "insee")
    assert (choice.is_on, choice.key_ending, choice.cost) == (False, "WXYZ", Decimal("0.0020"))


def test_a_key_can_be_removed(world: World, register: Register, insee: Service) -> None:
    post(world, "insee/", {"is_on": "on", "key": OWN_KEY, "cost": ""})

    assert post(world, "insee/forget-key/").status_code == 302
    assert (choice_of(world, "insee").sealed_key, choice_of(world, "insee").key_ending) == ("", "")
    assert post(world, "insee/forget-key/", headers={"accept": "text/html"}).status_code == 409


def test_a_key_that_can_no_longer_be_unsealed_is_asked_for_again(
    world: World, register: Register, insee: Service, settings: Any
) -> None:
    post(world, "insee/", {"is_on": "on", "key": OWN_KEY, "cost": ""})
    with organisation_scope(world.organisation.pk):
        SourceChoice.objects.update(sealed_key=seal("x")[:-6] + "AAAAAA")
    settings.INSEE_API_KEY = ""

    card = card_of(page(world), "insee")

    assert "The key can no longer be read" in card
    assert "wants a key" in card


@pytest.mark.parametrize("key", ["clé-accentuée", "two words", "x" * 501])
def test_what_is_no_key_is_refused_and_nothing_changes(
    world: World, register: Register, insee: Service, key: str
) -> None:
    response = post(world, "insee/", {"is_on": "on", "key": key, "cost": ""})

    assert response.status_code == 422
    assert key not in response.content.decode()
    with organisation_scope(world.organisation.pk):
        assert not SourceChoice.objects.exists()


def test_a_negative_price_is_refused(world: World, register: Register, insee: Service) -> None:
    assert post(world, "insee/", {"is_on": "on", "key": "", "cost": "-1"}).status_code == 422


def test_the_order_is_changed_and_says_so(world: World, register: Register, insee: Service) -> None:
    post(world, "insee/move/", {"way": "up"})

    text = page(world)
    assert text.index('id="source-insee"') < text.index('id="source-recherche_entreprises"')
    assert "asked first" in card_of(text, "insee")
    post(world, "insee/move/", {"way": "up"})
    assert page(world).index('id="source-insee"') < page(world).index('id="source-recherche_entreprises"')
    assert post(world, "insee/move/", {"way": "sideways"}).status_code == 422


def test_use_and_cost_of_the_month_are_shown(world: World, register: Register, insee: Service) -> None:
    post(world, "insee/", {"is_on": "on", "key": "", "cost": "0.25"})
    with organisation_scope(world.organisation.pk):
        SourceUse.objects.create(
            organisation=world.organisation, source="insee", used_on=timezone.localdate(), calls=12
        )
    with organisation_scope(world.twin.pk):
        SourceUse.objects.create(organisation=world.twin, source="insee", used_on=timezone.localdate(), calls=5)

    text = page(world)

    assert "Asked today 12 This month 12, €3 at 0.25 € each" in card_of(text, "insee")
    assert "This month’s questions cost €3." in text


def test_trying_a_source_shows_its_answer_and_the_time(world: World, register: Register, insee: Service) -> None:
    insee.add(unit("356000000", "LA POSTE"), place("35600000000012"))

    waiting = post(world, "insee/test/", headers={"hx-request": "true"}).content.decode()
    assert "A worker asks a harmless question" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    assert insee.calls == []
    with organisation_scope(world.organisation.pk):
        assert Wakeup.objects.filter(queue="source").count() == 1

    assert try_sources(world.organisation) == 1

    text = page(world, "insee/test/", headers={"hx-request": "true"})
    assert re.search(r"It answered in 0(\.\d)? s: LA POSTE, SIREN 356\u202f000\u202f000\.", text)
    assert "every 1s" not in text
    # The whole card follows once, with the state the source is in by now.
    assert 'hx-trigger="load" hx-select="#source-insee" hx-target="#source-insee"' in text
    assert 'hx-trigger="load"' not in page(world)
    assert try_sources(world.organisation) == 0


def test_trying_a_source_that_is_down_says_what_is_wrong(world: World, register: Register, insee: Service) -> None:
    insee.keys.clear()
    post(world, "insee/test/")
    register.lasting_fault = Fault(seconds=2.5)
    post(world, "recherche_entreprises/test/")

    assert try_sources(world.organisation) == 2

    text = page(world)
    assert "It refuses the key" in card_of(text, "insee")
    assert "It did not answer in time." in card_of(text, "recherche_entreprises")


def test_a_source_that_knows_nothing_of_the_question_answers_all_the_same(world: World, register: Register) -> None:
    post(world, "recherche_entreprises/test/")
    try_sources(world.organisation)

    assert re.search(r"It answered in \S+ s\.", card_of(page(world), "recherche_entreprises"))


def test_a_new_key_forgets_what_was_said_of_the_former(world: World, register: Register, insee: Service) -> None:
    insee.keys.clear()
    post(world, "insee/test/")
    try_sources(world.organisation)

    post(world, "insee/", {"is_on": "on", "key": OWN_KEY, "cost": ""})

    assert "It refuses the key" not in card_of(page(world), "insee")


def test_trouble_is_said_in_words_with_its_end(world: World, register: Register, insee: Service) -> None:
    register.lasting_fault = Fault(status=500)
    register.add(company("813290012", "FONDERIES VERNAY"))
    for siren in ("111111118", "222222226", "333333334"):
        with organisation_scope(world.organisation.pk):
            ask(Question(siren=siren), patience=1)

    card = card_of(page(world), "recherche_entreprises")

    assert "unavailable" in card
    assert "It answered with an error of its own." in card
    assert "It is left alone until" in card
    # A test does not disturb it, and says so.
    asked = len(register.asked)
    post(world, "recherche_entreprises/test/")
    assert try_sources(world.organisation) == 1
    assert len(register.asked) == asked
    said = "It was not asked, as it is left alone for the moment: It answered with an error of its own."
    assert said in card_of(page(world), "recherche_entreprises")


@pytest.mark.parametrize("who", ["marketer", "sales", "viewer"])
def test_only_admins_see_and_change_sources(world: World, register: Register, insee: Service, who: str) -> None:
    client = world.client(getattr(world, who))

    assert client.get(world.path("settings/sources/")).status_code == 403
    assert client.post(world.path("settings/sources/insee/"), {"key": OWN_KEY}).status_code == 403
    with organisation_scope(world.organisation.pk):
        assert not SourceChoice.objects.exists()


def test_an_unknown_source_is_not_found(world: World) -> None:
    assert world.client(world.admin).get(world.path("settings/sources/nobody/")).status_code == 404


def test_the_page_stays_within_its_queries(world: World, register: Register, insee: Service) -> None:
    client = world.client(world.admin)
    client.get(world.path("settings/sources/"))

    with CaptureQueriesContext(connection) as queries:
        client.get(world.path("settings/sources/"))

    assert len(queries) <= 12

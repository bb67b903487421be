"""A persona as criteria of the local directory, and what the register cannot be asked."""

from typing import Any

import pytest

from contacts.personas.services import PersonaInput, create_persona
from enrichment.models import DirectoryLoad
from enrichment.persona_criteria import prefill_of
from prm.organisations.scope import organisation_scope
from tests.conftest import World


def asks(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": f"company.{field}", "op": op, "value": value}


@pytest.mark.parametrize(
    ("condition", "params"),
    [
        (asks("naf_division", "in", ["62", "63"]), {"naf": ["62", "63"]}),
        (asks("naf_code", "is", "62.01Z"), {"naf": ["62.01Z"]}),
        (asks("naf_code", "starts_with", "62"), {"naf": ["62"]}),
        (asks("headcount_band", "in", ["12", "11"]), {"headcount_from": ["11"], "headcount_to": ["12"]}),
        (asks("department", "is", "44"), {"department": ["44"]}),
        (asks("legal_form", "is", "5710"), {"legal_form": ["5710"]}),
        (asks("is_closed", "is", False), {}),
        ({"not": asks("is_closed", "is", True)}, {}),
        ({"any": [asks("naf_division", "is", "62"), asks("naf_code", "is", "70.22Z")]}, {"naf": ["62", "70.22Z"]}),
        ({"all": [asks("naf_division", "is", "62"), asks("department", "in", ["44", "49"])]},
         {"naf": ["62"], "department": ["44", "49"]}),
    ],
)  # fmt: skip
def test_what_the_register_knows_becomes_criteria(scoped: World, condition: dict[str, Any], params: Any) -> None:
    persona = create_persona(scoped.organisation, values=PersonaInput("DSI", condition), by=scoped.marketer)

    found = prefill_of(persona)

    assert (found.params, found.unasked) == (params, ())


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"field": "job_title", "op": "contains", "value": "DSI"}, "job title contains “DSI”"),
        (asks("headcount_band", "in", ["11", "21"]), "headcount is one of"),
        (asks("naf_code", "is_not", "62.01Z"), "activity code (NAF) is not “62.01Z”"),
        (asks("city", "is", "Nantes"), "city is “Nantes”"),
        ({"any": [asks("naf_division", "is", "62"), asks("department", "is", "44")]}, "activity (NAF division) is"),
    ],
)
def test_what_it_does_not_know_is_named(scoped: World, condition: dict[str, Any], said: str) -> None:
    persona = create_persona(scoped.organisation, values=PersonaInput("DSI", condition), by=scoped.marketer)

    found = prefill_of(persona)

    assert found.params == {}
    assert said in found.unasked[0]


def test_two_lists_of_activities_are_not_mixed(scoped: World) -> None:
    condition = {"all": [asks("naf_division", "is", "62"), asks("naf_code", "is", "62.01Z")]}
    persona = create_persona(scoped.organisation, values=PersonaInput("DSI", condition), by=scoped.marketer)

    found = prefill_of(persona)

    assert found.params == {"naf": ["62"]}
    assert len(found.unasked) == 1


def test_a_persona_fills_the_criteria_in_and_the_rest_is_said(directory: DirectoryLoad, world: World) -> None:
    condition = {"all": [asks("naf_division", "is", "46"), {"field": "job_title", "op": "contains", "value": "DSI"}]}
    with organisation_scope(world.organisation.pk):
        persona = create_persona(world.organisation, values=PersonaInput("DSI", condition), by=world.marketer)
    client = world.client(world.marketer)
    page = client.get(world.path("enrichment/find/")).content.decode()
    assert f'href="?naf=46&amp;persona={persona.pk}"' in page

    text = " ".join(client.get(world.path(f"enrichment/find/?naf=46&persona={persona.pk}")).content.decode().split())

    assert "<b>1 company</b> matches" in text
    assert "The register does not know what this persona asks beside that:" in text
    assert "Job title contains “DSI”" in text

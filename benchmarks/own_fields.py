"""Fields of an organisation's own: conditions about them, counting them, and working out everybody's degree."""

from typing import Any

from django.db import connection, transaction

from benchmarks.timing import Result, median_seconds, seconds
from contacts.fields.models import CustomField, Option, Weight
from contacts.fields.queries import count_uses
from contacts.fields.services import FieldInput, create_field
from contacts.fields.weighing import measure
from contacts.models import Contact
from contacts.qualification import recompute
from contacts.segments.matching import ask, count_people
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope

CONDITION: dict[str, Any] = {
    "all": [
        {"field": "custom.budget", "op": "gte", "value": 10_000},
        {"field": "custom.trades", "op": "any_of", "value": ["usinage", "soudure"]},
        {"field": "custom.call", "op": "lt", "value": "2027-01-01"},
    ]
}
_VALUES = """
UPDATE contacts_contact SET custom = jsonb_build_object(
    'budget', id %% 50000, 'call', to_char(date '2026-01-01' + (id %% 700)::int, 'YYYY-MM-DD'),
    'trades', CASE id %% 3
        WHEN 0 THEN '["usinage"]'::jsonb WHEN 1 THEN '["fonderie", "soudure"]' ELSE '["fonderie"]' END
) WHERE organisation_id = %s
"""


def measure_own_fields(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """Conditions about three own fields and what is counted over everybody, against a plain scan of the contacts."""
    with organisation_scope(organisation.pk):
        _define(organisation)
        with connection.cursor() as cursor:
            cursor.execute(_VALUES, [organisation.pk])
        question = ask(organisation, CONDITION)
        assert not question.problems, question.problems
        floor = median_seconds(_scan, 5)
        counting = median_seconds(lambda: count_people(question), 5)
        uses = median_seconds(lambda: count_uses(organisation, "contact"), 3)
        report = median_seconds(lambda: measure(organisation), 3)
        found = f"{count_people(question):,} of {size:,}; uses {uses * 1000:.0f} ms, report {report * 1000:.0f} ms"
        return [
            Result("own fields, counted", size, counting, floor, counting / floor, 3.0, note=found),
            _measure_recompute(organisation, size, floor),
        ]


def _measure_recompute(organisation: Organisation, size: int, floor: float) -> Result:
    """A change of weights that changes everybody's degree, then one that changes nothing."""
    Weight.objects.create(organisation=organisation, code="custom.budget", weight=10)
    changed = 0

    def work() -> None:
        nonlocal changed
        with transaction.atomic():
            changed = recompute(organisation)

    first, again = seconds(work), seconds(work)
    note = f"floor: a scan; again with nothing new {again:.2f} s"
    return Result("degrees recomputed", size, first, floor, first / floor, 60.0, note=note)


def _scan() -> None:
    """Read the own values of everybody."""
    Contact.objects.filter(custom__contained_by={}).count()


def _define(organisation: Organisation) -> None:
    if CustomField.objects.exists():
        return
    for label, kind, choices in (
        ("Budget", "number", ()),
        ("Call", "date", ()),
        ("Trades", "choices", ("Usinage", "Fonderie", "Soudure")),
    ):
        given = FieldInput(label, kind, choices=[Option("", one) for one in choices])
        create_field(organisation, subject="contact", given=given, by="benchmark")

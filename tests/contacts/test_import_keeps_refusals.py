"""Whatever files say, undone or not: who said no, whose address was refused and who was erased stays so."""

import csv
import io
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.consent.models import Act, ConsentState, Source
from contacts.consent.services import add_starting_purposes, record_consents
from contacts.importing.undoing import can_be_undone
from contacts.models import Contact, Suppression, SuppressionReason
from contacts.suppressions import address_key, record_suppression
from prm.organisations.models import Organisation
from tests.conftest import World
from tests.contacts.files import bring_in
from tests.contacts.test_import_undo import undo

ADDRESSES = [f"p{number}@x.example" for number in range(4)]
# As files write them.
WRITTEN = [one for address in ADDRESSES for one in (address, f" {address.upper()} ", f"<{address}>")]
NUMBERS = ["e0", "e1", "e2", "e3"]
LASTING = [SuppressionReason.OPT_OUT, SuppressionReason.BOUNCE, SuppressionReason.COMPLAINT]

PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "email": st.one_of(st.none(), st.sampled_from(ADDRESSES[2:])),
            "external_id": st.one_of(st.none(), st.sampled_from(NUMBERS)),
            "reasons": st.sets(st.sampled_from(LASTING)),
            "objects": st.booleans(),
        }
    ),
    max_size=4,
)
# Addresses that nobody has any more.
GONE = st.fixed_dictionaries(
    {address: st.sampled_from([*LASTING, SuppressionReason.ERASED]) for address in ADDRESSES[:2]}
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["", *NUMBERS]),
            "email": st.sampled_from(["", *WRITTEN]),
            "Nom": st.sampled_from(["", "Roux", "Le Guen"]),
            "Désinscrit": st.sampled_from(["", "oui", "non", "0", "1", "false", "vrai", "?"]),
            # What an export said, and what somebody made of it: nothing is taken from it.
            "contactable": st.sampled_from(["yes", "oui", "true", ""]),
            "consent.email": st.sampled_from(["", "yes", "no", "oui"]),
            "consent.phone": st.sampled_from(["", "yes", "non", "perhaps"]),
            "consent.phone.since": st.sampled_from(["", "2020-01-01", "2030-01-01", "01/02/2024"]),
        }
    ),
    min_size=3,
    max_size=6,
)
FILES = st.lists(
    st.fixed_dictionaries(
        {
            "rows": ROWS,
            "mode": st.sampled_from(["add", "fill", "overwrite"]),
            "key": st.sampled_from(["", "email", "external_id"]),
            "is_undone": st.booleans(),
        }
    ),
    min_size=1,
    max_size=3,
)


@dataclass(frozen=True)
class Refusals:
    """What must outlive every file: refusals by address, by contact, and objections."""

    of_addresses: set[tuple[str, str]]
    of_contacts: set[tuple[int, str]]
    objections: set[tuple[int, str]]

    def assert_kept_in(self, later: "Refusals") -> None:
        there = set(Contact.objects.values_list("pk", flat=True))
        assert self.of_addresses <= later.of_addresses
        # A contact that an undo took away took its rows along; its address stays refused.
        assert {one for one in self.of_contacts if one[0] in there} <= later.of_contacts
        assert {one for one in self.objections if one[0] in there} <= later.objections


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, gone=GONE, files=FILES)
def test_no_file_takes_back_a_refusal(
    scoped: World, people: list[dict[str, Any]], gone: dict[str, str], files: list[dict[str, Any]]
) -> None:
    organisation = scoped.organisation
    with transaction.atomic():
        _fill(organisation, people, gone)
        erased = {address for address, reason in gone.items() if reason == SuppressionReason.ERASED}
        for file in files:
            before = refusals()
            done = bring_in(organisation, _written(file["rows"]), mode=file["mode"], key=file["key"])
            before.assert_kept_in(refusals())
            _assert_addresses_win(organisation)
            if file["is_undone"] and can_be_undone(done):
                before = refusals()
                undo(scoped, done)
                before.assert_kept_in(refusals())
                _assert_addresses_win(organisation)
            assert not Contact.objects.filter(email__in=erased).exists()
            _assert_opt_outs_are_no()
        transaction.set_rollback(True)


def refusals() -> Refusals:
    suppressed = Suppression.objects.all()
    return Refusals(
        set(suppressed.exclude(address_key="").values_list("address_key", "reason")),
        set(suppressed.filter(contact__isnull=False).values_list("contact_id", "reason")),
        set(ConsentState.objects.exclude(state=Act.GIVEN).values_list("contact_id", "purpose__code")),
    )


def _assert_addresses_win(organisation: Organisation) -> None:
    """Whoever has a refused address is refused, however they came by it."""
    for contact in Contact.objects.exclude(email=None):
        by_address = Suppression.objects.filter(address_key=address_key(organisation.pk, contact.email or ""))
        of_contact = Suppression.objects.filter(contact=contact)
        assert set(by_address.values_list("reason", flat=True)) <= set(of_contact.values_list("reason", flat=True))


def _assert_opt_outs_are_no() -> None:
    """Whoever is opted out has not said yes to e-mails, and who said no to them is opted out."""
    opted_out = Suppression.objects.filter(reason=SuppressionReason.OPT_OUT, contact__isnull=False)
    emails = ConsentState.objects.filter(purpose__code="email")
    said_no = set(emails.exclude(state=Act.GIVEN).values_list("contact_id", flat=True))
    assert set(opted_out.values_list("contact_id", flat=True)) <= said_no
    assert not emails.filter(state=Act.GIVEN, contact__in=opted_out.values("contact_id")).exists()


def _fill(organisation: Organisation, people: list[dict[str, Any]], gone: dict[str, str]) -> None:
    add_starting_purposes(organisation)
    taken: set[str] = set()
    for person in people:
        # Two people with one address or number are nobody's base.
        names = {name: person[name] for name in ("email", "external_id") if person[name] not in taken}
        taken.update(filter(None, names.values()))
        contact = Contact.objects.create(organisation=organisation, last_name="Known", **names)
        for reason in sorted(person["reasons"]):
            record_suppression(organisation, reason=reason, source="test", contact=contact)
        if person["objects"]:
            record_consents(organisation, [contact.pk], purpose="phone", act=Act.OBJECTED, source=Source.MEMBER)
    for address, reason in sorted(gone.items()):
        record_suppression(organisation, reason=reason, source="test", email=address)


def _written(rows: list[dict[str, str]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()

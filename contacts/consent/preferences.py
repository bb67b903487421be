"""What a person allows and refuses by themselves, on the page behind their signed link."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction

from contacts.consent.models import EMAIL, Act, Source
from contacts.consent.queries import Standing, list_standings
from contacts.consent.services import record_consents
from contacts.doubles.aliases import current_id
from contacts.models import Contact, Suppression, SuppressionReason
from prm.organisations.models import Organisation
from prm.work.errors import NotFound


@dataclass(frozen=True)
class Choice:
    """A purpose as the person sees it."""

    standing: Standing
    # The address bounced or the person complained: no tick of theirs lifts that.
    is_barred: bool

    @property
    def is_on(self) -> bool:
        """Tell whether the purpose is followed."""
        return self.standing.is_allowed and not self.is_barred


def find_person(organisation: Organisation, contact_id: int) -> Contact | None:
    """Return whose link it is, whoever they were merged with since; None for somebody erased. Up to three queries."""
    return Contact.objects.filter(pk=current_id(organisation, contact_id)).first()


def list_choices(organisation: Organisation, contact: Contact, language: str) -> list[Choice]:
    """Return the organisation's purposes in the person's language, with where they stand. Four queries."""
    held = Suppression.objects.filter(contact=contact).exclude(reason=SuppressionReason.OPT_OUT)
    is_barred = held.exists()
    return [
        Choice(one, is_barred=is_barred and one.purpose.code == EMAIL)
        for one in list_standings(organisation, contact, language)
    ]


def keep_preferences(
    organisation: Organisation,
    contact: Contact,
    *,
    wanted: Collection[str],
    seen: Mapping[str, int],
    program: str,
) -> bool:
    """Write what the person chose into the ledger; what they left as it was writes nothing.

    `wanted` are codes of purposes; `seen` is {code: version of the text that stood beside it}. Returns False, with
    nothing written, when a purpose they turn on has another text by now: a yes is to what was read.
    """
    with transaction.atomic():
        _lock(contact)
        choices = list_choices(organisation, contact, "")
        turned_on = [
            one.standing
            for one in choices
            if one.standing.purpose.code in wanted and not one.is_on and not one.is_barred
        ]
        if any(seen.get(one.purpose.code) != one.version for one in turned_on):
            return False
        turned_off = [one.standing for one in choices if one.standing.purpose.code not in wanted and one.is_on]
        for act, standings in ((Act.GIVEN, turned_on), (Act.WITHDRAWN, turned_off)):
            for one in standings:
                _record(organisation, contact, one, act=act, program=program)
    return True


def stop_everything(organisation: Organisation, contact: Contact, *, program: str) -> None:
    """Withdraw every purpose the person has not refused yet, also those nothing was said about."""
    with transaction.atomic():
        _lock(contact)
        for one in list_standings(organisation, contact):
            if one.state is None or one.state.state == Act.GIVEN:
                _record(organisation, contact, one, act=Act.WITHDRAWN, program=program)


def _record(organisation: Organisation, contact: Contact, standing: Standing, *, act: str, program: str) -> None:
    record_consents(
        organisation,
        [contact.pk],
        purpose=standing.purpose.code,
        act=act,
        source=Source.CENTRE,
        proof={"program": program.replace("\x00", "")[:300]},
    )


def _lock(contact: Contact) -> None:
    """Let one who chooses and one who notes a no wait for each other."""
    if not Contact.objects.select_for_update(of=("self",)).filter(pk=contact.pk).exists():
        raise NotFound

"""Recording what people said, in one place: the ledger, the state and the list of opt-outs always agree."""

import tomllib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.consent.models import EMAIL, Act, ConsentEntry, ConsentState, Purpose, PurposeText, Source
from contacts.models import Contact, Suppression, SuppressionReason
from contacts.suppressions import address_key, opt_out_contacts
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound

# Sources that are the person's own act: they alone take a withdrawal back.
OWN = frozenset({Source.CENTRE})


def add_starting_purposes(organisation: Organisation) -> None:
    """Give a new organisation its purposes with their first texts. May be repeated."""
    found = tomllib.loads((Path(__file__).parent / "starting.toml").read_text(encoding="utf-8"))
    for position, (code, values) in enumerate(found.items(), start=1):
        texts = {name: values.pop(name) for name in ("label_en", "label_fr", "text_en", "text_fr")}
        purpose, is_new = Purpose.objects.get_or_create(
            organisation=organisation, code=code, defaults={**values, "position": position}
        )
        if is_new:
            PurposeText.objects.create(organisation=organisation, purpose=purpose, version=1, **texts)


def record_consents(
    organisation: Organisation,
    contact_ids: Sequence[int],
    *,
    purpose: str,
    act: str,
    source: str,
    at: datetime | None = None,
    proof: dict[str, Any] | None = None,
    version: int | None = None,
    by: Actor | None = None,
) -> int:
    """Write what contacts said to a purpose into the ledger; return how many rows. About six statements.

    `version`: of the text they read, where that is not the current one.

    A yes that is not the person's own act never takes back a no: the database keeps the state. The e-mail purpose
    and opt-outs agree. Raises Invalid for a purpose or an act that is none.
    """
    now = timezone.now()
    with transaction.atomic():
        asked = get_purpose(purpose)
        if act not in Act.values:
            raise Invalid(fields={"act": _("Say given, withdrawn or objected.")})
        ids = list(Contact.objects.filter(pk__in=contact_ids).order_by("pk").values_list("pk", flat=True))
        latest = PurposeText.objects.filter(purpose=asked).order_by("-version").values_list("version", flat=True)
        version = version or latest.first()
        ConsentEntry.objects.bulk_create(
            ConsentEntry(
                organisation=organisation,
                contact_id=pk,
                purpose=asked,
                act=act,
                version=version,
                source=source,
                at=min(at or now, now),
                proof=proof or {},
                by=by if isinstance(by, User) else None,
            )
            for pk in ids
        )
        if asked.code == EMAIL:
            _agree(organisation, ids, act=act, source=source)
        if by is not None:
            after = {"contacts": ids, "purpose": asked.code, "status": act}
            audit.record(organisation, by, "contact.consent", None, after=after)
    return len(ids)


def record_by_member(
    organisation: Organisation, contact: Contact, *, purpose: str, act: str, note: str, by: Actor, source: str
) -> None:
    """Note what a person told a member or a program. Raises Conflict where a yes would take back their no."""
    with transaction.atomic():
        # Whoever says no at this moment has the contact locked, or waits for it.
        if not Contact.objects.select_for_update(of=("self",)).filter(pk=contact.pk).exists():
            raise NotFound
        said_no = ConsentState.objects.filter(contact=contact, purpose__code=purpose).exclude(state=Act.GIVEN)
        opted_out = purpose == EMAIL and Suppression.objects.filter(contact=contact).exists()
        if act == Act.GIVEN and (opted_out or said_no.exists()):
            raise Conflict(_("This person said no. Only they can come back, by their preference page."))
        proof = {"note": note.replace("\x00", "").strip()[:500], "by": str(by)}
        record_consents(organisation, [contact.pk], purpose=purpose, act=act, source=source, proof=proof, by=by)


def object_to_all(
    organisation: Organisation,
    *,
    contact: Contact,
    by: Actor | None,
    proof: dict[str, Any],
    source: str = Source.MEMBER,
) -> int:
    """Note that a person objects to every purpose in use; return to how many they had not. May be repeated."""
    with transaction.atomic():
        if not Contact.objects.select_for_update(of=("self",)).filter(pk=contact.pk).exists():
            raise NotFound
        objected = ConsentState.objects.filter(contact=contact, state=Act.OBJECTED).values("purpose")
        purposes = Purpose.objects.filter(archived_at__isnull=True).exclude(pk__in=objected).order_by("position", "pk")
        codes = list(purposes.values_list("code", flat=True))
        for code in codes:
            record_consents(
                organisation, [contact.pk], purpose=code, act=Act.OBJECTED, source=source, proof=proof, by=by
            )
    return len(codes)


def get_purpose(code: str) -> Purpose:
    """Return a purpose in use, or raise Invalid."""
    found: Purpose | None = Purpose.objects.filter(code=code, archived_at__isnull=True).first()
    if found is None:
        raise Invalid(fields={"purpose": _("There is no such purpose.")})
    return found


def _agree(organisation: Organisation, ids: list[int], *, act: str, source: str) -> None:
    """Let opt-outs follow the e-mail purpose; the other way round a trigger does it."""
    if act != Act.GIVEN:
        opt_out_contacts(organisation, ids, source=f"consent: {source}")
    elif source in OWN:
        emails = Contact.objects.filter(pk__in=ids).values_list("email", flat=True)
        keys = [address_key(organisation.pk, email) for email in emails if email]
        opted_out = Suppression.objects.filter(reason=SuppressionReason.OPT_OUT)
        opted_out.filter(contact_id__in=ids).delete()
        opted_out.filter(address_key__in=keys).delete()

"""Erasing people: in one transaction, everything that identifies them goes, everywhere, and cannot be brought back.

What is counted stays: the contact is left as an empty shell without a stage, to which the anonymous rows of what
happened refer. The ledger says that it left the base, as its first row says that it came. Lists, scores and segments
leave shells out because `Contact.objects` does, and because they have no standing; the database refuses to fill one.
"""

import json
from collections.abc import Iterable
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.doubles.models import Alias, AliasKind
from contacts.models import Cause, Contact, StageChange, Suppression, SuppressionReason
from contacts.models.people import GONE
from contacts.rights.keys import external_id_key
from contacts.rights.models import ErasedId
from contacts.rights.registry import Whom, list_holdings, list_purges
from contacts.rights.requests import close_erased
from contacts.suppressions import address_key, hold_addresses
from contacts.tidying import tidy_after
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, NotFound
from prm.work.sql import run

# What came in about somebody while they were erased is looked for again after so long.
LOOK_AGAIN_AFTER = timedelta(minutes=10)
_LOOK_BACK = timedelta(days=1)


def erase_contact(organisation: Organisation, *, contact_id: int, by: Actor, cause: str = Cause.PERSON) -> int:
    """Erase one person; return how many rows that took. Raises NotFound, or Conflict while a message is leaving."""
    return erase_contacts(organisation, contact_ids=[contact_id], by=by, cause=cause)


def erase_contacts(
    organisation: Organisation, *, contact_ids: Iterable[int], by: Actor | None, cause: str = Cause.PERSON
) -> int:
    """Erase people in one transaction; return how many rows that took.

    Locks out whoever creates contacts, then locks the contacts in the order of their ids. Raises NotFound for one that
    is not in the base (any more), Conflict while something about one of them is under way.
    """
    ids = sorted(set(contact_ids))
    with transaction.atomic():
        hold_addresses(organisation)
        locked = Contact.objects.select_for_update(of=("self",)).filter(organisation=organisation, pk__in=ids)
        if len(locked.order_by("pk").values_list("pk")) < len(ids):
            raise NotFound
        whom = find_whom(organisation, ids)
        _refuse_busy(whom)
        _remember(whom)
        close_erased(organisation, ids, by)
        rows = _erase_rows(whom) + sum(purge(whom) for purge in list_purges())
        run("contacts/empty_erased_contacts", _shell_params(organisation, ids, by, cause))
        _audit(organisation, ids, by, rows)
        tidy_after(organisation, LOOK_AGAIN_AFTER)
    return rows


def _audit(organisation: Organisation, ids: list[int], by: Actor | None, rows: int) -> None:
    """Write that somebody was erased, or how many, and never who."""
    if len(ids) > 1:
        after = {"contacts": len(ids), "rows": rows}
        audit.record(organisation, by, "contact.erase", label=str(len(ids)), after=after)
    for contact in Contact.everybody.filter(organisation=organisation, pk__in=ids) if len(ids) == 1 else ():
        audit.record(organisation, by, "contact.erase", contact, label=f"#{contact.pk}", after={"rows": rows})


def find_whom(organisation: Organisation, contact_ids: list[int]) -> Whom:
    """Gather what people are known by: merged ids, addresses they have or had, external ids, names. Three queries."""
    people = list(Contact.objects.filter(organisation=organisation, pk__in=contact_ids))
    aliases = list(Alias.objects.filter(organisation=organisation, contact__in=contact_ids))
    former = [int(one.value) for one in aliases if one.kind == AliasKind.ID and one.value.isdecimal()]
    known = Whom(organisation, [*contact_ids, *former])
    addresses = {contact.email for contact in people if contact.email} | _addresses_held(known)
    addresses |= {one.value for one in aliases if one.kind == AliasKind.EMAIL}
    external_ids = {contact.external_id for contact in people if contact.external_id}
    external_ids |= {one.value for one in aliases if one.kind == AliasKind.EXTERNAL_ID}
    names = {pair for contact in people for pair in _full_names(contact)}
    return Whom(
        organisation,
        known.contact_ids,
        sorted(addresses),
        [address_key(organisation.pk, address) for address in sorted(addresses)],
        sorted(external_ids),
        [f"%{_literal(one)}%" for one in sorted(_as_written(addresses | names))],
    )


def look_again(organisation: Organisation) -> int:
    """Erase what was written about people while they were being erased; return how many rows. May be repeated."""
    since = timezone.now() - _LOOK_BACK
    gone = StageChange.objects.filter(organisation=organisation, to_stage=GONE, at__gte=since)
    ids = sorted(set(gone.values_list("contact_id", flat=True)))
    return _erase_rows(Whom(organisation, ids)) if ids else 0


def _full_names(contact: Contact) -> list[str]:
    if not contact.first_name or not contact.last_name:
        return []
    return [f"{contact.first_name} {contact.last_name}", f"{contact.last_name} {contact.first_name}"]


def _as_written(texts: Iterable[str]) -> set[str]:
    """Return texts in small letters, also as they stand inside of JSON: there quotes and backslashes are marked."""
    small = {text.lower() for text in texts}
    return small | {json.dumps(text, ensure_ascii=False)[1:-1] for text in small}


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def _addresses_held(whom: Whom) -> set[str]:
    """Return the addresses that the holdings say these people have or had. One query."""
    parts = [
        f"SELECT lower({one.address}) FROM {one.table} t WHERE {one.rows}" for one in list_holdings() if one.address
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ".join(parts), whom.params)
        return {row[0] for row in cursor.fetchall() if row[0] and "@" in row[0]}


def _refuse_busy(whom: Whom) -> None:
    for one in list_holdings():
        if not one.busy:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT EXISTS (SELECT 1 FROM {one.table} t WHERE {one.rows} AND ({one.busy}))", whom.params
            )
            if cursor.fetchone()[0]:
                raise Conflict(str(one.busy_words))


def _remember(whom: Whom) -> None:
    """Keep the keyed hashes by which whoever comes back by a file or a program is told."""
    organisation = whom.organisation
    Suppression.objects.bulk_create(
        (
            Suppression(
                organisation=organisation, address_key=key, reason=SuppressionReason.ERASED, source=_("erasure")
            )
            for key in whom.address_keys
        ),
        ignore_conflicts=True,
    )
    ErasedId.objects.bulk_create(
        (ErasedId(organisation=organisation, key=external_id_key(organisation.pk, one)) for one in whom.external_ids),
        ignore_conflicts=True,
    )


def _erase_rows(whom: Whom) -> int:
    rows = 0
    with connection.cursor() as cursor:
        for one in list_holdings():
            if one.delete:
                cursor.execute(f"DELETE FROM {one.table} t WHERE {one.rows} AND ({one.delete})", whom.params)
                rows += cursor.rowcount
            if one.blank:
                cursor.execute(f"UPDATE {one.table} t SET {one.blank} WHERE {one.rows}", whom.params)
                rows += cursor.rowcount
            if one.emptied_by:
                ids = f"ARRAY(SELECT t.id FROM {one.table} t WHERE {one.rows})"
                cursor.execute(f"SELECT {one.emptied_by}(%(organisation_id)s, {ids})", whom.params)
                rows += cursor.fetchone()[0]
    return rows


def _shell_params(organisation: Organisation, ids: list[int], by: Actor | None, cause: str) -> dict[str, object]:
    by_id = by.pk if isinstance(by, User) else None
    return {"organisation_id": organisation.pk, "contact_ids": ids, "cause": str(cause), "by_id": by_id}


def count_held(organisation: Organisation, contact_id: int) -> list[tuple[str, int, bool]]:
    """Return (title, rows, whether they go altogether) of what is held on a person, by title. Four queries."""
    whom = find_whom(organisation, [contact_id])
    holdings = [one for one in list_holdings() if one.shows]
    parts = [f"SELECT {n}, count(*) FROM {one.table} t WHERE {one.rows}" for n, one in enumerate(holdings)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), whom.params)
        counts = dict(cursor.fetchall())
    found = [(str(one.title), counts[n], bool(one.delete) and not one.blank) for n, one in enumerate(holdings)]
    return sorted(row for row in found if row[1])

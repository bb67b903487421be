"""Making several contacts one, in one transaction: nothing of them is lost, and it can be undone for thirty days."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts import qualification, suppressions
from contacts.doubles.choosing import (
    FIELDS,
    PROPERTY,
    Choice,
    choices_of,
    choose_survivor,
    furthest,
    value_of,
)
from contacts.doubles.models import Alias, AliasKind, Merge, Pair, PairStatus
from contacts.doubles.moving import follow, remove_contacts
from contacts.fields.values import PREFIX, share_definitions
from contacts.models import Cause, Contact, StageChange
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.sql import run

UNDONE_WITHIN = timedelta(days=30)
MOST_AT_ONCE = 20
AUTOMATIC = "doubles"

AfterMerge = Callable[[Organisation, list[int]], None]
_after: list[AfterMerge] = []


def on_merge(react: AfterMerge) -> None:
    """Say what is done in the transaction of a merge, or of its undoing, with the ids of the contacts it leaves."""
    if react not in _after:
        _after.append(react)


def merge_contacts(
    organisation: Organisation,
    *,
    contact_ids: Iterable[int],
    by: Actor | None,
    survivor_id: int | None = None,
    take: Mapping[str, int] | None = None,
    seen: str | None = None,
    is_automatic: bool = False,
) -> Merge:
    """Make contacts one; return the merge. Locks their rows in the order of their ids.

    `take` is {field: id of the contact whose value is kept}; "email" has to be in it where two are known (Invalid).
    `seen` is what `version_of` said when somebody looked: Conflict where it is not so any more.
    """
    ids = sorted(set(contact_ids))
    problem = Invalid(fields={"ids": _("Choose from two to %(n)s contacts.") % {"n": MOST_AT_ONCE}})
    if len(ids) > MOST_AT_ONCE:
        raise problem
    with transaction.atomic():
        share_definitions(organisation)
        contacts = lock_contacts(organisation, ids)
        if len(contacts) < 2:
            raise problem
        if seen is not None and seen != version_of(contacts):
            raise Conflict(_("One of these contacts was changed in the meantime. Look at them again."))
        choices = choices_of(contacts, take)
        survivor = _pick(contacts, survivor_id)
        _refuse_guesses(choices, take or {}, survivor_id)
        merge = _begin(organisation, contacts, survivor, by, is_automatic=is_automatic)
        _carry_verdicts(organisation, merge)
        follow(organisation, merge)
        gone = remove_contacts(organisation, merge)
        _keep_names(organisation, merge, survivor, choices, gone)
        _write_survivor(organisation, merge, contacts, choices, by)
        finish(organisation, [survivor.pk])
        _audit(organisation, merge, by)
    return merge


def lock_contacts(organisation: Organisation, ids: Sequence[int]) -> list[Contact]:
    """Lock contacts in the order of their ids; raise NotFound, or Conflict where one was merged meanwhile."""
    rows = Contact.objects.select_for_update(of=("self",)).select_related("company", "owner")
    contacts = list(rows.filter(organisation=organisation, pk__in=ids).order_by("pk"))
    missing = set(ids) - {contact.pk for contact in contacts}
    if not missing:
        return contacts
    if Alias.objects.filter(kind=AliasKind.ID, value__in=map(str, missing)).exists():
        raise Conflict(_("One of these contacts was merged in the meantime."))
    raise NotFound


def version_of(contacts: Iterable[Contact]) -> str:
    """Return a word that differs once one of the contacts was changed."""
    return "-".join(f"{one.pk}.{int(one.updated_at.timestamp() * 1_000_000)}" for one in contacts)


def finish(organisation: Organisation, contact_ids: list[int]) -> None:
    """Work out anew what depends on who these contacts are."""
    qualification.recompute(organisation, contact_ids=contact_ids)
    qualification.profiles_changed(organisation)
    for react in _after:
        react(organisation, contact_ids)


def _pick(contacts: Sequence[Contact], survivor_id: int | None) -> Contact:
    if survivor_id is None:
        return choose_survivor(contacts)
    found = next((contact for contact in contacts if contact.pk == survivor_id), None)
    if found is None:
        raise Invalid(fields={"survivor": _("The contact that stays is one of those merged.")})
    return found


def _refuse_guesses(choices: Sequence[Choice], take: Mapping[str, int], survivor_id: int | None) -> None:
    """Raise Invalid where only a person can choose, or where somebody chose what is not there."""
    wrong = {choice.field: _("This contact has no such value.") for choice in choices if choice.taken_from is None}
    known = {choice.field for choice in choices}
    wrong |= {field: _("None of these contacts has this value.") for field in take if field not in known}
    if wrong:
        raise Invalid(fields=wrong)
    if any(choice.must_be_chosen and "email" not in take for choice in choices):
        text = _(
            "They have different e-mail addresses. Say which one is the person’s own; the other is kept beside it."
        )
        raise Invalid(text, fields={"email": text})


def _begin(
    organisation: Organisation, contacts: Sequence[Contact], survivor: Contact, by: Actor | None, *, is_automatic: bool
) -> Merge:
    others = [contact for contact in contacts if contact.pk != survivor.pk]
    return Merge.objects.create(
        organisation=organisation,
        contact=survivor,
        survivor_id=survivor.pk,
        merged_ids=[contact.pk for contact in others],
        names=[contact.name for contact in others],
        before=row_of(organisation, survivor.pk),
        is_automatic=is_automatic,
        created_by=by if isinstance(by, User) else None,
    )


def row_of(organisation: Organisation, contact_id: int) -> dict[str, Any]:
    """Return a contact's row as JSON, without what the database writes itself, with its last act."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (to_jsonb(c) - 'search_text' - 'sort_name' || jsonb_build_object("
            "'last_act_at', s.last_act_at, 'last_act_kind', s.last_act_kind))::text FROM contacts_contact c"
            " JOIN contacts_standing s ON s.organisation_id = c.organisation_id AND s.contact_id = c.id"
            " WHERE c.organisation_id = %s AND c.id = %s",
            [organisation.pk, contact_id],
        )
        row = cursor.fetchone()
    loaded: dict[str, Any] = json.loads(row[0]) if row else {}
    return loaded


def _carry_verdicts(organisation: Organisation, merge: Merge) -> None:
    """Whoever is not the same as a merged contact is not the same as the survivor."""
    params = {"organisation_id": organisation.pk, "survivor_id": merge.survivor_id, "merged_ids": merge.merged_ids}
    run("contacts/carry_verdicts", params)


def _keep_names(
    organisation: Organisation,
    merge: Merge,
    survivor: Contact,
    choices: Sequence[Choice],
    gone: Sequence[Mapping[str, Any]],
) -> None:
    """Let every name that is not the survivor's any more lead to the survivor."""
    names = {(AliasKind.ID.value, str(row["id"])) for row in gone}
    for choice in choices:
        if choice.field in {"email", "external_id"} and choice.taken_from is not None:
            kept = choice.values[choice.taken_from]
            names |= {(choice.field, value) for value in choice.values.values() if value != kept}
    Alias.objects.bulk_create(
        (
            Alias(organisation=organisation, contact=survivor, merge=merge, kind=kind, value=value)
            for kind, value in sorted(names)
        ),
        update_conflicts=True,
        unique_fields=["organisation", "kind", "value"],
        update_fields=["contact", "merge"],
    )


def _write_survivor(
    organisation: Organisation, merge: Merge, contacts: Sequence[Contact], choices: Sequence[Choice], by: Actor | None
) -> None:
    by_id = {contact.pk: contact for contact in contacts}
    survivor = by_id[merge.survivor_id]
    properties, custom, provenance = {}, {}, dict(survivor.provenance)
    for choice in choices:
        source = by_id[choice.taken_from or survivor.pk]
        value = value_of(source, choice.field)
        if choice.field.startswith(PROPERTY):
            properties[choice.field.removeprefix(PROPERTY)] = value
        elif choice.field.startswith(PREFIX):
            custom[choice.field.removeprefix(PREFIX)] = value
        elif choice.field in FIELDS:
            column = f"{choice.field}_id" if choice.field in {"owner", "company"} else choice.field
            setattr(survivor, column, value)
        if source.pk != survivor.pk and (known := source.provenance.get(choice.field) or source.provenance.get("*")):
            provenance[choice.field] = known
    old_stage, stage = survivor.stage, furthest([contact.stage for contact in contacts])
    survivor.properties, survivor.custom, survivor.provenance = properties, custom, provenance
    if stage != old_stage:
        survivor.stage, survivor.stage_since = stage, timezone.now()
    survivor.created_at = min(contact.created_at for contact in contacts)
    survivor.save()
    if stage != old_stage:
        _write_ledger(organisation, survivor, old_stage, merge, by)
    addresses = [contact.email for contact in contacts if contact.email]
    for address in addresses:
        suppressions.suppress_known_addresses(organisation, {survivor.pk: address})
    _later_act(organisation, merge)
    after = row_of(organisation, survivor.pk)
    merge.after = {key: value for key, value in after.items() if merge.before.get(key) != value}
    merge.save(update_fields=["after"])


def _write_ledger(organisation: Organisation, contact: Contact, old: str, merge: Merge, by: Actor | None) -> None:
    StageChange.objects.create(
        organisation=organisation,
        contact=contact,
        from_stage=old,
        to_stage=contact.stage,
        cause=Cause.PERSON if isinstance(by, User) else Cause.RULE,
        detail={"merge": merge.pk},
        by=by if isinstance(by, User) else None,
    )


def _later_act(organisation: Organisation, merge: Merge) -> None:
    """Give the survivor the last act of all of them."""
    params = {"organisation_id": organisation.pk, "merge_id": merge.pk, "survivor_id": merge.survivor_id}
    run("contacts/keep_last_act", params)


def _audit(organisation: Organisation, merge: Merge, by: Actor | None) -> None:
    survivor = Contact.objects.get(pk=merge.survivor_id)
    fields = [key for key in merge.after if key not in {"updated_at", "provenance", "qualification_percent"}]
    before = {key: merge.before.get(key) for key in fields}
    after = {**{key: merge.after[key] for key in fields}, "contacts": merge.names}
    audit.record(organisation, by or AUTOMATIC, "contact.merge", survivor, before=before, after=after)


def mark_distinct(organisation: Organisation, ids: Iterable[tuple[int, int]], by: Actor | None) -> None:
    """Note that pairs of contacts are not the same person; they are never proposed again."""
    now = timezone.now()
    Pair.objects.bulk_create(
        [
            Pair(
                organisation=organisation,
                low_id=min(pair),
                high_id=max(pair),
                score=0,
                status=PairStatus.DISTINCT,
                decided_at=now,
                decided_by=by if isinstance(by, User) else None,
            )
            for pair in ids
        ],
        update_conflicts=True,
        unique_fields=["organisation", "low", "high"],
        update_fields=["status", "decided_at", "decided_by"],
    )

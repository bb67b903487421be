"""A merge taken back within thirty days: the merged contacts return with what was theirs; what changed since stays."""

import json
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.consent.models import Act, ConsentState
from contacts.consent.services import record_consents
from contacts.doubles.choosing import FIELDS
from contacts.doubles.merging import UNDONE_WITHIN, finish, mark_distinct
from contacts.doubles.models import Alias, Merge, MergedRow
from contacts.doubles.moving import CONTACT_ROWS, give_back, insert_rows
from contacts.models import Company, Contact, StageChange
from contacts.rights.keys import find_erased_key
from contacts.suppressions import share_addresses, suppress_known_addresses
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Conflict, NotFound

# Why undoing left something, in words.
KEPT_REASONS: dict[str, str | Promise] = {
    "changed": gettext_lazy("it was changed since"),
    "taken": gettext_lazy("somebody else has it now"),
    "erased": gettext_lazy("it belonged to somebody who was erased since"),
    "gone": gettext_lazy("it does not exist any more"),
}
# Columns nobody chooses among when merging.
_OTHER_COLUMNS: dict[str, str | Promise] = {
    "stage": gettext_lazy("Stage"),
    "properties": gettext_lazy("Properties"),
    "custom": gettext_lazy("Own fields"),
}
_IN_STANDING = ("last_act_at", "last_act_kind")
# Written by whatever writes the others.
_SILENT = {"updated_at", "provenance", "qualification_percent", "stage_since"}
_KEYS = ("email", "external_id")


def list_kept(merge: Merge) -> list[tuple[str, str]]:
    """Return what undoing left as it was, and why, in words."""
    return [(_column_words(one["field"]), str(KEPT_REASONS[one["why"]])) for one in merge.kept]


def _column_words(column: str) -> str:
    name = column.removesuffix("_id")
    name = "external_id" if column == "external_id" else name
    return str(FIELDS.get(name) or _OTHER_COLUMNS.get(name, name))


def can_be_undone(merge: Merge) -> bool:
    """Tell whether a merge is young enough, not undone, and its contact not merged in turn."""
    is_young = timezone.now() - merge.created_at < UNDONE_WITHIN
    return merge.undone_at is None and is_young and merge.contact_id == merge.survivor_id


def undo_merge(organisation: Organisation, *, merge_id: int, by: Actor | None) -> Merge:
    """Take a merge back; raises NotFound, or Conflict where that is not possible (any more).

    What `merge.kept` says stayed as it is. The contacts are noted as not the same.
    """
    with transaction.atomic():
        # Before any row: whoever erases takes this lock first.
        share_addresses(organisation)
        merge = Merge.objects.select_for_update().filter(organisation=organisation, pk=merge_id).first()
        if merge is None:
            raise NotFound
        survivor = Contact.objects.select_for_update().filter(pk=merge.contact_id).first()
        if survivor is None or not can_be_undone(merge):
            raise Conflict(_("This merge cannot be undone: it is too old, undone already, or was merged again."))
        if Merge.objects.filter(contact_id=merge.contact_id, undone_at__isnull=True, pk__gt=merge.pk).exists():
            raise Conflict(_("This contact was merged again since. Undo the later merge first."))
        StageChange.objects.filter(contact=survivor, detail__merge=merge.pk).delete()
        kept = _restore_survivor(organisation, merge)
        Alias.objects.filter(merge=merge).delete()
        kept += _restore_contacts(organisation, merge)
        give_back(organisation, merge)
        ids = [merge.survivor_id, *merge.merged_ids]
        addresses = Contact.objects.filter(pk__in=ids, email__isnull=False).values_list("pk", "email")
        # Refused while it was the survivor's, or nobody's.
        suppress_known_addresses(organisation, {pk: email for pk, email in addresses if email})
        _share_refusals(organisation, merge)
        mark_distinct(organisation, [(one, other) for one in ids for other in ids if one < other], by)
        merge.undone_at, merge.kept = timezone.now(), kept
        merge.save(update_fields=["undone_at", "kept"])
        MergedRow.objects.filter(merge=merge).delete()
        finish(organisation, ids)
        after = {"contacts": merge.names, "fields": [one["field"] for one in kept]}
        audit.record(organisation, by, "contact.unmerge", survivor, after=after)
    return merge


def forget_rows(organisation: Organisation) -> int:
    """Drop what undoing merges of more than thirty days ago would need; return how many rows went."""
    old = Merge.objects.filter(organisation=organisation, created_at__lt=timezone.now() - UNDONE_WITHIN)
    Merge.objects.filter(pk__in=old.values("pk")).exclude(before={}).update(before={}, after={})
    return MergedRow.objects.filter(merge__in=old).delete()[0]


def _restore_survivor(organisation: Organisation, merge: Merge) -> list[dict[str, Any]]:
    """Give the survivor its values back where they are still those of the merge; return what did not come back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (to_jsonb(c) || jsonb_build_object('last_act_at', s.last_act_at, 'last_act_kind', s.last_act_kind))"
            "::text FROM contacts_contact c JOIN contacts_standing s ON s.contact_id = c.id"
            " AND s.organisation_id = c.organisation_id WHERE c.organisation_id = %s AND c.id = %s",
            [organisation.pk, merge.survivor_id],
        )
        now = json.loads(cursor.fetchone()[0])
        changed = [key for key in merge.after if key not in _SILENT and now.get(key) != merge.after[key]]
        back = [key for key in merge.after if key not in changed]
        lost = _lost(organisation, merge.before, back, merge.survivor_id)
        before = {**merge.before, **{one["field"]: None for one in lost}}
        if "stage" in changed and "stage_since" in back:
            back.remove("stage_since")
        for table, keys, identity in (
            ("contacts_contact", [key for key in back if key not in _IN_STANDING], "id"),
            ("contacts_standing", [key for key in back if key in _IN_STANDING], "contact_id"),
        ):
            if keys:
                columns = ", ".join(f'"{key}"' for key in keys)
                cursor.execute(
                    f"UPDATE {table} t SET ({columns}) = (SELECT {columns} FROM jsonb_populate_record("
                    f"NULL::{table}, %s) r) WHERE t.organisation_id = %s AND t.{identity} = %s",
                    [json.dumps(before), organisation.pk, merge.survivor_id],
                )
    return [{"field": key, "why": "changed"} for key in changed if key not in _IN_STANDING] + lost


def _lost(organisation: Organisation, row: dict[str, Any], keys: list[str], contact_id: int) -> list[dict[str, Any]]:
    """Return which of these columns of a row cannot be as they were, and why."""
    lost = []
    for key in _KEYS:
        if key not in keys or not row[key]:
            continue
        if Contact.objects.filter(**{key: row[key]}).exclude(pk=contact_id).exists():
            lost.append({"field": key, "why": "taken"})
        elif find_erased_key(organisation, **{**dict.fromkeys(_KEYS), key: row[key]}):
            lost.append({"field": key, "why": "erased"})
    if "company_id" in keys and row["company_id"] and not Company.objects.filter(pk=row["company_id"]).exists():
        lost.append({"field": "company_id", "why": "gone"})
    return lost


def _restore_contacts(organisation: Organisation, merge: Merge) -> list[dict[str, Any]]:
    """Let the merged contacts return, without what somebody else took meanwhile and what is gone."""
    kept = []
    rows = [row for one in MergedRow.objects.filter(merge=merge, rule=CONTACT_ROWS) for row in one.removed]
    for row in rows:
        lost = _lost(organisation, row, list(row), row["id"])
        row.update({one["field"]: None for one in lost})
        kept += lost
    insert_rows(Contact, rows)
    return kept


def _share_refusals(organisation: Organisation, merge: Merge) -> None:
    """Let a no that was said while they were one hold for all of them: nobody can tell any more whose it was."""
    ids = {merge.survivor_id, *merge.merged_ids}
    refusals = ConsentState.objects.filter(contact__in=ids).exclude(state=Act.GIVEN).select_related("purpose")
    for one in refusals.filter(since__gte=merge.created_at, purpose__archived_at__isnull=True).order_by("pk"):
        said_so = refusals.filter(purpose=one.purpose_id).values_list("contact_id", flat=True)
        record_consents(
            organisation,
            sorted(ids - set(said_so)),
            purpose=one.purpose.code,
            act=one.state,
            source=one.source,
            at=one.since,
            proof={"merge": merge.pk},
        )


def days_left(merge: Merge) -> int:
    """Return for how many days more a merge can be undone."""
    return max(0, -((timezone.now() - UNDONE_WITHIN - merge.created_at) // timedelta(days=1)))

"""What people and programs do with tags."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from contacts.models import Contact
from contacts.tagging.models import LONGEST_NAME, Tag, Tagging
from contacts.tagging.names import clean_names
from contacts.tagging.queries import list_uses
from prm.lists.services import replace_filter
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.sql import fetch, run

# Of one organisation: a column of notes read as tags would make a tag of every line.
MOST_TAGS = 2000


def tag_contacts(
    organisation: Organisation, *, contact_ids: Sequence[int], names: Iterable[str], by: Actor | None
) -> int:
    """Let contacts bear tags, made where they are new; return how many contacts bear one more. Raises Invalid."""
    clean = clean_names(names)
    with transaction.atomic():
        tag_ids = write_tags(organisation, clean, by=by)
        params = {
            "organisation_id": organisation.pk,
            "contact_ids": list(contact_ids),
            "tag_ids": tag_ids,
            "by_id": by.pk if isinstance(by, User) else None,
        }
        tagged = {row[0] for row in fetch("contacts/tag_contacts", params)}
        _audit(organisation, by, "contact.tag", tagged, clean)
    return len(tagged)


def untag_contacts(
    organisation: Organisation, *, contact_ids: Sequence[int], names: Iterable[str], by: Actor | None
) -> int:
    """Take tags away; return how many contacts bore one. A tag nobody knows is nobody's. Raises Invalid."""
    clean = clean_names(names)
    with transaction.atomic():
        tag_ids = list(match_tags(organisation, clean).values())
        borne = Tagging.objects.filter(organisation=organisation, contact__in=contact_ids, tag__in=tag_ids)
        untagged = set(borne.values_list("contact_id", flat=True))
        borne.delete()
        _audit(organisation, by, "contact.untag", untagged, clean)
    return len(untagged)


def write_tags(organisation: Organisation, names: Sequence[str], *, by: Actor | None) -> list[int]:
    """Return the ids of tags by clean names, made where they are new; raise Invalid where that makes too many."""
    params = {
        "organisation_id": organisation.pk,
        "names": list(names),
        "by_id": by.pk if isinstance(by, User) else None,
    }
    if run("contacts/write_tags", params) and Tag.objects.filter(merged_into__isnull=True).count() > MOST_TAGS:
        text = _("There are %(n)s tags already. Merge or delete some of them first.") % {"n": MOST_TAGS}
        raise Invalid(fields={"tags": text})
    return list(match_tags(organisation, names).values())


def match_tags(organisation: Organisation, names: Sequence[str]) -> dict[str, int]:
    """Return the id of each tag known by these names, by its key."""
    rows = fetch("contacts/match_tags", {"organisation_id": organisation.pk, "names": list(names)})
    return {key: int(tag_id) for tag_id, key in rows}


def rename_tag(organisation: Organisation, *, tag_id: int, name: str, by: Actor) -> Tag:
    """Call a tag something else; conditions that ask for it go on. Raises Invalid, NotFound."""
    clean = clean_names([name])[0]
    with transaction.atomic():
        tag = _lock(tag_id)
        before, tag.name = tag.name, clean
        try:
            with transaction.atomic():
                tag.save(update_fields=["name"])
        except IntegrityError as error:
            text = _("Another tag has this name. Merge the two instead.")
            raise Invalid(fields={"name": text}) from error
        if before != clean:
            audit.record(organisation, by, "tag.rename", tag, before={"name": before}, after={"name": clean})
    return tag


def merge_tags(organisation: Organisation, *, tag_id: int, into_id: int, by: Actor) -> Tag:
    """Make a tag part of another: its contacts, its name and what asks for it follow. Raises Invalid, NotFound.

    Cost: a row a contact that bears it, in one transaction: some seconds for half a million.
    """
    if tag_id == into_id:
        raise Invalid(fields={"into": _("Choose another tag.")})
    with transaction.atomic():
        locked = {pk: _lock(pk) for pk in sorted((tag_id, into_id))}
        tag, into = locked[tag_id], locked[into_id]
        params = {"organisation_id": organisation.pk, "tag_id": tag.pk, "into_id": into.pk}
        moved, _new = fetch("contacts/move_taggings", params)[0]
        Tag.objects.filter(merged_into=tag).update(merged_into=into)
        Tag.objects.filter(pk=tag.pk).update(merged_into=into)
        replace_filter(organisation, list_key="contacts", name="tag", old=str(tag.pk), new=str(into.pk))
        after = {"tag": tag.name, "contacts": moved}
        audit.record(organisation, by, "tag.merge", into, after=after)
    into.refresh_from_db()
    return into


def delete_tag(organisation: Organisation, *, tag_id: int, by: Actor) -> str:
    """Take a tag from everybody, for good; return its name. Conditions that ask for it match nobody from now on."""
    with transaction.atomic():
        tag = _lock(tag_id)
        audit.record(organisation, by, "tag.delete", tag, before={"name": tag.name, "contacts": tag.size})
        Tagging.objects.filter(tag=tag).delete()
        Tag.objects.filter(pk=tag.pk).delete()
    return tag.name


def drop_unborne(organisation: Organisation, tag_ids: Iterable[int], *, since: datetime) -> int:
    """Delete those of the tags that were made since, are nobody's and asked for by no segment; return how many."""
    found = Tag.objects.select_for_update(of=("self",)).filter(pk__in=tag_ids, created_at__gte=since)
    borne, united = Tagging.objects.filter(tag=OuterRef("pk")), Tag.objects.filter(merged_into=OuterRef("pk"))
    bare = list(found.filter(~Exists(borne), ~Exists(united), merged_into__isnull=True).order_by("pk"))
    gone = [tag.pk for tag in bare if not list_uses(organisation, tag)]
    Tag.objects.filter(pk__in=gone).delete()
    return len(gone)


def _lock(tag_id: int) -> Tag:
    tag = Tag.objects.select_for_update(of=("self",)).filter(pk=tag_id).first()
    if tag is None:
        raise NotFound
    if tag.merged_into_id is not None:
        raise Conflict(_("This tag was merged into another in the meantime."))
    return tag


def _audit(organisation: Organisation, by: Actor | None, action: str, contact_ids: set[int], names: list[str]) -> None:
    if by is None or not contact_ids:
        return
    contact = Contact.objects.filter(pk=next(iter(contact_ids))).first() if len(contact_ids) == 1 else None
    label = str(contact) if contact else str(len(contact_ids))
    after = {"tags": names} if contact else {"tags": names, "contacts": len(contact_ids)}
    audit.record(organisation, by, action, contact, label=label, after=after)


__all__ = [
    "LONGEST_NAME",
    "delete_tag",
    "match_tags",
    "merge_tags",
    "rename_tag",
    "tag_contacts",
    "untag_contacts",
    "write_tags",
]

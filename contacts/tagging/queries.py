"""Reads of pages and API: the tags of a contact, all tags, what uses one."""

from collections.abc import Iterable

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Func, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import JSONObject
from django.utils.translation import gettext

from contacts.models import Contact
from contacts.tagging.models import Tag, Tagging
from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.web.finding import MOST_FOUND, Found
from prm.work.errors import NotFound
from prm.work.sql import fetch

ORDERS: dict[str, tuple[str, ...]] = {
    "name": ("key", "pk"),
    "-name": ("-key", "-pk"),
    "size": ("size", "pk"),
    "-size": ("-size", "-pk"),
}
DEFAULT_ORDER = "-size"
# In a list to choose from; the others are found by their names.
MOST_OFFERED = 200
SUGGESTED = 12
# Up to so many bearers it is quick to count them, with the hot ones among them.
COUNTED_FAST = 5_000


def list_tags(organisation: Organisation, words: str = "") -> QuerySet[Tag]:
    """Return the tags in use, or those with these words in their names, to be ordered and paged."""
    tags = Tag.objects.filter(organisation=organisation, merged_into__isnull=True)
    for word in words.replace("\x00", "").split()[:4]:
        tags = tags.filter(key__contains=_folded(word))
    return tags


def list_offered(organisation: Organisation, *, chosen: int | None = None) -> list[tuple[int, str]]:
    """Return (id, name) of the tags most borne and of the one chosen, by name. One query, two for a rare one."""
    tags = Tag.objects.filter(organisation=organisation, merged_into__isnull=True)
    rows = list(tags.order_by("-size", "-pk").values_list("pk", "name")[:MOST_OFFERED])
    if chosen is not None and chosen not in dict(rows):
        rows += tags.filter(pk=chosen).values_list("pk", "name")
    return sorted(rows, key=lambda row: row[1].casefold())


def suggest_tags(organisation: Organisation, words: str) -> list[str]:
    """Return names of tags with these words in them, the most borne first."""
    return list(list_tags(organisation, words).order_by("-size", "-pk").values_list("name", flat=True)[:SUGGESTED])


def with_tag_links(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    """Add `tag_links`: {"pk", "name"} of each of a contact's tags, in order."""
    borne = Tagging.objects.filter(contact=OuterRef("pk")).order_by("tag__key")
    return contacts.annotate(tag_links=ArraySubquery(borne.values(link=JSONObject(pk="tag_id", name="tag__name"))))


def with_tags(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    """Add `tag_names`: the names of a contact's tags, in order."""
    borne = Tagging.objects.filter(contact=OuterRef("pk")).order_by("tag__key")
    return contacts.annotate(tag_names=ArraySubquery(borne.values("tag__name")))


def bearers_of(tag_id: int) -> QuerySet[Tagging]:
    """Return, for EXISTS over a contact, that it bears this tag."""
    return Tagging.objects.filter(contact=OuterRef("pk"), tag=tag_id)


def size_of(tag_id: int | None) -> int | None:
    """Return how many contacts bear a tag, where that is many: kept with it. One query."""
    size = Tag.objects.filter(pk=tag_id).values_list("size", flat=True).first() if tag_id is not None else None
    return size if size is not None and size > COUNTED_FAST else None


def get_tag(organisation: Organisation, tag_id: int) -> Tag:
    """Return a tag in use, or raise NotFound."""
    tag = Tag.objects.filter(organisation=organisation, pk=tag_id, merged_into__isnull=True).first()
    if tag is None:
        raise NotFound
    return tag


def list_uses(organisation: Organisation, tag: Tag) -> list[tuple[int, str]]:
    """Return (id, name) of the segments that ask for a tag. Two queries."""
    codes = [str(tag.pk), *(str(pk) for pk in tag.merged.values_list("pk", flat=True))]
    rows: Iterable[tuple[int, str]] = fetch(
        "contacts/list_tag_uses", {"organisation_id": organisation.pk, "codes": codes}
    )
    return [(int(pk), str(name)) for pk, name in rows]


def find_tags(organisation: Organisation, words: str) -> list[Found]:
    """Find tags for the palette: each leads to who bears it."""
    tags = list_tags(organisation, words).order_by("-size", "-pk")[:MOST_FOUND]
    address = org_reverse(organisation, "contacts:contact_list")
    return [Found(tag.name, f"{address}?tag={tag.pk}", "tag", gettext("Tag")) for tag in tags]


def _folded(word: str) -> Func:
    return Func(Value(word, output_field=CharField()), function="contacts_fold", output_field=TextField())

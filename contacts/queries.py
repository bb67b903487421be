"""Reads for pages and the API: lists of contacts and companies, one contact with all that is shown of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.fields.queries import with_fields
from contacts.models import Contact, Stage, StageChange, Suppression, Tier
from contacts.searching import MOST_BY_INDEX, Matches, narrow_contacts, search_contacts
from contacts.segments.models import SegmentMember
from contacts.suppressions import only_contactable
from contacts.tagging.queries import MOST_OFFERED, bearers_of, size_of, with_tag_links, with_tags
from prm.organisations.models import Membership, Organisation
from prm.web.numbers import read_id
from prm.web.pagination import Key
from prm.work.errors import NotFound
from prm.work.sql import fetch

# Beyond this a list says "more than": counting a million rows costs more than the page.
COUNTED_UP_TO = 50_000
# Where several conditions must hold, each row counted costs more.
COUNTED_COMBINED = 10_000
# Of a filter with several conditions so few are found first, and then put in order.
FEW = 2000
TIERS = {tier.name.lower(): tier for tier in Tier}

ORDERS: dict[str, tuple[str | Key, ...]] = {
    "name": ("sort_name", "pk"),
    "-name": ("-sort_name", "-pk"),
    # The standing's own column, not the contact's equal one: only within one table is a place in an order a range.
    "score": ("standing__total", "standing__contact_id"),
    "-score": ("-standing__total", "-standing__contact_id"),
    "qualification": ("qualification_percent", "pk"),
    "-qualification": ("-qualification_percent", "-pk"),
    "act": (Key("standing__last_act_at", nullable=True), "pk"),
    "-act": (Key("standing__last_act_at", descending=True, nullable=True), "-pk"),
    "created": ("created_at", "pk"),
    "-created": ("-created_at", "-pk"),
}
DEFAULT_ORDER = "-score"

CONTACTABLE: dict[str, str | Promise] = {"yes": _("yes"), "no": _("no")}


@dataclass(frozen=True)
class ContactFilter:
    """What narrows a list of contacts; an empty value does not."""

    words: str = ""
    stage: str = ""
    # "cold", "warm" or "hot".
    tier: str = ""
    source: str = ""
    # "yes" or "no".
    contactable: str = ""
    owner_id: int | None = None
    company_id: int | None = None
    # "yes" or "no".
    has_company: str = ""
    segment_id: int | None = None
    tag_id: int | None = None
    # These contacts alone, such as those somebody ticked.
    ids: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is narrowed."""
        return self == ContactFilter()


def read_filter(given: Mapping[str, Any]) -> ContactFilter:
    """Return the filter an address asks for; what cannot be one is left out."""
    return ContactFilter(
        words=str(given.get("q") or "").replace("\x00", "").strip()[:200],
        stage=one_of(given.get("stage"), Stage.values),
        tier=one_of(given.get("tier"), TIERS),
        source=str(given.get("source") or "").replace("\x00", "")[:120],
        contactable=one_of(given.get("contactable"), CONTACTABLE),
        owner_id=_number(given.get("owner")),
        company_id=_number(given.get("company")),
        has_company=one_of(given.get("has_company"), CONTACTABLE),
        segment_id=_number(given.get("segment")),
        tag_id=_number(given.get("tag")),
        ids=read_ids(str(given.get("ids") or "")),
    )


@dataclass(frozen=True)
class Counted:
    """How many rows there are; at least so many when it is not exact."""

    number: int
    is_exact: bool = True
    hot: int = 0


@dataclass(frozen=True)
class Found:
    """The contacts of a filter, and up to how many it is quick to count them."""

    rows: QuerySet[Contact]
    countable: int = COUNTED_UP_TO
    # How many there are, where that is known without counting.
    known: Counted | None = None
    # Nobody is spelt as was searched for; these are spelt nearly so.
    is_near: bool = False
    # Several conditions must hold at once: nobody can tell from statistics how few that leaves.
    is_combined: bool = False


def find_contacts(organisation: Organisation, filters: ContactFilter, *, forgiving: bool = True) -> Found:
    """Return the contacts of a filter with company, standing and `is_suppressed`, to be ordered and paged.

    Forgiving, a search that nobody answers is made again for those spelt nearly so.
    """
    # Whoever was erased has no standing: nothing more has to be looked at to leave them out.
    contacts = _narrow(Contact.everybody.filter(standing__organisation=organisation), filters)
    matches = search_contacts(organisation, filters.words, forgiving=forgiving) if filters.words else None
    if matches is not None:
        contacts = narrow_contacts(contacts, matches)
    is_combined = sum(getattr(filters, one.name) != one.default for one in dataclass_fields(ContactFilter)) > 1
    countable = COUNTED_COMBINED if is_combined else COUNTED_UP_TO
    return Found(
        _shown(contacts),
        countable=MOST_BY_INDEX if matches is not None and matches.ids is None else countable,
        known=_known(filters, matches),
        is_near=matches is not None and matches.is_near,
        is_combined=is_combined,
    )


def take_few(organisation: Organisation, found: Found) -> Found:
    """Return what was found by the ids where a combined filter leaves few. One query for such a filter, else none.

    A page in an order is otherwise met by walking that order, which is long where hardly anybody is as asked.
    """
    if not found.is_combined:
        return found
    few = list(found.rows.order_by().values_list("pk", "standing__tier")[: FEW + 1])
    if len(few) > FEW:
        return found
    contacts = Contact.everybody.filter(standing__organisation=organisation, pk__in=[pk for pk, _tier in few])
    hot = sum(tier == Tier.HOT for _pk, tier in few)
    return replace(found, rows=_shown(contacts), known=Counted(len(few), hot=hot))


def _shown(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    suppressed = Exists(Suppression.objects.filter(contact=OuterRef("pk")))
    return contacts.select_related("company", "standing").annotate(is_suppressed=suppressed)


def _narrow(contacts: QuerySet[Contact], filters: ContactFilter) -> QuerySet[Contact]:
    """Keep the contacts that are as asked, whatever words they bear."""
    if filters.stage:
        contacts = contacts.filter(stage=filters.stage)
    if filters.tier:
        contacts = contacts.filter(standing__tier=TIERS[filters.tier])
    if filters.source:
        contacts = contacts.filter(source=filters.source)
    if filters.owner_id is not None:
        contacts = contacts.filter(owner_id=filters.owner_id)
    if filters.company_id is not None:
        contacts = contacts.filter(company_id=filters.company_id)
    if filters.has_company:
        contacts = contacts.filter(company__isnull=filters.has_company == "no")
    if filters.segment_id is not None:
        stays = SegmentMember.objects.filter(contact=OuterRef("pk"), segment=filters.segment_id, left_at__isnull=True)
        contacts = contacts.filter(Exists(stays))
    if filters.ids:
        contacts = contacts.filter(pk__in=filters.ids)
    if filters.tag_id is not None:
        contacts = contacts.filter(Exists(bearers_of(filters.tag_id)))
    if filters.contactable:
        contacts = only_contactable(contacts, contactable=filters.contactable == "yes")
    return contacts


def _known(filters: ContactFilter, matches: Matches | None) -> Counted | None:
    """Return how many contacts there are where a tag's size or a search says it already."""
    if filters == ContactFilter(tag_id=filters.tag_id) and filters.tag_id is not None:
        size = size_of(filters.tag_id)
        return None if size is None else Counted(size)
    if matches is not None and matches.ids is None and filters == ContactFilter(words=filters.words):
        return Counted(MOST_BY_INDEX, is_exact=False)
    return None


def find_nobody() -> Found:
    """Return what is found where a filter means nothing any more. No query."""
    return Found(Contact.objects.none(), known=Counted(0))


def list_contacts(organisation: Organisation, filters: ContactFilter, *, forgiving: bool = True) -> QuerySet[Contact]:
    """Return the contacts of a filter, where nobody counts them."""
    return find_contacts(organisation, filters, forgiving=forgiving).rows


def count_up_to(rows: QuerySet[Any], most: int = COUNTED_UP_TO) -> Counted:
    """Count rows, but not for longer than it takes to count `most` of them."""
    number = rows.order_by().values("pk")[: most + 1].count()
    return Counted(min(number, most), number <= most)


def count_contacts(found: Found) -> Counted:
    """Count contacts, and the hot ones where all are counted. One query, none where the number is known."""
    if found.known is not None:
        return found.known
    first = found.rows.order_by().values("pk", "standing__tier")[: found.countable + 1]
    counts = first.aggregate(number=Count("pk"), hot=Count("pk", filter=Q(standing__tier=Tier.HOT)))
    number, is_exact = min(counts["number"], found.countable), counts["number"] <= found.countable
    return Counted(number, is_exact, counts["hot"] if is_exact else 0)


def has_contacts(organisation: Organisation) -> bool:
    """Tell whether the base holds anybody."""
    return Contact.objects.filter(organisation=organisation).exists()


def list_filter_choices(organisation: Organisation, *, tag_id: int | None = None) -> dict[str, list[tuple[str, str]]]:
    """Return (code, words) of the sources, segments in use, tags and members to narrow by, each in order. One query.

    Of tags the most borne ones, and the one chosen; of sources the first thirty.
    """
    params = {
        "organisation_id": organisation.pk,
        "most_sources": 30,
        "most_tags": MOST_OFFERED,
        "tag_id": tag_id or 0,
    }
    found: dict[str, list[tuple[str, str]]] = {"source": [], "segment": [], "tag": [], "owner": []}
    for what, code, words in fetch("contacts/list_filter_choices", params):
        found[what].append((code, words))
    return {what: sorted(rows, key=lambda row: row[1].casefold()) for what, rows in found.items()}


def list_members(organisation: Organisation) -> list[Membership]:
    """Return the members who may own contacts."""
    return list(Membership.objects.filter(organisation=organisation).select_related("user").order_by("user__full_name"))


def get_contact(organisation: Organisation, contact_id: int) -> Contact:
    """Return one contact with company, standing, owner, suppressions and ledger; raise NotFound. Three queries.

    Brings the fields of the organisation's own along (`fields_of`).
    """
    contact = _get_person(with_fields(_people(organisation, contact_id)))
    ledger = StageChange.objects.select_related("by").order_by("at", "pk")
    prefetch_related_objects(
        [contact],
        Prefetch("stage_changes", queryset=ledger, to_attr="ledger"),
        Prefetch("suppressions", queryset=Suppression.objects.order_by("at"), to_attr="suppressed"),
    )
    return contact


def get_listed_contact(organisation: Organisation, contact_id: int) -> Contact:
    """Return one contact as `list_contacts` gives it, with `tag_names`; raise NotFound. One query."""
    rows = with_tags(list_contacts(organisation, ContactFilter()))
    contact: Contact | None = rows.filter(pk=contact_id).first()
    if contact is None:
        raise NotFound
    return contact


def find_person(organisation: Organisation, contact_id: int) -> Contact:
    """Return one contact with company, standing, owner and `tag_links`; raise NotFound. One query."""
    return _get_person(_people(organisation, contact_id))


def _people(organisation: Organisation, contact_id: int) -> QuerySet[Contact]:
    found = Contact.objects.filter(organisation=organisation, pk=contact_id)
    return with_tag_links(found.select_related("company", "standing", "owner"))


def _get_person(found: QuerySet[Contact]) -> Contact:
    contact = found.first()
    if contact is None:
        raise NotFound
    return contact


@dataclass(frozen=True)
class LifeStep:
    """One stage on the line of a contact's life."""

    label: str | Promise
    is_done: bool = False
    is_current: bool = False
    note: str = field(default="")


def read_ids(text: str) -> tuple[int, ...]:
    """Return the ids in a list with commas, each once; what is none is left out."""
    found = (read_id(part.strip()) for part in text.split(","))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def one_of(value: Any, known: Any) -> str:
    """Return a value that is known, else nothing."""
    return str(value) if value in known else ""


def _number(value: Any) -> int | None:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

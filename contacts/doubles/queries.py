"""Reads of pages and API: the queue of pairs, a pair or cluster side by side, merges."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from contacts.doubles.choosing import FIELDS, Choice, provenance_of
from contacts.doubles.models import Merge, Pair, PairStatus, Watch
from contacts.doubles.reasons import REASONS, words_of
from contacts.fields.models import CustomField
from contacts.fields.values import PREFIX, in_words
from contacts.models import Company, Contact
from prm.organisations.models import Organisation, User
from prm.web.figures import phone
from prm.web.marks import PROVENANCE_WORDS, provenance_kind
from prm.work.errors import NotFound

ORDER = ("-score", "-pk")
SHOWN = 20


@dataclass(frozen=True)
class Line:
    """One field of a pair: the two values, and whether they are the same."""

    label: str
    low: str
    high: str

    @property
    def is_same(self) -> bool:
        """Tell whether both say the same."""
        return self.low == self.high


@dataclass(frozen=True)
class Row:
    """One pair of the queue, side by side."""

    pair: Pair
    reasons: list[str]
    lines: list[Line]


def count_open(organisation: Organisation) -> int:
    """Return how many pairs wait for a decision."""
    return Pair.objects.filter(organisation=organisation, status=PairStatus.OPEN).count()


def list_pairs(organisation: Organisation, *, reason: str = "") -> QuerySet[Pair]:
    """Return the open pairs, of one reason or all, to be ordered and paged."""
    pairs = Pair.objects.filter(organisation=organisation, status=PairStatus.OPEN)
    if reason in REASONS:
        pairs = pairs.filter(reasons__contains=[reason])
    return pairs.select_related("low__company", "high__company", "low__standing", "high__standing")


def row_of(pair: Pair) -> Row:
    """Return a pair as the queue shows it. No query."""
    lines = []
    for field in ("email", "phone", "job_title", "company"):
        low, high = (str(getattr(contact, field) or "") for contact in (pair.low, pair.high))
        if low or high:
            show = phone if field == "phone" else str
            lines.append(Line(str(FIELDS[field]), show(low), show(high)))
    return Row(pair, words_of(pair.reasons), lines)


def get_watch(organisation: Organisation) -> Watch:
    """Return how the organisation looks for doubles."""
    return Watch.objects.filter(organisation=organisation).first() or Watch(organisation=organisation)


def list_people(organisation: Organisation, ids: list[int]) -> list[Contact]:
    """Return these contacts by id; NotFound where one is missing."""
    rows = Contact.objects.filter(organisation=organisation, pk__in=ids).select_related("company", "owner", "standing")
    people = list(rows.order_by("pk"))
    if len(people) != len(set(ids)) or len(people) < 2:
        raise NotFound
    return people


@dataclass(frozen=True)
class Option:
    """One contact's value of a field, in words, with where it is from."""

    contact: Contact
    text: str
    source: str
    is_taken: bool


def options_of(
    choices: list[Choice], people: list[Contact], own: Sequence[CustomField] = ()
) -> list[tuple[Choice, list[Option]]]:
    """Return what a person chooses among, value by value, those of own fields in words. At most two queries."""
    companies = dict(
        Company.objects.filter(pk__in=[one.company_id for one in people if one.company_id]).values_list("pk", "name")
    )
    owners = {user.pk: str(user) for user in User.objects.filter(pk__in=[p.owner_id for p in people if p.owner_id])}
    words = {"company": companies, "owner": owners}
    fields = {PREFIX + field.key: field for field in own}

    def text_of(name: str, value: Any) -> str:
        if name in fields:
            return in_words(fields[name], value)
        return phone(value) if name == "phone" else str(words.get(name, {}).get(value, value))

    return [
        (
            choice,
            [
                Option(
                    person,
                    text_of(choice.field, value),
                    _source_words(str(provenance_of(person, choice.field).get("source", ""))),
                    person.pk == choice.taken_from,
                )
                for person in people
                if (value := choice.values.get(person.pk)) is not None
            ],
        )
        for choice in choices
    ]


def _source_words(source: str) -> str:
    return str(PROVENANCE_WORDS[provenance_kind(source)]) if source else ""


def get_merge(organisation: Organisation, merge_id: int) -> Merge:
    """Return one merge; raise NotFound."""
    found = Merge.objects.filter(organisation=organisation, pk=merge_id).select_related("contact", "created_by").first()
    if found is None:
        raise NotFound
    return found


def list_merges(organisation: Organisation) -> QuerySet[Merge]:
    """Return the latest merges, newest first."""
    return (
        Merge.objects.filter(organisation=organisation).select_related("contact", "created_by").order_by("-created_at")
    )

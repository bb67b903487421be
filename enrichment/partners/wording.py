"""Partner files in words: what became of lines and values, what a line says, whom it may mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import capfirst
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.fields.models import Subject
from contacts.fields.queries import list_fields
from contacts.fields.values import in_words
from contacts.models import Company
from enrichment import wording
from enrichment.matching import judge
from enrichment.models import Lookup
from enrichment.partners.counting import Counts, Fate
from enrichment.partners.merging import CUSTOM
from enrichment.partners.reading import Key
from enrichment.providers.outcomes import Question
from enrichment.providers.records import CompanyRecord
from prm.organisations.models import Organisation
from prm.web.figures import figure, siren

KEY_WORDS: dict[Key, str | Promise] = {
    Key.SIREN: gettext_lazy("by their SIREN"),
    Key.SIRET: gettext_lazy("by their SIRET"),
    Key.VAT: gettext_lazy("by their VAT number"),
    Key.DOMAIN: gettext_lazy("by their web domain"),
    Key.NAME: gettext_lazy("by their name and place"),
}
FATE_WORDS: dict[Fate, str | Promise] = {
    Fate.FILLED: gettext_lazy("fill what was empty"),
    Fate.UPDATED: gettext_lazy("bring the same partner’s values up to date"),
    Fate.SAME: gettext_lazy("say what is known"),
    Fate.DIFFERS: gettext_lazy("differ from what another source says, which stays"),
    Fate.OWN: gettext_lazy("differ from what a person entered, which stays"),
    Fate.REFUSED: gettext_lazy("cannot be taken"),
}
_LINE: tuple[tuple[str, str | Promise], ...] = (
    ("name", gettext_lazy("Name")),
    ("siren", "SIREN"),
    ("siret", "SIRET"),
    ("domain", gettext_lazy("Web domain")),
    ("postcode", gettext_lazy("Postcode")),
    ("city", gettext_lazy("City")),
)


@dataclass(frozen=True)
class Part:
    """How many, and of what."""

    words: str
    number: int


@dataclass(frozen=True)
class Candidate:
    """A company a line may speak of, what speaks for it and how sure it is (0-1; None: only the domain says so)."""

    company: Company
    reasons: list[str]
    score: float | None


def keys_of(counts: Counts) -> list[Part]:
    """Return by what companies were found, where any were."""
    return [Part(str(words), number) for key, words in KEY_WORDS.items() if (number := getattr(counts, key.value))]


def fates_of(counts: Counts) -> list[Part]:
    """Return what became of values, where there are any."""
    return [Part(str(words), number) for fate, words in FATE_WORDS.items() if (number := getattr(counts, fate.value))]


def facts_of_line(organisation: Organisation, row: Mapping[str, Any]) -> list[wording.Fact]:
    """Return what a stored line says, for people. One query for fields of our own."""
    values: Mapping[str, Any] = row.get("values", {})
    facts = [wording.Fact(str(label), _shown(name, row.get(name))) for name, label in _LINE]
    facts += [
        wording.Fact(wording.field_label(name), wording.value_words(name, value))
        for name, value in values.items()
        if not name.startswith(CUSTOM) and name not in {*dict(_LINE), "naf_nomenclature", "department"}
    ]
    own = {name.removeprefix(CUSTOM): value for name, value in values.items() if name.startswith(CUSTOM)}
    if own:
        fields = list_fields(organisation, Subject.COMPANY)
        facts += [wording.Fact(one.label, in_words(one, own[one.key])) for one in fields if one.key in own]
    return [fact for fact in facts if fact.value]


def candidates_of(lookup: Lookup) -> list[Candidate]:
    """Return the companies a line may speak of, best first, as they are now. One query."""
    stored = [CompanyRecord.from_json(one) for one in lookup.answer.get("candidates", ())]
    companies = Company.objects.in_bulk([int(record.siren) for record in stored])
    question = Question.from_json(lookup.question)
    found = []
    for record in stored:
        company = companies.get(int(record.siren))
        if company is None:
            continue
        match = judge(question, record) if question.name else None
        reasons = [str(wording.EVIDENCE_WORDS[one]) for one in match.evidence] if match else []
        if company.domain and company.domain == lookup.answer.get("row", {}).get("domain"):
            reasons.append(_("same web domain"))
        reasons += [_("closed")] if company.is_closed else []
        found.append(Candidate(company, [capfirst(one) for one in reasons], match.score if match else None))
    return found


def detail_of(lookup: Lookup) -> str:
    """Say what came of a doubtful line that is settled."""
    return wording.detail_words(lookup)


def written_words(counts: Counts) -> str:
    """Say how many values a settled line wrote."""
    number = counts.written
    if not number:
        return _("The line tells nothing that was not known, or that may be written.")
    return ngettext("%(n)s value was written.", "%(n)s values were written.", number) % {"n": figure(number)}


def _shown(name: str, value: Any) -> str:
    return siren(value) if value and name in {"siren", "siret"} else str(value or "")

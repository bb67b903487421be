"""Lookups in words: what was asked, what came of it, what changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.template.defaultfilters import capfirst
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.codes import words
from contacts.models import Company
from enrichment import answering, applying
from enrichment.matching import Evidence, judge
from enrichment.merging import told_by
from enrichment.models import Lookup, LookupStatus
from enrichment.proofs.policy import FIELDS
from enrichment.providers.outcomes import REASON_WORDS, Mention, Question, SiteProof
from enrichment.providers.records import CompanyRecord
from prm.web.figures import day, figure, percent, siren
from prm.work.models import Job

# Of a board so many are named.
MOST_NAMED = 6
# Shown with their code: nobody reads the nomenclature alone.
HIDDEN_FIELDS = frozenset({"naf_nomenclature"})

_DETAILS: dict[str, str | Promise] = {
    applying.UNCHANGED: gettext_lazy("Everything it says was known."),
    applying.SIREN_TAKEN: gettext_lazy("Another company here has this SIREN already."),
    answering.UNDONE: gettext_lazy("What it filled in was put back."),
    applying.CHOSEN: gettext_lazy("Chosen among candidates."),
    answering.NONE_CHOSEN: gettext_lazy("None of the candidates was the right one."),
    answering.NOT_ASKABLE: gettext_lazy("There is neither a SIREN nor a name to ask about."),
    answering.OTHER_SIREN: gettext_lazy("The name leads to another SIREN than the one given here."),
    answering.DUPLICATE: gettext_lazy("The register closed this SIREN as a duplicate of another one."),
    answering.SUPERSEDED: gettext_lazy("Asked again since."),
    "stale_line": gettext_lazy("The partner’s data are too old by now: nobody has to say whose line it was."),
    "erased_line": gettext_lazy("The line named somebody who was erased: what it said is gone."),
    "not_read": gettext_lazy("This installation reads no websites."),
    "no_company": gettext_lazy("This domain is no company’s: it gives mailboxes to everybody."),
    "no_site": gettext_lazy("There is no website under this domain."),
    "private_site": gettext_lazy("This domain leads into a private network, which is never asked."),
    "bad_address": gettext_lazy("The website leads in circles, or to an address that is never asked."),
    "robots": gettext_lazy("The website asks programs not to read it (robots.txt)."),
    "no_notice": gettext_lazy("The website names no company of the French register."),
    "unknown_number": gettext_lazy("The website names a SIREN that the register does not know."),
    **REASON_WORDS,
}
_LABELS: dict[str, str | Promise] = {
    "partial_diffusion": gettext_lazy("keeps its data private"),
    "siren": "SIREN",
    "siret": "SIRET",
}


@dataclass(frozen=True)
class Row:
    """One value: its field, before and after, in words."""

    field: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Fact:
    """One thing a record says."""

    label: str
    value: str
    code: str = ""


@dataclass(frozen=True)
class Candidate:
    """A company that may be meant: what is said of it, what speaks for it, how sure it is (0-1; None: by a number)."""

    record: CompanyRecord
    facts: list[Fact]
    reasons: list[str]
    score: float | None
    # What the website says of it, where that is how it was found.
    mention: Mention | None = None


def detail_words(lookup: Lookup) -> str:
    """Say why a lookup is as it is; "" when there is nothing to add."""
    if lookup.status == LookupStatus.NOT_FOUND and not lookup.detail:
        return _("SIRENE knows no such company.")
    text = str(_DETAILS.get(lookup.detail, lookup.detail))
    message = lookup.answer.get("message", "")
    return f"{text} {message}".strip()


def question_words(lookup: Lookup) -> str:
    """Say what was asked: the number, or the name and its place."""
    question = Question.from_json(lookup.question)
    number = question.siret or question.siren
    if number:
        return f"{'SIRET' if question.siret else 'SIREN'} {siren(number)}"
    if not question.name:
        return question.domain or "–"
    place = question.postcode or question.city
    text = _("“%(name)s”, %(place)s") if place else _("“%(name)s”")
    return text % {"name": question.name, "place": place}


def counts_words(job: Job) -> str:
    """Say how the lookups of a job ended: "105 found, 12 to settle"."""
    counts: dict[str, int] = dict(job.result.get("counts", {}))
    # Whoever did not come to its turn has no answer either.
    counts["unavailable"] = counts.get("unavailable", 0) + counts.get("waiting", 0)
    said = {
        "found": ngettext("%(figure)s found", "%(figure)s found", counts.get("found", 0)),
        "ambiguous": ngettext("%(figure)s to settle", "%(figure)s to settle", counts.get("ambiguous", 0)),
        "not_found": ngettext("%(figure)s not found", "%(figure)s not found", counts.get("not_found", 0)),
        "unavailable": ngettext(
            "%(figure)s without an answer", "%(figure)s without an answer", counts.get("unavailable", 0)
        ),
    }
    return ", ".join(text % {"figure": figure(counts[key])} for key, text in said.items() if counts.get(key))


def field_label(field: str) -> str:
    """Name a field of a company; of the organisation's own ("custom.size") the key."""
    label = _LABELS.get(field)
    if label is None and "." not in field:
        label = getattr(Company._meta.get_field(field), "verbose_name", field)
    return capfirst(str(label or field.partition(".")[2]))


def value_words(field: str, value: Any) -> str:
    """Say a value of a company's field; codes with their words; "" for an empty one."""
    if value in (None, ""):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = str(value)
    if field in {"siren", "siret"}:
        return siren(text)
    if field == "founded_on":
        found = value if isinstance(value, date) else parse_date(text)
        return day(found, year=True) if found else text
    said = {
        "naf_code": words.naf_words,
        "naf2025_code": words.naf_words,
        "headcount_band": words.headcount_words,
        "legal_form": words.legal_form_words,
        "category": words.category_words,
        "department": words.department_words,
    }.get(field)
    return said(text) if said else text


def changes_of(lookup: Lookup) -> list[Row]:
    """Return what a lookup wrote, in the order of the company's fields."""
    return [
        Row(field, field_label(field), *(value_words(field, value) for value in lookup.changes[field]))
        for field in FIELDS
        if field in lookup.changes and field not in HIDDEN_FIELDS
    ]


def kept_of(lookup: Lookup, company: Company) -> list[Row]:
    """Return where the register says otherwise than a person declared: ours, then the register's."""
    return [
        Row(field, field_label(field), value_words(field, getattr(company, field)), value_words(field, value))
        for field, value in lookup.answer.get("kept", {}).items()
        if field not in HIDDEN_FIELDS
    ]


def facts_of(record: CompanyRecord) -> list[Fact]:
    """Return what a record says, for people, the unknown left out."""
    told = told_by(record)
    facts = [
        *_names_of(record),
        Fact("SIREN", siren(record.siren)),
        Fact(field_label("naf_code"), value_words("naf_code", record.naf_code), record.naf_code or ""),
        Fact(field_label("headcount_band"), value_words("headcount_band", record.headcount_band)),
        Fact(field_label("legal_form"), value_words("legal_form", record.legal_form)),
        Fact(field_label("founded_on"), value_words("founded_on", told["founded_on"])),
        *_rest_of(record),
    ]
    return [fact for fact in facts if fact.value]


def further_facts_of(record: CompanyRecord) -> list[Fact]:
    """Return what a record says beyond the fields that the pages of companies show anyway."""
    return [fact for fact in (*_names_of(record), *_rest_of(record)) if fact.value]


def directors_words(directors: Iterable[Mapping[str, Any]]) -> str:
    """Name who directs a company, each with the role, as they are kept; of a large board the first."""
    said = [f"{one['name']} ({one['role']})" if one.get("role") else str(one["name"]) for one in directors]
    more = len(said) - MOST_NAMED
    if more <= 0:
        return ", ".join(said)
    text = ngettext("%(names)s and %(n)s other", "%(names)s and %(n)s others", more)
    return text % {"names": ", ".join(said[:MOST_NAMED]), "n": figure(more)}


def _names_of(record: CompanyRecord) -> tuple[Fact, ...]:
    others = dict.fromkeys(filter(None, (*record.trading_names, record.acronym)))
    return Fact(_("Legal name"), record.name or ""), Fact(_("Also called"), ", ".join(others))


def _rest_of(record: CompanyRecord) -> tuple[Fact, ...]:
    return (
        Fact(field_label("address"), address_words(record)),
        Fact(_("Size of the group"), value_words("category", record.category)),
        Fact(_("Closed on"), value_words("founded_on", record.closed_on)),
        Fact(_("VAT number"), record.vat_number or ""),
    )


def address_words(record: CompanyRecord) -> str:
    """Return the address on one line."""
    town = " ".join(filter(None, (record.postcode, record.city)))
    return ", ".join(filter(None, (record.address, town)))


EVIDENCE_WORDS = {
    Evidence.SAME_NAME: gettext_lazy("same name"),
    Evidence.TRADING_NAME: gettext_lazy("one of its trading names"),
    Evidence.ALIKE_NAME: gettext_lazy("name nearly alike"),
    Evidence.SAME_POSTCODE: gettext_lazy("same postcode"),
    Evidence.SAME_TOWN: gettext_lazy("same town"),
    Evidence.SAME_DEPARTMENT: gettext_lazy("same département"),
    Evidence.OTHER_PLACE: gettext_lazy("another place"),
}


def match_words(question: Question, record: CompanyRecord) -> list[str]:
    """Say why a record may be the company asked for by name; nothing where the names have nothing in common."""
    match = judge(question, record)
    return [str(EVIDENCE_WORDS[one]) for one in match.evidence] if match else []


def automatic_words(lookup: Lookup) -> str:
    """Say how sure a match of names was that nobody had to confirm, and why; "" for any other answer."""
    score, record = lookup.answer.get("score"), lookup.answer.get("record")
    if not record:
        return ""
    told = site_words(lookup, record["siren"])
    if told or score is None or lookup.detail == applying.CHOSEN:
        return told
    why = match_words(Question.from_json(lookup.question), CompanyRecord.from_json(record))
    return _("Matched by its name, %(percent)s sure: %(why)s.") % {
        "percent": percent(100 * score, 0),
        "why": ", ".join(why),
    }


def site_of(lookup: Lookup) -> SiteProof | None:
    """Return what a website said, where one was asked."""
    stored = lookup.answer.get("site")
    return SiteProof.from_json(stored) if stored else None


def site_words(lookup: Lookup, siren_number: str) -> str:
    """Say which page of a website names a company, when it was read and how sure it is; "" where none does."""
    site = site_of(lookup)
    mention = site.mention_of(siren_number) if site else None
    if site is None or mention is None:
        return ""
    if not mention.url:
        return _("People who write from %(domain)s work there.") % {"domain": site.domain}
    read_at = parse_datetime(site.at)
    return _("Named on %(url)s, read on %(day)s, %(percent)s sure: “%(quote)s”") % {
        "url": mention.url,
        "day": day(read_at, year=True) if read_at else "–",
        "percent": percent(100 * mention.score, 0),
        "quote": mention.quote,
    }


def candidate_of(company: Company, record: CompanyRecord, site: SiteProof | None = None) -> Candidate:
    """Return a candidate with how sure it is, and what speaks for it and against it. `site`: what a website said."""
    question = Question(name=company.name, postcode=company.postcode, city=company.city)
    match = judge(question, record)
    reasons = match_words(question, record)
    mention = site.mention_of(record.siren) if site else None
    if mention is not None:
        reasons.append(_("named on the website") if mention.url else _("people of this domain work there"))
    reasons += [_("closed")] if record.is_closed else []
    reasons += [_("sole trader")] if record.is_natural_person else []
    reasons += [_("keeps its data private")] if record.partial_diffusion else []
    return Candidate(
        record,
        [fact for fact in facts_of(record) if fact.value != record.name],
        reasons,
        mention.score if mention else match.score if match else None,
        mention,
    )

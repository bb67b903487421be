"""The model a new organisation begins with: the field's classics, published, ready to be changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from prm.organisations import audit
from prm.organisations.models import Organisation
from scoring.models import Axis, ModelVersion, Rule, VersionStatus
from scoring.nightly import wake_nightly

# A contact form, a webinar and the pricing page within a week make somebody hot; the form alone makes them warm, for
# two weeks.
WARM_FROM, HOT_FROM, MINIMUM_FIT = 8.0, 18.0, 0.0


@dataclass(frozen=True)
class Start:
    """One rule of the starting model, named in each language."""

    fr: str
    en: str
    points: float
    kind: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def _any(*comparisons: tuple[str, str, Any]) -> dict[str, Any]:
    return {"any": [{"field": name, "op": op, "value": value} for name, op, value in comparisons]}


_PRICING = _any(
    ("touchpoint", "is", "pricing"),
    *((name, "contains", word) for name in ("path", "url") for word in ("pricing", "tarif")),
)
_LEADERS = ("direct", "président", "gérant", "fondat", "founder", "chief", "ceo", "head of", "vice president")
_PRIVATE_MAIL = (
    "gmail.com", "hotmail.com", "hotmail.fr", "outlook.com", "outlook.fr", "yahoo.com", "yahoo.fr", "orange.fr",
    "free.fr", "laposte.net", "wanadoo.fr", "sfr.fr", "icloud.com", "live.fr",
)  # fmt: skip
_MONTH, _QUARTER = {"half_life_days": 30.0}, {"half_life_days": 45.0}

INTENT: Sequence[Start] = (
    Start("Formulaire de contact envoyé", "Contact form sent", 10, "form_sent", {"cap": 20.0, **_QUARTER}),
    Start("Essai commencé", "Trial started", 8, "trial", {"cap": 8.0, **_QUARTER}),
    Start("Événement suivi", "Event attended", 7, "event", {"cap": 14.0, **_QUARTER}),
    Start("Webinaire suivi", "Webinar attended", 6, "webinar", {"cap": 12.0, **_QUARTER}),
    Start("Document téléchargé", "Document downloaded", 5, "download", {"cap": 10.0, **_QUARTER}),
    Start("Échange téléphonique", "Telephone call", 4, "call", {"cap": 8.0, "once_a_day": True, **_QUARTER}),
    Start(
        "Page tarifs vue",
        "Pricing page viewed",
        3,
        "page_view",
        {"cap": 9.0, "once_a_day": True, "property_condition": _PRICING, **_MONTH},
    ),
    Start("Lien d’e-mail suivi", "Link followed in an e-mail", 1, "email_clicked", {"cap": 5.0, **_MONTH}),
    # Measuring individual opens needs its own consent, and machines open mails: off until somebody decides.
    Start("E-mail ouvert", "E-mail opened", 1, "email_opened", {"cap": 5.0, "is_enabled": False, **_MONTH}),
)
FIT: Sequence[Start] = (
    Start(
        "Fonction de direction",
        "Executive position",
        20,
        more={"condition": _any(*(("job_title", "contains", word) for word in _LEADERS))},
    ),
    Start(
        "Fonction de responsable",
        "Management position",
        10,
        more={"condition": _any(*(("job_title", "contains", word) for word in ("responsable", "manager", "chef de")))},
    ),
    Start(
        "Entreprise de 20 à 499 salariés",
        "Company of 20 to 499 employees",
        25,
        more={
            "condition": {"field": "company.headcount_band", "op": "in", "value": ["12", "21", "22", "31", "32"]},
        },
    ),
    Start(
        "Adresse e-mail personnelle",
        "Private e-mail address",
        -10,
        more={"condition": {"field": "email_domain", "op": "in", "value": list(_PRIVATE_MAIL)}},
    ),
    Start(
        "Entreprise fermée",
        "Company closed",
        -50,
        more={"condition": {"field": "company.is_closed", "op": "is", "value": True}},
    ),
)


def add_starting_model(organisation: Organisation) -> None:
    """Publish the first version of an organisation that has none. The scope is open."""
    with transaction.atomic():
        if ModelVersion.objects.exists():
            return
        version = ModelVersion.objects.create(
            organisation=organisation,
            number=1,
            status=VersionStatus.PUBLISHED,
            warm_from=WARM_FROM,
            hot_from=HOT_FROM,
            minimum_fit=MINIMUM_FIT,
            published_at=timezone.now(),
        )
        Rule.objects.bulk_create(_rules(version, Axis.INTENT, INTENT) + _rules(version, Axis.FIT, FIT))
        audit.record(organisation, None, "scoring_model.publish", version, after={"number": 1})
        wake_nightly(organisation)


def _rules(version: ModelVersion, axis: Axis, starts: Sequence[Start]) -> list[Rule]:
    french = version.organisation.language.startswith("fr")
    return [
        Rule(
            organisation=version.organisation,
            version=version,
            axis=axis,
            position=position,
            name=start.fr if french else start.en,
            points=start.points,
            kind=start.kind,
            **start.more,
        )
        for position, start in enumerate(starts)
    ]

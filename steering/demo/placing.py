"""What the demo organisation shows whom: a slot of its home page with what it brought, and an advertising audience."""

import random
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from contacts.audiences.models import FileKind, Platform
from contacts.audiences.services import AudienceInput, create_audience, download, make_file
from contacts.consent.models import Act, Source
from contacts.consent.services import record_consents
from contacts.models import Contact
from prm.organisations.models import Organisation, User
from prm.work.jobs import run_jobs
from touchpoints.models import Interaction
from touchpoints.recording import NewInteraction, record
from touchpoints.slots.choosing import is_control
from touchpoints.slots.document import Goal, read_document
from touchpoints.slots.exposures import KIND
from touchpoints.slots.models import Slot, SlotAsk, SlotVersion
from touchpoints.slots.plans import LiveSlot
from touchpoints.slots.services import (
    SettingsInput,
    VariantInput,
    add_variant,
    create_slot,
    publish_slot,
    update_settings,
)
from touchpoints.tracking.models import Site, SourceKind, Visitor

PURPOSE = "advertising"
# So many of the demo's people said yes to advertising partners, and so many of those took it back.
AGREED, TOOK_BACK = 160, 3
SEEN_SINCE_DAYS = 28
# Browsers nobody knows by variant: how many, and the shares that download something, with it and in the control group.
STRANGERS = ((640, 0.14, 0.05), (420, 0.07, 0.07))

CAMPAIGN = """<section class="hero">
<h2>Chaque arrêt de ligne a un prix. Le vôtre, en deux minutes.</h2>
<p>Vous venez de lire nos chiffres sur {{ source|LinkedIn }} :
mesurez ce que coûte une heure d’arrêt dans votre atelier.</p>
<p><a href="/calculateur" class="button" data-prm-track="calculator">Calculer le coût d’un arrêt</a></p>
</section>"""
SEARCH = """<section class="hero">
<h2>La maintenance prévisible, pour {{ sector|l’industrie }}</h2>
<p><a href="/clients/fonderie">Deux heures gagnées chaque semaine : l’histoire d’une fonderie</a></p>
</section>"""


def show_what_fits(organisation: Organisation, admin: User) -> None:
    """Publish a slot with two variants, seen by the visitors there were."""
    slot = create_slot(organisation, name="Haut de la page d’accueil", key="hero", by=admin)
    goal = Goal("kind", "download", 30)
    update_settings(organisation, slot_id=slot.pk, values=SettingsInput(slot.name, 20, goal), by=admin)
    campaign = {"all": [{"field": "visit.campaign", "op": "is", "value": "arrets-de-ligne"}]}
    search = {
        "any": [
            {"field": "visit.kind", "op": "is", "value": SourceKind.SEARCH},
            {"field": "visit.kind", "op": "is", "value": SourceKind.AI},
        ]
    }
    for name, html, condition in (
        ("Campagne des arrêts de ligne", CAMPAIGN, campaign),
        ("Venus d’un moteur de recherche", SEARCH, search),
    ):
        add_variant(organisation, slot_id=slot.pk, values=VariantInput(name, html, condition=condition), by=admin)
    version = publish_slot(organisation, slot_id=slot.pk, by=admin)
    since = timezone.now() - timedelta(days=SEEN_SINCE_DAYS)
    SlotVersion.objects.filter(pk=version.pk).update(published_at=since)
    _let_them_see(organisation, Slot.objects.get(pk=slot.pk))
    _let_strangers_see(organisation, Slot.objects.get(pk=slot.pk))
    site = Site.objects.order_by("pk")[0]
    SlotAsk.objects.create(
        organisation=organisation,
        site=site,
        key="hero",
        host=site.hosts[0],
        last_at=timezone.now() - timedelta(minutes=3),
    )


def _let_them_see(organisation: Organisation, slot: Slot) -> None:
    """Let whoever came by the campaign or a search have seen the top of the page they landed on."""
    first, second = read_document(slot.draft).variants
    live = LiveSlot(slot.pk, slot.key, 1, 20, ())
    since = timezone.now() - timedelta(days=SEEN_SINCE_DAYS)
    rows = []
    for visitor in Visitor.objects.filter(organisation=organisation, first_at__gt=since, browser__isnull=False):
        if visitor.entry_campaign == "arrets-de-ligne":
            variant = first
        elif visitor.entry_kind in {SourceKind.SEARCH, SourceKind.AI}:
            variant = second
        else:
            continue
        verdict = (
            Interaction.objects.filter(organisation=organisation, visitor_id=visitor.uid, kind="page_view")
            .order_by("occurred_at")
            .values_list("verdict", flat=True)
            .first()
        )
        control = is_control(live, visitor.browser)
        seen = {"slot": slot.key, "version": 1, "variant": variant.key, "name": variant.name, "control": control}
        at = visitor.first_at + timedelta(seconds=2)
        rows.append(
            NewInteraction(
                KIND,
                contact_id=visitor.contact_id,
                visitor_id=str(visitor.uid),
                occurred_at=at,
                verdict=verdict or "human",
                properties=seen,
            )
        )
    record(organisation, rows)


def _let_strangers_see(organisation: Organisation, slot: Slot) -> None:
    """Let browsers that stay unknown see a variant, or be the control group, and some of them download something."""
    chance = random.Random(7)  # noqa: S311  (a demonstration, the same each time)
    live = LiveSlot(slot.pk, slot.key, 1, 20, ())
    rows = []
    for variant, (number, with_it, without) in zip(read_document(slot.draft).variants, STRANGERS, strict=True):
        for _n in range(number):
            browser = UUID(int=chance.getrandbits(128), version=4)
            control = is_control(live, browser)
            at = timezone.now() - timedelta(days=chance.uniform(0.1, SEEN_SINCE_DAYS - 0.1))
            seen = {"slot": slot.key, "version": 1, "variant": variant.key, "name": variant.name, "control": control}
            rows.append(NewInteraction(KIND, visitor_id=str(browser), occurred_at=at, properties=seen))
            if chance.random() < (without if control else with_it):
                later = at + timedelta(minutes=chance.uniform(1, 90))
                said = {"document": "guide-des-arrets-de-ligne.pdf", "url": "https://www.solvane.example/ressources"}
                rows.append(NewInteraction("download", visitor_id=str(browser), occurred_at=later, properties=said))
    record(organisation, rows)


def make_an_audience(organisation: Organisation, people: Sequence[Contact], chance: random.Random, admin: User) -> None:
    """Pass on prospects and MQLs who agreed to it; some of them take it back afterwards."""
    ids = [one.pk for one in people if one.email]
    agreed = chance.sample(ids, min(AGREED, len(ids)))
    record_consents(
        organisation, agreed, purpose=PURPOSE, act=Act.GIVEN, source=Source.FORM, proof={"note": "Formulaire"}
    )
    audience = create_audience(
        organisation,
        values=AudienceInput(
            name="Prospects et MQL",
            platform=Platform.META,
            purpose=PURPOSE,
            condition={"field": "stage", "op": "in", "value": ["prospect", "mql"]},
        ),
        by=admin,
    )
    file = make_file(organisation, audience_id=audience.pk, kind=FileKind.ADD, by=admin)
    run_jobs(organisation)
    for _piece in download(organisation, file_id=file.pk, by=admin):
        pass
    passed_on = Contact.objects.filter(pk__in=agreed, stage__in=["prospect", "mql"]).order_by("pk")
    gone = list(passed_on.values_list("pk", flat=True)[:TOOK_BACK])
    record_consents(organisation, gone, purpose=PURPOSE, act=Act.WITHDRAWN, source=Source.CENTRE)

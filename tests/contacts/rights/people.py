"""One person with something in every place that can hold anything of theirs."""

from typing import Any
from uuid import uuid4

from django.db import connection, models
from django.utils import timezone

from contacts.audiences.models import Audience, AudienceFile, AudienceMember
from contacts.consent.models import Confirmation, Purpose
from contacts.consent.services import add_starting_purposes, record_consents
from contacts.doubles.merging import merge_contacts
from contacts.doubles.models import Key, Pair
from contacts.exports import EXPORT, run_export
from contacts.importing.storing import forget
from contacts.models import Company, Contact, Export, Import, ImportTrace
from contacts.people import create_contact, update_contact
from contacts.rights.requests import note_request
from contacts.segments.models import Segment, SegmentMember
from contacts.services import change_stage, record_suppression
from contacts.tagging.models import Tag, Tagging
from enrichment.models import Lookup
from enrichment.partners.models import PARTNER_FILE
from enrichment.proofs.models import CompanyState
from nurturing.models import Delivery, Enrolment
from prm.organisations import audit
from prm.organisations.models import Organisation
from prm.work.models import Job
from scoring.handoffs.models import Entry
from scoring.models import Handoff, ModelVersion
from scoring.simulation.models import SimulatedMove, Simulation
from scoring.twins.models import TwinRow
from tests.conftest import World
from tests.contacts.files import bring_in, prepare
from tests.nurturing.builders import make_scenario
from tests.worldmaking import tenant_models
from touchpoints.contents.models import Content, Reading
from touchpoints.interests.models import Interest, Theme, ThemedAct
from touchpoints.lead_forms.models import FormVersion, LeadForm, Submission
from touchpoints.models import Touchpoint
from touchpoints.recording import NewInteraction, record
from touchpoints.surveys.models import Answer, Survey
from touchpoints.tracking.models import Visit, Visitor

# What nobody else has: none of it may be found anywhere once this person is erased.
CANARIES = ("canari", "zoé", "zoe", "698765432", "crm-777", "oenologue", "les perruches", "old-id-9")
ADDRESS = "zoe.canari@secret.example"


class Hold:
    """A job's hold that goes on to the end."""

    def __init__(self, organisation: Organisation, job: Job) -> None:
        self.organisation, self.job = organisation, job
        self.result: dict[str, Any] = {}

    def advance(self, *, done: int, total: int | None = None) -> None:
        """Go on."""


def make_person(world: World) -> Contact:
    """Create the person, by every way data comes in, and what the product notes of them."""
    organisation = world.organisation
    add_starting_purposes(organisation)
    company = Company.objects.create(organisation=organisation, name="Acme", name_key="acme")
    CompanyState.objects.create(
        organisation=organisation,
        company=company,
        siren="732829320",
        directors=[{"name": "Zoé CANARI", "role": "Gérante"}],
        told_at=timezone.now(),
    )
    _lookups(organisation, company)
    contact = create_contact(
        organisation,
        values={
            "email": "Zoe.Canari@secret.example",
            "external_id": "CRM-777",
            "first_name": "Zoé",
            "last_name": "Canari",
            "phone": "06 98 76 54 32",
            "job_title": "Oenologue",
        },
        properties={"Goûts": "aime les perruches"},
        by=world.marketer,
    )
    Contact.objects.filter(pk=contact.pk).update(company=company, owner=world.sales, custom={"a": "les perruches"})
    other = create_contact(
        organisation,
        values={"email": "z.canari@old.example", "external_id": "OLD-ID-9", "last_name": "Canari"},
        by=world.marketer,
    )
    merge_contacts(
        organisation,
        contact_ids=[contact.pk, other.pk],
        survivor_id=contact.pk,
        take={"email": contact.pk, "external_id": contact.pk},
        by=world.marketer,
    )
    _files(organisation)
    update_contact(organisation, contact_id=contact.pk, values={"job_title": "Oenologue en chef"}, by=world.sales)
    change_stage(organisation, [contact.pk], to="prospect", cause="person", by=world.sales, detail={"reason": "Zoé"})
    _acts(world, contact)
    _website(organisation, contact)
    _read(organisation, contact)
    _advertised_to(organisation, contact)
    _exports(world)
    return Contact.objects.get(pk=contact.pk)


def _lookups(organisation: Organisation, company: Company) -> None:
    """Two lines of partner files, one settled, and a website whose notice names the person."""
    row = {"name": "Acme", "values": {"custom.dirigeant": "Mme Zoé Canari", "custom.mail": ADDRESS}}
    for status in ("ambiguous", "found"):
        answer = {"row": row, "line": 7, "file": 1, "candidates": [{"siren": str(company.pk), "name": "Acme"}]}
        Lookup.objects.create(
            organisation=organisation,
            company=company,
            provider=PARTNER_FILE,
            status=status,
            question={"name": "Acme"},
            answer=answer,
            answered_at=timezone.now(),
        )
    mention = {"siren": "732829320", "score": 0.9, "quote": "Éditeur : Zoé Canari, RCS 732829320", "url": "https://x"}
    site = {"domain": "acme.example", "at": "2026-11-01", "mentions": [mention]}
    Lookup.objects.create(
        organisation=organisation,
        company=company,
        provider="recherche_entreprises",
        status="found",
        answer={"site": site},
    )


def _files(organisation: Organisation) -> None:
    head = "id,email,Prénom,Nom,phone\n"
    _bring_in(
        organisation, head + "CRM-777,zoe.canari@secret.example,Zoé,Canari-Dupont,+33698765433\n1,a@b.example,A,B,\n"
    )
    _bring_in(organisation, head + "CRM-777,zoe.canari@secret.example,Zoé,Canari,+33698765432\n")
    # Two rows that are set aside: by the address in an odd place, and by the external id alone.
    _bring_in(organisation, head + ",,Zoé <ZOE.CANARI@secret.example>,,\nCRM-777,zoe@,Zoé,Canari,\n9,bad,Not,Her,\n")
    prepare(organisation, head + "CRM-777,zoe.canari@secret.example,Zoé,Canari,\n")


def _bring_in(organisation: Organisation, content: str) -> None:
    # As the job does at its end.
    forget(bring_in(organisation, content))


def _acts(world: World, contact: Contact) -> None:
    organisation, now = world.organisation, timezone.now()
    record(
        organisation,
        [
            NewInteraction("form_sent", contact_id=contact.pk, properties={"name": "Zoé Canari"}),
            NewInteraction("email_clicked", contact_id=contact.pk, properties={"url": "/?m=zoe.canari"}),
        ],
    )
    record_consents(
        organisation, [contact.pk], purpose="phone", act="given", source="member", proof={"note": "Zoé said so"}
    )
    Confirmation.objects.create(
        organisation=organisation, contact=contact, purpose=Purpose.objects.get(code="phone"), version=1
    )
    record_suppression(organisation, reason="opt_out", source="page", contact=contact, by=world.sales)
    scenario = make_scenario(organisation)
    Enrolment.objects.create(organisation=organisation, scenario=scenario, contact=contact, cause={"kind": "zoe"})
    steps = list(scenario.steps.order_by("position"))
    sent = {"address": ADDRESS, "subject": "Bonjour Zoé", "message_id": "<zoe@x>"}
    for step, status in ((steps[0], "sent"), (steps[2], "pending")):
        delivery = Delivery.objects.create(organisation=organisation, contact=contact, step=step, status=status, **sent)
        audit.record(organisation, world.marketer, "delivery.settle", delivery)
    handoff = Handoff.objects.create(
        organisation=organisation,
        contact=contact,
        intent=1,
        fit=1,
        total=2,
        model_number=1,
        due_at=now,
        note="Zoé rappelle lundi",
        evidence=["Zoé"],
    )
    audit.record(organisation, world.sales, "handoff.claim", handoff, label=str(contact))
    Entry.objects.create(
        organisation=organisation, handoff=handoff, contact=contact, deed="noted", note="Zoé aime les perruches"
    )
    TwinRow.objects.create(organisation=organisation, contact=contact, came_at=now, stage="mql")
    segment = Segment.objects.create(organisation=organisation, name="S", needs_filling=False)
    SegmentMember.objects.create(organisation=organisation, segment=segment, contact=contact, entered_at=now)
    tag = Tag.objects.create(organisation=organisation, name="T")
    Tagging.objects.create(organisation=organisation, contact=contact, tag=tag)
    neighbour = Contact.objects.get(email="a@b.example")
    note_request(
        organisation,
        kind="access",
        received_on=timezone.localdate(),
        contact_id=contact.pk,
        asker="Zoé Canari",
        note="Elle écrit de zoe.canari@secret.example",
        by=world.sales,
    )
    source_import = Import.objects.exclude(merged_at=None).order_by("pk")[0]
    ImportTrace.objects.create(
        organisation=organisation, source_import=source_import, begin=99, contacts=[contact.pk, neighbour.pk]
    )
    low, high = sorted((contact.pk, neighbour.pk))
    Pair.objects.create(organisation=organisation, low_id=low, high_id=high, score=60)
    Key.objects.create(organisation=organisation, hash=1, contact_id=contact.pk)
    version = ModelVersion.objects.create(organisation=organisation, number=1)
    simulation = Simulation.objects.create(organisation=organisation, version=version, fingerprint="f")
    SimulatedMove.objects.create(
        organisation=organisation,
        simulation=simulation,
        contact=contact,
        was_tier=0,
        tier=1,
        was_intent=1,
        intent=2,
        fit=0,
    )


def _website(organisation: Organisation, contact: Contact) -> None:
    """What a website, a form and a survey know."""
    now, touchpoint = timezone.now(), Touchpoint.objects.create(organisation=organisation, code="form", name="Form")
    url = "https://acme.example/?m=zoe.canari"
    visitor = Visitor.objects.create(
        organisation=organisation,
        uid=uuid4(),
        browser=uuid4(),
        browser_key="k",
        since=now,
        contact=contact,
        first_at=now,
        last_at=now,
        entry_url=url,
    )
    Visit.objects.create(
        organisation=organisation, visitor=visitor, started_at=now, last_at=now, landing_url=url, network="Canari SARL"
    )
    form = LeadForm.objects.create(organisation=organisation, name="F", code="f", key="f", language="fr")
    Submission.objects.create(
        organisation=organisation,
        form=form,
        version=FormVersion.objects.create(organisation=organisation, form=form, number=1, document={}),
        once="1",
        status="processed",
        answers={"last_name": "Canari"},
        context={"page": url},
        email=ADDRESS,
        contact=contact,
    )
    Answer.objects.create(
        organisation=organisation,
        survey=Survey.objects.create(organisation=organisation, touchpoint=touchpoint, question="Q", key="q"),
        touchpoint=touchpoint,
        contact=contact,
        score=5,
        quality=5,
        words="Zoé aime les perruches",
        way="link",
        nonce="n",
        answered_at=now,
    )


def _read(organisation: Organisation, contact: Contact) -> None:
    """What they read, and what that says of their interests."""
    now, theme = timezone.now(), Theme.objects.create(organisation=organisation, name="Volières")
    content = Content.objects.create(organisation=organisation, title="Guide", theme=theme, language="fr", key="g")
    act = {"organisation": organisation, "contact": contact, "occurred_at": now, "interaction_id": 1}
    Reading.objects.create(content=content, kind="page_view", seconds=60, **act)
    ThemedAct.objects.create(theme=theme, points=10, **act)
    Interest.objects.create(organisation=organisation, contact=contact, theme=theme, level=10, as_of=now)


def _advertised_to(organisation: Organisation, contact: Contact) -> None:
    audience = Audience.objects.create(
        organisation=organisation, name="A", platform="google", columns="email", purpose="advertising"
    )
    file = AudienceFile.objects.create(
        organisation=organisation, audience=audience, platform="google", columns="email", purpose="advertising"
    )
    AudienceMember.objects.create(organisation=organisation, file=file, contact=contact, email_hash="0" * 64)


def _exports(world: World) -> None:
    for file_format in ("csv", "xlsx"):
        job = Job.objects.create(organisation=world.organisation, kind=EXPORT, title="Export", status="done")
        export = Export.objects.create(
            organisation=world.organisation, file_format=file_format, job=job, filters={"q": "Zoé Canari"}
        )
        job.params = {"export": export.pk}
        run_export(Hold(world.organisation, job))  # type: ignore[arg-type]
        audit.record(world.organisation, world.admin, "export.create", export, after={"filters": export.filters})


def found_of(words: tuple[str, ...] = CANARIES) -> dict[str, list[str]]:
    """Return where any of these words stand in any table of the scope's organisation: {table: words}."""
    found: dict[str, list[str]] = {}
    for model in tenant_models():
        table = model._meta.db_table
        blobs = [f.column for f in model._meta.concrete_fields if isinstance(f, models.BinaryField)]
        text = "".join(f" || encode(t.{column}, 'escape')" for column in blobs)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT lower(to_jsonb(t)::text{text}) FROM {table} t")
            texts = [row[0] for row in cursor.fetchall()]
        hits = sorted({word for word in words if any(word in one for one in texts)})
        if hits:
            found[table] = hits
    return found

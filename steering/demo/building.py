"""A demo organisation that looks as if it had worked with PRM for half a year.

What happens now goes through the product itself: interactions into the log, its consumers score them, the queue
fills. What happened long ago (past handoffs and customers) is written with the dates it had.
"""

import random
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from faker import Faker

from contacts.models import Cause, Company, Contact, Stage, StageChange
from contacts.normalising import company_key
from contacts.qualification import recompute
from nurturing.models import Scenario
from nurturing.scenarios import activate_scenario
from prm.organisations.models import Membership, Organisation, Role, User
from prm.organisations.scope import organisation_scope
from prm.organisations.services import add_member, create_organisation, ensure_person, update_organisation
from prm.reactions import CONSUMERS
from scoring.models import Handoff, HandoffStatus, Outcome, RejectionReason
from scoring.rescoring import rescore_changed
from steering.demo import words
from steering.demo.handing_over import sign_demo_contract, tell_what_became
from steering.demo.opinions import rate_touchpoints
from steering.demo.placing import make_an_audience, show_what_fits
from steering.demo.reading import add_contents
from steering.demo.telling import tell_of_companies
from steering.demo.visiting import add_visits
from steering.demo.voices import let_people_answer
from steering.demo.writing_in import let_people_write
from touchpoints.actions.services import create_action
from touchpoints.consuming import consume
from touchpoints.models import Touchpoint
from touchpoints.recording import NewInteraction, record
from touchpoints.starting_set import add_starting_set

PASSWORD = "demo-prm-2026"  # noqa: S105  (printed by `make run`: anybody may come in)
SLUG = "demo"
PEOPLE = (
    ("admin@demo.example", "Inès Fabre", Role.ADMIN),
    ("marketer@demo.example", "Camille Roussel", Role.MARKETER),
    ("sales@demo.example", "Yanis Berger", Role.SALES),
    ("viewer@demo.example", "Paul Morel", Role.VIEWER),
)
COMPANIES = 140
CONTACTS = 900
# Contacts who looked around, were interested, are warm or hot now; and those who went to sales in the past.
GLANCED, INTERESTED, WARM, HOT, PAST = 250, 150, 60, 16, 200
HISTORY_DAYS = 200
BATCH = 2000


def build_demo() -> Organisation:
    """Create the demo organisation; takes a few seconds. Raises Conflict when it exists."""
    chance = random.Random(2026)  # noqa: S311  (the same demo every time; nothing secret)
    admin = _person(*PEOPLE[0][:2])
    organisation = create_organisation(name="Solvane", slug=SLUG, admin=admin, language="fr")
    with organisation_scope(organisation.pk):
        organisation = update_organisation(
            organisation, by=admin, sender_name="Solvane", sender_email="bonjour@solvane.example"
        )
        for scenario in Scenario.objects.all():
            activate_scenario(organisation, scenario_id=scenario.pk, by=admin)
        sales = _add_team(organisation, admin)
        touchpoints = _rate_touchpoints(organisation, admin)
        contacts = _add_people(organisation, chance)
        tell_of_companies(organisation, sales)
        sign_demo_contract(organisation, marketer=_team()[PEOPLE[1][0]], sales=sales, admin=admin)
        past = contacts[:PAST]
        _tell_the_past(organisation, past, sales, touchpoints, chance)
        _let_it_happen(organisation, contacts[PAST:], touchpoints, chance)
        _plan_actions(organisation, touchpoints)
        add_visits(organisation, contacts[PAST:], touchpoints, chance, admin)
        show_what_fits(organisation, admin)
        let_people_answer(organisation, touchpoints, past, chance, admin)
        let_people_write(organisation, touchpoints, contacts[PAST + HOT + WARM :], chance, admin)
        readers = contacts[PAST : PAST + HOT + WARM + INTERESTED]
        add_contents(organisation, touchpoints, readers, past=past, chance=chance, by=admin)
    consume(organisation, CONSUMERS)
    with organisation_scope(organisation.pk):
        recompute(organisation)
        rescore_changed(organisation)
        make_an_audience(organisation, contacts[PAST:], chance, admin)
        _give_dates_back()
    return organisation


def _person(email: str, name: str) -> User:
    person, _ = ensure_person(email=email, password=PASSWORD, full_name=name)
    return person


def _add_team(organisation: Organisation, admin: User) -> User:
    for email, name, role in PEOPLE[1:]:
        add_member(organisation, user=_person(email, name), role=role, by=admin)
    return Membership.objects.select_related("user").get(role=Role.SALES).user


def _rate_touchpoints(organisation: Organisation, admin: User) -> dict[str, Touchpoint]:
    add_starting_set(organisation, by=admin)
    touchpoints = {row.code: row for row in Touchpoint.objects.all()}
    rate_touchpoints(organisation, touchpoints, _team())
    return touchpoints


def _team() -> dict[str, User]:
    return {user.email: user for user in User.objects.filter(email__in=[email for email, _name, _role in PEOPLE])}


def _plan_actions(organisation: Organisation, touchpoints: dict[str, Touchpoint]) -> None:
    """Plan what the team makes better: one thing done, some under way, one late."""
    people = _team()
    today = timezone.localdate()

    def on(days: int | None) -> date | None:
        return None if days is None else today + timedelta(days=days)

    for plan in words.PLANS:
        owner = people[plan.owner]
        create_action(
            organisation,
            values={
                "touchpoint_id": touchpoints[plan.code].pk,
                "title": plan.title,
                "description": plan.description,
                "lever": plan.lever,
                "owner_id": owner.pk,
                "due_on": on(plan.due),
                "cost_cents": plan.cost_cents,
                "status": plan.status,
                "began_on": on(plan.began),
                "done_on": on(plan.done),
            },
            by=owner,
        )


def _add_people(organisation: Organisation, chance: random.Random) -> list[Contact]:
    companies = Company.objects.bulk_create(_company(organisation, number, chance) for number in range(COMPANIES))
    fake = Faker("fr_FR")
    fake.seed_instance(2026)
    trades = {company.name_key: trade for company, trade in zip(companies, _trades(), strict=False)}
    now = timezone.now()
    contacts = []
    for number in range(CONTACTS):
        company = companies[min(int(chance.expovariate(1 / 35)), COMPANIES - 1)]
        first, last = fake.first_name(), fake.last_name()
        known = chance.random()
        contacts.append(
            Contact(
                organisation=organisation,
                external_id=f"CRM-{number + 1:05}",
                email=_address(first, last, number, company.domain) if known > 0.06 else None,
                first_name=first,
                last_name=last,
                phone=f"+336{chance.randrange(10**7, 10**8)}" if known > 0.45 else "",
                job_title=chance.choice(trades[company.name_key].titles) if known > 0.2 else "",
                company=company if known > 0.03 else None,
                source=chance.choice(words.SOURCES),
                language="fr",
                provenance={},
            )
        )
    created = Contact.objects.bulk_create(contacts)
    came = {contact.pk: now - timedelta(days=chance.uniform(2, HISTORY_DAYS)) for contact in created}
    StageChange.objects.bulk_create(
        StageChange(organisation=organisation, contact=row, to_stage=Stage.SUSPECT, cause=Cause.IMPORT, at=came[row.pk])
        for row in created
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contacts_contact c SET created_at = v.at, stage_since = v.at"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) AS v (id, at) WHERE c.id = v.id AND c.organisation_id = %s",
            [list(came), list(came.values()), organisation.pk],
        )
    for row in created:
        row.created_at = came[row.pk]
    return created


def _trades() -> list[words.Trade]:
    return [words.TRADES[number % len(words.TRADES)] for number in range(COMPANIES)]


def _company(organisation: Organisation, number: int, chance: random.Random) -> Company:
    trade = _trades()[number]
    place, postcode, city, department = words.PLACES[(number * 7) % len(words.PLACES)]
    name = f"{trade.names[(number // len(words.PLACES)) % len(trade.names)]} {place}"
    known = chance.random() > 0.35
    return Company(
        organisation=organisation,
        name=name,
        name_key=company_key(name),
        siren=f"000{412_000 + number:06}" if known else None,
        domain=f"{_plain(trade.names[0])[:8]}-{number}.example",
        naf_code=trade.naf if known else "",
        naf_nomenclature="naf2" if known else "",
        headcount_band=chance.choice(words.HEADCOUNT_BANDS) if known else "",
        legal_form="5710" if known else "",
        postcode=postcode,
        city=city,
        department=department,
        source="Import CRM",
        provenance={},
    )


def _address(first: str, last: str, number: int, domain: str) -> str:
    return f"{_plain(first)[0]}.{_plain(last)}{number}@{domain}"


def _plain(name: str) -> str:
    """Return a name as addresses write it: "Émile d’Ys" is "emiledys"."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("œ", "oe"))
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())


def _let_it_happen(
    organisation: Organisation, contacts: Sequence[Contact], touchpoints: dict[str, Touchpoint], chance: random.Random
) -> None:
    """Record what everybody did: most of it long ago, what is hot within the last days."""
    acts: list[NewInteraction] = []
    groups = (
        (HOT, words.HEAT, 0.02, 6.0),
        (WARM, words.WARMTH, 1.0, 20.0),
        (INTERESTED, words.INTEREST, 1.0, HISTORY_DAYS),
        (GLANCED, words.GLANCES, 1.0, HISTORY_DAYS),
    )
    start = 0
    for number, ways, newest, oldest in groups:
        for contact in contacts[start : start + number]:
            end = timezone.now() - timedelta(days=chance.uniform(newest, oldest))
            acts += _walk(contact, chance.choice(ways), touchpoints, end, chance)
        start += number
    acts.sort(key=lambda act: act.occurred_at or timezone.now())
    for start in range(0, len(acts), BATCH):
        record(organisation, acts[start : start + BATCH])


def _walk(
    contact: Contact, way: Sequence[words.Act], touchpoints: dict[str, Touchpoint], end: datetime, chance: random.Random
) -> list[NewInteraction]:
    """Return one person's acts, the last one at `end`, none before they came into the base."""
    at = end = max(end, contact.created_at + timedelta(hours=1))
    acts = []
    for kind, code, properties in reversed(way):
        place = touchpoints[code] if code else None
        acts.append(
            NewInteraction(
                kind=kind,
                contact_id=contact.pk,
                touchpoint_id=place.pk if place else None,
                occurred_at=max(at, contact.created_at + timedelta(minutes=1)) if at < end else at,
                properties=dict(properties),
            )
        )
        at -= timedelta(hours=chance.uniform(1, 40))
    return acts


def _tell_the_past(
    organisation: Organisation,
    people: Sequence[Contact],
    sales: User,
    touchpoints: dict[str, Touchpoint],
    chance: random.Random,
) -> None:
    """Write the ledger of those who went to sales months ago, with what they had done and what sales answered."""
    changes, handoffs = [], []
    acts: list[NewInteraction] = []
    for number, contact in enumerate(people):
        engaged = contact.created_at + timedelta(days=chance.uniform(0.1, 20))
        opened = min(
            engaged + timedelta(days=chance.uniform(5, 60)), timezone.now() - timedelta(days=chance.uniform(1, 12))
        )
        answered = opened + timedelta(hours=chance.uniform(0.5, 30))
        outcome = (HandoffStatus.ACCEPTED,) * 7 + (HandoffStatus.RECYCLED,) * 2 + (HandoffStatus.REJECTED,)
        status = outcome[number % len(outcome)]
        handoffs.append(_past_handoff(contact, sales, (opened, answered), status, chance))
        ways = (*words.HEAT, *words.WARMTH) if status == HandoffStatus.ACCEPTED else (*words.WARMTH, *words.INTEREST)
        acts += _walk(contact, chance.choice(ways), touchpoints, opened - timedelta(hours=1), chance)
        steps = [
            (Stage.SUSPECT, Stage.PROSPECT, Cause.INTERACTION, engaged),
            (Stage.PROSPECT, Stage.MQL, Cause.RULE, opened),
        ]
        end = {HandoffStatus.ACCEPTED: Stage.ACCEPTED, HandoffStatus.RECYCLED: Stage.PROSPECT}.get(status, Stage.LOST)
        steps.append((Stage.MQL, end, Cause.PERSON, answered))
        if end == Stage.ACCEPTED and number % 10 in {0, 2, 5}:
            bought = min(answered + timedelta(days=chance.uniform(6, 50)), timezone.now())
            handoffs[-1].outcome, handoffs[-1].closed_at = Outcome.CUSTOMER, bought
            handoffs[-1].amount_cents, handoffs[-1].currency = chance.randrange(8, 120) * 50_000, "EUR"
            steps.append((Stage.ACCEPTED, Stage.CUSTOMER, Cause.PERSON, bought))
        changes += [
            StageChange(organisation=organisation, contact=contact, from_stage=old, to_stage=new, cause=cause, at=at)
            for old, new, cause, at in steps
        ]
        contact.stage, contact.stage_since = steps[-1][1], steps[-1][3]
    with transaction.atomic():
        StageChange.objects.bulk_create(changes)
        tell_what_became(Handoff.objects.bulk_create(handoffs), chance)
        Contact.objects.bulk_update(people, ["stage", "stage_since"])
    acts.sort(key=lambda act: act.occurred_at or timezone.now())
    for start in range(0, len(acts), BATCH):
        record(organisation, acts[start : start + BATCH])


def _past_handoff(
    contact: Contact, sales: User, moments: tuple[datetime, datetime], status: str, chance: random.Random
) -> Handoff:
    opened, answered = moments
    reason = ""
    if status == HandoffStatus.RECYCLED:
        reason = RejectionReason.NOT_READY
    elif status == HandoffStatus.REJECTED:
        reason = chance.choice((RejectionReason.NOT_TARGET, RejectionReason.NO_PROJECT, RejectionReason.COMPETITOR))
    intent = round(chance.uniform(20, 34), 1)
    return Handoff(
        organisation_id=contact.organisation_id,
        contact=contact,
        status=status,
        intent=intent,
        fit=10,
        total=intent + 10,
        model_number=1,
        opened_at=opened,
        due_at=opened + timedelta(hours=6),
        claimed_by=sales,
        claimed_by_label=str(sales),
        claimed_at=answered - timedelta(minutes=20),
        answered_at=answered,
        reason=reason,
        not_before=answered + timedelta(days=60) if reason == RejectionReason.NOT_READY else None,
    )


def _give_dates_back() -> None:
    """Date what the consumers just noted by the acts that caused it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contacts_stagechange s SET at = i.occurred_at FROM touchpoints_interaction i"
            " WHERE s.cause = 'interaction' AND i.id = (s.detail->>'interaction')::bigint"
            " AND i.organisation_id = s.organisation_id"
        )
        cursor.execute(
            "UPDATE contacts_contact c SET stage_since = s.at FROM contacts_stagechange s"
            " WHERE s.organisation_id = c.organisation_id AND s.contact_id = c.id AND s.cause = 'interaction'"
            " AND c.stage = 'prospect'"
        )
        cursor.execute(
            "UPDATE contacts_stagechange s SET at = t.last_act_at + interval '2 seconds' FROM contacts_standing t"
            " WHERE s.organisation_id = t.organisation_id AND s.contact_id = t.contact_id AND s.cause = 'rule'"
            " AND s.to_stage = 'mql' AND t.last_act_at > s.at - interval '10 days' AND t.last_act_at < s.at"
        )
        # Three have waited for longer than was promised; the others came in just now.
        cursor.execute(
            "UPDATE scoring_handoff h SET opened_at = t.last_act_at, due_at = h.due_at - (h.opened_at - t.last_act_at)"
            " FROM contacts_standing t WHERE h.organisation_id = t.organisation_id AND h.contact_id = t.contact_id"
            " AND h.id IN (SELECT w.id FROM scoring_handoff w JOIN contacts_standing a ON a.contact_id = w.contact_id"
            " WHERE w.status = 'waiting' AND a.last_act_at < w.opened_at ORDER BY a.last_act_at LIMIT 3)"
        )

"""The activation rate: exact values, human acts only, opens never, one organisation."""

from datetime import datetime, timedelta

from django.utils import timezone

from contacts.models import Contact, StageChange
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from steering.queries import WEEKS, measure_activation, measure_trend
from tests.conftest import World
from touchpoints.kinds import ensure_kinds
from touchpoints.models import InteractionKind, Verdict
from touchpoints.recording import NewInteraction, record

NOW = timezone.now()


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def person(organisation: Organisation, name: str, *life: tuple[str, float]) -> Contact:
    """Create a contact who came into each stage so many days ago."""
    contact = Contact.objects.create(
        organisation=organisation, email=f"{name}@b.example", stage=life[-1][0], stage_since=ago(life[-1][1])
    )
    before = ""
    for stage, days in life:
        StageChange.objects.create(
            organisation=organisation, contact=contact, from_stage=before, to_stage=stage, cause="import", at=ago(days)
        )
        before = stage
    return contact


def acted(organisation: Organisation, contact: Contact, kind: str, days: float, verdict: str = Verdict.HUMAN) -> None:
    record(organisation, [NewInteraction(kind, contact.pk, occurred_at=ago(days), verdict=verdict)])


def rate(organisation: Organisation, days: float = 0) -> tuple[int, int]:
    [found] = measure_activation(organisation, [ago(days)])
    return found.active, found.prospects


def test_only_human_acts_of_activating_kinds_count_and_opens_never(scoped: World) -> None:
    organisation = scoped.organisation
    ensure_kinds(organisation)
    # Even where somebody forced it in the database.
    InteractionKind.objects.filter(code="email_opened").update(activates=True)
    for number, (kind, verdict) in enumerate(
        [
            ("form_sent", Verdict.HUMAN),
            ("webinar", Verdict.HUMAN),
            ("form_sent", Verdict.BOT),
            ("webinar", Verdict.SUSPECT),
            ("email_opened", Verdict.HUMAN),
            ("email_clicked", Verdict.HUMAN),
            ("page_view", Verdict.HUMAN),
        ]
    ):
        acted(organisation, person(organisation, f"p{number}", ("prospect", 100)), kind, 3, verdict)
    person(organisation, "quiet", ("prospect", 100))
    assert rate(organisation) == (2, 8)


def test_a_person_counts_once_however_much_they_do(scoped: World) -> None:
    ensure_kinds(scoped.organisation)
    busy = person(scoped.organisation, "busy", ("prospect", 100))
    for days in (1, 1, 5, 29):
        acted(scoped.organisation, busy, "webinar", days)
    assert rate(scoped.organisation) == (1, 1)


def test_prospects_mqls_and_accepted_are_in_relation_suspects_and_customers_are_not(scoped: World) -> None:
    ensure_kinds(scoped.organisation)
    for stage in ("suspect", "prospect", "mql", "accepted", "customer", "disqualified", "lost"):
        acted(scoped.organisation, person(scoped.organisation, stage, (stage, 100)), "trial", 2)
    assert rate(scoped.organisation) == (3, 3)


def test_the_period_is_30_days_and_begins_sharp(scoped: World) -> None:
    ensure_kinds(scoped.organisation)
    for name, days in (("in", 29.99), ("edge", 30), ("out", 30.01)):
        acted(scoped.organisation, person(scoped.organisation, name, ("prospect", 100)), "call", days)
    assert rate(scoped.organisation) == (2, 3)
    # A moment later the one on the edge is out.
    [later] = measure_activation(scoped.organisation, [NOW + timedelta(seconds=1)])
    assert later.active == 1


def test_a_past_rate_counts_those_who_were_prospects_then(scoped: World) -> None:
    organisation = scoped.organisation
    ensure_kinds(organisation)
    # Was a prospect then, is a customer now; acted then.
    bought = person(organisation, "bought", ("suspect", 200), ("prospect", 150), ("mql", 60), ("customer", 10))
    # Became one only afterwards, and acted before that as a suspect.
    fresh = person(organisation, "fresh", ("suspect", 200), ("prospect", 20))
    # Was one then, was recycled since, and did nothing then.
    person(organisation, "recycled", ("prospect", 150), ("mql", 120), ("prospect", 5))
    # Came into the base after that.
    later = person(organisation, "later", ("prospect", 30))
    # Was lost by then.
    lost = person(organisation, "lost", ("prospect", 150), ("lost", 101))
    for contact in (bought, fresh, lost):
        acted(organisation, contact, "webinar", 105)
    acted(organisation, later, "webinar", 1)
    assert rate(organisation, days=100) == (1, 2)
    assert rate(organisation, days=102) == (2, 3)
    assert rate(organisation) == (1, 3)


def test_a_contact_without_a_ledger_counts_as_it_stands_today(scoped: World) -> None:
    ensure_kinds(scoped.organisation)
    contact = Contact.objects.create(organisation=scoped.organisation, email="a@b.example", stage="prospect")
    acted(scoped.organisation, contact, "webinar", 1)
    assert rate(scoped.organisation) == (1, 1)


def test_the_twin_changes_nothing(world: World) -> None:
    for organisation in (world.organisation, world.twin):
        with organisation_scope(organisation.pk):
            ensure_kinds(organisation)
            acted(organisation, person(organisation, "a", ("suspect", 90), ("prospect", 40)), "webinar", 1)
    with organisation_scope(world.twin.pk):
        for name in "bcd":
            acted(world.twin, person(world.twin, name, ("prospect", 40)), "webinar", 1)
        assert rate(world.twin) == (4, 4)
    with organisation_scope(world.organisation.pk):
        assert rate(world.organisation) == (1, 1)


def test_the_trend_has_a_point_a_week_and_the_change_over_the_period(scoped: World) -> None:
    organisation = scoped.organisation
    ensure_kinds(organisation)
    first = person(organisation, "first", ("prospect", 60))
    second = person(organisation, "second", ("prospect", 10))
    # Two acts whose thirty days overlap: once at each moment all the same.
    acted(organisation, first, "webinar", 40)
    acted(organisation, first, "call", 33)
    acted(organisation, second, "webinar", 3)
    trend = measure_trend(organisation, NOW)
    assert len(trend.weeks) == WEEKS == 26
    shown = [(one.active, one.prospects) for one in trend.weeks]
    # Oldest first: 17 weeks of nobody, then `first` alone, active from 40 to 3 days ago, then both, one of them active.
    assert shown[:17] == [(0, 0)] * 17
    assert shown[17:] == [(0, 1), (0, 1), (0, 1), (1, 1), (1, 1), (1, 1), (1, 1), (1, 2), (1, 2)]
    assert (trend.now.ratio, trend.before.ratio, trend.change_points) == (0.5, 1.0, -50.0)
    assert trend.weeks[0].ratio is None

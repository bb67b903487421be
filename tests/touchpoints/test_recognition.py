"""How interactions find their touchpoint: facts and patterns, rules in their order, trying one, and the past."""

from typing import Any

import pytest
from django.test import Client

from contacts.models import Contact
from contacts.segments.models import SegmentKind, TouchedContact
from contacts.segments.services import SegmentInput, create_segment
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.jobs import JobRun, JobStopped, stop_job
from prm.work.models import Job, JobStatus
from tests.conftest import World
from tests.touchpoints.test_inventory import add
from touchpoints.models import Interaction, Touchpoint, Verdict
from touchpoints.recognition import homes, queries, services
from touchpoints.recognition.facts import read_address, write_address
from touchpoints.recognition.models import RecognitionRule
from touchpoints.recognition.services import RuleInput
from touchpoints.recording import NewInteraction, record
from touchpoints.services import archive_touchpoint


def rule_for(world: World, touchpoint: Touchpoint, *kinds: str, **patterns: str) -> RecognitionRule:
    return services.create_rule(world.organisation, values=RuleInput(touchpoint.pk, kinds, patterns), by=world.marketer)


def happen(world: World, kind: str = "page_view", touchpoint: Touchpoint | None = None, **properties: Any) -> int:
    person = Contact.objects.filter(email="walker@b.example").first() or Contact.objects.create(
        organisation=world.organisation, email="walker@b.example"
    )
    one = NewInteraction(kind, person.pk, touchpoint_id=touchpoint.pk if touchpoint else None, properties=properties)
    (number,) = record(world.organisation, [one])
    return int(number or 0)


def place_of(number: int) -> str | None:
    touchpoint = Interaction.objects.select_related("touchpoint").get(pk=number).touchpoint
    return touchpoint.name if touchpoint else None


@pytest.mark.parametrize(
    ("text", "patterns"),
    [
        ("https://www.Acme.fr/tarifs/?utm_source=x#top", {"host": "acme.fr", "path": "/tarifs"}),
        ("acme.fr", {"host": "acme.fr"}),
        ("acme.fr/*", {"host": "acme.fr"}),
        ("acme.fr/", {"host": "acme.fr", "path": "/"}),
        ("*.acme.fr/blog/*", {"host": "*.acme.fr", "path": "/blog/*"}),
        ("/blog/*", {"path": "/blog/*"}),
        ("*/prix", {"path": "*/prix"}),
        ("tarifs", {"path": "/tarifs"}),
        ("localhost:8000/demo", {"host": "localhost", "path": "/demo"}),
        ("", {}),
    ],
)
def test_an_address_says_site_and_page(text: str, patterns: dict[str, str]) -> None:
    assert read_address(text) == patterns
    assert read_address(write_address(patterns)) == patterns


@pytest.mark.parametrize(
    ("patterns", "properties", "fits"),
    [
        ({"path": "/tarifs"}, {"path": "/tarifs"}, True),
        ({"path": "/tarifs"}, {"path": "/Tarifs/"}, True),
        ({"path": "/tarifs"}, {"path": "/tarifs?utm_source=x#y"}, True),
        ({"path": "/tarifs"}, {"url": "https://acme.fr/tarifs/?a=1"}, True),
        ({"path": "/tarifs"}, {"path": "/tarifs-2024"}, False),
        ({"path": "/tarifs*"}, {"path": "/tarifs-2024"}, True),
        ({"path": "/"}, {"url": "https://acme.fr"}, True),
        ({"path": "/"}, {"url": "https://acme.fr/x"}, False),
        ({"path": "/"}, {}, False),
        ({"path": "*/prix"}, {"path": "/fr/prix"}, True),
        ({"path": "/100%_a"}, {"path": "/100xya"}, False),
        ({"path": "/a\\b"}, {"path": "/a\\b"}, True),
        ({"host": "acme.fr"}, {"url": "https://user@www.acme.fr:8443/x"}, True),
        ({"host": "acme.fr"}, {"url": "https://acme.fr.evil.example/x"}, False),
        ({"host": "*.acme.fr"}, {"url": "https://blog.acme.fr/x"}, True),
        ({"utm_source": "linkedin"}, {"url": "https://acme.fr/x?utm_medium=cpc&utm_source=LinkedIn"}, True),
        ({"utm_source": "linkedin"}, {"source": "LinkedIn"}, True),
        ({"utm_source": "linkedin"}, {"source": "mail", "utm_source": "linkedin"}, True),
        ({"utm_campaign": "printemps-*"}, {"campaign": "printemps-2026"}, True),
        ({"utm_campaign": "*"}, {"campaign": "anything"}, True),
        ({"utm_campaign": "*"}, {"campaign": ""}, False),
        ({"form": "contact"}, {"form": "Contact"}, True),
        ({"scenario": "Bienvenue*"}, {"scenario": "bienvenue à l’essai"}, True),
        ({"property:plan": "pro"}, {"plan": "Pro"}, True),
        ({"property:plan": "pro"}, {}, False),
        ({"property:seconds": "1*"}, {"seconds": 120}, True),
        ({"path": "/tarifs", "utm_source": "linkedin"}, {"path": "/tarifs"}, False),
    ],
)
def test_a_rule_fits_when_all_it_asks_for_holds(
    scoped: World, patterns: dict[str, str], properties: dict[str, Any], fits: bool
) -> None:
    pricing = add(scoped, "Pricing")
    services.create_rule(scoped.organisation, values=RuleInput(pricing.pk, (), patterns), by=scoped.marketer)
    assert place_of(happen(scoped, **properties)) == ("Pricing" if fits else None)
    tried = queries.try_rules(scoped.organisation, kind="page_view", properties=properties)
    assert (tried.rule is not None) == fits
    fitting = queries.count_fitting(scoped.organisation, (), patterns)
    assert (fitting.looked_at, fitting.number, fitting.without) == (1, int(fits), 0)


def test_the_first_rule_that_fits_decides_and_kinds_narrow(scoped: World) -> None:
    pricing, site = add(scoped, "Pricing"), add(scoped, "Site")
    everything = rule_for(scoped, site, host="*")
    rule_for(scoped, pricing, "page_view", "download", path="/tarifs")
    address: dict[str, Any] = {"url": "https://acme.fr/tarifs"}
    assert place_of(happen(scoped, **address)) == "Site"

    services.move_rule(scoped.organisation, rule_id=everything.pk, earlier=False, by=scoped.marketer)
    assert [one.touchpoint.name for one in queries.list_rules(scoped.organisation)] == ["Pricing", "Site"]
    assert place_of(happen(scoped, **address)) == "Pricing"
    assert place_of(happen(scoped, "download", **address)) == "Pricing"
    assert place_of(happen(scoped, "webinar", **address)) == "Site"
    # At the end it goes no further.
    services.move_rule(scoped.organisation, rule_id=everything.pk, earlier=False, by=scoped.marketer)
    assert [one.position for one in queries.list_rules(scoped.organisation)] == [1, 2]


def test_what_is_said_wins_and_what_prm_notes_has_no_place(scoped: World) -> None:
    pricing, demo = add(scoped, "Pricing"), add(scoped, "Demo")
    rule_for(scoped, pricing, path="*")
    assert place_of(happen(scoped, touchpoint=demo, path="/tarifs")) == "Demo"
    person = Contact.objects.get(email="walker@b.example")
    noted = NewInteraction("segment_entered", person.pk, verdict=Verdict.SYSTEM, properties={"path": "/tarifs"})
    (number,) = record(scoped.organisation, [noted])
    assert place_of(int(number or 0)) is None


def test_an_archived_touchpoint_takes_nothing(scoped: World) -> None:
    pricing = add(scoped, "Pricing")
    rule_for(scoped, pricing, path="/tarifs")
    archive_touchpoint(scoped.organisation, touchpoint_id=pricing.pk, by=scoped.marketer)
    assert place_of(happen(scoped, path="/tarifs")) is None


def test_rules_of_another_organisation_take_nothing(world: World) -> None:
    with organisation_scope(world.twin.pk):
        theirs = Touchpoint.objects.create(organisation=world.twin, code="all", name="All", channel="website")
        foreign = services.create_rule(world.twin, values=RuleInput(theirs.pk, (), {"path": "*"}), by=world.twin_admin)
    with organisation_scope(world.organisation.pk):
        number = happen(world, path="/tarifs")
        assert place_of(number) is None
        with pytest.raises(NotFound):
            services.delete_rule(world.organisation, rule_id=foreign.pk, by=world.admin)
        with pytest.raises(Invalid):
            services.create_rule(world.organisation, values=RuleInput(theirs.pk, (), {"path": "*"}), by=world.admin)
        assert not RecognitionRule.objects.exists()


@pytest.mark.parametrize(
    ("kinds", "patterns", "field"),
    [
        ((), {}, "__all__"),
        ((), {"path": "  "}, "__all__"),
        (("Not a kind",), {}, "kinds"),
        ((), {"path": "x" * 301}, "path"),
        ((), {"path": "a\x00"}, "path"),
        ((), {"property:": "x"}, "property_name"),
        ((), {"colour": "x"}, "property_name"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    scoped: World, kinds: tuple[str, ...], patterns: dict[str, str], field: str
) -> None:
    pricing = add(scoped, "Pricing")
    with pytest.raises(Invalid) as refusal:
        services.create_rule(scoped.organisation, values=RuleInput(pricing.pk, kinds, patterns), by=scoped.marketer)
    assert list(refusal.value.fields) == [field]
    assert not RecognitionRule.objects.exists()


def test_the_same_question_is_asked_once(scoped: World) -> None:
    pricing, demo = add(scoped, "Pricing"), add(scoped, "Demo")
    rule_for(scoped, pricing, "page_view", path="/tarifs")
    with pytest.raises(Conflict, match="Pricing"):
        rule_for(scoped, demo, "page_view", path="/tarifs")
    other = rule_for(scoped, demo, "download", path="/tarifs")
    with pytest.raises(Conflict):
        services.update_rule(
            scoped.organisation,
            rule_id=other.pk,
            values=RuleInput(demo.pk, ("page_view",), {"path": "/tarifs"}),
            by=scoped.marketer,
        )
    other.refresh_from_db()
    assert other.kinds == ["download"]


def start(world: World) -> JobRun:
    job = services.give_homes(world.organisation, by=world.marketer)
    return JobRun(world.organisation, Job.objects.get(pk=job.pk))


def test_the_past_finds_its_place_and_says_so_to_who_depends_on_it(
    scoped: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[str] = []
    monkeypatch.setattr(homes, "_followers", [lambda organisation: followed.append(organisation.slug)])
    demo = add(scoped, "Demo")
    early, other = happen(scoped, path="/tarifs"), happen(scoped, path="/blog")
    said = happen(scoped, touchpoint=demo, path="/tarifs")
    pricing = add(scoped, "Pricing")
    rule_for(scoped, pricing, path="/tarifs")
    run = start(scoped)
    with pytest.raises(Conflict):
        services.give_homes(scoped.organisation, by=scoped.marketer)
    homes.run_homes(run)
    assert [place_of(one) for one in (early, other, said)] == ["Pricing", None, "Demo"]
    assert run.result["given"] == 1
    assert followed == [scoped.organisation.slug]


def test_without_a_rule_there_is_nothing_to_apply(scoped: World) -> None:
    with pytest.raises(Invalid):
        services.give_homes(scoped.organisation, by=scoped.marketer)
    assert not Job.objects.exists()


def test_a_run_that_was_stopped_goes_on_where_it_was(scoped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homes, "STRETCH", 2)
    numbers = [happen(scoped, path="/tarifs") for _ in range(5)]
    rule_for(scoped, add(scoped, "Pricing"), path="/tarifs")
    run = start(scoped)
    Job.objects.filter(pk=run.job.pk).update(status=JobStatus.RUNNING)
    given, real = [], homes._give

    def stop_after_first(of: JobRun) -> int:
        read = real(of)
        given.append(read)
        stop_job(scoped.organisation, job_id=of.job.pk)
        return read

    monkeypatch.setattr(homes, "_give", stop_after_first)
    with pytest.raises(JobStopped):
        homes.run_homes(run)
    assert [place_of(one) for one in numbers] == ["Pricing", "Pricing", None, None, None]

    monkeypatch.setattr(homes, "_give", real)
    Job.objects.filter(pk=run.job.pk).update(status=JobStatus.RUNNING)
    again = JobRun(scoped.organisation, Job.objects.get(pk=run.job.pk))
    homes.run_homes(again)
    assert {place_of(one) for one in numbers} == {"Pricing"}
    assert (again.result["given"], again.result["looked_at"]) == (5, 5)


def test_what_has_no_touchpoint_is_shown_in_groups_that_make_a_rule(scoped: World) -> None:
    for path in ("/tarifs", "/tarifs", "/tarifs/", "/blog"):
        happen(scoped, url=f"https://acme.fr{path}")
    happen(scoped, "form_sent", form="contact", path="/contact")
    happen(scoped, "call")
    found = queries.list_homeless(scoped.organisation, {})
    assert (found.looked_at, found.number, found.group_count, found.percent) == (6, 6, 4, 100)
    first = found.groups[0]
    assert (first.kind, first.number, first.contacts) == ("page_view", 3, 1)
    assert first.patterns == {"host": "acme.fr", "path": "/tarifs"}
    by_kind = {group.kind: group.patterns for group in found.groups}
    assert by_kind["form_sent"] == {"form": "contact"}
    assert by_kind["call"] == {}

    rule_for(scoped, add(scoped, "Pricing"), first.kind, **first.patterns)
    homes.run_homes(start(scoped))
    after = queries.list_homeless(scoped.organisation, {})
    assert (after.looked_at, after.number, after.group_count, after.percent) == (6, 3, 3, 50)


def test_nothing_without_a_touchpoint_is_said_too(scoped: World) -> None:
    assert queries.list_homeless(scoped.organisation, {}) == queries.WithoutHome([], 0, 0, 0)
    happen(scoped, touchpoint=add(scoped, "Pricing"))
    assert queries.list_homeless(scoped.organisation, {}) == queries.WithoutHome([], 1, 0, 0)


def test_living_segments_look_again_at_whose_acts_moved(scoped: World) -> None:
    happen(scoped, path="/tarifs")
    pricing = add(scoped, "Pricing")
    condition = {"field": "acts", "op": "did", "value": {"kind": "page_view", "touchpoint": pricing.code}}
    values = SegmentInput("Saw prices", {"all": [condition]}, SegmentKind.LIVING)
    create_segment(scoped.organisation, values=values, by=scoped.marketer)
    TouchedContact.objects.all().delete()
    rule_for(scoped, pricing, path="/tarifs")
    homes.run_homes(start(scoped))
    person = Contact.objects.get(email="walker@b.example")
    assert person.pk in TouchedContact.objects.values_list("contact_id", flat=True)


def test_the_pages_lead_from_what_has_no_place_to_a_rule(world: World, client: Client) -> None:
    with organisation_scope(world.organisation.pk):
        number = happen(world, url="https://acme.fr/tarifs?utm_source=linkedin")
        pricing = add(world, "Pricing")
    client.force_login(world.marketer)
    base = f"/o/{world.organisation.slug}/touchpoints/recognition/"
    page = client.get(base, headers={"accept-language": "en"}).content.decode()
    assert "acme.fr" in page
    assert "kind=page_view&amp;host=acme.fr&amp;path=%2Ftarifs" in page

    form = client.get(f"{base}new/?kind=page_view&host=acme.fr&path=%2Ftarifs").content.decode()
    assert 'value="acme.fr/tarifs"' in form
    sent: dict[str, Any] = {
        "touchpoint": pricing.pk,
        "address": "acme.fr/tarifs",
        "kinds": ["page_view"],
        "backwards": "1",
    }
    seen = client.get(f"{base}fitting/", sent, headers={"accept-language": "en"}).content.decode()
    assert "1 interaction" in seen
    assert client.post(f"{base}new/", sent).status_code == 302
    with organisation_scope(world.organisation.pk):
        rule = RecognitionRule.objects.get()
        assert (rule.kinds, rule.patterns) == (["page_view"], {"host": "acme.fr", "path": "/tarifs"})
        job = Job.objects.get(kind=services.KIND)
        homes.run_homes(JobRun(world.organisation, job))
        assert place_of(number) == "Pricing"
        actions = set(AuditEntry.objects.values_list("action", flat=True))
        assert {"recognition_rule.create", "recognition.give_homes"} <= actions

    tried = client.get(
        f"{base}try/", {"kind": "page_view", "address": "https://www.acme.fr/tarifs"}, headers={"accept-language": "en"}
    ).content.decode()
    assert "Pricing" in tried
    missed = client.get(f"{base}try/", {"kind": "page_view", "address": "/x"}, headers={"accept-language": "en"})
    assert "None: it would stay without a touchpoint." in missed.content.decode()


def test_a_rule_kept_while_the_past_is_looked_through_says_that_it_comes_too_late(world: World, client: Client) -> None:
    with organisation_scope(world.organisation.pk):
        pricing = add(world, "Pricing")
        rule_for(world, pricing, path="/prix")
        start(world)
    client.force_login(world.marketer)
    url = f"/o/{world.organisation.slug}/touchpoints/recognition/new/"
    sent = {"touchpoint": pricing.pk, "address": "/tarifs", "backwards": "1"}
    page = client.post(url, sent, follow=True, headers={"accept-language": "en"}).content.decode()
    assert "Rules are being applied to the past already" in page
    with organisation_scope(world.organisation.pk):
        assert Job.objects.filter(kind=services.KIND).count() == 1


def test_a_form_with_faults_says_what_to_do_and_keeps_what_was_typed(world: World, client: Client) -> None:
    with organisation_scope(world.organisation.pk):
        pricing = add(world, "Pricing")
    client.force_login(world.marketer)
    url = f"/o/{world.organisation.slug}/touchpoints/recognition/new/"
    for sent, words in (
        ({"address": "http://[x", "utm_source": "mine"}, "This is no address"),
        ({"property_name": "plan", "utm_source": "mine"}, "A property needs both"),
    ):
        answer = client.post(url, {"touchpoint": pricing.pk, **sent}, headers={"accept-language": "en"})
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert 'value="mine"' in answer.content.decode()
    empty = client.post(url, {"touchpoint": pricing.pk}, headers={"accept-language": "en"})
    assert "Ask for something" in empty.content.decode()
    with organisation_scope(world.organisation.pk):
        assert not RecognitionRule.objects.exists()

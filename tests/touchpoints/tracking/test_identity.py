"""From visitor to person: the past joins, and nobody becomes somebody else."""

import time
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contacts.doubles.merging import merge_contacts
from contacts.models import Contact, Stage, Standing
from contacts.rights.access import person_document
from contacts.rights.erasing import erase_contact
from prm.organisations.api_keys import create_key
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.reactions import CONSUMERS
from scoring.starting_model import add_starting_model
from tests.conftest import World
from tests.touchpoints.tracking.sending import GOOGLEBOT, event, make_site, new_browser, page, read, send
from touchpoints.consuming import consume
from touchpoints.kinds import ensure_kinds
from touchpoints.models import Interaction
from touchpoints.recording import NewInteraction, record
from touchpoints.tracking.identity import click_token, identify, sign_identity
from touchpoints.tracking.models import How, Mode, Site, UsedProof, Visit, Visitor
from touchpoints.tracking.sites import renew_secret, secret_of


def person(organisation: Organisation, email: str = "camille@example.com") -> Contact:
    return Contact.objects.create(organisation=organisation, email=email, last_name=email.partition("@")[0])


def pages_of(contact: Contact | None) -> list[str]:
    rows = Interaction.objects.filter(contact=contact, kind="page_view").order_by("occurred_at", "id")
    return [one.properties["url"].removeprefix("https://www.acme.fr") for one in rows]


def follow(site: Site, contact: Contact, browser: str, path: str = "/mail", token: str = "", **more: Any) -> None:
    token = token or click_token(site.organisation, contact.pk)
    send(site, page(path), event("click", token=token), browser=browser, **more)


def signed(site: Site, who: str, *, at: int | None = None, secret: str = "", key: str = "email") -> dict[str, Any]:
    at = int(time.time()) if at is None else at
    return event("identify", **{key: who}, at=at, signature=sign_identity(secret or secret_of(site), who, at))


def test_a_form_brings_the_whole_past_and_it_is_scored(committed: None, world: World) -> None:
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        ensure_kinds(organisation)
        add_starting_model(organisation)
        site, browser = make_site(organisation), new_browser()
        send(site, page("/tarifs", ago=9000, referrer="https://www.google.fr/"), browser=browser)
        send(site, page("/demo"), event("download", url="https://www.acme.fr/g.pdf"), browser=browser)
        read(organisation)
        consume(organisation, CONSUMERS)
        contact = person(organisation)
        assert Standing.objects.get(contact=contact).total == 0
        assert identify(organisation, browser=browser, contact_id=contact.pk)
        read(organisation)
        assert pages_of(contact) == ["/tarifs", "/demo"]
        assert pages_of(None) == []
        consume(organisation, CONSUMERS)
        contact.refresh_from_db()
        standing = Standing.objects.get(contact=contact)
        visitor = Visitor.objects.get()
        assert (visitor.contact_id, visitor.joined_how, visitor.entry_source) == (contact.pk, How.FORM, "Google")
        assert standing.intent > 0
        assert standing.last_act_at == Interaction.objects.filter(verdict="human").latest("occurred_at").occurred_at
        assert contact.stage == Stage.PROSPECT
        scored = standing.intent
        # What follows is theirs at once; a second form changes nothing, and nothing counts twice.
        send(site, page("/merci"), browser=browser)
        identify(organisation, browser=browser, contact_id=contact.pk)
        read(organisation)
        consume(organisation, CONSUMERS)
        assert pages_of(contact) == ["/tarifs", "/demo", "/merci"]
        assert Standing.objects.get(contact=contact).intent >= scored
        assert Visitor.objects.count() == 1


def test_a_form_may_be_faster_than_the_worker(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser, contact = make_site(organisation), new_browser(), person(scoped.organisation)
    send(site, page("/a"), browser=browser)
    identify(organisation, browser=browser, contact_id=contact.pk)
    send(site, page("/b"), browser=browser)
    read(organisation)
    assert pages_of(contact) == ["/a", "/b"]
    assert Visitor.objects.count() == 1


@pytest.mark.parametrize("browser", ["", "x", "../", "00000000-0000-1000-8000-000000000000", "1" * 36])
def test_a_field_that_holds_no_id_is_let_be(scoped: World, browser: str) -> None:
    contact = person(scoped.organisation)
    assert identify(scoped.organisation, browser=browser, contact_id=contact.pk) is False
    assert read(scoped.organisation) == 0


def test_a_shared_computer(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    one, other = person(organisation, "one@example.com"), person(organisation, "other@example.com")
    send(site, page("/of-one"), browser=browser)
    identify(organisation, browser=browser, contact_id=one.pk)
    send(site, page("/of-one-too"), browser=browser)
    read(organisation)
    identify(organisation, browser=browser, contact_id=other.pk)
    send(site, page("/of-the-other"), browser=browser)
    read(organisation)
    send(site, page("/of-the-other-too"), browser=browser)
    read(organisation)
    assert pages_of(one) == ["/of-one", "/of-one-too"]
    assert pages_of(other) == ["/of-the-other", "/of-the-other-too"]
    # Back again: the first one's later pages are theirs.
    identify(organisation, browser=browser, contact_id=one.pk)
    send(site, page("/of-one-again"), browser=browser)
    read(organisation)
    assert pages_of(one) == ["/of-one", "/of-one-too", "/of-one-again"]
    assert pages_of(other) == ["/of-the-other", "/of-the-other-too"]
    assert len({row.uid for row in Visitor.objects.all()}) == 3


def test_a_clicked_link_makes_an_unknown_browser_known(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser, contact = make_site(organisation), new_browser(), person(scoped.organisation)
    send(site, page("/before"), browser=browser)
    follow(site, contact, browser)
    read(organisation)
    assert pages_of(contact) == ["/before", "/mail"]
    assert Visitor.objects.get().joined_how == How.CLICK


def test_a_clicked_link_never_unites_two_who_are_known(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    one, other = person(organisation, "one@example.com"), person(organisation, "other@example.com")
    send(site, page("/of-one"), browser=browser)
    identify(organisation, browser=browser, contact_id=one.pk)
    follow(site, other, browser, "/their-colleagues-mail")
    read(organisation)
    assert pages_of(one) == ["/of-one", "/their-colleagues-mail"]
    assert pages_of(other) == []
    assert Visitor.objects.count() == 1


def test_a_forwarded_mail_makes_nobody_else_its_reader(scoped: World) -> None:
    organisation = scoped.organisation
    site, contact = make_site(organisation), person(scoped.organisation)
    token = click_token(organisation, contact.pk)
    first, second = new_browser(), new_browser()
    follow(site, contact, first, "/read", token)
    read(organisation)
    follow(site, contact, second, "/forwarded", token)
    read(organisation)
    assert pages_of(contact) == ["/read"]
    assert pages_of(None) == ["/forwarded"]
    assert UsedProof.objects.count() == 1
    # The same reader, the same link, once more: nothing new.
    follow(site, contact, first, "/read-again", token)
    read(organisation)
    assert pages_of(contact) == ["/read", "/read-again"]


def test_a_second_browser_joins_by_a_link_of_its_own(scoped: World) -> None:
    organisation = scoped.organisation
    site, contact = make_site(organisation), person(scoped.organisation)
    for path in ("/laptop", "/phone"):
        follow(site, contact, new_browser(), path)
    read(organisation)
    assert pages_of(contact) == ["/laptop", "/phone"]
    assert Visitor.objects.filter(contact=contact).count() == 2


def test_a_scanner_of_mails_becomes_nobody(scoped: World) -> None:
    organisation = scoped.organisation
    site, contact = make_site(organisation), person(scoped.organisation)
    token = click_token(organisation, contact.pk)
    follow(site, contact, new_browser(), "/scan", token, agent=GOOGLEBOT)
    follow(site, contact, new_browser(), "/read", token)
    read(organisation)
    assert pages_of(contact) == ["/read"]


@pytest.mark.parametrize("token", ["", "1.1.x", "1.1.abc~x~y", "\u00e9"])
def test_a_link_that_was_not_made_here_says_nothing(scoped: World, token: str) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    person(organisation)
    send(site, page(), event("click", token=token), browser=browser)
    read(organisation)
    assert Visitor.objects.get().contact_id is None


def test_a_link_of_another_organisation_says_nothing(world: World) -> None:
    with organisation_scope(world.twin.pk):
        token = click_token(world.twin, person(world.twin).pk)
    with organisation_scope(world.organisation.pk):
        site = make_site(world.organisation)
        send(site, page(), event("click", token=token), browser=new_browser())
        read(world.organisation)
        assert Visitor.objects.get().contact_id is None


def test_a_signed_call_makes_a_contact(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    send(site, page("/before"), browser=browser)
    send(site, page("/account"), signed(site, "Nadia@Example.com"), browser=browser)
    read(organisation)
    contact = Contact.objects.get(email="nadia@example.com")
    assert pages_of(contact) == ["/before", "/account"]
    assert Visitor.objects.get().joined_how == How.SIGNED


def test_a_signed_call_on_a_shared_computer_takes_its_own_page_along(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser, one = make_site(organisation), new_browser(), person(scoped.organisation)
    send(site, page("/of-one", ago=60), browser=browser)
    identify(organisation, browser=browser, contact_id=one.pk)
    read(organisation)
    send(site, page("/account"), signed(site, "crm-7", key="external_id"), browser=browser)
    read(organisation)
    assert pages_of(one) == ["/of-one"]
    assert pages_of(Contact.objects.get(external_id="crm-7")) == ["/account"]


def test_a_signature_has_to_be_the_sites_fresh_and_of_this_person(scoped: World) -> None:
    organisation = scoped.organisation
    site = make_site(organisation)
    old = int(time.time()) - 7200
    forged = signed(site, "a@example.com") | {}
    forged["p"]["email"] = "b@example.com"
    for one in (
        signed(site, "c@example.com", secret="guessed"),
        signed(site, "d@example.com", at=old),
        signed(site, "e@example.com", at=int(time.time()) + 7200),
        forged,
        event("identify", email="f@example.com"),
        event("identify", email="f@example.com", at="x", signature="y"),
        event("identify", email="f@example.com", at=1e14, signature="é"),
        signed(site, "no address"),
    ):
        send(site, page(), one, browser=new_browser())
    kept = signed(site, "g@example.com")
    renew_secret(organisation, site_id=site.pk, by=None)
    send(site, page(), kept, browser=new_browser())
    read(organisation)
    assert not Contact.objects.exists()
    assert not Visitor.objects.exclude(contact=None).exists()
    assert Visitor.objects.count() == 9


def test_whoever_only_lets_the_audience_be_measured_stays_nobody(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser, contact = make_site(organisation, mode=Mode.AUDIENCE), new_browser(), person(scoped.organisation)
    send(site, page("/a"), event("click", token=click_token(organisation, contact.pk)), browser=browser, mode="a")
    identify(organisation, browser=browser, contact_id=contact.pk)
    send(site, page("/b"), signed(site, "camille@example.com"), browser=browser, mode="a")
    read(organisation)
    visitor = Visitor.objects.get()
    assert (visitor.is_audience, visitor.contact_id, visitor.page_count) == (True, None, 2)
    assert pages_of(contact) == []


# --- Rights -------------------------------------------------------------------------------------


def test_a_cookie_brought_back_after_erasure_is_told_to_begin_anew(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser, contact = make_site(organisation), new_browser(), person(scoped.organisation)
    send(site, page("/compte/camille@example.com/"), browser=browser)
    identify(organisation, browser=browser, contact_id=contact.pk)
    read(organisation)
    # On the queue while they are erased.
    send(site, page("/late"), browser=browser)
    identify(organisation, browser=browser, contact_id=contact.pk)
    erase_contact(organisation, contact_id=contact.pk, by=scoped.admin)
    read(organisation)
    assert send(site, page("/back"), browser=browser).status_code == 205
    read(organisation)
    visitor, visit = Visitor.objects.get(), Visit.objects.get()
    assert (visitor.browser, visitor.contact_id, visitor.entry_url, visit.landing_url) == (None, None, "", "")
    assert set(Interaction.objects.values_list("visitor_id", flat=True)) == {None}
    # The script takes another id.
    fresh = new_browser()
    assert send(site, page("/back"), browser=fresh).status_code == 204
    read(organisation)
    assert Interaction.objects.exclude(visitor_id=None).count() == 1
    assert Visitor.objects.get(browser=fresh).contact_id is None


def test_an_erased_person_does_not_come_back_by_a_signature(scoped: World) -> None:
    organisation = scoped.organisation
    site, contact = make_site(organisation), person(scoped.organisation)
    erase_contact(organisation, contact_id=contact.pk, by=scoped.admin)
    send(site, page(), signed(site, "camille@example.com"), browser=new_browser())
    read(organisation)
    assert not Contact.objects.exists()
    assert Visitor.objects.get().contact_id is None


def test_people_see_their_visits(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser, contact = make_site(organisation), new_browser(), person(scoped.organisation)
    send(site, page("/tarifs", referrer="https://www.qwant.com/"), browser=browser)
    identify(organisation, browser=browser, contact_id=contact.pk)
    read(organisation)
    text = str(person_document(organisation, contact.pk))
    assert "https://www.acme.fr/tarifs" in text
    assert "Qwant" in text
    assert browser in text


def test_visitors_follow_merged_contacts(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    one, other = person(organisation, "one@example.com"), person(organisation, "other@example.com")
    send(site, page("/a"), browser=browser)
    identify(organisation, browser=browser, contact_id=other.pk)
    read(organisation)
    token = click_token(organisation, other.pk)
    merge_contacts(organisation, contact_ids=[one.pk, other.pk], survivor_id=one.pk, take={"email": one.pk}, by=None)
    send(site, page("/b"), browser=browser)
    follow(site, other, new_browser(), "/old-link", token)
    read(organisation)
    assert pages_of(one) == ["/a", "/b", "/old-link"]


def test_a_link_to_one_who_left_says_nothing(scoped: World) -> None:
    organisation = scoped.organisation
    site, contact = make_site(organisation), person(scoped.organisation)
    token = click_token(organisation, contact.pk)
    Contact.objects.filter(pk=contact.pk).delete()
    send(site, page(), event("click", token=token), browser=new_browser())
    read(organisation)
    assert Visitor.objects.get().contact_id is None


def test_five_thousand_acts_join_within_a_second(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser, contact = make_site(organisation), new_browser(), person(scoped.organisation)
    send(site, page("/0"), browser=browser)
    read(organisation)
    uid = Visitor.objects.get().uid
    record(
        organisation,
        [
            NewInteraction("page_view", visitor_id=str(uid), properties={"url": f"https://www.acme.fr/{n}"})
            for n in range(4999)
        ],
    )
    identify(organisation, browser=browser, contact_id=contact.pk)
    began = timezone.now()
    read(organisation)
    took = (timezone.now() - began).total_seconds()
    assert Interaction.objects.filter(contact=contact).count() == 5000
    assert took < 1.0


# --- The API ------------------------------------------------------------------------------------


def test_a_server_that_receives_forms_says_who_sent_one(world: World) -> None:
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        site, browser, contact = make_site(organisation), new_browser(), person(organisation)
        send(site, page("/before"), browser=browser)
        _key, token = create_key(organisation, name="forms", scopes=("interactions.write",), by=None)
    client = Client(headers={"authorization": f"Bearer {token}", "accept-language": "en"})

    def join(contact_id: int, visitor: str) -> int:
        return client.post(
            f"/api/v1/contacts/{contact_id}/visitor", {"visitor": visitor}, content_type="application/json"
        ).status_code

    assert [join(contact.pk, "x"), join(contact.pk, ""), join(contact.pk + 1, browser)] == [422, 422, 404]
    assert join(contact.pk, browser) == 202
    read(organisation)
    with organisation_scope(organisation.pk):
        assert pages_of(contact) == ["/before"]


# --- Known by a link alone ----------------------------------------------------------------------


def test_a_forwarded_mail_opened_first_by_its_receiver_gives_them_all_of_it(committed: None, world: World) -> None:
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        ensure_kinds(organisation)
        add_starting_model(organisation)
        site, browser = make_site(organisation), new_browser()
        anna, bruno = person(organisation, "anna@example.com"), person(organisation, "bruno@example.com")
        token = click_token(organisation, anna.pk)
        # Her own click stands in the log whoever pressed it.
        record(organisation, [NewInteraction("email_clicked", anna.pk)])
        send(site, page("/tarifs", ago=60), browser=browser)
        follow(site, anna, browser, "/demo", token)
        send(site, event("download", url="https://www.acme.fr/g.pdf"), browser=browser)
        read(organisation)
        consume(organisation, CONSUMERS)
        assert pages_of(anna) == ["/tarifs", "/demo"]
        taken_for_her = Standing.objects.get(contact=anna).intent
        anna.refresh_from_db()
        assert anna.stage == Stage.PROSPECT
        assert Visitor.objects.get().is_provisional

        identify(organisation, browser=browser, contact_id=bruno.pk)
        read(organisation)
        consume(organisation, CONSUMERS)
        assert (pages_of(anna), pages_of(bruno)) == ([], ["/tarifs", "/demo"])
        assert list(Interaction.objects.filter(contact=anna, verdict="human").values_list("kind", flat=True)) == [
            "email_clicked"
        ]
        visitor = Visitor.objects.get()
        assert (visitor.contact_id, visitor.joined_how, visitor.is_provisional) == (bruno.pk, How.FORM, False)
        hers, his = Standing.objects.get(contact=anna), Standing.objects.get(contact=bruno)
        # A click is a point; the prices and the download are his.
        assert hers.intent == pytest.approx(1, abs=0.01)
        assert his.intent == pytest.approx(taken_for_her - 1, abs=0.01)
        bruno.refresh_from_db()
        assert bruno.stage == Stage.PROSPECT

        # Later she follows it in her own browser, and it proves nothing any more; another link of hers does.
        own = new_browser()
        follow(site, anna, own, "/late", token)
        follow(site, anna, own, "/hers")
        read(organisation)
        assert pages_of(anna) == ["/late", "/hers"]
        assert pages_of(bruno) == ["/tarifs", "/demo"]


def test_who_is_engaged_by_somebody_elses_acts_alone_is_a_suspect_again(committed: None, world: World) -> None:
    organisation = world.organisation
    with organisation_scope(organisation.pk):
        ensure_kinds(organisation)
        site, browser = make_site(organisation), new_browser()
        anna, bruno = person(organisation, "anna@example.com"), person(organisation, "bruno@example.com")
        follow(site, anna, browser, "/demo")
        send(site, event("download", url="https://www.acme.fr/g.pdf"), browser=browser)
        read(organisation)
        consume(organisation, CONSUMERS)
        anna.refresh_from_db()
        assert anna.stage == Stage.PROSPECT
        send(site, page("/account"), signed(site, "bruno@example.com"), browser=browser)
        read(organisation)
        consume(organisation, CONSUMERS)
        anna.refresh_from_db()
        bruno.refresh_from_db()
        assert (anna.stage, bruno.stage) == (Stage.SUSPECT, Stage.PROSPECT)
        assert Standing.objects.get(contact=anna).last_act_at is None
        assert pages_of(bruno) == ["/demo", "/account"]


def test_the_same_persons_form_confirms_a_link(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    anna, bruno = person(organisation, "anna@example.com"), person(organisation, "bruno@example.com")
    follow(site, anna, browser, "/mail")
    identify(organisation, browser=browser, contact_id=anna.pk)
    read(organisation)
    identify(organisation, browser=browser, contact_id=bruno.pk)
    send(site, page("/of-bruno"), browser=browser)
    read(organisation)
    assert (pages_of(anna), pages_of(bruno)) == (["/mail"], ["/of-bruno"])


def test_a_second_link_does_not_take_a_browser_from_whoever_followed_the_first(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    anna, bruno = person(organisation, "anna@example.com"), person(organisation, "bruno@example.com")
    follow(site, anna, browser, "/hers")
    follow(site, bruno, browser, "/his")
    read(organisation)
    assert (pages_of(anna), pages_of(bruno)) == (["/hers", "/his"], [])
    # Once somebody says who they are, all of it was theirs; said again, nothing moves.
    for _n in range(2):
        identify(organisation, browser=browser, contact_id=bruno.pk)
        read(organisation)
        assert (pages_of(anna), pages_of(bruno)) == ([], ["/hers", "/his"])
    assert Visitor.objects.count() == 1


def test_a_link_and_a_form_of_somebody_else_in_one_batch(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    anna, bruno = person(organisation, "anna@example.com"), person(organisation, "bruno@example.com")
    send(site, page("/before"), browser=browser)
    follow(site, anna, browser, "/mail")
    identify(organisation, browser=browser, contact_id=bruno.pk)
    send(site, page("/after"), browser=browser)
    read(organisation)
    assert (pages_of(anna), pages_of(bruno)) == ([], ["/before", "/mail", "/after"])


def test_what_was_given_to_a_merged_contact_is_given_back_by_whoever_it_is_now(scoped: World) -> None:
    organisation = scoped.organisation
    site, browser = make_site(organisation), new_browser()
    anna, double = person(organisation, "anna@example.com"), person(organisation, "anna@example.org")
    bruno = person(organisation, "bruno@example.com")
    follow(site, double, browser, "/mail")
    read(organisation)
    merge_contacts(
        organisation, contact_ids=[anna.pk, double.pk], survivor_id=anna.pk, take={"email": anna.pk}, by=None
    )
    assert pages_of(anna) == ["/mail"]
    identify(organisation, browser=browser, contact_id=bruno.pk)
    read(organisation)
    assert (pages_of(anna), pages_of(bruno)) == ([], ["/mail"])


def test_a_member_confirms_whose_browser_it_is_or_takes_it_back(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        site = make_site(world.organisation)
        anna, bruno = person(world.organisation, "anna@example.com"), person(world.organisation, "bruno@example.com")
        kept, taken = new_browser(), new_browser()
        follow(site, anna, kept, "/kept")
        follow(site, anna, taken, "/taken")
        read(world.organisation)
        first, second = (Visitor.objects.get(browser=one).pk for one in (kept, taken))
    marketer = world.client(world.marketer)
    page_of = world.path(f"contacts/{anna.pk}/?panels=all")
    assert marketer.get(page_of).text.count("not confirmed") == 2
    assert 'id="doubt"' in marketer.get(world.path(f"tracking/visitors/{first}/")).text
    for path in (f"tracking/visitors/{first}/confirm/", f"tracking/visitors/{second}/detach/"):
        assert world.client(world.viewer).post(world.path(path)).status_code == 403
        assert world.client(world.twin_admin).post(world.path(path)).status_code == 404
        with organisation_scope(world.organisation.pk):
            assert sorted(pages_of(anna)) == ["/kept", "/taken"]
        assert marketer.post(world.path(path)).status_code == 302
        # Meanwhile it is known otherwise.
        assert marketer.post(world.path(path)).status_code == 409
    with organisation_scope(world.organisation.pk):
        assert (pages_of(anna), pages_of(None)) == (["/kept"], ["/taken"])
        for browser in (kept, taken):
            identify(world.organisation, browser=browser, contact_id=bruno.pk)
        read(world.organisation)
        assert (pages_of(anna), pages_of(bruno)) == (["/kept"], ["/taken"])
    assert marketer.get(page_of).text.count("not confirmed") == 0

"""Proposals, history and provenance as people of each role see and use them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from contacts.models import Company, Contact
from enrichment.proofs.models import Proposal, Revision
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from prm.work.models import Job
from tests.conftest import World
from tests.enrichment.proofs.builders import ask, make_company, make_declared, tell
from tests.enrichment.register import Register


@pytest.fixture
def proposed(world: World, register: Register) -> Iterator[tuple[Company, Proposal]]:
    """Return a company whose headcount the register says otherwise."""
    with organisation_scope(world.organisation.pk):
        one = make_declared(world)
        ask(world, one)
        yield one, Proposal.objects.get()


def get(world: World, rest: str, **how: Any) -> str:
    answer = world.client(how.pop("user", world.viewer)).get(world.path(rest), **how)
    assert answer.status_code == 200
    return str(answer.content.decode())


def post(world: World, rest: str, data: dict[str, Any] | None = None, **how: Any) -> Any:
    return world.client(how.pop("user", world.sales)).post(world.path(rest), data or {}, **how)


def test_a_value_tells_where_it_is_from_in_words(world: World, proposed: tuple[Company, Proposal]) -> None:
    one, _proposal = proposed

    text = get(world, f"companies/{one.pk}/")

    assert 'class="proof-mark" popovertarget="why-company-' in text
    for line in (
        "<b>Record</b> SIREN 732\u202f829\u202f320",
        "<b>Found</b> looked up by its number",
        "<b>Confidence</b> certain: the number is this company’s",
        "<b>Found</b> entered by hand, or by the person",
        "<b>Fresh until</b>",
    ):
        assert line in text


def test_a_french_reader_reads_it_in_french(world: World, proposed: tuple[Company, Proposal]) -> None:
    one, _proposal = proposed
    client = world.client(world.viewer)

    with translation.override("fr"):
        text = client.get(world.path(f"companies/{one.pk}/"), headers={"accept-language": "fr"}).content.decode()

    assert "<b>Fraîche jusqu’au</b>" in text
    assert "retrouvée par son numéro" in text


def test_a_proposal_stands_beside_the_value_and_a_viewer_cannot_settle_it(
    world: World, proposed: tuple[Company, Proposal]
) -> None:
    one, proposal = proposed

    text, sales = get(world, f"companies/{one.pk}/"), get(world, f"companies/{one.pk}/", user=world.sales)

    assert "SIRENE says <b>20 to 49 employees</b>" in text
    assert "instead of 50 to 99 employees" in text
    assert "proposals/" not in text.partition("data-proposal")[2].partition("</dd>")[0]
    assert f"enrichment/proposals/{proposal.pk}/accept/" in sales
    assert post(world, f"enrichment/proposals/{proposal.pk}/accept/", user=world.viewer).status_code == 403
    proposal.refresh_from_db()
    assert proposal.status == "open"


def test_a_contacts_page_has_it_in_the_companys_part(world: World, proposed: tuple[Company, Proposal]) -> None:
    one, proposal = proposed
    person = Contact.objects.create(organisation=world.organisation, company=one, email="a@solvane.example")

    page = get(world, f"contacts/{person.pk}/", user=world.sales)
    panel = get(world, f"contacts/{person.pk}/panels/enrichment-contact_panel/", user=world.sales)

    assert "data-proposal" not in page
    assert "Headcount, SIRENE says <b>20 to 49 employees</b>" in panel
    htmx = {"HX-Request": "true", "HX-Target": "company-facts"}
    part = post(world, f"enrichment/proposals/{proposal.pk}/decline/", headers=htmx).content.decode()
    assert f'<div id="offer-{proposal.pk}" hx-swap-oob="delete"></div>' in part


def test_it_is_accepted_with_and_without_scripts(world: World, proposed: tuple[Company, Proposal]) -> None:
    one, proposal = proposed
    back = world.path(f"companies/{one.pk}/")

    answer = post(world, f"enrichment/proposals/{proposal.pk}/accept/", {"next": back})
    assert (answer.status_code, answer["Location"]) == (302, back)
    one.refresh_from_db()
    assert one.headcount_band == "12"

    Proposal.objects.update(status="open", values={"headcount_band": "31"})
    htmx = {"HX-Request": "true", "HX-Target": "company-facts"}
    part = post(world, f"enrichment/proposals/{proposal.pk}/accept/", headers=htmx).content.decode()
    assert part.lstrip().startswith('<div class="stack" id="company-facts">')
    assert "200 to 249 employees" in part
    assert "data-proposal" not in part


def test_it_is_declined_and_shown_again_nowhere(world: World, proposed: tuple[Company, Proposal]) -> None:
    one, proposal = proposed

    answer = post(world, f"enrichment/proposals/{proposal.pk}/decline/")

    assert answer["Location"] == world.path("enrichment/proposals/")
    assert "data-proposal" not in get(world, f"companies/{one.pk}/")
    assert "Nothing to decide" in get(world, "enrichment/proposals/")
    assert one.name in get(world, "enrichment/proposals/?status=declined")


def test_the_list_is_narrowed_by_value_and_source(world: World, proposed: tuple[Company, Proposal]) -> None:
    one, _proposal = proposed
    tell(world, one, headcount_band="31")

    assert get(world, "enrichment/proposals/").count("<tr data-proposal>") == 2
    assert get(world, "enrichment/proposals/?source=sirene").count("<tr data-proposal>") == 1
    assert "No such proposal" in get(world, "enrichment/proposals/?field=naf_code")
    assert "<b>2 values</b> differ" in get(world, "enrichment/proposals/?field=naf_code&status=x")


def test_the_menu_counts_what_waits(world: World, proposed: tuple[Company, Proposal]) -> None:
    text = get(world, "enrichment/proposals/")

    entry = text.partition(f'href="{world.path("enrichment/")}"')[2].partition("</a>")[0]
    assert '<span class="n">1</span>' in entry or ">1<" in entry


def test_many_are_accepted_by_a_worker_and_taken_back(world: World, register: Register) -> None:
    with organisation_scope(world.organisation.pk):
        companies = [
            make_company(world, f"C{n}", headcount_band="21", provenance={"*": {"source": "declared"}})
            for n in range(3)
        ]
        for one in companies:
            tell(world, one, headcount_band="12")
        later = make_company(world, "Later", headcount_band="21", provenance={"*": {"source": "declared"}})

    answer = post(world, "enrichment/proposals/accept/", {"all": "1", "field": "headcount_band"}, user=world.marketer)
    assert answer.status_code == 302
    with organisation_scope(world.organisation.pk):
        tell(world, later, headcount_band="12")
    run_jobs(world.organisation)

    with organisation_scope(world.organisation.pk):
        job = Job.objects.get(kind="accept_proposals")
        assert (job.status, job.done, job.result["accepted"]) == ("done", 3, 3)
        assert list(Company.objects.order_by("pk").values_list("headcount_band", flat=True)) == ["12", "12", "12", "21"]
        assert Revision.objects.filter(job=job).count() == 3
        companies[0].refresh_from_db()
        companies[0].headcount_band = "31"
        companies[0].save()

    assert "<b>1 value</b>" in get(world, "enrichment/proposals/")
    post(world, f"enrichment/proposals/jobs/{job.pk}/undo/", user=world.marketer)
    run_jobs(world.organisation)

    with organisation_scope(world.organisation.pk):
        assert list(Company.objects.order_by("pk").values_list("headcount_band", flat=True)) == ["31", "21", "21", "21"]
        assert Job.objects.get(kind="undo_proposals").result["restored"] == 2
        assert Proposal.objects.filter(status="open").count() == 3


def test_ticked_ones_are_accepted_and_nothing_ticked_is_said(world: World, proposed: tuple[Company, Proposal]) -> None:
    one, proposal = proposed
    assert post(world, "enrichment/proposals/accept/", user=world.marketer).status_code == 422
    # Taken for no filter, these would mean all.
    for unreadable in ("headcount\0band", "x" * 61):
        assert (
            post(
                world, "enrichment/proposals/accept/", {"all": "1", "field": unreadable}, user=world.marketer
            ).status_code
            == 422
        )
    # A rep accepts one at a time.
    assert post(world, "enrichment/proposals/accept/", {"all": "1"}).status_code == 403
    assert Job.objects.count() == 0

    post(world, "enrichment/proposals/accept/", {"ids": [str(proposal.pk)]}, user=world.marketer)
    run_jobs(world.organisation)

    with organisation_scope(world.organisation.pk):
        one.refresh_from_db()
        assert one.headcount_band == "12"


def test_the_history_shows_each_enrichment_and_undoes_it(world: World, proposed: tuple[Company, Proposal]) -> None:
    one, _proposal = proposed
    revision = Revision.objects.get()

    text = get(world, f"companies/{one.pk}/panels/enrichment-proofs-history/", user=world.sales)
    assert "Answer of the source, Marketer" in text
    assert "values changed" in text
    assert f"enrichment/history/{revision.pk}/undo/" in text

    answer = post(world, f"enrichment/history/{revision.pk}/undo/", {"next": world.path(f"companies/{one.pk}/")})
    assert answer.status_code == 302
    whole = get(world, f"enrichment/companies/{one.pk}/history/")
    assert "Undone by Sales" in whole
    assert "enrichment/history/" not in whole


def test_pages_keep_to_their_queries(world: World, proposed: tuple[Company, Proposal]) -> None:
    one, _proposal = proposed
    person = Contact.objects.create(organisation=world.organisation, company=one, email="a@solvane.example")
    client = world.client(world.admin)
    for rest in (
        "enrichment/proposals/", "enrichment/winning/", f"enrichment/companies/{one.pk}/history/",
        f"companies/{one.pk}/", f"contacts/{person.pk}/", f"companies/{one.pk}/panels/enrichment-proofs-history/",
    ):  # fmt: skip
        # Once before, so that what the frame keeps for a while is there.
        assert client.get(world.path(rest)).status_code == 200, rest
        with CaptureQueriesContext(connection) as queries:
            client.get(world.path(rest))
        said = [one["sql"][:90] for one in queries.captured_queries]
        assert len(queries) <= 12, (rest, len(queries), "\n".join(said))
        # Counted at each showing of the list: of hundreds of thousands, the companies are not looked at.
        assert not [one for one in queries.captured_queries if "COUNT(" in one["sql"] and "JOIN" in one["sql"]], rest

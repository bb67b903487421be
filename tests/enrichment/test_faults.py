"""A job over a register that fails in every way: no wrong value, no lost question, no request too many.

Clocks are scaled: the pauses of minutes last a part of a second here.
"""

import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from contacts.models import Company
from enrichment import answering, bulk, manners, services
from enrichment.asking import ask_due_lookups
from enrichment.bulk import Selection, Which
from enrichment.models import Lookup
from prm.work.jobs import run_jobs
from prm.work.models import Job
from tests.conftest import World
from tests.enrichment.register import Fault, Register, company
from tests.enrichment.test_bulk import make_companies

MANY = 24


@pytest.fixture(autouse=True)
def short_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousandth of the pauses, in the same proportions: a breaker of 5 minutes, an outage of 10."""
    monkeypatch.setattr(manners, "OPEN_SECONDS", 0.3)
    monkeypatch.setattr(manners, "PROBE_SECONDS", 0.1)
    monkeypatch.setattr(bulk, "OUTAGE_SECONDS", 20.0)
    monkeypatch.setattr(bulk, "STEP_SECONDS", 0.05)
    monkeypatch.setattr(answering, "BACK_OFF_SECONDS", (0.06, 0.3, 0.9, 3.6, 14.4, 43.2))


def carry_out(world: World) -> Job:
    """Run the job, then the queue until everything is answered, as workers do."""
    job = services.request_bulk(world.organisation, selection=Selection(Which.DUE), by=world.marketer)
    run_jobs(world.organisation)
    end = time.monotonic() + 60
    while Lookup.objects.filter(status__in=["waiting", "unavailable"]).exists():
        assert time.monotonic() < end, list(Lookup.objects.values_list("status", "detail", "attempts", "retry_at"))
        ask_due_lookups(world.organisation, seconds=1)
        time.sleep(0.02)
    job.refresh_from_db()
    return job


def assert_all_is_right(register: Register) -> None:
    """Every company has its own values and no others."""
    assert Lookup.objects.filter(status="found").count() == MANY
    for one in Company.objects.all():
        assert one.siren is not None
        told = register.companies[one.siren]
        assert (one.naf_code, one.siret) == (told["activite_principale"], told["siege"]["siret"])
        assert one.headcount_band == told["tranche_effectif_salarie"]
    assert Company.objects.filter(naf_code="62.01Z").count() == MANY


SCHEMA = json.dumps({"data": {"companies": []}})
OTHER = json.dumps({"results": [company("552100554", "UNE AUTRE", activite_principale="01.11Z")]})
LISTS = json.dumps({"results": ["732829320"]})
NAMELESS = json.dumps({"results": [{"nom_complet": "SANS SIREN", "activite_principale": "01.11Z"}]})


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500, body="oops"),
        Fault(status=503),
        Fault(body="<html>maintenance</html>"),
        Fault(body='{"results": [{"siren": "7328'),
        Fault(body=SCHEMA),
        Fault(body=LISTS),
        Fault(body=NAMELESS),
        Fault(body=OTHER),
        Fault(drop=True),
        Fault(body='{"results": []}', headers={"Content-Length": "4096"}),
    ],
    ids=["500", "503", "html", "cut", "schema", "list", "no siren", "another company", "dropped", "half"],
)
def test_a_source_that_fails_now_and_then_gives_no_wrong_value(
    scoped: World, register: Register, fault: Fault, settings: Any
) -> None:
    settings.RECHERCHE_ENTREPRISES_TIMEOUT = (0.5, 0.5)
    make_companies(scoped, register, MANY)
    good = Fault()
    register.fail(*[fault if number % 4 == 1 else good for number in range(MANY)])
    committed = sum(number % 4 == 1 for number in range(MANY))

    job = carry_out(scoped)

    assert job.status == "done"
    assert_all_is_right(register)
    # Each question once, and once more for each answer that was none.
    assert len(register.asked) == MANY + committed


def test_a_storm_of_429_is_waited_out_without_a_request_too_many(scoped: World, register: Register) -> None:
    make_companies(scoped, register, MANY)
    wait, storm = 3.0, 3
    register.fail(*[Fault()] * 5, *[Fault(status=429, headers={"Retry-After": str(int(wait))})] * storm)

    job = carry_out(scoped)

    assert job.status == "done"
    assert_all_is_right(register)
    assert len(register.asked) == MANY + storm
    moments = sorted(one.at for one in register.asked)
    refused_at = moments[5 : 5 + storm]
    for moment in refused_at:
        later = [at for at in moments if at > moment]
        assert later[0] - moment >= wait - 0.05


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def after(seconds: float, act: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


def test_an_outage_of_ten_minutes_ends_by_itself(scoped: World, register: Register, settings: Any) -> None:
    make_companies(scoped, register, MANY)
    url, settings.RECHERCHE_ENTREPRISES_URL = register.url, f"http://127.0.0.1:{free_port()}"

    def back() -> None:
        settings.RECHERCHE_ENTREPRISES_URL = url

    # Two of the breaker's pauses, as ten minutes are two of five.
    timer = after(0.6, back)
    job = carry_out(scoped)
    timer.join()

    assert job.status == "done"
    assert_all_is_right(register)
    # Nobody was asked while nobody was there, and each question once afterwards.
    assert len(register.asked) == MANY
    assert Lookup.objects.filter(attempts__gt=4).count() == 0


def test_refused_connections_cost_one_attempt_a_pause(scoped: World, register: Register, settings: Any) -> None:
    make_companies(scoped, register, MANY)
    settings.RECHERCHE_ENTREPRISES_URL = f"http://127.0.0.1:{free_port()}"
    begun = timezone.now()

    services.request_bulk(scoped.organisation, selection=Selection(Which.DUE), by=scoped.marketer)
    timer = after(1.0, lambda: setattr(bulk, "OUTAGE_SECONDS", 0.0))
    run_jobs(scoped.organisation)
    timer.join()

    job = Job.objects.get()
    assert job.status == "failed"
    pauses = (timezone.now() - begun).total_seconds() / 0.3
    attempts = sum(Lookup.objects.values_list("attempts", flat=True))
    assert attempts <= pauses + 2
    assert not Company.objects.exclude(naf_code="").exists()

"""The turns of several processes, with the real database and a real source that counts."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from enrichment import pacing
from enrichment.models import SourceUse
from enrichment.turns import Caller, Pace
from enrichment.use import count_call, seconds_over_allowance
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.enrichment.register import Register

RATE, SECONDS, WORKERS = 20, 5.0, 4

# Asks for SECONDS, each time about another company.
WORK = """
import sys, time, django; django.setup()
from enrichment.providers.outcomes import Question
from enrichment.providers.recherche_entreprises import RechercheEntreprises
provider, number, end = RechercheEntreprises(), int(sys.argv[1]) * 100_000_000, time.time() + 30
while time.time() < end:
    number += 1
    provider.ask(Question(siren=f"{number:09d}"), patience=5)
"""


def start(register: Register, number: int) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "DATABASE_URL": os.environ["TEST_DATABASE_URL"],
        "DATABASE_APP_URL": os.environ["TEST_DATABASE_APP_URL"],
        "RECHERCHE_ENTREPRISES_URL": register.url,
        "RECHERCHE_ENTREPRISES_PER_SECOND": str(RATE),
        "LOG_LEVEL": "ERROR",
    }
    base = Path(settings.BASE_DIR)
    return subprocess.Popen([sys.executable, "-c", WORK, str(number)], cwd=base, env=environment)


def test_four_processes_use_the_rate_and_never_exceed_it_though_one_is_killed(
    committed: None, register: Register
) -> None:
    workers = [start(register, number) for number in range(1, WORKERS + 1)]
    try:
        end = time.monotonic() + 60
        while len({one.params["q"][0] for one in register.asked}) < WORKERS:
            assert time.monotonic() < end
            time.sleep(0.05)
        begin = time.monotonic()
        time.sleep(SECONDS)
        killed_at = time.monotonic()
        os.kill(workers[0].pid, signal.SIGKILL)
        time.sleep(SECONDS)
        last = time.monotonic()
    finally:
        for one in workers:
            one.kill()
            one.wait()

    moments = [one.at for one in register.asked if begin <= one.at <= last]
    # A request may take a moment longer on its way than the one before: never a tenth of a second.
    assert max(sum(at <= one < at + 0.9 for one in moments) for at in moments) <= RATE
    before = sum(at <= killed_at for at in moments)
    # Requests are whole: 95 of the 95.002 that would be 95 %.
    assert int(0.95 * RATE * (killed_at - begin)) <= before <= RATE * (killed_at - begin + 1)
    assert len(moments) - before >= 0.85 * RATE * (last - killed_at)


def test_a_wish_of_the_source_is_everybodys(db: None) -> None:
    pacing.hold("somewhere", 30)
    pacing.hold("somewhere", 5)

    wait = pacing.take_turn("somewhere", pace=Pace(100), caller=Caller(1), patience=0.05)

    assert wait == pytest.approx(30, abs=0.5)
    assert pacing.take_turn("elsewhere", pace=Pace(100), caller=Caller(1), patience=0.05) == 0


def test_whoever_gave_up_stands_in_nobodys_way(db: None) -> None:
    pace = Pace(10)
    assert pacing.take_turn("somewhere", pace=pace, caller=Caller(1), patience=0) == 0
    assert pacing.take_turn("somewhere", pace=pace, caller=Caller(1), patience=0) > 0

    assert pacing.take_turn("somewhere", pace=pace, caller=Caller(1, is_bulk=True), patience=0.3) == 0


def test_requests_are_counted_for_each_organisation_and_jobs_have_an_allowance(world: World, settings: Any) -> None:
    settings.ENRICHMENT_CALLS_PER_DAY = 2
    job, person = Caller(world.organisation.pk, is_bulk=True), Caller(world.organisation.pk)
    with organisation_scope(world.organisation.pk):
        count_call("register", job)
        assert seconds_over_allowance("register", job) is None
        count_call("register", person)

        assert 0 < (seconds_over_allowance("register", job) or 0) <= 25 * 3600
        assert seconds_over_allowance("register", person) is None
        assert seconds_over_allowance("other", job) is None
        assert list(SourceUse.objects.values_list("source", "calls")) == [("register", 2)]
    with organisation_scope(world.twin.pk):
        assert seconds_over_allowance("register", Caller(world.twin.pk, is_bulk=True)) is None

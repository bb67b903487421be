"""The shared rate and the breaker, with the real Valkey and without it."""

import threading
import time
from typing import Any

import pytest

from enrichment import board
from enrichment.manners import Manners
from enrichment.providers.outcomes import Question, Reason, Unavailable
from enrichment.providers.recherche_entreprises import RechercheEntreprises
from tests.enrichment.register import Fault, Register


def test_turns_are_spread_evenly_over_all_workers() -> None:
    taken: list[float] = []

    def work() -> None:
        manners = Manners("spread")
        for _ in range(5):
            assert manners.take_turn(50, 5) == 0
            taken.append(time.monotonic())

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    taken.sort()
    assert len(taken) == 20
    # 20 turns at 50 a second last 19 intervals of 20 ms, however many ask at once. A busy machine wakes a thread late:
    # that makes two turns seem nearer than they were granted, never the whole much shorter.
    assert taken[-1] - taken[0] > 0.3
    assert all(taken[start + 10] - taken[start] > 0.08 for start in range(10))


def test_a_turn_beyond_the_patience_is_not_taken() -> None:
    manners = Manners("patience")
    assert manners.take_turn(1, 0) == 0

    wait = manners.take_turn(1, 0.2)

    assert wait == pytest.approx(1, abs=0.1)
    assert manners.take_turn(1, 2) == 0


def test_a_turn_beyond_the_patience_is_said_busy(
    provider: RechercheEntreprises, register: Register, settings: Any
) -> None:
    settings.RECHERCHE_ENTREPRISES_PER_SECOND = 1
    provider.ask(Question(siren="732829320"))

    outcome = provider.ask(Question(siren="404833048"), patience=0.1)

    assert isinstance(outcome, Unavailable)
    assert (outcome.reason, outcome.asked) == (Reason.BUSY, False)
    assert register.questions() == ["732829320"]


def test_three_failures_in_a_row_open_the_breaker(provider: RechercheEntreprises, register: Register) -> None:
    register.lasting_fault = Fault(status=500)
    for siren in ("111111118", "222222226", "333333334", "444444442"):
        provider.ask(Question(siren=siren))

    assert register.questions() == ["111111118", "222222226", "333333334"]
    assert not provider.state().is_available


def test_an_answer_in_between_closes_the_count(provider: RechercheEntreprises, register: Register) -> None:
    register.fail(Fault(status=500), Fault(status=500), Fault(body='{"results": []}'), Fault(status=500))
    for siren in ("111111118", "222222226", "333333334", "444444442"):
        provider.ask(Question(siren=siren))

    assert provider.state().is_available


def test_after_the_silence_a_single_request_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enrichment.manners.OPEN_SECONDS", 0.2)
    manners = Manners("probe")
    manners.failed(Reason.TIMEOUT, at_once=True)
    held = manners.blocked()
    assert held is not None
    assert held.reason == Reason.TIMEOUT
    time.sleep(0.25)

    assert [manners.blocked() is None for _ in range(3)] == [True, False, False]

    since = manners.state().since
    manners.failed(Reason.REFUSED_CONNECTION)
    state = manners.state()
    assert (state.reason, state.since) == ("refused_connection", since)
    time.sleep(0.25)
    assert manners.blocked() is None
    manners.succeeded()
    assert manners.blocked() is None
    assert manners.state().is_available
    assert manners.state().answered_at is not None


def test_three_refusals_for_quota_open_the_breaker_too(provider: RechercheEntreprises, register: Register) -> None:
    register.lasting_fault = Fault(status=429, headers={"Retry-After": "0"})
    for siren in ("111111118", "222222226", "333333334"):
        provider.ask(Question(siren=siren))

    assert len(register.asked) == 3


@pytest.fixture
def without_valkey(settings: Any) -> Any:
    board._client.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    yield
    board._client.cache_clear()


def test_without_valkey_a_process_goes_on_at_a_slow_rate_of_its_own(
    without_valkey: None, provider: RechercheEntreprises, register: Register
) -> None:
    provider.ask(Question(siren="732829320"))
    provider.ask(Question(siren="404833048"))

    assert register.questions() == ["732829320", "404833048"]
    assert register.asked[1].at - register.asked[0].at == pytest.approx(1, abs=0.2)


def test_without_valkey_the_breaker_holds_in_the_process(
    without_valkey: None, provider: RechercheEntreprises, settings: Any
) -> None:
    settings.RECHERCHE_ENTREPRISES_URL = "http://127.0.0.1:9"

    assert provider.ask(Question(siren="732829320")) == Unavailable(Reason.REFUSED_CONNECTION, 300.0)
    outcome = provider.ask(Question(siren="732829320"))

    assert isinstance(outcome, Unavailable)
    assert not outcome.asked

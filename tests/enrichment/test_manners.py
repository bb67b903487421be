"""The shared rate and the breaker, with the real Valkey and without it."""

import threading
import time
from typing import Any

import pytest
from django.db import connection

from enrichment import board
from enrichment.manners import Manners
from enrichment.providers.outcomes import Question, Reason, Unavailable
from enrichment.providers.recherche_entreprises import RechercheEntreprises
from enrichment.turns import Pace
from tests.enrichment.register import Fault, Register


def test_a_turn_beyond_the_patience_is_not_taken(db: None) -> None:
    manners = Manners("patience")
    assert manners.take_turn(Pace(1), 0) == 0

    wait = manners.take_turn(Pace(1), 0.2)

    assert wait == pytest.approx(1, abs=0.1)
    assert manners.take_turn(Pace(1), 2) == 0


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


def test_after_the_silence_a_single_request_tries(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_without_valkey_the_limit_holds(
    without_valkey: None, provider: RechercheEntreprises, register: Register, settings: Any
) -> None:
    settings.RECHERCHE_ENTREPRISES_PER_SECOND = 2
    for siren in ("732829320", "404833048", "552100554"):
        provider.ask(Question(siren=siren))

    assert register.questions() == ["732829320", "404833048", "552100554"]
    assert register.asked[2].at - register.asked[0].at == pytest.approx(1, abs=0.2)


def test_without_valkey_a_wish_of_the_source_reaches_the_other_workers(
    without_valkey: None, provider: RechercheEntreprises, register: Register
) -> None:
    register.fail(Fault(status=429, headers={"Retry-After": "30"}))
    provider.ask(Question(siren="732829320"))
    # Another process has a board of its own.
    board._own.clear()

    outcome = provider.ask(Question(siren="404833048"), patience=0.1)

    assert isinstance(outcome, Unavailable)
    assert outcome.retry_after == pytest.approx(30, abs=1)
    assert register.questions() == ["732829320"]


def test_without_valkey_the_breaker_holds_in_the_process(
    without_valkey: None, provider: RechercheEntreprises, settings: Any
) -> None:
    settings.RECHERCHE_ENTREPRISES_URL = "http://127.0.0.1:9"

    assert provider.ask(Question(siren="732829320")) == Unavailable(Reason.REFUSED_CONNECTION, 300.0)
    outcome = provider.ask(Question(siren="732829320"))

    assert isinstance(outcome, Unavailable)
    assert not outcome.asked


def test_a_question_that_is_being_asked_is_not_asked_twice(
    committed: None, provider: RechercheEntreprises, register: Register
) -> None:
    register.seconds = 0.4
    answers: list[object] = []

    def ask() -> None:
        answers.append(provider.ask(Question(siren="732829320"), patience=5))
        connection.close()

    workers = [threading.Thread(target=ask) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    assert register.questions() == ["732829320"]
    assert [type(one).__name__ for one in answers] == ["Found"] * 4

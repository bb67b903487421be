"""Which company a name means."""

import pytest

from enrichment.matching import choose, judge, sureness, town_key
from enrichment.providers.outcomes import Ambiguous, Found, NotFound, Question
from enrichment.providers.records import CompanyRecord


def record(siren: str, name: str, postcode: str = "44000", city: str = "NANTES", **more: object) -> CompanyRecord:
    return CompanyRecord(siren=siren, name=name, postcode=postcode, city=city, **more)  # type: ignore[arg-type]


NANTES = record("732829320", "FONDERIES DU VAL D'OURCE")
LYON = record("404833048", "FONDERIES DU VAL D'OURCE", "69003", "LYON 3")
CLOSED = record("552100554", "FONDERIES DU VAL D'OURCE", "75011", "PARIS", is_closed=True)
OTHER = record("443061841", "FONDERIE DE LA LOIRE")
NAME = "Fonderies du Val-d’Ource SARL"


@pytest.mark.parametrize(
    ("question", "records", "outcome"),
    [
        (Question(name=NAME), [NANTES, OTHER], Found(NANTES)),
        (Question(name=NAME, postcode="69003"), [NANTES, LYON], Found(LYON)),
        (Question(name=NAME, city="Lyon"), [NANTES, LYON], Found(LYON)),
        (Question(name=NAME), [NANTES, LYON], Ambiguous((NANTES, LYON))),
        (Question(name=NAME, postcode="13001"), [NANTES, LYON], Ambiguous((NANTES, LYON))),
        (Question(name=NAME), [CLOSED, NANTES], Found(NANTES)),
        (Question(name=NAME), [CLOSED], Ambiguous((CLOSED,))),
        (Question(name=NAME), [OTHER], NotFound()),
        (Question(name=NAME), [], NotFound()),
        (Question(name="Fonderie du Val d'Ourse"), [NANTES, OTHER], Ambiguous((NANTES,))),
    ],
)
def test_a_name_means_a_company_only_when_nothing_else_may_be_meant(
    question: Question, records: list[CompanyRecord], outcome: object
) -> None:
    assert choose(question, records) == outcome


def test_a_trading_name_counts_at_its_place_only() -> None:
    shop = record("404833048", "COMPTOIR DU LITTORAL", trading_names=("LA VAGUE",))

    assert choose(Question(name="La Vague", postcode="44000"), [shop]) == Found(shop)
    assert choose(Question(name="La Vague"), [shop]) == Ambiguous((shop,))


def test_an_establishment_at_the_place_is_enough() -> None:
    spread = record("404833048", "COMPTOIR DU LITTORAL", places=(("56100", "LORIENT"),))
    namesake = record("732829320", "COMPTOIR DU LITTORAL")

    assert choose(Question(name="Comptoir du Littoral", postcode="56100"), [namesake, spread]) == Found(spread)


def test_results_of_one_place_prove_nothing_of_the_others() -> None:
    elsewhere = record("404833048", "SOLVANE", "69003")

    assert isinstance(choose(Question(name="Solvane", postcode="44000"), [elsewhere], only_here=True), Ambiguous)


def test_five_candidates_at_most_the_likeliest_first() -> None:
    records = [record(f"70000000{n}", f"SOLVANE {'X' * n}".strip()) for n in range(7)]
    question = Question(name="Solvane", postcode="13001")

    outcome = choose(question, [*records[1:], record("800000000", "SOLVANE"), records[0]])

    assert isinstance(outcome, Ambiguous)
    sirens = [one.siren for one in outcome.candidates]
    assert sirens == ["800000000", "700000000", "700000001", "700000002", "700000003"]


@pytest.mark.parametrize(
    ("town", "key"),
    [
        ("PARIS 8", "paris"), ("Paris 8e", "paris"), ("NANTES CEDEX 1", "nantes"), ("St-Étienne", "saint etienne"),
        ("SAINT ETIENNE", "saint etienne"), ("", ""), (None, ""),
    ],
)  # fmt: skip
def test_a_town_is_compared_without_its_district(town: str | None, key: str) -> None:
    assert town_key(town) == key


@pytest.mark.parametrize(
    ("name", "legal", "is_taken"),
    [
        # Spelt otherwise, at the very postcode.
        ("Fonderie du Val d'Ourse", "FONDERIES DU VAL D'OURCE", True),
        ("Val d'Ource Fonderies", "FONDERIES DU VAL D'OURCE", True),
        # A word more, a word less, another word or another number is another company.
        ("Kia Albi", "KIA VIERZON", False),
        ("Kia Albi", "KIA", False),
        ("Kia", "KIA ALBI", False),
        ("Halle 2 Nantes", "HALLE 3 NANTES", False),
        ("Ceetrus Roncq2", "CEETRUS RONCQ3", False),
    ],
)
def test_a_name_spelt_otherwise_is_taken_at_its_postcode_and_another_name_never(
    name: str, legal: str, is_taken: bool
) -> None:
    outcome = choose(Question(name=name, postcode="44000"), [record("732829320", legal)])

    assert isinstance(outcome, Found) is is_taken


def test_a_score_weighs_the_name_and_the_place_and_says_why() -> None:
    def judged(**question: str) -> tuple[float, tuple[str, ...]]:
        match = judge(
            Question(**question), record("732829320", "SOLVANE", trading_names=("LA VAGUE",), department="44")
        )
        assert match is not None
        return match.score, match.evidence

    assert judged(name="Solvane", postcode="44000") == (1.0, ("same_name", "same_postcode"))
    assert judged(name="Solvane", city="Nantes") == (0.9934, ("same_name", "same_town"))
    assert judged(name="Solvane") == (0.89, ("same_name",))
    assert judged(name="Solvane", postcode="44800") == (0.868, ("same_name", "same_department"))
    assert judged(name="Solvane", postcode="75011") == (0.824, ("same_name", "other_place"))
    assert judged(name="La Vague", postcode="44000") == (0.92, ("trading_name", "same_postcode"))
    assert judge(Question(name="Zénith Polaire"), record("732829320", "SOLVANE")) is None


def test_one_of_two_that_come_near_each_other_is_never_sure() -> None:
    twin = record("404833048", "SOLVANE")
    question = Question(name="Solvane", postcode="44000")

    assert sureness(question, [record("732829320", "SOLVANE")]) == 1.0
    assert sureness(question, [record("732829320", "SOLVANE"), twin]) == 0.0
    assert sureness(question, [record("732829320", "SOLVANE", is_closed=True)]) == 0.0
    assert sureness(question, []) == 0.0

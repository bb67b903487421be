"""Fewer resamplings than the product's: what tests ask of intervals needs no more."""

import pytest

from scoring.learning import fitting


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "ROUNDS", 40)

"""Transactions of other test processes on the same server hold the log's horizon back: here consumers wait longer."""

import pytest

from touchpoints import consuming


@pytest.fixture(autouse=True)
def patience(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    # A test that keeps a transaction open itself waits for nothing.
    is_own = "still_open" in request.node.name
    monkeypatch.setattr(consuming, "PATIENCE_SECONDS", 3.0 if is_own else 12.0)

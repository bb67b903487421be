"""A real Chromium and the whole product, for tests that walk as people do."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.stack import Stack, pages_alone, stack

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip with a reason where there is no Chromium."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine (.ci/run installs it)"))


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A browser for one test: Playwright's event loop, left running, would keep Django's ORM from later tests."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of 1440 pixels, in English; any script error fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="Europe/Paris")
    window = context.new_page()
    errors: list[str] = []
    window.on("pageerror", lambda error: errors.append(str(error)))
    window.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield window
    context.close()
    unexpected = [error for error in errors if "status of 4" not in error]
    assert not unexpected, unexpected


@pytest.fixture
def product(committed: None, tmp_path: Path) -> Iterator[Stack]:
    """The whole product on this test's committed database."""
    with stack(tmp_path / "data") as started:
        yield started


@pytest.fixture(scope="session")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """What serves pages, once for all tests of this process: each brings its own rows, in `committed`."""
    with pages_alone(tmp_path_factory.mktemp("site") / "data") as started:
        yield started


@pytest.fixture(autouse=True)
def _allow_async_unsafe(monkeypatch: pytest.MonkeyPatch) -> Any:
    # Playwright's sync API runs an event loop in this thread; Django would refuse the ORM beside it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

"""Every page keeps WCAG 2.2 AA: a new page is inspected without anybody's doing, in both themes, on a desk and a phone.

Pages come from the addresses themselves (tests/walking.py) with a generated row of every model
(tests/worldmaking.py); the demo organisation gives them the fullness of real ones, and French.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import resolve
from playwright.sync_api import Browser

from contacts.consent.tokens import preferences_url
from contacts.models import Contact
from nurturing.tokens import Ticket, unsubscribe_url
from prm.organisations.models import Role, User
from prm.organisations.scope import organisation_scope
from prm.organisations.services import invite_member
from steering.demo.building import PEOPLE, SLUG, build_demo
from tests.browser.inspecting import LOOKS, PHONE, Inspection, inspecting
from tests.browser.stack import Stack
from tests.conftest import World
from tests.walking import ask, list_global_pages, list_pages
from tests.worldmaking import OWN, fill

# Addresses that answer a GET with something else than a page of ours: files, parts that htmx puts into a page, letters.
PARTS = {
    "audiences:file_download",
    "bulk:selection_count",
    "tagging:tag_suggest",
    "contacts:company_panel",
    "contents:content_export",
    "interests:fitting",
    "contacts:contact_export",
    "contacts:contact_panel",
    "contacts:import_rejects",
    "contacts:import_rejects_sheet",
    "enrichment:automatic_panel",
    "enrichment:company_panel",
    "enrichment:vat_panel",
    "enrichment:coverage_file",
    "partners:file_rejects",
    "partners:file_rejects_sheet",
    "appearance:appearance_style",
    "handoffs:handoff_export",
    "handoffs:handoff_live",
    "handoffs:live",
    "lead_forms:form_colour",
    "lead_forms:submission_export",
    "nurturing:step_preview",
    "organisations:audit_export",
    "recognition:fitting",
    "slots:variant_preview",
    "tracking:live",
    "touchpoints:inventory_export",
    "touchpoints:touchpoint_panel",
    "twins:twins_brief",
    "web:job_card",
}
LINKS = """(start) => [...document.querySelectorAll(`a[href^="${start}"]:not([download])`)]
  .map((one) => new URL(one.getAttribute("href"), location).pathname)"""


def pages_of(world: World) -> Iterator[str]:
    """Yield the path of every page of the organisation that an admin can open."""
    client = world.client(world.admin)
    for page in list_pages():
        path = page.path(world.organisation.slug, OWN)
        answer = ask(client, "get", path)
        if answer.status != 200:
            # It wants a POST, or leads to another page.
            assert answer.status in {302, 405}, page
            continue
        if page.name not in PARTS:
            assert answer.text.lstrip()[:15].lower() == "<!doctype html>", f"{page.name}: no page; one of PARTS?"
            yield path


PARTS_OF_PAGES = 4


def walk_links(window: Inspection, site: str, start: str) -> Iterator[str]:
    """Open what the links of an organisation lead to, one page of each kind; yield its path once it is open."""
    found = [start]
    for path in found:
        window.open(site + path)
        yield path
        kinds = {resolve(one).view_name for one in found}
        for link in window.page.evaluate(LINKS, start):
            if (kind := resolve(link).view_name) not in kinds | PARTS:
                kinds.add(kind)
                found.append(link)


# In parts, so that two processes share them.
@pytest.mark.parametrize("part", range(PARTS_OF_PAGES))
def test_every_page_keeps_the_rules(committed: None, world: World, site: Stack, browser: Browser, part: int) -> None:
    fill(world)
    with inspecting(browser, site.url, user=world.admin, language="en") as window:
        for path in list(pages_of(world))[part::PARTS_OF_PAGES]:
            window.open(site.url + path)
            window.check_rules()
            window.look_as("dark", PHONE)
            window.check_rules(only=LOOKS, state="on a phone in the dark ")
            window.check_width()


def test_the_demos_pages_keep_the_rules_in_french(committed: None, site: Stack, browser: Browser) -> None:
    build_demo()
    admin = User.objects.get(email=PEOPLE[0][0])
    with inspecting(browser, site.url, user=admin, language="fr") as window:
        walked = 0
        for _path in walk_links(window, site.url, f"/o/{SLUG}/"):
            window.check_floats()
            window.check_fetched_dialogs()
            window.look_as("light", PHONE)
            window.check_rules(state="on a phone ")
            window.check_width()
            walked += 1
    assert walked > 25


@pytest.mark.parametrize("language", ["fr", "en"])
def test_pages_outside_of_organisations_keep_the_rules(
    committed: None, world: World, site: Stack, browser: Browser, language: str
) -> None:
    with organisation_scope(world.organisation.pk):
        _invitation, token = invite_member(
            world.organisation, email="new@solvane.example", role=Role.SALES, by=world.admin
        )
        ines = Contact.objects.create(organisation=world.organisation, email="ines@acme.example")
    preferring = urlsplit(preferences_url(world.organisation.pk, ines.pk)).path
    unsubscribing = urlsplit(unsubscribe_url(Ticket(world.organisation.pk, 0, 0))).path
    for user in (None, world.admin):
        client = world.client(user) if user else Client()
        # The script of tracked sites is no page.
        readable = [path for path in list_global_pages() if path != "/t.js" and ask(client, "get", path).status == 200]
        with inspecting(browser, site.url, user=user, language=language) as window:
            for path in [
                *readable,
                f"/invitations/solvane/{token}/",
                unsubscribing,
                preferring,
                "/accounts/confirm-email/made-up/",
            ]:
                inspect_both_ways(window, site.url + path)
            for path in ("/u/made-up/", "/p/made-up/", "/nowhere/"):
                inspect_both_ways(window, site.url + path, status=404)


def test_refusals_keep_the_rules(committed: None, world: World, site: Stack, browser: Browser) -> None:
    with inspecting(browser, site.url, user=world.viewer, language="en") as window:
        inspect_both_ways(window, site.url + world.path("settings/"), status=403)
        inspect_both_ways(window, site.url + world.path("contacts/1/"), status=404)


def test_every_component_keeps_the_rules(
    committed: None, world: World, site: Stack, browser: Browser, settings: Any
) -> None:
    # The gallery exists on development servers alone: made here, shown in the place of the server's answer.
    settings.DEBUG = True
    answer = world.client(world.admin).get(world.path("components/"))
    assert answer.status_code == 200
    with inspecting(browser, site.url, user=world.admin, language="en") as window:
        window.page.route(
            "**/components/", lambda route: route.fulfill(body=answer.content, headers=dict(answer.items()))
        )
        inspect_both_ways(window, site.url + world.path("components/"))
        window.check_floats()


def inspect_both_ways(window: Inspection, url: str, *, status: int = 200) -> None:
    """Inspect a page in the light on a desk, and in the dark on a phone."""
    window.open(url, status=status)
    window.check_rules()
    window.look_as("dark", PHONE)
    window.check_rules(only=LOOKS, state="on a phone in the dark ")
    window.check_width()

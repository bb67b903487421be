"""Many people erased at once, as an admin does it: selected, counted, typed in, gone, and the figures stay."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from contacts.models import Contact, StageChange
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.organisations.services import create_organisation, ensure_person
from tests.browser.stack import Stack, stack
from tests.browser.test_tour import PASSWORD, sign_in

PEOPLE = 130


def test_all_that_match_are_erased_once_their_number_is_typed(
    committed: None, tmp_path: Path, page: Page, settings: Any
) -> None:
    # As the product hashes them: it checks them in a process of its own.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    admin, _ = ensure_person(email="admin@solvane.example", password=PASSWORD, full_name="Inès Fabre", language="en")
    organisation = create_organisation(name="Solvane", slug="solvane", admin=admin, language="en")
    with organisation_scope(organisation.pk):
        for source, number in (("Old list", PEOPLE), ("Salon", 3)):
            for n in range(number):
                email = f"{source[:3].lower()}{n}@x.example"
                Contact.objects.create(organisation=organisation, last_name=f"{source} {n}", email=email, source=source)
    with stack(tmp_path / "data") as product:
        walk(page, product)
    with organisation_scope(organisation.pk):
        assert_only_figures_are_left(organisation)


def walk(page: Page, product: Stack) -> None:
    sign_in(page, product, "admin@solvane.example")
    page.goto(f"{product.url}/o/solvane/contacts/?source=Old+list")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.locator("[data-all]").click()
    page.get_by_role("button", name="Erase", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"On {PEOPLE} contacts.")
    expect(dialog).to_contain_text("this cannot be undone")
    expect(dialog).to_contain_text("What was counted stays counted")

    # Another number does nothing, and says which it is.
    dialog.get_by_label("Why").fill("The list was bought without consent")
    dialog.get_by_label(f"Type {PEOPLE} to confirm").fill("13")
    dialog.get_by_role("button", name="Erase").click()
    expect(dialog).to_contain_text(f"It is {PEOPLE} contacts.")
    expect(dialog.get_by_label("Why")).to_have_value("The list was bought without consent")

    dialog.get_by_label(f"Type {PEOPLE} to confirm").fill(str(PEOPLE))
    dialog.get_by_label(f"Type {PEOPLE} to confirm").press("Enter")
    expect(page.get_by_role("heading", name=f"Erase {PEOPLE} people")).to_be_visible()
    expect(page.locator("main")).to_contain_text(f"Done for {PEOPLE} contacts.", timeout=60_000)
    expect(page.locator("main")).to_contain_text("The list was bought without consent")
    expect(page.get_by_role("link", name="Undo")).to_have_count(0)

    page.goto(f"{product.url}/o/solvane/contacts/")
    expect(page.locator("tbody tr")).to_have_count(3)


def assert_only_figures_are_left(organisation: Organisation) -> None:
    assert Contact.objects.filter(organisation=organisation).count() == 3
    assert StageChange.objects.filter(organisation=organisation, to_stage="").count() == PEOPLE

"""The README's ten minutes, walked by a person in a browser: import, score, nurture, enrich, claim."""

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from prm.organisations.models import Role
from prm.organisations.scope import organisation_scope
from prm.organisations.services import add_member, create_organisation, ensure_person, update_organisation
from tests.browser.stack import Stack, stack
from tests.enrichment.register import Register, company, serving

PASSWORD = "walk-with-me-1"
HELENE = "h.marchetti@valdource.example"
KARIM = "k.belhadj@vireux.example"
FILE = (
    "Prénom;Nom;E-mail;Téléphone;Fonction;Entreprise;SIREN\n"
    f"Hélène;Marchetti;{HELENE};06 39 98 41 07;Directrice industrielle;Fonderies du Val d’Ource;732829320\n"
    "Karim;Belhadj;k.belhadj@vireux.example;;Acheteur;Tréfileries de Vireux;\n"
    "Élodie;Lanvin;pas une adresse;;;Moulins Saint-Aubrac;\n"
)


def sign_in(page: Page, product: Stack, email: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{product.url}/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    expect(page.get_by_role("navigation", name="Main").first).to_be_visible()


def send(product: Stack, key: str, *interactions: dict[str, object]) -> None:
    request = urllib.request.Request(
        f"{product.url}/api/v1/interactions",
        json.dumps({"items": interactions}).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 202
        assert json.load(answer)["accepted"] == len(interactions)


def test_a_lead_comes_in_is_scored_nurtured_enriched_and_claimed(
    committed: None, tmp_path: Path, page: Page, settings: Any
) -> None:
    # As the product hashes them: it checks them in a process of its own.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    admin, _ = ensure_person(email="admin@solvane.example", password=PASSWORD, full_name="Inès Fabre", language="en")
    organisation = create_organisation(name="Solvane", slug="solvane", admin=admin, language="en")
    with organisation_scope(organisation.pk):
        update_organisation(organisation, by=admin, sender_email="hello@solvane.example")
        for email, name, role in (
            ("marketer@solvane.example", "Camille Roussel", Role.MARKETER),
            ("sales@solvane.example", "Yanis Berger", Role.SALES),
        ):
            person, _ = ensure_person(email=email, password=PASSWORD, full_name=name, language="en")
            add_member(organisation, user=person, role=role, by=admin)
    register = Register()
    register.add(company("732829320", "FONDERIES DU VAL D'OURCE"))
    with serving(register), stack(tmp_path / "data", register_url=register.url) as product:
        walk(page, product, tmp_path)
    assert register.questions() == ["732829320"]


def walk(page: Page, product: Stack, folder: Path) -> None:
    base = f"{product.url}/o/solvane"
    sign_in(page, product, "marketer@solvane.example")

    # Touchpoints: the usual ones, in one click.
    page.goto(f"{base}/touchpoints/")
    page.get_by_role("button", name=re.compile("usual")).first.click()
    expect(page.get_by_text("Contact form", exact=True).first).to_be_visible()

    # A scenario that answers forms.
    page.goto(f"{base}/scenarios/")
    page.locator("main a[href*='/scenarios/']").filter(has_text=re.compile("form|Welcome", re.IGNORECASE)).first.click()
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()

    # Import: file, mapping, dry run, report.
    file = folder / "people.csv"
    file.write_bytes(FILE.encode("cp1252"))
    page.goto(f"{base}/imports/new/")
    page.set_input_files("input[type=file]", str(file))
    page.get_by_role("button", name="Look at the file").click()
    page.get_by_role("textbox", name="Source").fill("Salon de Lyon")
    page.get_by_label("Lawful basis").select_option(index=1)
    page.get_by_role("button", name="Begin the dry run").click()
    expect(page.get_by_role("heading", name="This is what would happen")).to_be_visible()
    expect(page.get_by_text("pas une adresse")).to_be_visible()
    page.get_by_role("button", name=re.compile("Import")).click()
    expect(page.get_by_role("link", name="See the contacts")).to_be_visible(timeout=30_000)
    expect(page.locator("main")).to_contain_text("2 contacts created")

    # What the site sends: a form, a webinar, the pricing page.
    key = product.manage("create_api_key", "--organisation", "solvane", "--scopes", "all").strip()
    who = {"contact": {"email": HELENE}}
    send(
        product,
        key,
        {
            "kind": "form_sent",
            "touchpoint": "contact-form",
            "key": "f1",
            "properties": {"message": "Three sites"},
            **who,
        },
        {"kind": "webinar", "key": "w1", **who},
        {"kind": "page_view", "touchpoint": "pricing", "key": "p1", **who},
        {"kind": "form_sent", "touchpoint": "contact-form", "key": "f2", "contact": {"email": KARIM}},
    )

    # Found by a part of the name; hot, with the reasons.
    page.goto(f"{base}/contacts/?q=march")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Hélène Marchetti").click()
    expect(page.locator(".tier.is-hot").first).to_be_visible(timeout=15_000)
    expect(page.locator("main")).to_contain_text("Webinar attended")

    # Enriched from the register, with where each value comes from.
    page.get_by_role("button", name="Enrich").first.click()
    expect(page.locator("main")).to_contain_text("SIRENE")

    # The scenario writes to Karim, who is not hot, with a way out that a scanner cannot take; sales has Hélène.
    message = product.wait_for_message(KARIM)
    assert not [one for one in product.messages() if HELENE in str(one["To"])]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    # Sales: claim, see the number, accept.
    sign_in(page, product, "sales@solvane.example")
    page.goto(f"{base}/queue/")
    expect(page.locator("#lead")).to_contain_text("Hélène Marchetti")
    page.get_by_role("button", name="Claim and call").click()
    expect(page.get_by_role("link", name=re.compile("Call"))).to_be_visible()
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("main")).to_contain_text("Accepted")
    page.goto(f"{base}/queue/?show=waiting")
    expect(page.locator("main")).to_contain_text("Nobody here")

    # He leaves by the link of the message; nothing can write to him any more.
    link = re.search(r"<(http[^>]+)>", str(message["List-Unsubscribe"]))
    assert link is not None
    page.goto(link[1])
    page.get_by_role("button").first.click()
    page.goto(f"{base}/contacts/?q=belhadj")
    expect(page.locator("tbody")).to_contain_text("not contactable")

    # The admin reads who did what.
    sign_in(page, product, "admin@solvane.example")
    page.goto(f"{base}/settings/audit/")
    expect(page.locator("main")).to_contain_text("Yanis Berger")

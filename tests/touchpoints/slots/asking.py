"""Slots made and published, and pages that ask for them through the address the script uses."""

import json
from collections.abc import Sequence
from typing import Any

from prm.organisations.models import Organisation
from tests.touchpoints.tracking.sending import post
from touchpoints.slots.document import Goal
from touchpoints.slots.models import Slot
from touchpoints.slots.services import (
    SettingsInput,
    VariantInput,
    add_variant,
    create_slot,
    publish_slot,
    update_settings,
)
from touchpoints.tracking.models import Site

SPRING = {"field": "visit.campaign", "op": "is", "value": "printemps"}


def make_slot(
    organisation: Organisation,
    *variants: VariantInput,
    key: str = "hero",
    control_percent: int = 0,
    goal: Goal | None = None,
) -> Slot:
    """Make and publish a slot; with no variants given, one for the spring campaign."""
    slot = create_slot(organisation, name=key.title(), key=key, by=None)
    values = SettingsInput(key.title(), control_percent, goal or Goal())
    update_settings(organisation, slot_id=slot.pk, values=values, by=None)
    for one in variants or (VariantInput("Spring", "<p>Spring</p>", condition=SPRING),):
        add_variant(organisation, slot_id=slot.pk, values=one, by=None)
    publish_slot(organisation, slot_id=slot.pk, by=None)
    return Slot.objects.get(pk=slot.pk)


def variant(html: str, condition: dict[str, Any] | None = None, **more: Any) -> VariantInput:
    """Return a variant called like its text."""
    return VariantInput(html, f"<p>{html}</p>", condition=condition or {}, **more)


def ask_raw(
    site: Site | str,
    keys: Sequence[Any] = ("hero",),
    path: str = "/",
    *,
    browser: str = "",
    mode: str = "",
    referrer: str = "",
    language: str = "fr-FR",
    **more: Any,
) -> Any:
    """Ask as the script does; return the answer."""
    key = site if isinstance(site, str) else site.key
    url = path if "://" in path else f"https://www.acme.fr{path}"
    said = {"k": key, "v": browser, "m": mode, "s": list(keys), "u": url, "r": referrer, "l": language}
    return post(json.dumps(said), **more)


def ask(site: Site | str, keys: Sequence[Any] = ("hero",), path: str = "/", **more: Any) -> dict[str, dict[str, str]]:
    """Ask, and return what each place is given."""
    answer = ask_raw(site, keys, path, **more)
    assert answer.status_code == 200, answer.content
    found: dict[str, dict[str, str]] = json.loads(answer.content)
    return found


def html(site: Site | str, path: str = "/", **more: Any) -> str:
    """Return what the hero is given, "" where the site's own content stays."""
    return ask(site, ("hero",), path, **more).get("hero", {}).get("h", "")

"""Members make, try, publish and measure slots through the pages; what cannot be used is refused in words."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import Error
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact, Standing, Tier
from prm.organisations.models import AuditEntry, Organisation
from prm.work.errors import Conflict, Invalid, NotFound
from tests.conftest import World
from tests.touchpoints.lead_forms.builders import make_form
from tests.touchpoints.slots.asking import SPRING, ask, make_slot, variant
from touchpoints.lead_forms.services import archive_form
from touchpoints.slots.document import Goal, read_document
from touchpoints.slots.models import Slot, SlotStatus, SlotVersion
from touchpoints.slots.services import (
    SettingsInput,
    VariantInput,
    add_variant,
    create_slot,
    list_faults,
    move_variant,
    pause_slot,
    publish_slot,
    remove_variant,
    update_settings,
    update_variant,
)
from touchpoints.slots.trying import try_slot
from touchpoints.tracking.models import Site

ROWS = {"condition-rows": "1", "condition-every": "all", "condition-0-field": "visit.campaign", "condition-0-op": "is"}


def names(slot: Slot) -> list[str]:
    slot.refresh_from_db()
    return [one.name for one in read_document(slot.draft).variants]


def test_from_a_name_to_what_visitors_see(scoped: World, solvane: Organisation, site: Site) -> None:
    client = scoped.client(scoped.marketer)
    answer = client.post(scoped.path("slots/new/"), {"name": "Top of home", "key": ""})
    slot = Slot.objects.get()
    assert slot.key == "top-of-home"
    path = scoped.path(f"slots/{slot.pk}/")
    assert answer["Location"] == path
    assert "No variant yet" in client.get(path).content.decode()
    form = {"name": "Spring", "html": '<p class="a" onclick="x">Hello</p>', **ROWS, "condition-0-value": "printemps"}
    answer = client.post(f"{path}variants/new/", form, follow=True)
    page = answer.content.decode()
    assert "&lt;p onclick&gt;" in page
    (kept,) = read_document(Slot.objects.get().draft).variants
    assert (kept.html, dict(kept.condition)) == ('<p class="a">Hello</p>', {"all": [SPRING]})
    assert ask(site, ["top-of-home"], "/?utm_source=x&utm_campaign=printemps") == {}
    client.post(f"{path}publish/")
    assert ask(site, ["top-of-home"], "/?utm_source=x&utm_campaign=printemps")["top-of-home"]["x"]
    page = client.get(path).content.decode()
    assert "Last asked for" in page
    assert "www.acme.fr" in page
    assert "Nobody has seen it yet" in client.get(f"{path}?effect=1").content.decode()
    client.post(f"{path}pause/")
    assert Slot.objects.get().status == SlotStatus.PAUSED
    actions = set(AuditEntry.objects.filter(object_type="slot").values_list("action", flat=True))
    assert actions == {"slot.create", "slot.draft", "slot.publish", "slot.pause"}


def test_a_step_of_the_condition_keeps_nothing(scoped: World, solvane: Organisation) -> None:
    slot = make_slot(solvane)
    path = scoped.path(f"slots/{slot.pk}/variants/new/")
    answer = scoped.client(scoped.marketer).post(path, {"name": "x", **ROWS, "condition-step": "add"})
    assert answer.status_code == 200
    assert 'value="x"' in answer.content.decode()
    assert names(slot) == ["Spring"]


def test_the_order_is_changed_by_buttons(scoped: World, solvane: Organisation) -> None:
    slot = make_slot(solvane, variant("a"), variant("b"), variant("c"))
    keys = [one.key for one in read_document(slot.draft).variants]
    client = scoped.client(scoped.marketer)
    client.post(scoped.path(f"slots/{slot.pk}/variants/{keys[2]}/move/"), {"way": "up"})
    assert names(slot) == ["a", "c", "b"]
    move_variant(solvane, slot_id=slot.pk, key=keys[0], up=True, by=None)
    assert names(slot) == ["a", "c", "b"]
    client.post(scoped.path(f"slots/{slot.pk}/variants/{keys[0]}/remove/"))
    assert names(slot) == ["c", "b"]
    with pytest.raises(NotFound):
        remove_variant(solvane, slot_id=slot.pk, key="nothere", by=None)


def test_what_was_published_never_changes(solvane: Organisation) -> None:
    slot = make_slot(solvane)
    version = SlotVersion.objects.get()
    with pytest.raises(Error, match="not changed"), transaction.atomic():
        SlotVersion.objects.update(document={})
    assert version.number == publish_slot(solvane, slot_id=slot.pk, by=None).number == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (VariantInput(" ", "x"), "name"),
        (VariantInput("a", "x" * 20_001), "html"),
        (VariantInput("a", "x\x00"), "html"),
        (VariantInput("a", "{{ first_name }}"), "html"),
        (VariantInput("a", '<a href="{{ campaign }}">x</a>'), "html"),
        (VariantInput("a", "x", form_id=999), "form"),
        (VariantInput("a", "x", condition={"field": "email", "op": "is", "value": "x"}), "condition.field"),
        (VariantInput("a", "x", condition={"field": "segment", "op": "is", "value": "77"}), "condition.value"),
        (VariantInput("a", "x", condition={"oops": 1}), "condition"),
    ],
)
def test_a_variant_that_cannot_be_used(solvane: Organisation, values: VariantInput, field: str) -> None:
    slot = make_slot(solvane)
    with pytest.raises(Invalid) as refusal:
        add_variant(solvane, slot_id=slot.pk, values=values, by=None)
    assert field in refusal.value.fields
    assert names(slot) == ["Spring"]


@pytest.mark.parametrize(
    ("name", "key", "field"),
    [("", "a", "name"), ("a", "A b", "key"), ("a", "hero", "key"), ("a", "-x", "key"), ("a\x00", "x", "name")],
)
def test_a_slot_that_cannot_be_made(solvane: Organisation, name: str, key: str, field: str) -> None:
    make_slot(solvane)
    with pytest.raises(Invalid) as refusal:
        create_slot(solvane, name=name, key=key, by=None)
    assert set(refusal.value.fields) == {field}
    assert Slot.objects.count() == 1


@pytest.mark.parametrize(
    "values",
    [
        SettingsInput("a", 91, Goal()),
        SettingsInput("a", -1, Goal()),
        SettingsInput("a", 10, Goal("form", "nosuch")),
        SettingsInput("a", 10, Goal("kind", "slot_shown")),
        SettingsInput("a", 10, Goal("kind", "nosuch")),
        SettingsInput("a", 10, Goal("stage", "suspect")),
        SettingsInput("a", 10, Goal("luck", "x")),
        SettingsInput("a", 10, Goal(window_days=3)),
    ],
)
def test_settings_that_cannot_be_used(solvane: Organisation, values: SettingsInput) -> None:
    slot = make_slot(solvane)
    with pytest.raises(Invalid):
        update_settings(solvane, slot_id=slot.pk, values=values, by=None)
    slot.refresh_from_db()
    assert slot.name == "Hero"


def test_what_keeps_a_draft_from_being_published(scoped: World, solvane: Organisation) -> None:
    slot = create_slot(solvane, name="Empty", key="empty", by=None)
    with pytest.raises(Invalid, match="Add a variant"):
        publish_slot(solvane, slot_id=slot.pk, by=None)
    with pytest.raises(Conflict):
        pause_slot(solvane, slot_id=slot.pk, by=None)
    form = make_form(solvane)
    added = add_variant(solvane, slot_id=slot.pk, values=VariantInput("F", form_id=form.pk), by=None)
    slot.refresh_from_db()
    assert list_faults(solvane, read_document(slot.draft)) == []
    archive_form(solvane, form_id=form.pk, by=None)
    client = scoped.client(scoped.marketer)
    page = client.get(scoped.path(f"slots/{slot.pk}/")).content.decode()
    assert "Its form is archived" in page
    answer = client.post(scoped.path(f"slots/{slot.pk}/publish/"), follow=True)
    assert "archived, closed" in answer.content.decode()
    update_variant(solvane, slot_id=slot.pk, key=added.key, values=VariantInput("F", " "), by=None)
    with pytest.raises(Invalid, match="says nothing"):
        publish_slot(solvane, slot_id=slot.pk, by=None)
    assert not SlotVersion.objects.exists()


def test_who_would_see_what_and_why(scoped: World, solvane: Organisation, site: Site) -> None:
    ines = Contact.objects.create(organisation=solvane, email="ines@acme.example", last_name="Inès")
    Standing.objects.filter(contact=ines).update(tier=Tier.HOT)
    hot = {"all": [SPRING, {"field": "tier", "op": "is", "value": "hot"}]}
    slot = make_slot(solvane, variant("hot", hot), variant("spring", SPRING), control_percent=10)
    url = "https://www.acme.fr/?utm_source=x&utm_campaign=printemps"
    document = read_document(slot.draft)
    tried = try_slot(solvane, document, url=url, hosts=["acme.fr"])
    assert [(one.fits, one.is_shown, [part.holds for part in one.parts]) for one in tried] == [
        (False, False, [True, False]),
        (True, True, [True]),
    ]
    tried = try_slot(solvane, document, url=url, hosts=["acme.fr"], contact=ines)
    assert [(one.fits, one.is_shown) for one in tried] == [(True, True), (True, False)]
    client = scoped.client(scoped.viewer)
    path = scoped.path(f"slots/{slot.pk}/try/")
    page = client.post(path, {"url": url, "person": "ines@acme.example"}).content.decode()
    assert "They see “hot”" in page
    assert "an earlier one comes first" in page
    assert "tier is hot" in page.lower()
    assert "They see what the site itself has there" in client.post(path, {"url": "acme.fr/"}).content.decode()
    for wrong in ({"url": ""}, {"url": url, "person": "nobody@x.example"}, {"url": url, "person": "x"}):
        assert client.post(path, wrong).status_code == 422


def test_a_preview_runs_nothing(scoped: World, solvane: Organisation) -> None:
    slot = make_slot(solvane)
    client = scoped.client(scoped.marketer)
    path = scoped.path(f"slots/{slot.pk}/preview/")
    (first,) = read_document(slot.draft).variants
    shown: Any = client.get(f"{path}?variant={first.key}")
    assert "<p>Spring</p>" in shown.content.decode()
    typed = client.post(path, {"html": "<p>{{ sector|you }}</p><script>alert(1)</script>"})
    assert "<p>you</p>" in typed.content.decode()
    assert "<script" not in typed.content.decode()
    policy = typed.headers["Content-Security-Policy"]
    assert "script-src 'none'" in policy
    assert "form-action 'none'" in policy
    assert "Nothing to see" in client.get(f"{path}?variant=nosuch").content.decode()
    assert client.post(path, {"form": "99999999999999999999"}).status_code == 200


def test_sales_look_and_change_nothing(scoped: World, solvane: Organisation) -> None:
    slot = make_slot(solvane)
    client = scoped.client(scoped.sales)
    page = client.get(scoped.path(f"slots/{slot.pk}/")).content.decode()
    assert "/publish/" not in page
    assert "/variants/" not in page
    for rest in ("edit/", "publish/", "pause/", "archive/", "variants/new/"):
        assert client.post(scoped.path(f"slots/{slot.pk}/{rest}")).status_code == 403


def test_pages_cost_the_same_however_many_there_are(scoped: World, solvane: Organisation, site: Site) -> None:
    def cost(rest: str) -> int:
        client = scoped.client(scoped.marketer)
        client.get(scoped.path(rest))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(scoped.path(rest)).status_code == 200
        return len(queries)

    slot = make_slot(solvane, variant("a"))
    few = cost("slots/"), cost(f"slots/{slot.pk}/")
    for number in range(10):
        make_slot(solvane, key=f"k{number}")
        add_variant(solvane, slot_id=slot.pk, values=variant(f"v{number}", SPRING), by=None)
    assert (cost("slots/"), cost(f"slots/{slot.pk}/")) == few
    assert max(few) <= 12, few

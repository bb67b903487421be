"""The settings that say which kinds engage and which activate."""

from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from touchpoints.kinds import BUILT_IN, NEVER_ACTS, ensure_kinds
from touchpoints.models import InteractionKind


def test_an_admin_says_what_counts(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        ensure_kinds(world.organisation)
        InteractionKind.objects.create(organisation=world.organisation, code="plant_visited")
    client = world.client(world.admin)
    url = world.path("settings/kinds/")
    page = client.get(url).text
    assert page.count('name="engages"') == len(BUILT_IN) - len(NEVER_ACTS) + 1
    values = {
        "engages": ["webinar", "plant_visited", "email_opened"],
        "activates": ["webinar", "email_opened"],
        "name-plant_visited": "Visit of the plant",
        "name-webinar": "Hacked",
    }
    assert client.post(url, values).status_code == 302
    with organisation_scope(world.organisation.pk):
        kinds = {kind.code: kind for kind in InteractionKind.objects.all()}
        assert [code for code, kind in sorted(kinds.items()) if kind.engages] == ["plant_visited", "webinar"]
        assert [code for code, kind in sorted(kinds.items()) if kind.activates] == ["webinar"]
        assert (kinds["plant_visited"].name, kinds["webinar"].name) == ("Visit of the plant", "")
        changed = AuditEntry.objects.filter(action="interaction_kind.update")
        assert changed.count() == sum(one.engages or one.activates for one in BUILT_IN.values())


def test_saying_the_same_again_leaves_no_trace(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        ensure_kinds(world.organisation)
        kinds = list(InteractionKind.objects.all())
    values = {
        "engages": [kind.code for kind in kinds if kind.engages],
        "activates": [kind.code for kind in kinds if kind.activates],
    }
    world.client(world.admin).post(world.path("settings/kinds/"), values)
    with organisation_scope(world.organisation.pk):
        assert not AuditEntry.objects.exists()


def test_a_kind_of_ones_own_is_added(world: World) -> None:
    client = world.client(world.admin)
    url = world.path("settings/kinds/new/")
    assert client.post(url, {"name": "Visit", "code": "Plant visited"}).status_code == 422
    assert client.post(url, {"name": "Visit", "code": "plant_visited", "engages": "on"}).status_code == 302
    with organisation_scope(world.organisation.pk):
        kind = InteractionKind.objects.get()
    assert (kind.code, kind.name, kind.engages, kind.activates) == ("plant_visited", "Visit", True, False)


def test_only_who_may_change_settings_comes_in(world: World) -> None:
    for user in (world.marketer, world.sales, world.viewer):
        assert world.client(user).get(world.path("settings/kinds/")).status_code == 403
        assert world.client(user).post(world.path("settings/kinds/new/"), {}).status_code == 403

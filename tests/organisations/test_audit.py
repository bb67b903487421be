"""The audit log: exact entries, in words, by person, action, object and day."""

import ast
import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation

from prm.organisations import audit
from prm.organisations.audit_words import Change, action_phrase, changes_of, has_words, register_objects
from prm.organisations.models import AuditEntry, Membership
from prm.organisations.queries import NOBODY, list_audit_actions, list_audit_object_types
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.database import ROOT

PATH = "settings/audit/"
APPS = ("prm", "contacts", "touchpoints", "scoring", "nurturing", "enrichment", "steering")


@pytest.fixture
def admin(world: World) -> Client:
    return world.client(world.admin)


@pytest.fixture
def log(world: World) -> World:
    """Five entries here, one with the same values in the twin."""
    with organisation_scope(world.organisation.pk):
        done: list[tuple[audit.Actor | None, str]] = [
            (world.admin, "membership.create"),
            (world.marketer, "membership.create"),
            (world.admin, "membership.update"),
            ("API key Website", "api_key.revoke"),
            (None, "membership.delete"),
        ]
        for number, (actor, action) in enumerate(done, start=1):
            member = Membership(pk=number, organisation=world.organisation, user=world.viewer, role="viewer")
            audit.record(world.organisation, actor, action, member, before={"role": "viewer"}, after={"role": "sales"})
    with organisation_scope(world.twin.pk):
        audit.record(world.twin, world.twin_admin, "twin.secret", label="Secret of the twin")
    return world


def shown(client: Client, world: World, query: str = "") -> list[str]:
    answer = client.get(world.path(f"{PATH}{query}"))
    assert answer.status_code == 200
    return [f"{row['entry'].actor_label}: {row['entry'].action}" for row in answer.context["rows"]]


def test_an_entry_keeps_what_differs(scoped: World) -> None:
    at = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    before = {"role": "viewer", "same": 1, "gone": at}
    audit.record(
        scoped.organisation, scoped.admin, "x.y", scoped.viewer, before=before, after={"role": "sales", "same": 1}
    )
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.actor_label, entry.action) == (scoped.admin, "Admin", "x.y")
    assert (entry.object_type, entry.object_id, entry.object_label) == ("user", scoped.viewer.pk, "Viewer")
    assert entry.before == {"role": "viewer", "gone": "2026-11-02T09:30:00Z"}
    assert entry.after == {"role": "sales"}


def test_keys_and_commands_stand_by_name(scoped: World) -> None:
    audit.record(scoped.organisation, "API key Website", "x.y")
    audit.record(scoped.organisation, None, "x.y")
    names: list[Any] = list(
        AuditEntry.objects.order_by("pk").values_list("actor", "actor_label", "object_type", "object_id")
    )
    assert names == [(None, "API key Website", "", None), (None, "PRM", "", None)]


def test_an_entry_that_does_not_come_about_leaves_no_trace(scoped: World) -> None:
    with pytest.raises(TypeError):
        audit.record(scoped.organisation, scoped.admin, "x.y", after={"value": object()})
    assert AuditEntry.objects.count() == 0


def test_the_newest_come_first(log: World, admin: Client) -> None:
    assert shown(admin, log) == [
        "PRM: membership.delete",
        "API key Website: api_key.revoke",
        "Admin: membership.update",
        "Marketer: membership.create",
        "Admin: membership.create",
    ]
    page = admin.get(log.path(PATH)).content.decode()
    assert "Secret of the twin" not in page
    assert "API key: revoked" in page
    assert "<del>Viewer</del>" in page
    assert "<ins>Sales rep</ins>" in page


def test_it_is_filtered(log: World, admin: Client) -> None:
    assert shown(admin, log, f"?actor={log.admin.pk}") == ["Admin: membership.update", "Admin: membership.create"]
    assert shown(admin, log, f"?actor={NOBODY}") == ["PRM: membership.delete", "API key Website: api_key.revoke"]
    assert shown(admin, log, "?action=membership.create") == ["Marketer: membership.create", "Admin: membership.create"]
    assert shown(admin, log, f"?action=membership.create&actor={log.admin.pk}") == ["Admin: membership.create"]
    assert len(shown(admin, log, "?object_type=membership")) == 5
    assert shown(admin, log, "?object_type=membership&object_id=3") == ["Admin: membership.update"]


def test_days_are_those_of_the_organisation(log: World, admin: Client) -> None:
    """23:30 UTC is half past midnight of the next day in Paris."""
    with organisation_scope(log.organisation.pk), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO organisations_auditentry (organisation_id, at, actor_label, action, object_type, object_label,"
            " before, after) VALUES (%s, '2026-03-03 23:30+00', 'Late', 'x.y', '', '', '{}', '{}')",
            [log.organisation.pk],
        )
    assert shown(admin, log, "?from_on=2026-03-04&to_on=2026-03-04") == ["Late: x.y"]
    assert shown(admin, log, "?from_on=2026-03-03&to_on=2026-03-03") == []


def test_a_filter_that_cannot_be_used_filters_nothing(log: World, admin: Client) -> None:
    assert len(shown(admin, log, "?actor=abc&action=nope&from_on=yesterday&object_id=x")) == 5


def test_only_admins_read_it(log: World) -> None:
    for person in (log.marketer, log.sales, log.viewer):
        assert log.client(person).get(log.path(PATH)).status_code == 403
        assert log.client(person).get(log.path(f"{PATH}export/")).status_code == 403


def test_choices_come_from_the_log_of_the_organisation(log: World) -> None:
    with organisation_scope(log.organisation.pk):
        assert list_audit_actions(log.organisation) == [
            "api_key.revoke",
            "membership.create",
            "membership.delete",
            "membership.update",
        ]
        assert list_audit_object_types(log.organisation) == ["membership"]
    with organisation_scope(log.twin.pk):
        assert list_audit_actions(log.twin) == ["twin.secret"]


def test_the_export_holds_what_is_filtered_and_no_formula(log: World, admin: Client) -> None:
    with organisation_scope(log.organisation.pk):
        audit.record(log.organisation, "=1+1", "x.y", label="@sum")
    answer = admin.get(log.path(f"{PATH}export/?actor={NOBODY}"))
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0] == ["When", "Who", "What", "Object", "Before", "After"]
    assert [row[1:] for row in rows[1:]] == [
        ["'=1+1", "X: y", "'@sum", "", ""],
        ["PRM", "Member: removed", "Viewer (viewer)", "Role: Viewer", "Role: Sales rep"],
        ["API key Website", "API key: revoked", "Viewer (viewer)", "Role: Viewer", "Role: Sales rep"],
    ]
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="audit-solvane-')


def test_words(scoped: World) -> None:
    register_objects({"wall": "wall", "wall.paint": "wall painted green"})
    assert action_phrase("wall.pause") == "Wall: paused"
    assert action_phrase("wall.paint") == "Wall painted green"
    assert action_phrase("something_new.made_up") == "Something new: made up"
    entry = AuditEntry(
        object_type="invitation",
        before={"role": "admin", "unknown": [1, 2], "flag": True},
        after={"role": "sales", "expires_at": "2026-11-02T09:30:00Z", "map": {"a": None}},
    )
    with translation.override("en"):
        assert changes_of(entry) == [
            Change("Role", "Admin", "Sales rep"),
            Change("Unknown", "1, 2", ""),
            Change("Flag", "yes", ""),
            Change("Expires at", "", "2 Nov 2026 10:30"),
            Change("Map", "", "a: "),
        ]


def test_an_answered_handoff_reads_in_french_and_leaves_out_what_stayed_empty(scoped: World) -> None:
    entry = AuditEntry(
        object_type="handoff",
        before={"note": ""},
        after={"note": "", "reason": "Hors cible", "occurred_at": "2026-11-02T09:30:00Z"},
    )
    with translation.override("fr"):
        assert action_phrase("handoff.rejected") == "Passage de relais\u202f: refus"
        assert changes_of(entry) == [
            Change("Motif", "", "Hors cible"),
            Change("Survenu le", "", "2 nov. 2026 10:30"),
        ]


def recorded_actions() -> set[str]:
    """Every action that the product's code records by its name."""
    sources = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    calls = [
        node
        for path in sources
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("audit.record") and len(node.args) > 2
    ]
    return {call.args[2].value for call in calls if isinstance(call.args[2], ast.Constant)}  # type: ignore[misc]


def test_fields_that_are_no_columns_read_in_french(scoped: World) -> None:
    after = {"kept": 1, "removed": 3, "due_on": "2026-12-29", "subject": "contacts", "purpose": "email"}
    entry = AuditEntry(object_type="export", before={}, after=after)
    with translation.override("fr"):
        labels = [change.label for change in changes_of(entry)]
    assert labels == ["Gardés", "Retirés", "Échéance", "Quoi", "Finalité"]


def test_every_action_that_is_recorded_has_words() -> None:
    actions = recorded_actions()
    assert len(actions) > 25
    nameless = [action for action in sorted(actions) if not has_words(action)]
    assert nameless == []

"""Views of a list: kept, opened, changed, shared, deleted and brought back; what they ask for may be gone by then."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from contacts.listing.contacts import CONTACT_LIST
from contacts.models import Contact
from prm.lists import services
from prm.lists.models import ListChoice, SavedView
from prm.lists.opening import State
from prm.organisations.models import AuditEntry, Membership, User
from prm.organisations.scope import organisation_scope
from prm.organisations.services import remove_member
from prm.work.errors import Invalid, Refused
from tests.conftest import World
from tests.lists.keeping import MQLS, keep, names, opened, tabs
from tests.lists.test_columns import heads, member, queries_of, shown

# --- Keeping and opening ---


def test_a_view_keeps_filters_order_and_columns(full: World) -> None:
    client = full.client(full.viewer)
    address = full.path("lists/contacts/views/new/?stage=mql&sort=name&columns=email,custom.budget&cursor=x")
    answer: Any = client.post(address, {"name": " My  MQLs "})
    assert re.fullmatch(full.path(r"contacts/\?view=\d+"), answer.url)
    html = shown(client, answer.url)
    assert (names(html), heads(html)) == (["Marchetti"], ["Name", "E-mail", "Budget"])
    with organisation_scope(full.organisation.pk):
        view = SavedView.objects.get()
        assert (view.name, view.filters, view.sort) == ("My MQLs", {"stage": "mql"}, "name")
        assert view.columns == ["name", "email", "custom.budget"]
        assert view.member == member(full, full.viewer)
        assert view.words["columns"]["custom.budget"] == "Budget"
        assert not AuditEntry.objects.filter(object_type="savedview").exists()


def test_every_link_of_an_opened_view_says_the_whole_of_it(full: World) -> None:
    view = keep(full, full.marketer, "MQLs")
    html = shown(full.client(full.marketer), full.path(f"contacts/?view={view.pk}"))
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*\?[^"]*)"', html)]
    without_stage = f"?view={view.pk}&sort=name"
    assert without_stage in links
    assert any(link.endswith("contacts/export/?stage=mql&sort=name") for link in links)
    assert 'name="query" value="?stage=mql&amp;sort=name"' in html or "data-all" not in html
    # Without its last filter it is a change of the view, not the view again.
    state = opened(full.client(full.marketer), full.path(f"contacts/{without_stage}"))
    assert (state.state.filters, state.is_changed) == ({}, True)


def test_a_selection_of_all_in_an_opened_view_means_what_is_listed(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prm.web.pagination.PAGE_SIZE", 1)
    with organisation_scope(full.organisation.pk):
        for number in range(55):
            Contact.objects.create(organisation=full.organisation, last_name=f"M{number}", stage="mql")
    view = keep(full, full.marketer, "MQLs")
    html = shown(full.client(full.marketer), full.path(f"contacts/?view={view.pk}"))
    query = re.search(r'name="query" value="([^"]*)"', html)
    assert query is not None
    assert query[1].replace("&amp;", "&") == "?stage=mql&sort=name"


def test_a_changed_view_is_told_and_saved(full: World) -> None:
    view = keep(full, full.marketer, "MQLs")
    client = full.client(full.marketer)
    address = full.path(f"contacts/?view={view.pk}")
    assert "Save the changes" not in shown(client, address)
    for change in ("&stage=suspect&sort=name", "&stage=mql&sort=-name", "&stage=mql&sort=name&columns=phone"):
        html = shown(client, address + change)
        assert "Save the changes" in html
        assert "Save as a new view" in html
    assert "Save the changes" not in shown(client, address + "&stage=mql&sort=name&columns=name,email")
    query = f"?view={view.pk}&stage=suspect&sort=-name&columns=phone"
    answer: Any = client.post(full.path(f"views/{view.pk}/save/{query}"))
    assert answer.url == address
    assert (names(shown(client, address)), heads(shown(client, address))) == (["Belhadj"], ["Name", "Telephone"])


def test_columns_chosen_within_a_view_are_a_change_of_it(full: World) -> None:
    view = keep(full, full.marketer, "MQLs")
    client = full.client(full.marketer)
    query = f"?view={view.pk}&stage=mql&sort=name"
    answer: Any = client.post(full.path(f"lists/contacts/columns/{query}"), {"columns": ["phone"]})
    assert parse_qs(urlsplit(answer.url).query)["columns"] == ["name,phone"]
    assert heads(shown(client, answer.url)) == ["Name", "Telephone"]
    assert heads(shown(client, full.path(f"contacts/?view={view.pk}"))) == ["Name", "E-mail"]
    usual: Any = client.post(full.path(f"lists/contacts/columns/{query}"), {"usual": "1"})
    assert len(heads(shown(client, usual.url))) == 7
    with organisation_scope(full.organisation.pk):
        assert not ListChoice.objects.exists()


def test_a_list_opens_with_the_view_a_member_chose(full: World) -> None:
    view = keep(full, full.marketer, "MQLs", shared=True)
    client = full.client(full.sales)
    client.post(full.path(f"views/{view.pk}/edit/"), {"opens": "on", "name": "ignored", "shared": "on"})
    assert names(shown(client, full.path("contacts/"))) == ["Marchetti"]
    assert len(names(shown(full.client(full.marketer), full.path("contacts/")))) == 2
    everybody = shown(client, full.path("contacts/?view=all"))
    assert len(names(everybody)) == 2
    # What the address asks for wins, and taking that away does not lead back into the view.
    filtered = shown(client, full.path("contacts/?stage=suspect"))
    assert names(filtered) == ["Belhadj"]
    assert 'href="?view=all"' in filtered
    client.post(full.path(f"views/{view.pk}/edit/"), {"name": "x"})
    assert len(names(shown(client, full.path("contacts/")))) == 2


def test_a_search_in_an_opened_view_stays_in_it(full: World) -> None:
    view = keep(full, full.marketer, "Everybody by name", State({}, "name"))
    client = full.client(full.marketer)
    html = shown(client, full.path(f"contacts/?view={view.pk}"))
    assert f'name="view" value="{view.pk}"' in html
    part = client.get(
        full.path(f"contacts/?q=march&stage=&tier=&view={view.pk}&sort=name"), headers={"hx-request": "true"}
    ).content.decode()
    assert names(part) == ["Marchetti"]
    assert "Save the changes" in part


# --- Who may ---


def test_ones_own_views_are_ones_own(full: World) -> None:
    view = keep(full, full.marketer, "Mine")
    for other in (full.admin, full.viewer):
        client = full.client(other)
        assert tabs(client, full) == []
        assert client.get(full.path(f"contacts/?view={view.pk}")).status_code == 404
        for action in ("edit", "save", "delete", "restore"):
            assert client.post(full.path(f"views/{view.pk}/{action}/"), {"name": "Theirs"}).status_code == 404
    with organisation_scope(full.organisation.pk):
        assert [(one.name, one.deleted_at) for one in SavedView.objects.all()] == [("Mine", None)]


def test_a_twins_view_is_none(full: World) -> None:
    view = keep(full, full.marketer, "Ours", shared=True)
    with organisation_scope(full.twin.pk):
        theirs = Membership.objects.get(user=full.twin_admin)
        twin = services.create_view(
            full.twin, listing=CONTACT_LIST, member=theirs, name="Ours", state=MQLS, shared=True
        )
    client = full.client(full.admin)
    assert [one.pk for one in opened(client, full.path("contacts/")).views] == [view.pk]
    assert client.get(full.path(f"contacts/?view={twin.pk}")).status_code == 404
    for action in ("edit", "save", "delete", "restore"):
        assert client.post(full.path(f"views/{twin.pk}/{action}/"), {"name": "X"}).status_code == 404
    with organisation_scope(full.twin.pk):
        assert [(one.name, one.deleted_at) for one in SavedView.objects.all()] == [("Ours", None)]


@pytest.mark.parametrize("role", ["sales", "viewer"])
def test_who_may_not_edit_segments_opens_shared_views_and_changes_none(full: World, role: str) -> None:
    view = keep(full, full.marketer, "MQLs", shared=True)
    user: User = getattr(full, role)
    client = full.client(user)
    changed = shown(client, full.path(f"contacts/?view={view.pk}&stage=suspect&sort=name"))
    assert "Save the changes" not in changed
    assert "Save as a new view" in changed
    assert client.post(full.path(f"views/{view.pk}/save/?view={view.pk}&stage=&sort=name")).status_code == 403
    assert client.post(full.path(f"views/{view.pk}/delete/")).status_code == 403
    # The form leaves what they may not change as it is.
    client.post(full.path(f"views/{view.pk}/edit/"), {"name": "Mine now"})
    with organisation_scope(full.organisation.pk):
        mine = member(full, user)
        with pytest.raises(Refused):
            services.update_view(
                full.organisation, view_id=view.pk, member=mine, name="MQLs", shared=False, opens=False
            )
        with pytest.raises(Refused):
            services.create_view(
                full.organisation, listing=CONTACT_LIST, member=mine, name="New", state=MQLS, shared=True
            )
        view.refresh_from_db()
        assert (view.name, view.filters, view.is_shared, view.deleted_at) == ("MQLs", {"stage": "mql"}, True, None)
        assert [one.action for one in AuditEntry.objects.filter(object_type="savedview")] == ["savedview.create"]


def test_sharing_and_what_becomes_of_shared_views_is_in_the_audit_log(full: World) -> None:
    view = keep(full, full.marketer, "MQLs")
    client = full.client(full.marketer)
    edit = full.path(f"views/{view.pk}/edit/")
    client.post(edit, {"name": "MQLs", "shared": "on"})
    assert tabs(full.client(full.viewer), full) == ["MQLs"]
    client.post(edit, {"name": "Hot ones", "shared": "on"})
    client.post(full.path(f"views/{view.pk}/save/?view={view.pk}&tier=hot&sort=name"))
    client.post(full.path(f"views/{view.pk}/delete/"))
    client.post(full.path(f"views/{view.pk}/restore/"))
    client.post(edit, {"name": "Hot ones"})
    assert tabs(full.client(full.viewer), full) == []
    with organisation_scope(full.organisation.pk):
        entries = AuditEntry.objects.filter(object_type="savedview").order_by("pk")
        assert [entry.action.partition(".")[2] for entry in entries] == [
            *("share", "update", "update", "delete", "restore", "unshare")
        ]
        assert (entries[1].before, entries[1].after) == ({"name": "MQLs"}, {"name": "Hot ones"})
        assert entries[2].after == {"filters": {"tier": "hot"}}
    log = shown(full.client(full.admin), full.path("settings/audit/"))
    assert "Shared view: changed" in log
    assert "View: shared with everybody" in log


def test_a_view_of_who_leaves_goes_and_what_they_shared_stays(full: World) -> None:
    keep(full, full.sales, "Own", opens=True)
    keep(full, full.marketer, "Shared", shared=True)
    with organisation_scope(full.organisation.pk):
        for user in (full.sales, full.marketer):
            remove_member(full.organisation, membership_id=member(full, user).pk, by=full.admin)
        assert [view.name for view in SavedView.objects.all()] == ["Shared"]
        assert not ListChoice.objects.exists()


# --- Names and limits ---


def test_a_name_is_given_once_to_ones_own_and_once_to_shared_views(full: World) -> None:
    keep(full, full.marketer, "MQLs")
    keep(full, full.sales, "mqls")
    keep(full, full.marketer, "MQLS", shared=True)
    for shared in (False, True):
        with pytest.raises(Invalid) as refusal:
            keep(full, full.marketer, "mQLs", shared=shared)
        assert refusal.value.fields == {"name": "Another view is called so."}
    answer = full.client(full.marketer).post(full.path("lists/contacts/views/new/?stage=mql"), {"name": "mqls"})
    assert (answer.status_code, "Another view is called so." in answer.content.decode()) == (422, True)
    with organisation_scope(full.organisation.pk):
        assert SavedView.objects.count() == 3


def test_of_one_list_there_are_so_many_views_and_no_more(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_OWN", 1)
    monkeypatch.setattr(services, "MOST_SHARED", 1)
    keep(full, full.marketer, "One")
    keep(full, full.marketer, "One", shared=True)
    keep(full, full.sales, "One")
    for shared, text in (
        (False, "You have 1 views of this list already. Delete one that you do not need."),
        (True, "There are 1 shared views of this list already. Delete one that nobody needs."),
    ):
        with pytest.raises(Invalid) as refusal:
            keep(full, full.marketer, "Two", shared=shared)
        assert refusal.value.fields == {"name": text}


@pytest.mark.parametrize(
    ("name", "filters"), [("", {}), (" \x00 ", {}), ("n" * 61, {}), ("Long", {"ids": "1," * 3000})]
)
def test_what_cannot_be_a_view_is_refused_and_not_kept(full: World, name: str, filters: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        keep(full, full.marketer, name, State(filters))
    with organisation_scope(full.organisation.pk):
        assert not SavedView.objects.exists()


def test_many_views_wait_in_a_menu_but_for_the_open_one(full: World) -> None:
    views = [keep(full, full.marketer, f"View {number}") for number in range(9)]
    client = full.client(full.marketer)
    state = opened(client, full.path(f"contacts/?view={views[8].pk}"))
    assert [view.name for view in state.tabs] == ["View 8", *(f"View {number}" for number in range(5))]
    assert [view.name for view in state.others] == ["View 5", "View 6", "View 7"]
    assert queries_of(client, full.path(f"contacts/?view={views[8].pk}")) <= 12


# --- Deleting ---


def test_a_deleted_view_is_brought_back_by_the_notice(full: World) -> None:
    view = keep(full, full.marketer, "MQLs", opens=True)
    client = full.client(full.marketer)
    answer: Any = client.post(full.path(f"views/{view.pk}/delete/"), follow=True)
    html = answer.content.decode()
    assert "The view “MQLs” is deleted." in html
    assert f'action="{full.path(f"views/{view.pk}/restore/")}"' in html
    assert len(names(html)) == 2
    assert client.get(full.path(f"contacts/?view={view.pk}")).status_code == 404
    restored: Any = client.post(full.path(f"views/{view.pk}/restore/"), follow=True)
    assert names(restored.content.decode()) == ["Marchetti"]
    # The list opens with it again.
    assert names(shown(client, full.path("contacts/"))) == ["Marchetti"]


def test_a_view_does_not_come_back_over_another_of_its_name(full: World) -> None:
    view = keep(full, full.marketer, "MQLs")
    client = full.client(full.marketer)
    client.post(full.path(f"views/{view.pk}/delete/"))
    keep(full, full.marketer, "MQLs")
    assert client.post(full.path(f"views/{view.pk}/restore/")).status_code == 409
    with organisation_scope(full.organisation.pk):
        assert SavedView.objects.filter(deleted_at=None).count() == 1


def test_what_was_deleted_long_ago_goes_for_good(full: World) -> None:
    old, other = keep(full, full.marketer, "Old"), keep(full, full.marketer, "Other")
    client = full.client(full.marketer)
    client.post(full.path(f"views/{old.pk}/delete/"))
    with organisation_scope(full.organisation.pk):
        long_ago = timezone.now() - services.KEPT_DELETED * 2
        SavedView.objects.filter(pk=old.pk).update(deleted_at=long_ago)
    client.post(full.path(f"views/{other.pk}/delete/"))
    with organisation_scope(full.organisation.pk):
        assert list(SavedView.objects.values_list("pk", flat=True)) == [other.pk]

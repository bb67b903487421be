"""What a view asks for may be gone by the day it is opened: it says so, and lists nobody rather than everybody."""

import re

import pytest

from contacts.fields.models import CustomField
from contacts.fields.services import archive_field
from contacts.models import Contact
from contacts.rights.erasing import erase_contact
from contacts.segments.services import SegmentInput, archive_segment, create_segment
from contacts.tagging.models import Tag
from contacts.tagging.services import delete_tag, merge_tags, rename_tag, tag_contacts
from prm.lists.models import ListChoice, SavedView
from prm.lists.opening import State
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.organisations.services import remove_member
from tests.conftest import World
from tests.lists.keeping import keep, names
from tests.lists.test_columns import heads, member, shown


def address_of(world: World, state: State) -> str:
    return world.path(f"contacts/?view={keep(world, world.marketer, 'View', state).pk}")


def test_a_view_that_asks_for_a_deleted_tag_lists_nobody_and_says_so(full: World) -> None:
    with organisation_scope(full.organisation.pk):
        person = Contact.objects.get(last_name="Belhadj")
        tag_contacts(full.organisation, contact_ids=[person.pk], names=["Lyon fair"], by=full.marketer)
        tag = Tag.objects.get()
    address = address_of(full, State({"tag": str(tag.pk)}))
    client = full.client(full.marketer)
    assert names(shown(client, address)) == ["Belhadj"]
    with organisation_scope(full.organisation.pk):
        rename_tag(full.organisation, tag_id=tag.pk, name="Lyon 2026", by=full.marketer)
    assert names(shown(client, address)) == ["Belhadj"]
    with organisation_scope(full.organisation.pk):
        delete_tag(full.organisation, tag_id=tag.pk, by=full.marketer)
    html = shown(client, address)
    assert names(html) == []
    assert "This view asks for something that is no longer there" in html
    assert "<b>Lyon fair</b>" in html
    assert '<span id="export" hidden>' in html
    # Taking away what is gone shows everybody, and is a change one may save.
    remove = re.search(r'class="x" href="([^"]*)"[^>]*aria-label="Remove the filter Tag"', html)
    assert remove is not None
    rest = shown(client, full.path(f"contacts/{remove[1].replace('&amp;', '&')}"))
    assert len(names(rest)) == 2
    assert "Save the changes" in rest


def test_a_view_follows_a_tag_into_the_one_it_was_merged_into(full: World) -> None:
    with organisation_scope(full.organisation.pk):
        person = Contact.objects.get(last_name="Belhadj")
        tag_contacts(full.organisation, contact_ids=[person.pk], names=["Old", "New"], by=full.marketer)
        old, new = Tag.objects.get(name="Old"), Tag.objects.get(name="New")
    address = address_of(full, State({"tag": str(old.pk)}))
    with organisation_scope(full.organisation.pk):
        merge_tags(full.organisation, tag_id=old.pk, into_id=new.pk, by=full.marketer)
    html = shown(full.client(full.marketer), address)
    assert names(html) == ["Belhadj"]
    assert "<b>New</b>" in html


def test_a_view_that_asks_for_an_archived_segment_or_a_member_who_left_lists_nobody(full: World) -> None:
    with organisation_scope(full.organisation.pk):
        Contact.objects.update(owner=full.sales)
        condition = {"field": "stage", "op": "is", "value": "mql"}
        segment = create_segment(full.organisation, values=SegmentInput("MQLs", condition), by=full.marketer)
    view = keep(full, full.marketer, "View", State({"segment": str(segment.pk), "owner": str(full.sales.pk)}))
    client = full.client(full.marketer)
    address = full.path(f"contacts/?view={view.pk}")
    assert "no longer there" not in shown(client, address)
    with organisation_scope(full.organisation.pk):
        archive_segment(full.organisation, segment_id=segment.pk, by=full.marketer)
        remove_member(full.organisation, membership_id=member(full, full.sales).pk, by=full.admin)
    html = shown(client, address)
    assert names(html) == []
    assert "<b>MQLs</b>" in html
    assert "<b>Sales</b>" in html


@pytest.mark.parametrize("filters", [{"custom.size": "3"}, {"stage": "renamed"}, {"owner": "x"}, {"ids": "x"}])
def test_a_filter_that_means_nothing_any_more_lists_nobody(full: World, filters: dict[str, str]) -> None:
    view = keep(full, full.marketer, "View")
    with organisation_scope(full.organisation.pk):
        SavedView.objects.filter(pk=view.pk).update(filters=filters)
    html = shown(full.client(full.marketer), full.path(f"contacts/?view={view.pk}"))
    assert names(html) == []
    assert "no longer there" in html


def test_companies_of_a_filter_that_means_nothing_are_none(full: World) -> None:
    client = full.client(full.marketer)
    client.post(full.path("lists/companies/views/new/?department=44"), {"name": "Loire"})
    with organisation_scope(full.organisation.pk):
        view = SavedView.objects.get()
    address = full.path(f"companies/?view={view.pk}")
    assert "Fonderies" in shown(client, address)
    with organisation_scope(full.organisation.pk):
        SavedView.objects.update(filters={"department": "99X"})
    html = shown(client, address)
    assert "Fonderies" not in html
    assert "no longer there" in html
    # A NAF code typed as a word is a filter of another name, not one that is gone.
    with organisation_scope(full.organisation.pk):
        SavedView.objects.update(filters={"q": "24.51Z"})
    assert "no longer there" not in shown(client, address)


def test_a_view_whose_column_is_gone_says_which(full: World) -> None:
    view = keep(full, full.marketer, "View", State({}, "", ("name", "custom.budget", "email")))
    with organisation_scope(full.organisation.pk):
        budget = CustomField.objects.get(key="budget")
        archive_field(full.organisation, field_id=budget.pk, by=full.marketer)
    client = full.client(full.marketer)
    html = shown(client, full.path(f"contacts/?view={view.pk}"))
    assert heads(html) == ["Name", "E-mail"]
    assert "A column is no longer there: Budget." in html
    assert len(names(html)) == 2


@pytest.mark.parametrize("view", ["999999", "x", "-1", "%00", "1' OR 1=1"])
def test_a_view_that_is_none_is_not_found(full: World, view: str) -> None:
    assert full.client(full.marketer).get(full.path("contacts/"), {"view": view}).status_code == 404


def test_a_list_that_is_none_is_not_found(full: World) -> None:
    client = full.client(full.marketer)
    assert client.get(full.path("lists/nonsense/columns/")).status_code == 404
    assert client.post(full.path("lists/nonsense/views/new/"), {"name": "x"}).status_code == 404


def test_views_that_name_somebody_who_is_erased_go_with_them(full: World) -> None:
    keep(full, full.marketer, "Search", State({"q": "MARCHETTI@fonderies.example"}))
    keep(full, full.marketer, "Hélène Marchetti", opens=True)
    keep(full, full.sales, "Others", State({"q": "belhadj"}), shared=False)
    keep(full, full.marketer, "Shared search", State({"q": "hélène marchetti"}), shared=True)
    with organisation_scope(full.organisation.pk):
        person = Contact.objects.get(last_name="Marchetti")
        erase_contact(full.organisation, contact_id=person.pk, by=full.admin)
        assert [view.name for view in SavedView.objects.all()] == ["Others"]
        assert ListChoice.objects.get().default_view_id is None
        shared = AuditEntry.objects.get(action="savedview.create")
        assert "marchetti" not in str((shared.object_label, shared.before, shared.after)).lower()


def test_a_name_with_quotes_and_backslashes_is_found_in_what_views_keep_as_json(full: World) -> None:
    with organisation_scope(full.organisation.pk):
        Contact.objects.filter(last_name="Marchetti").update(last_name='Mar"che\\tti')
    keep(full, full.marketer, "Search", State({"q": 'hélène mar"che\\tti'}))
    keep(full, full.marketer, "Others", State({"q": 'hélène mar"che'}))
    with organisation_scope(full.organisation.pk):
        erase_contact(full.organisation, contact_id=Contact.objects.get(last_name__startswith="Mar").pk, by=full.admin)
        assert [view.name for view in SavedView.objects.all()] == ["Others"]

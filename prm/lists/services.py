"""What members do with views of a list and its columns. Sharing, and changing what is shared, is for who may."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.lists.models import LONGEST_NAME, ListChoice, SavedView
from prm.lists.opening import State, name_first
from prm.lists.registry import Listing, get_listing
from prm.organisations import audit
from prm.organisations.models import Membership, Organisation
from prm.organisations.rights import may
from prm.work.errors import Conflict, Invalid, NotFound, Refused

# Of one list: a member's own, and those everybody sees.
MOST_OWN = 30
MOST_SHARED = 50
MOST_COLUMNS = 40
# All filters of a view together.
LONGEST_FILTERS = 4000
KEPT_DELETED = timedelta(days=1)


def get_view(member: Membership, view_id: int, *, deleted: bool = False) -> SavedView:
    """Return a view that this member sees; raise NotFound."""
    found = SavedView.objects.filter(pk=view_id).first()
    is_seen = found is not None and found.member_id in {None, member.pk}
    if found is None or not is_seen or (found.deleted_at is not None and not deleted):
        raise NotFound(_("This view does not exist, or no longer."))
    return found


def create_view(
    organisation: Organisation,
    *,
    listing: Listing,
    member: Membership,
    name: str,
    state: State,
    shared: bool = False,
    opens: bool = False,
) -> SavedView:
    """Keep a view; `opens`: the list opens with it. Raises Invalid, Refused."""
    if shared:
        _may_share(member, listing)
    view = SavedView(
        organisation=organisation,
        list_key=listing.key,
        name=_clean_name(name),
        member=None if shared else member,
        created_by=member.user,
        **_kept(organisation, listing, state),
    )
    with transaction.atomic():
        _refuse_too_many(view)
        with _one_of_a_name():
            view.save()
        _open_with(view, member, opens=opens)
        if shared:
            audit.record(organisation, member.user, "savedview.create", view, after=view.told)
    return view


def update_view(
    organisation: Organisation, *, view_id: int, member: Membership, name: str, shared: bool, opens: bool
) -> SavedView:
    """Name a view anew, share it or keep it for oneself, let the list open with it. Raises Invalid, Refused, NotFound.

    Who may not share changes the name of their own views, and chooses what their list opens with.
    """
    with transaction.atomic():
        view = _lock(member, view_id)
        was_shared, before, clean = view.is_shared, view.told, _clean_name(name)
        if shared != was_shared or (was_shared and clean != view.name):
            _may_share(member, get_listing(view.list_key))
        if clean != view.name or shared != was_shared:
            view.name = clean
            if shared != was_shared:
                view.member = None if shared else member
                _refuse_too_many(view)
            with _one_of_a_name():
                view.save(update_fields=["name", "member"])
            if was_shared or shared:
                verb = "update" if shared == was_shared else "share" if shared else "unshare"
                told = {} if verb == "share" else before
                audit.record(organisation, member.user, f"savedview.{verb}", view, before=told, after=view.told)
        _open_with(view, member, opens=opens)
    return view


def save_changes(organisation: Organisation, *, view_id: int, member: Membership, state: State) -> SavedView:
    """Let a view be what is listed now. Raises Invalid, Refused, NotFound."""
    with transaction.atomic():
        view = _lock(member, view_id)
        listing = get_listing(view.list_key)
        if view.is_shared:
            _may_share(member, listing)
        before = view.told
        kept = _kept(organisation, listing, state, view)
        for name, value in kept.items():
            setattr(view, name, value)
        view.save(update_fields=list(kept))
        if view.is_shared and view.told != before:
            audit.record(organisation, member.user, "savedview.update", view, before=before, after=view.told)
    return view


def delete_view(organisation: Organisation, *, view_id: int, member: Membership) -> SavedView:
    """Put a view away; for a day it can be brought back. Raises Refused, NotFound."""
    with transaction.atomic():
        view = _lock(member, view_id)
        if view.is_shared:
            _may_share(member, get_listing(view.list_key))
            audit.record(organisation, member.user, "savedview.delete", view, before=view.told)
        SavedView.objects.filter(deleted_at__lt=timezone.now() - KEPT_DELETED).delete()
        view.deleted_at = timezone.now()
        view.save(update_fields=["deleted_at"])
    return view


def restore_view(organisation: Organisation, *, view_id: int, member: Membership) -> SavedView:
    """Bring a deleted view back. Raises Conflict where its name is taken by now, Refused, NotFound."""
    with transaction.atomic():
        view = _lock(member, view_id, deleted=True)
        if view.is_shared:
            _may_share(member, get_listing(view.list_key))
        if view.deleted_at is None:
            return view
        view.deleted_at = None
        try:
            _refuse_too_many(view)
            with _one_of_a_name():
                view.save(update_fields=["deleted_at"])
        except Invalid as refusal:
            raise Conflict(str(next(iter(refusal.fields.values())))) from refusal
        if view.is_shared:
            audit.record(organisation, member.user, "savedview.restore", view, after=view.told)
    return view


def choose_columns(organisation: Organisation, *, listing: Listing, member: Membership, keys: Sequence[str]) -> None:
    """Keep the columns a member wants to see of a list; none, or the usual ones: as usual. Raises Invalid."""
    columns = check_columns(organisation, listing, keys)
    ListChoice.objects.update_or_create(
        organisation=organisation, list_key=listing.key, member=member, defaults={"columns": list(columns)}
    )


def check_columns(organisation: Organisation, listing: Listing, keys: Sequence[str]) -> tuple[str, ...]:
    """Return those of the keys that are columns, behind the one that stays; () for the usual ones. Raises Invalid."""
    if not keys:
        return ()
    if len(keys) > MOST_COLUMNS:
        raise Invalid(_("Choose at most %(n)s columns.") % {"n": MOST_COLUMNS})
    found = tuple(column.key for column in listing.find_columns(organisation, name_first(listing, keys)))
    return () if found == listing.usual else found


def replace_filter(organisation: Organisation, *, list_key: str, name: str, old: str, new: str) -> int:
    """Let the views of a list that ask for one thing ask for another, which it became; return how many did."""
    asking = SavedView.objects.filter(organisation=organisation, list_key=list_key, filters__contains={name: old})
    views = list(asking.select_for_update())
    for view in views:
        view.filters[name] = new
    SavedView.objects.bulk_update(views, ["filters"])
    return len(views)


def _lock(member: Membership, view_id: int, *, deleted: bool = False) -> SavedView:
    get_view(member, view_id, deleted=deleted)
    SavedView.objects.select_for_update().get(pk=view_id)
    return get_view(member, view_id, deleted=deleted)


def _may_share(member: Membership, listing: Listing) -> None:
    if not may(member.role, listing.sharing):
        raise Refused(
            _("Your role, %(role)s, may keep views of its own, but not share them or change shared ones.")
            % {"role": member.get_role_display()},
            right=listing.sharing.value,
        )


def _clean_name(name: str) -> str:
    clean = " ".join(name.replace("\x00", "").split())
    if not clean:
        raise Invalid(fields={"name": _("Say what the view is called.")})
    if len(clean) > LONGEST_NAME:
        raise Invalid(fields={"name": _("A name has at most %(n)s characters.") % {"n": LONGEST_NAME}})
    return clean


def _kept(
    organisation: Organisation, listing: Listing, state: State, view: SavedView | None = None
) -> dict[str, object]:
    """Return the columns of a view as the table holds them, with what filters and columns are called today.

    What is gone today keeps the words that the view has for it.
    """
    filters = dict(state.filters)
    if sum(len(name) + len(value) for name, value in filters.items()) > LONGEST_FILTERS:
        raise Invalid(fields={"name": _("These filters are too long for a view.")})
    columns = check_columns(organisation, listing, state.columns)
    said = view.words.get("filters", {}) if view else {}
    for key, label, value in listing.describe(organisation, filters):
        if key not in said or str(value) != filters.get(key):
            said[key] = [str(label), str(value)]
    heads = {column.key: str(column.label) for column in listing.find_columns(organisation, columns)}
    words = {"filters": said, "columns": heads}
    return {"filters": filters, "sort": state.sort, "columns": list(columns), "words": words}


def _refuse_too_many(view: SavedView) -> None:
    others = SavedView.objects.filter(list_key=view.list_key, member=view.member, deleted_at=None).exclude(pk=view.pk)
    most = MOST_SHARED if view.is_shared else MOST_OWN
    if others.count() >= most:
        text = (
            _("There are %(n)s shared views of this list already. Delete one that nobody needs.")
            if view.is_shared
            else _("You have %(n)s views of this list already. Delete one that you do not need.")
        )
        raise Invalid(fields={"name": text % {"n": most}})


@contextmanager
def _one_of_a_name() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Invalid(fields={"name": _("Another view is called so.")}) from error


def _open_with(view: SavedView, member: Membership, *, opens: bool) -> None:
    mine = ListChoice.objects.filter(list_key=view.list_key, member=member)
    if opens:
        ListChoice.objects.update_or_create(
            organisation=view.organisation, list_key=view.list_key, member=member, defaults={"default_view": view}
        )
    else:
        mine.filter(default_view=view).update(default_view=None)

"""What contacts themselves let be done to many of them: tags, owner, stage, opt-out, export."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg.types.json import Jsonb

from contacts.bulk.actions import SAME, ActionForm, BulkAction, BulkLink, Outcome, Turn
from contacts.bulk.selecting import Selection
from contacts.lifecycle import stages_before
from contacts.models import Cause, Contact, Stage
from contacts.queries import list_members
from contacts.suppressions import opt_out_contacts
from contacts.tagging.models import LONGEST_NAME, Tagging
from contacts.tagging.names import clean_names
from contacts.tagging.queries import list_offered
from contacts.tagging.services import match_tags, write_tags
from prm.organisations.links import org_reverse
from prm.organisations.models import Membership, Organisation
from prm.organisations.rights import Right
from prm.work.errors import Conflict, Invalid
from prm.work.sql import fetch, run

WRONG_STAGE = "wrong_stage"


# --- Tags ------------------------------------------------------------------------------------------------------


class TagForm(ActionForm):
    """The tag to put on."""

    tag = forms.CharField(
        label=gettext_lazy("Tag"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"list": "tag-suggestions", "autocomplete": "off"}),
    )
    # Names to choose among; the page shows them as the field's list.
    suggestions: tuple[str, ...] = ()

    def clean_tag(self) -> str:
        """Return the name in its one writing."""
        try:
            return clean_names([self.cleaned_data["tag"]])[0]
        except Invalid as refusal:
            raise forms.ValidationError(str(refusal.fields["tags"])) from refusal


class UntagForm(ActionForm):
    """The tag to take away."""

    tag = forms.ChoiceField(label=gettext_lazy("Tag"))


def _tag_form(organisation: Organisation, data: QueryDict | None) -> ActionForm:
    form = TagForm(data)
    form.suggestions = tuple(name for _pk, name in list_offered(organisation))
    return form


def _untag_form(organisation: Organisation, data: QueryDict | None) -> ActionForm:
    form = UntagForm(data)
    names = [(name, name) for _pk, name in list_offered(organisation)]
    cast("forms.ChoiceField", form.fields["tag"]).choices = [("", _("Choose a tag")), *names]
    return form


def _tag(turn: Turn) -> Outcome:
    tag_id = write_tags(turn.organisation, [turn.values["tag"]], by=turn.by)[0]
    done = _put(turn, turn.contact_ids, tag_id)
    before = {"tag": tag_id, "ids": done}
    return Outcome(done, {SAME: _existing(turn, without=done)}, before)


def _put(turn: Turn, contact_ids: list[int], tag_id: int) -> list[int]:
    params = {
        "organisation_id": turn.organisation.pk,
        "contact_ids": contact_ids,
        "tag_ids": [tag_id],
        "by_id": turn.by.pk if turn.by else None,
    }
    return [int(row[0]) for row in fetch("contacts/tag_contacts", params)]


def _undo_tag(turn: Turn, before: dict[str, Any], done_at: datetime) -> int:
    """Take the tag from those who still bear it since then."""
    borne = Tagging.objects.filter(contact__in=before["ids"], tag=before["tag"], at__lte=done_at)
    return borne.delete()[0]


def _untag(turn: Turn) -> Outcome:
    tag_ids = list(match_tags(turn.organisation, [turn.values["tag"]]).values())
    borne = Tagging.objects.filter(contact__in=turn.contact_ids, tag__in=tag_ids)
    done = list(borne.order_by("contact_id").values_list("contact_id", flat=True))
    borne.delete()
    return Outcome(done, {"without": _existing(turn, without=done)}, {"tag": tag_ids[0], "ids": done} if done else {})


def _undo_untag(turn: Turn, before: dict[str, Any], _done_at: datetime) -> int:
    return len(_put(turn, before["ids"], before["tag"])) if before else 0


def _existing(turn: Turn, *, without: list[int]) -> list[int]:
    """Return those of the turn that are in the base (the shell of who was erased is not), but for these."""
    rest = sorted(set(turn.contact_ids) - set(without))
    return list(Contact.objects.filter(pk__in=rest).order_by("pk").values_list("pk", flat=True)) if rest else []


# --- Owner -----------------------------------------------------------------------------------------------------


class OwnerForm(ActionForm):
    """Who looks after them."""

    owner = forms.TypedChoiceField(label=gettext_lazy("Owner"), coerce=int, required=False, empty_value=None)


def _owner_form(organisation: Organisation, data: QueryDict | None) -> ActionForm:
    form = OwnerForm(data)
    members = [(one.user_id, str(one.user)) for one in list_members(organisation)]
    cast("forms.TypedChoiceField", form.fields["owner"]).choices = [("", _("Nobody")), *members]
    return form


def _owner_title(organisation: Organisation, values: Mapping[str, Any]) -> str:
    found = Membership.objects.filter(organisation=organisation, user=values["owner"]).select_related("user").first()
    return _("Owner: %(name)s") % {"name": found.user if found else _("nobody")}


def _owner(turn: Turn) -> Outcome:
    owner_id = turn.values["owner"]
    if owner_id is not None and not Membership.objects.filter(user=owner_id).exists():
        raise Conflict(_("This person is not a member of the organisation any more."))
    owners: dict[str, list[int]] = {}
    params = {"organisation_id": turn.organisation.pk, "contact_ids": turn.contact_ids, "owner_id": owner_id}
    for contact_id, before in fetch("contacts/change_owner", params):
        owners.setdefault("" if before is None else str(before), []).append(int(contact_id))
    done = [contact_id for ids in owners.values() for contact_id in ids]
    return Outcome(done, {SAME: _existing(turn, without=done)}, {"owners": owners})


def _undo_owner(turn: Turn, before: dict[str, Any], _done_at: datetime) -> int:
    """Give those back who still have the owner of this run, to whom is still a member."""
    members = {str(one) for one in Membership.objects.values_list("user_id", flat=True)} | {""}
    restored = 0
    for owner, ids in before["owners"].items():
        params = {
            "organisation_id": turn.organisation.pk,
            "contact_ids": ids,
            "owner_id": int(owner) if owner else None,
            "now_id": turn.values["owner"],
        }
        restored += run("contacts/give_owner_back", params) if owner in members else 0
    return restored


# --- Stage -----------------------------------------------------------------------------------------------------


class StageForm(ActionForm):
    """Where they go, and why."""

    to = forms.ChoiceField(
        label=gettext_lazy("New stage"), choices=[(one.value, one.label) for one in Stage if one != Stage.ACCEPTED]
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=250, widget=forms.Textarea(attrs={"rows": 2}), required=True
    )


def _stage_form(_organisation: Organisation, data: QueryDict | None) -> ActionForm:
    return StageForm(data)


def _stage(turn: Turn) -> Outcome:
    to = turn.values["to"]
    params = {
        "organisation_id": turn.organisation.pk,
        "contact_ids": turn.contact_ids,
        "to_stage": to,
        "allowed": stages_before(to),
        "cause": Cause.PERSON.value,
        "detail": Jsonb({"reason": turn.values["reason"], "bulk": turn.run_id}),
        "by_id": turn.by.pk if turn.by else None,
    }
    stages: dict[str, list[int]] = {}
    for contact_id, before in fetch("contacts/change_stage", params):
        stages.setdefault(before, []).append(int(contact_id))
    done = [contact_id for ids in stages.values() for contact_id in ids]
    rest = _existing(turn, without=done)
    same = list(Contact.objects.filter(pk__in=rest, stage=to).order_by("pk").values_list("pk", flat=True))
    return Outcome(done, {SAME: same, WRONG_STAGE: sorted(set(rest) - set(same))}, {"stages": stages})


def _undo_stage(turn: Turn, before: dict[str, Any], _done_at: datetime) -> int:
    """Give those back who have not moved on since."""
    restored = 0
    for stage, ids in before["stages"].items():
        params = {
            "organisation_id": turn.organisation.pk,
            "contact_ids": ids,
            "from_stage": turn.values["to"],
            "to_stage": stage,
            "run_id": turn.run_id,
            "by_id": turn.by.pk if turn.by else None,
        }
        restored += len(fetch("contacts/give_stage_back", params))
    return restored


# --- Opt-out and export ----------------------------------------------------------------------------------------


def _opt_out(turn: Turn) -> Outcome:
    rest = _existing(turn, without=[])
    opt_out_contacts(turn.organisation, rest, source=str(turn.by or "PRM"))
    return Outcome(rest)


def _export_url(organisation: Organisation, selection: Selection) -> str:
    return f"{org_reverse(organisation, 'contacts:export_create')}?{urlencode(selection.address)}"


ACTIONS = (
    BulkAction(
        "tag",
        gettext_lazy("Put a tag on"),
        "tag",
        Right.CONTACTS_EDIT,
        lambda _organisation, values: _("Tag “%(tag)s”") % {"tag": values["tag"]},
        _tag,
        form=_tag_form,
        undo=_undo_tag,
        reasons={SAME: gettext_lazy("bore the tag already")},
    ),
    BulkAction(
        "untag",
        gettext_lazy("Take a tag away"),
        "x",
        Right.CONTACTS_EDIT,
        lambda _organisation, values: _("Take the tag “%(tag)s” away") % {"tag": values["tag"]},
        _untag,
        form=_untag_form,
        undo=_undo_untag,
        reasons={"without": gettext_lazy("did not bear the tag")},
    ),
    BulkAction(
        "owner",
        gettext_lazy("Owner"),
        "person",
        Right.CONTACTS_EDIT,
        _owner_title,
        _owner,
        form=_owner_form,
        undo=_undo_owner,
        reasons={SAME: gettext_lazy("had this owner already")},
    ),
    BulkAction(
        "stage",
        gettext_lazy("Stage"),
        "flag",
        Right.CONTACTS_EDIT,
        lambda _organisation, values: _("Stage: %(stage)s") % {"stage": Stage(values["to"]).label},
        _stage,
        form=_stage_form,
        undo=_undo_stage,
        reasons={
            SAME: gettext_lazy("was at this stage already"),
            WRONG_STAGE: gettext_lazy("cannot come to this stage from the one it is at"),
        },
    ),
    BulkLink("export", gettext_lazy("Export"), "out", Right.CONTACTS_VIEW, leads_to=_export_url),
    BulkAction(
        "opt-out",
        gettext_lazy("Opt out"),
        "x",
        Right.CONTACTS_EDIT,
        lambda _organisation, _values: _("Opt out"),
        _opt_out,
        warning=gettext_lazy(
            "No scenario, import or program will write to these people again. Only they can come back."
        ),
        is_danger=True,
    ),
)

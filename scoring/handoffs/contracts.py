"""The contract between marketing and sales: proposed, signed by both, and then what counts."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.models import Membership, Organisation, Role, User
from prm.organisations.rights import Right, may
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.texts import is_storable
from scoring.handoffs.business_hours import HOLIDAYS
from scoring.handoffs.models import Breach, Contract
from scoring.handoffs.terms import USUAL_COOL_DOWN_DAYS, USUAL_HOURS, forget_terms, stored_week, week_of

FIELDS = (
    *("definition", "brief", "first_contact_hours", "week", "holidays", "closed_days"),
    *("cool_down_days", "on_breach", "escalates_to_id"),
)
MOST_HOURS = 200
MOST_DAYS = 730
MOST_CLOSED = 100
MARKETING, SALES = "marketing", "sales"
# Who may sign for a side: whoever answers for the scoring, and whoever works the queue.
SIDES: Mapping[str, Right] = {MARKETING: Right.SCORING_EDIT, SALES: Right.HANDOFFS_WORK}


def list_contracts() -> list[Contract]:
    """Return every version, the newest first."""
    return list(Contract.objects.select_related("escalates_to").order_by("-number"))


def usual_values() -> dict[str, Any]:
    """Return what a first contract proposes."""
    return {
        "definition": _(
            "A prospect whose score reaches the hot threshold and the minimum fit, who may be contacted and is not"
            " with sales already."
        ),
        "brief": _(
            "Who they are and their company, why they are hot in three lines, what they read and did last, the score"
            " with its model, and how to reach them."
        ),
        "first_contact_hours": USUAL_HOURS,
        "week": stored_week(dict(enumerate(week_of([])))),
        "holidays": "FR",
        "closed_days": [],
        "cool_down_days": USUAL_COOL_DOWN_DAYS,
        "on_breach": Breach.NOTHING.value,
        "escalates_to_id": None,
    }


def values_of(contract: Contract) -> dict[str, Any]:
    """Return what a version says, as the next one begins."""
    values = {name: getattr(contract, name) for name in FIELDS}
    return {**values, "week": stored_week(dict(enumerate(week_of(contract.week))))}


def propose_contract(organisation: Organisation, *, values: Mapping[str, Any], by: User) -> Contract:
    """Propose a version; one that is not signed by both yet is replaced, and loses the signature it had.

    Raises Invalid. What is in force stays so until both signed the new one.
    """
    _check(values)
    with transaction.atomic():
        newest: Contract | None = Contract.objects.select_for_update().order_by("-number").first()
        if newest is not None and not newest.is_signed:
            contract, before = newest, {name: getattr(newest, name) for name in FIELDS}
        else:
            contract = Contract(organisation=organisation, number=newest.number + 1 if newest else 1, created_by=by)
            before = {}
        for name in FIELDS:
            setattr(contract, name, values[name])
        for side in SIDES:
            _set_signature(contract, side, None)
        try:
            with transaction.atomic():
                contract.save()
        except IntegrityError as error:
            raise Conflict(_("Somebody proposed a version at the same moment. Look at it first.")) from error
        after = {name: getattr(contract, name) for name in FIELDS}
        audit.record(organisation, by, "contract.propose", contract, before=before, after=after)
    return contract


def sign_contract(organisation: Organisation, *, number: int, side: str, by: User) -> Contract:
    """Sign a version for marketing or for sales; with both signatures it counts for what is opened from then on.

    Signing twice changes nothing. Raises NotFound, Conflict for a version that is not the newest, Invalid for a side
    that is not the person's.
    """
    membership = Membership.objects.filter(user=by).first()
    if side not in SIDES or membership is None or not may_sign(membership.role, side):
        raise Invalid(_("This side is for others to sign."))
    with transaction.atomic():
        newest: Contract | None = Contract.objects.select_for_update().order_by("-number").first()
        if newest is None:
            raise NotFound
        if newest.number != number:
            raise Conflict(_("There is a newer version: look at it first."))
        if getattr(newest, f"{side}_signed_at") is None:
            _set_signature(newest, side, by)
            newest.save()
            audit.record(organisation, by, "contract.sign", newest, after={"side": side, "number": newest.number})
            transaction.on_commit(lambda: forget_terms(organisation))
    return newest


def may_sign(role: str, side: str) -> bool:
    """Tell whether a role signs for a side; an admin may for both."""
    return role == Role.ADMIN or may(role, SIDES[side])


def _set_signature(contract: Contract, side: str, by: User | None) -> None:
    setattr(contract, f"{side}_signed_at", timezone.now() if by else None)
    setattr(contract, f"{side}_signed_by", by)
    setattr(contract, f"{side}_signed_label", str(by)[:160] if by else "")


def _check(values: Mapping[str, Any]) -> None:
    fields: dict[str, str] = {}
    for name in ("definition", "brief"):
        text = values[name]
        if not text.strip() or len(text) > 4000 or not is_storable(text):
            fields[name] = _("Say it in 1 to 4,000 characters.")
    if not 0 < values["first_contact_hours"] <= MOST_HOURS:
        fields["first_contact_hours"] = _("More than 0, at most %(n)s.") % {"n": MOST_HOURS}
    if not 0 <= values["cool_down_days"] <= MOST_DAYS:
        fields["cool_down_days"] = _("From 0 to %(n)s.") % {"n": MOST_DAYS}
    if not any(values["week"]):
        fields["week"] = _("The team works on one day at least.")
    elif any(one is not None and one[0] >= one[1] for one in values["week"]):
        fields["week"] = _("A day ends after it begins.")
    if values["holidays"] not in HOLIDAYS:
        fields["holidays"] = _("Choose one of the list.")
    if len(values["closed_days"]) > MOST_CLOSED or not all(_is_day(one) for one in values["closed_days"]):
        fields["closed_days"] = _("Days as 2026-12-24, at most %(n)s.") % {"n": MOST_CLOSED}
    if values["on_breach"] not in Breach.values:
        fields["on_breach"] = _("Choose one of the list.")
    user_id = values["escalates_to_id"]
    if user_id is not None and not Membership.objects.filter(user_id=user_id).exists():
        fields["escalates_to"] = _("Choose a member.")
    elif user_id is None and values["on_breach"] == Breach.ESCALATE:
        fields["escalates_to"] = _("Say who is told.")
    if fields:
        raise Invalid(fields=fields)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except (TypeError, ValueError):
        return False
    return True

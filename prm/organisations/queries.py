"""Reads about organisations, the people in them, invitations and the audit log."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from prm.organisations.models import ApiKey, AuditEntry, Invitation, Membership, Organisation, Role, User
from prm.organisations.scope import organisation_scope
from prm.organisations.tokens import hash_token
from prm.work.sql import fetch


@dataclass(frozen=True)
class Place:
    """An organisation a person belongs to, and as what."""

    organisation_id: int
    slug: str
    name: str
    role: Role


def list_organisations_of(user: User) -> list[Place]:
    """Return every organisation of a person, by name. One query, by the only read that crosses organisations."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id, slug, name, role FROM organisations_of(%s)", [user.pk])
        return [Place(int(pk), slug, name, Role(role)) for pk, slug, name, role in cursor.fetchall()]


def find_organisation(slug: str) -> Organisation | None:
    """Return the organisation at this address."""
    return Organisation.objects.filter(slug=slug).first()


def find_person(email: str) -> User | None:
    """Return the person with this address, whatever its case."""
    return User.objects.filter(email=email.strip().lower()).first()


def list_members(search: str = "") -> QuerySet[Membership]:
    """Return the members of the organisation in scope with their people, by name."""
    found: QuerySet[Membership] = Membership.objects.select_related("user")
    if search:
        found = found.filter(Q(user__full_name__icontains=search) | Q(user__email__icontains=search))
    return found.order_by("user__full_name", "user__email", "pk")


def list_open_invitations() -> QuerySet[Invitation]:
    """Return the invitations that nobody accepted or revoked, expired ones too, newest first."""
    found: QuerySet[Invitation] = Invitation.objects.filter(accepted_at=None, revoked_at=None)
    return found.select_related("invited_by").order_by("-created_at", "-pk")


def list_api_keys() -> QuerySet[ApiKey]:
    """Return every key, those in use first, then newest first."""
    found: QuerySet[ApiKey] = ApiKey.objects.select_related("created_by")
    return found.order_by("-revoked_at", "-created_at", "-pk")


@dataclass(frozen=True)
class InvitationState:
    """What an invitation's link leads to. `problem`: "", "accepted", "revoked" or "expired"."""

    organisation: Organisation
    email: str
    role: Role
    problem: str
    token: str = field(repr=False)

    @property
    def is_open(self) -> bool:
        """Tell whether it can be accepted."""
        return not self.problem


def find_invitation(slug: str, token: str) -> InvitationState | None:
    """Return the invitation behind a link, or None when the link is wrong. Opens the organisation's scope itself."""
    organisation = find_organisation(slug)
    if organisation is None:
        return None
    with organisation_scope(organisation.pk):
        invitation: Invitation | None = Invitation.objects.filter(token_hash=hash_token(token)).first()
    if invitation is None:
        return None
    return InvitationState(organisation, invitation.email, Role(invitation.role), problem_of(invitation), token)


def problem_of(invitation: Invitation) -> str:
    """Say why an invitation can no longer be accepted; empty when it can."""
    if invitation.accepted_at is not None:
        return "accepted"
    if invitation.revoked_at is not None:
        return "revoked"
    return "expired" if invitation.expires_at <= timezone.now() else ""


NOBODY = "none"


@dataclass(frozen=True)
class AuditFilter:
    """Which entries of the audit log to show; what is empty does not filter. Days are those of `zone`."""

    # A person's id, or NOBODY for keys, commands and the product itself.
    actor: str = ""
    action: str = ""
    object_type: str = ""
    object_id: int | None = None
    from_on: date | None = None
    to_on: date | None = None


def list_audit_entries(wanted: AuditFilter, zone: ZoneInfo) -> QuerySet[AuditEntry]:
    """Return the entries, to be paginated by ("-at", "-pk"); each filter has an index of its own."""
    found: QuerySet[AuditEntry] = AuditEntry.objects.select_related("actor")
    if wanted.actor.isdigit():
        found = found.filter(actor_id=int(wanted.actor))
    elif wanted.actor == NOBODY:
        found = found.filter(actor=None)
    if wanted.action:
        found = found.filter(action=wanted.action)
    if wanted.object_type:
        found = found.filter(object_type=wanted.object_type)
    if wanted.object_id is not None:
        found = found.filter(object_id=wanted.object_id)
    if wanted.from_on:
        found = found.filter(at__gte=datetime.combine(wanted.from_on, datetime.min.time(), zone))
    if wanted.to_on and wanted.to_on < date.max:
        found = found.filter(at__lt=datetime.combine(wanted.to_on + timedelta(days=1), datetime.min.time(), zone))
    return found


def list_audit_actions(organisation: Organisation) -> list[str]:
    """Return every action in the organisation's log; costs one look-up per action, not per entry."""
    return [action for (action,) in fetch("prm/organisations/list_audit_actions", {"organisation_id": organisation.pk})]


def list_audit_object_types(organisation: Organisation) -> list[str]:
    """Return every type of object in the organisation's log; costs one look-up per type."""
    rows = fetch("prm/organisations/list_audit_object_types", {"organisation_id": organisation.pk})
    return [object_type for (object_type,) in rows if object_type]

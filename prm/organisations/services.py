"""What is done to organisations and the people in them."""

import re
from datetime import timedelta
from itertools import count

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Invitation, Membership, Organisation, Role, User
from prm.organisations.queries import find_person, problem_of
from prm.organisations.scope import organisation_scope
from prm.organisations.setup import run_hooks
from prm.organisations.tokens import hash_token, make_token
from prm.work.errors import Conflict, Invalid, NotFound, Refused, Throttled

INVITATION_DAYS = 14
# Invitations are e-mails to strangers: a stolen account must not become a way to send many.
INVITATIONS_A_DAY = 100
SLUG_LENGTH = 50
LONGEST_NAME = 120
LONGEST_EMAIL = 254
# Words that would mislead in `/o/<slug>/`, or that the product may want for itself.
# fmt: off
RESERVED_SLUGS = frozenset(
    {
        "accounts", "admin", "administrator", "api", "app", "assets", "billing", "docs", "health", "help",
        "invitations", "login", "logout", "mail", "me", "media", "new", "null", "o", "organisation",
        "organisations", "preferences", "prm", "profile", "root", "security", "settings", "signup", "static",
        "status", "support", "system", "u", "undefined", "www",
    }
)
# fmt: on
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?")
_SETTINGS = ("name", "language", "time_zone", "sender_name", "sender_email", "postal_address")


def ensure_person(*, email: str, password: str = "", full_name: str = "", language: str = "") -> tuple[User, bool]:
    """Return the person with this address, created if need be, and whether it was.

    A person who exists keeps their password and name. The address counts as verified: who calls this vouches for it.
    """
    email = email.strip().lower()
    if len(email) > LONGEST_EMAIL:
        raise Invalid(fields={"email": _("At most %(max_length)s characters.") % {"max_length": LONGEST_EMAIL}})
    with transaction.atomic():
        person = find_person(email)
        if person is not None:
            return person, False
        person = User.objects.create_user(email, password or None, full_name=full_name.strip(), language=language)
        EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person, True


def create_organisation(
    *, name: str, admin: User, slug: str = "", language: str = "fr", by: Actor | None = None
) -> Organisation:
    """Create an organisation with its first admin and everything the apps give a new one.

    Without `slug` the address is made from the name, with a number behind it where it is taken. A slug asked for
    raises Invalid when it cannot be used and Conflict when it exists. `by` is who is audited: the admin, if not given.
    """
    name = _one_line(name)
    if not name:
        raise Invalid(fields={"name": _("Give the organisation a name.")})
    if len(name) > LONGEST_NAME:
        raise Invalid(fields={"name": _("At most %(max_length)s characters.") % {"max_length": LONGEST_NAME}})
    with transaction.atomic():
        organisation = _insert_at(slug, name, language) if slug else _insert_anywhere(name, language)
        with organisation_scope(organisation.pk), translation.override(language):
            after = {"name": name, "slug": organisation.slug, "language": language}
            audit.record(organisation, by or admin, "organisation.create", organisation, after=after)
            add_member(organisation, user=admin, role=Role.ADMIN, by=by or admin)
            run_hooks(organisation)
    return organisation


def make_slug(name: str) -> str:
    """Return an address made from a name: "Société Générale" -> "societe-generale"."""
    slug = slugify(name).replace("_", "-").strip("-")[:SLUG_LENGTH].strip("-")
    slug = re.sub(r"-{2,}", "-", slug) or "organisation"
    return f"{slug}-prm" if slug in RESERVED_SLUGS else slug


def update_organisation(organisation: Organisation, *, by: Actor, **changes: str) -> Organisation:
    """Change name, language, time zone, sender or postal address."""
    unknown = sorted(set(changes) - set(_SETTINGS))
    if unknown:
        raise TypeError(f"not a setting of an organisation: {', '.join(unknown)}")
    if not changes.get("name", organisation.name).strip():
        raise Invalid(fields={"name": _("Give the organisation a name.")})
    with transaction.atomic():
        current = Organisation.objects.select_for_update().get(pk=organisation.pk)
        before = {field: getattr(current, field) for field in changes}
        for field, value in changes.items():
            setattr(current, field, _one_line(value))
        after = {field: getattr(current, field) for field in changes}
        if before != after:
            current.save(update_fields=list(changes))
            audit.record(organisation, by, "organisation.update", current, before=before, after=after)
    return current


def add_member(organisation: Organisation, *, user: User, role: Role, by: Actor | None) -> Membership:
    """Let a person in; one who is in already keeps their role."""
    with transaction.atomic():
        membership, created = Membership.objects.get_or_create(
            organisation=organisation, user=user, defaults={"role": role}
        )
        if created:
            after = {"email": user.email, "role": role}
            audit.record(organisation, by, "membership.create", membership, label=str(user), after=after)
    found: Membership = membership
    return found


def change_role(organisation: Organisation, *, membership_id: int, role: Role, by: Actor) -> Membership:
    """Give a member another role. Raises Refused for the last admin."""
    with transaction.atomic():
        _lock_members(organisation)
        membership = _find_member(membership_id)
        if membership.role == role:
            return membership
        _keep_an_admin(membership)
        before = {"role": membership.role}
        membership.role = role
        membership.save(update_fields=["role"])
        audit.record(
            organisation,
            by,
            "membership.update",
            membership,
            label=str(membership.user),
            before=before,
            after={"role": role},
        )
    return membership


def remove_member(organisation: Organisation, *, membership_id: int, by: Actor) -> None:
    """Take a person out; what they did stays, with their name. Raises Refused for the last admin."""
    with transaction.atomic():
        _lock_members(organisation)
        membership = _find_member(membership_id)
        _keep_an_admin(membership)
        before = {"email": membership.user.email, "role": membership.role}
        audit.record(organisation, by, "membership.delete", membership, label=str(membership.user), before=before)
        membership.delete()


def invite_member(organisation: Organisation, *, email: str, role: Role, by: User) -> tuple[Invitation, str]:
    """Invite an address; return the invitation and the token of its link, which can never be shown again.

    Earlier invitations of the address end: only the newest link works. Raises Conflict for a member, Throttled
    above INVITATIONS_A_DAY. The e-mail is the caller's to send, once this is committed.
    """
    email = email.strip().lower()
    token = make_token()
    now = timezone.now()
    with transaction.atomic():
        _lock_members(organisation)
        if Membership.objects.filter(user__email=email).exists():
            raise Conflict(_("%(email)s is a member already.") % {"email": email})
        if Invitation.objects.filter(created_at__gt=now - timedelta(days=1)).count() >= INVITATIONS_A_DAY:
            raise Throttled(_("That is enough invitations for one day. Go on tomorrow."), retry_after=86400)
        Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None).update(revoked_at=now)
        invitation: Invitation = Invitation.objects.create(
            organisation=organisation,
            email=email,
            role=role,
            token_hash=hash_token(token),
            invited_by=by,
            expires_at=now + timedelta(days=INVITATION_DAYS),
        )
        audit.record(organisation, by, "invitation.create", invitation, after={"email": email, "role": role})
    return invitation, token


def revoke_invitation(organisation: Organisation, *, invitation_id: int, by: Actor) -> Invitation:
    """End an invitation: its link says so from now on."""
    with transaction.atomic():
        invitation: Invitation | None = Invitation.objects.select_for_update().filter(pk=invitation_id).first()
        if invitation is None:
            raise NotFound
        if invitation.accepted_at is not None:
            raise Conflict(_("%(email)s has joined already.") % {"email": invitation.email})
        if invitation.revoked_at is None:
            invitation.revoked_at = timezone.now()
            invitation.save(update_fields=["revoked_at"])
            before = {"email": invitation.email, "role": invitation.role}
            audit.record(organisation, by, "invitation.revoke", invitation, before=before)
    return invitation


def accept_invitation(organisation: Organisation, *, token: str, user: User) -> Membership:
    """Let the invited person in, in the invitation's role.

    Raises NotFound for a wrong link, Refused for one that is over or for another person's. The organisation's scope
    must be open.
    """
    with transaction.atomic():
        invitation: Invitation | None = (
            Invitation.objects.select_for_update().filter(token_hash=hash_token(token)).first()
        )
        if invitation is None:
            raise NotFound(_("This invitation does not exist. Ask for a new one."))
        problem = problem_of(invitation)
        if problem:
            raise Refused(explain_problem(problem))
        if invitation.email != user.email.lower():
            raise Refused(
                _("This invitation is for %(email)s. Sign in with that address.") % {"email": invitation.email}
            )
        invitation.accepted_at = timezone.now()
        invitation.save(update_fields=["accepted_at"])
        # Whoever has the link reads that mailbox.
        EmailAddress.objects.filter(user=user, email=invitation.email).update(verified=True)
        audit.record(organisation, user, "invitation.accept", invitation, after={"email": invitation.email})
        return add_member(organisation, user=user, role=Role(invitation.role), by=user)


def explain_problem(problem: str) -> str:
    """Say why an invitation cannot be accepted any more, and what to do."""
    return {
        "accepted": _("This invitation has been used already. Sign in to go to the organisation."),
        "revoked": _("This invitation was withdrawn or replaced by a newer one. Ask an admin for a new one."),
        "expired": _("This invitation is over: it was good for 14 days. Ask an admin for a new one."),
    }[problem]


def _one_line(text: str) -> str:
    """Return a text without line breaks, which would break the head of an e-mail."""
    return " ".join(text.split())


def _lock_members(organisation: Organisation) -> None:
    """Let changes of an organisation's members wait for one another; work on anything else goes on."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)


def _find_member(membership_id: int) -> Membership:
    membership: Membership | None = Membership.objects.select_related("user").filter(pk=membership_id).first()
    if membership is None:
        raise NotFound
    return membership


def _keep_an_admin(membership: Membership) -> None:
    """Refuse to let the last admin go who can sign in. The members are locked."""
    others = Membership.objects.filter(role=Role.ADMIN, user__is_active=True).exclude(pk=membership.pk)
    if membership.role == Role.ADMIN and not others.exists():
        raise Refused(_("%(name)s is the last admin. Make somebody else an admin first.") % {"name": membership.user})


def _insert_at(slug: str, name: str, language: str) -> Organisation:
    if not _SLUG.fullmatch(slug):
        raise Invalid(fields={"slug": _("An address is made of small letters, digits and hyphens, 50 at most.")})
    if slug in RESERVED_SLUGS:
        raise Invalid(fields={"slug": _("The address “%(slug)s” is reserved. Choose another.") % {"slug": slug}})
    try:
        with transaction.atomic():
            return Organisation.objects.create(slug=slug, name=name, language=language)
    except IntegrityError as error:
        raise Conflict(_("An organisation “%(slug)s” exists already.") % {"slug": slug}) from error


def _insert_anywhere(name: str, language: str) -> Organisation:
    """Insert at the first free address; once more when somebody takes it in the same moment."""
    wanted = make_slug(name)
    while True:
        taken = set(
            Organisation.objects.filter(slug__startswith=wanted[: SLUG_LENGTH - 8]).values_list("slug", flat=True)
        )
        numbered = (f"{wanted[: SLUG_LENGTH - len(str(number)) - 1]}-{number}" for number in count(2))
        slug = wanted if wanted not in taken else next(slug for slug in numbered if slug not in taken)
        try:
            return _insert_at(slug, name, language)
        except Conflict:
            continue

"""Organisations, the people in them and what they may do, and the trail of what they changed."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from prm.organisations.tenancy import TenantModel


class Role(models.TextChoices):
    """What a member is in one organisation; what a role may do stands in rights.py."""

    ADMIN = "admin", _("Admin")
    MARKETER = "marketer", _("Marketer")
    SALES = "sales", _("Sales rep")
    VIEWER = "viewer", _("Viewer")


class UserManager(BaseUserManager["User"]):
    """People are found by e-mail address, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person; without a password they can only come in by resetting it."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the person with this address."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who signs in; belongs to any number of organisations."""

    email = models.EmailField(_("e-mail"), unique=True)
    full_name = models.CharField(_("name"), max_length=120, blank=True)
    # Empty: what the browser asks for.
    language = models.CharField(
        _("language"), max_length=5, blank=True, choices=[("fr", "Français"), ("en", "English")]
    )
    time_zone = models.CharField(_("time zone"), max_length=40, blank=True)
    theme = models.CharField(_("theme"), max_length=5, blank=True, choices=[("light", _("Light")), ("dark", _("Dark"))])
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("email"), name="organisations_user_email"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_full_name(self) -> str:
        """Return the name, or the address where none is known."""
        return str(self)

    @property
    def initials(self) -> str:
        """Two letters for an avatar."""
        words = (self.full_name or self.email.split("@")[0].replace(".", " ")).split()
        return "".join(word[0] for word in words[:2]).upper()


class Organisation(models.Model):
    """The tenant: one company that runs its PRM here."""

    slug = models.SlugField(_("address"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=120)
    # Language of what the product writes for it: start sets, e-mails.
    language = models.CharField(
        _("language"), max_length=5, default="fr", choices=[("fr", "Français"), ("en", "English")]
    )
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Paris")
    sender_name = models.CharField(_("sender name"), max_length=120, blank=True)
    sender_email = models.EmailField(_("sender address"), blank=True)
    postal_address = models.CharField(_("postal address"), max_length=250, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Membership(TenantModel):
    """A person's place in an organisation."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "user"], name="organisations_membership_person"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class Invitation(TenantModel):
    """An address asked to join; the link's token is kept as a hash."""

    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    token_hash = models.CharField(max_length=64)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "token_hash"], name="organisations_invitation_token"),
        ]

    def __str__(self) -> str:
        return self.email


class ApiKey(TenantModel):
    """A key of the API: scoped, kept as a hash, shown once."""

    name = models.CharField(_("name"), max_length=80)
    # The first characters, to tell keys apart in a list.
    prefix = models.CharField(max_length=24)
    key_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40))
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "key_hash"], name="organisations_apikey_hash"),
        ]

    def __str__(self) -> str:
        return self.name


class AuditEntry(TenantModel):
    """One change a person (or a key) made: who, what, before, after. Never changed, never deleted."""

    at = models.DateTimeField(auto_now_add=True)
    # Null: an API key, a command or the product itself; actor_label says which.
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    actor_label = models.CharField(max_length=160)
    # "<object>.<verb>", such as "scoring_model.publish".
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField(null=True)
    object_label = models.CharField(max_length=200, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "-at", "-id"], name="organisations_audit_newest"),
            models.Index(fields=["organisation", "actor", "-at", "-id"], name="organisations_audit_actor"),
            models.Index(fields=["organisation", "action", "-at", "-id"], name="organisations_audit_action"),
            models.Index(
                fields=["organisation", "object_type", "object_id", "-at", "-id"], name="organisations_audit_object"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_label}"

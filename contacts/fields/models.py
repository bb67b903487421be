"""What an organisation keeps of people and companies beyond the fields every organisation has."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from prm.organisations.tenancy import TenantModel

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


def is_key(text: str) -> bool:
    """Tell whether a text can be the key of a field: it may stand in SQL as it is."""
    return _KEY.fullmatch(text) is not None


class Subject(models.TextChoices):
    """Whom a field is about."""

    CONTACT = "contact", _("Contacts")
    COMPANY = "company", _("Companies")


class ValueType(models.TextChoices):
    """What a field holds; contacts/fields/coercion.py says in what form."""

    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    CHOICE = "choice", _("One of several choices")
    CHOICES = "choices", _("Several choices")
    BOOLEAN = "boolean", _("Yes or no")

    @property
    def has_choices(self) -> bool:
        """Tell whether its values are among choices the organisation writes."""
        return self in {ValueType.CHOICE, ValueType.CHOICES}


@dataclass(frozen=True)
class Option:
    """One choice. Its code never changes; one that is no longer offered stays with those who have it."""

    code: str
    label: str
    is_offered: bool = True


class CustomField(TenantModel):
    """One field of the organisation's own. Values stand in the column `custom` of its subject, under `key`.

    Neither subject nor key ever changes: conditions, mappings of columns and messages speak of them.
    """

    subject = models.CharField(_("about"), max_length=7, choices=Subject.choices)
    key = models.CharField(_("key"), max_length=40)
    label = models.CharField(_("label"), max_length=80)
    help_text = models.CharField(_("help"), max_length=200, blank=True)
    type = models.CharField(_("type"), max_length=7, choices=ValueType.choices)
    # [{"code", "label", "is_offered"}] in their order; see `options`.
    choices = models.JSONField(_("choices"), default=list)
    position = models.SmallIntegerField(default=0)
    archived_at = models.DateTimeField(_("archived"), null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("custom field")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "subject", "key"], name="fields_customfield_subject_key"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def value_type(self) -> ValueType:
        """The type, as more than its code."""
        return ValueType(self.type)

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """The choices, in their order."""
        return tuple(Option(**choice) for choice in self.choices)

    @property
    def words(self) -> dict[str, str]:
        """The label of each choice by its code."""
        return {option.code: option.label for option in self.options}


class Weight(TenantModel):
    """What knowing one thing weighs in the degree of qualification; `code` is one of contacts/qualification.py."""

    code = models.CharField(max_length=60)
    weight = models.SmallIntegerField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "code"], name="fields_weight_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.weight}"

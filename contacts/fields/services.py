"""Defining fields of the organisation's own. Nothing here ever touches a value: what was written stays."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from contacts import qualification
from contacts.fields.coercion import SEPARATORS, fold
from contacts.fields.models import CustomField, Option, Subject, ValueType, is_key
from contacts.fields.queries import count_choices, is_used
from contacts.fields.values import lock_definitions
from contacts.fields.weighing import weighed_field_changed
from contacts.normalising import UnusableValueError, clean_text
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Conflict, Invalid, NotFound

# In use, of one subject: forms and lists stay readable, and a condition's vocabulary small.
MOST_FIELDS = 100
MOST_CHOICES = 200
LONGEST_KEY = 40
LONGEST_LABEL = 80
LONGEST_HELP = 200
_APOSTROPHES = re.compile("['’]")


@dataclass(frozen=True)
class FieldInput:
    """What somebody says of a field. `choices` is read where the type has some: their codes, "" for new ones."""

    label: str
    type: str
    help_text: str = ""
    choices: Sequence[Option] = ()


def create_field(
    organisation: Organisation, *, subject: str, given: FieldInput, by: Actor, key: str = ""
) -> CustomField:
    """Define a field; without a key it gets one made of its label. Raises Invalid, Conflict when there are too many."""
    if subject not in Subject.values:
        raise Invalid(fields={"subject": _("Choose whom the field is about.")})
    with transaction.atomic():
        lock_definitions(organisation)
        known = list(CustomField.objects.filter(subject=subject).order_by("position", "pk"))
        _refuse_too_many(known)
        clean = _clean(given, known)
        field = CustomField(
            organisation=organisation,
            subject=subject,
            key=_key_for(key, clean.label, known),
            label=clean.label,
            help_text=clean.help_text,
            type=clean.type,
            choices=[asdict(option) for option in _coded(clean.choices)],
            position=max((one.position for one in known), default=0) + 1,
        )
        field.save(force_insert=True)
        audit.record(organisation, by, "customfield.create", field, after=_told(field))
    return field


def update_field(organisation: Organisation, *, field_id: int, given: FieldInput, by: Actor) -> CustomField:
    """Change a field; raise Invalid, NotFound.

    The type only changes while no record has a value. A choice that is left out goes if nobody has it; else it stays,
    no longer offered.
    """
    with transaction.atomic():
        lock_definitions(organisation)
        field = _get(field_id)
        known = [one for one in CustomField.objects.filter(subject=field.subject) if one.pk != field.pk]
        clean = _clean(given, known)
        if clean.type != field.type and is_used(field):
            raise Invalid(
                fields={
                    "type": _("Values are kept as “%(type)s”: add another field, or remove the values first.")
                    % {"type": field.value_type.label}
                }
            )
        before = _told(field)
        options = _kept(organisation, field, _coded(clean.choices, field.options))
        field.label, field.help_text, field.type = clean.label, clean.help_text, clean.type
        field.choices = [asdict(option) for option in options]
        field.__dict__.pop("options", None)
        if _told(field) != before:
            field.save(update_fields=["label", "help_text", "type", "choices"])
            audit.record(organisation, by, "customfield.update", field, before=before, after=_told(field))
            qualification.profiles_changed(organisation)
    return field


def archive_field(organisation: Organisation, *, field_id: int, by: Actor) -> CustomField:
    """Take a field out of forms, pages and the API; its values stay. Conditions that ask for it match nobody."""
    with transaction.atomic():
        lock_definitions(organisation)
        field = _get(field_id)
        if field.archived_at is None:
            field.archived_at = timezone.now()
            field.save(update_fields=["archived_at"])
            audit.record(organisation, by, "customfield.archive", field)
            weighed_field_changed(organisation, field, by)
            qualification.profiles_changed(organisation)
    return field


def restore_field(organisation: Organisation, *, field_id: int, by: Actor) -> CustomField:
    """Bring an archived field back, with its values; raise Conflict where another one is called so, or too many are."""
    with transaction.atomic():
        lock_definitions(organisation)
        field = _get(field_id)
        if field.archived_at is None:
            return field
        known = list(CustomField.objects.filter(subject=field.subject))
        _refuse_too_many(known)
        if any(fold(one.label) == fold(field.label) for one in known if one.archived_at is None):
            raise Conflict(_("Another field is called “%(label)s”. Rename it first.") % {"label": field.label})
        field.archived_at = None
        field.save(update_fields=["archived_at"])
        audit.record(organisation, by, "customfield.restore", field)
        weighed_field_changed(organisation, field, by)
        qualification.profiles_changed(organisation)
    return field


def move_field(organisation: Organisation, *, field_id: int, up: bool, by: Actor) -> None:
    """Let a field change places with its neighbour; at the end of the list nothing changes."""
    with transaction.atomic():
        lock_definitions(organisation)
        field = _get(field_id)
        fields = list(CustomField.objects.filter(subject=field.subject, archived_at=None).order_by("position", "pk"))
        if field not in fields:
            return
        place = fields.index(field)
        other = place - 1 if up else place + 1
        if not 0 <= other < len(fields):
            return
        fields[place], fields[other] = fields[other], fields[place]
        for position, one in enumerate(fields, start=1):
            one.position = position
        CustomField.objects.bulk_update(fields, ["position"])
        audit.record(organisation, by, "customfield.move", field)


def _get(field_id: int) -> CustomField:
    field = CustomField.objects.filter(pk=field_id).first()
    if field is None:
        raise NotFound
    return field


def _refuse_too_many(known: Iterable[CustomField]) -> None:
    if sum(field.archived_at is None for field in known) >= MOST_FIELDS:
        raise Conflict(_("There are %(n)s fields already. Archive one that is not needed.") % {"n": MOST_FIELDS})


def _clean(given: FieldInput, others: Iterable[CustomField]) -> FieldInput:
    """Return what was given in its one writing; raise Invalid with all that is wrong with it."""
    errors: dict[str, str] = {}
    texts: dict[str, str] = {}
    for name, longest in (("label", LONGEST_LABEL), ("help_text", LONGEST_HELP)):
        try:
            texts[name] = " ".join(clean_text(getattr(given, name), longest).split())
        except UnusableValueError as error:
            errors[name] = str(error.message)
    if "label" in texts and not texts["label"]:
        errors["label"] = _("Say what the field is called.")
    taken = {fold(one.label) for one in others if one.archived_at is None}
    if fold(texts.get("label", "")) in taken:
        errors["label"] = _("Another field is called so.")
    if given.type not in ValueType.values:
        errors["type"] = _("Choose a type.")
    choices: tuple[Option, ...] = ()
    if not errors.get("type") and ValueType(given.type).has_choices:
        choices = tuple(Option(one.code, " ".join(one.label.split()), one.is_offered) for one in given.choices)
        if problem := _problem_of(choices):
            errors["choices"] = problem
    if errors:
        raise Invalid(fields=errors)
    return FieldInput(type=given.type, choices=choices, **texts)


def _problem_of(choices: Sequence[Option]) -> str:
    """Say what is wrong with choices; empty where all is well."""
    if not any(option.is_offered for option in choices):
        return _("Give at least one choice.")
    if len(choices) > MOST_CHOICES:
        return _("A field has at most %(n)s choices.") % {"n": MOST_CHOICES}
    labels = [fold(option.label) for option in choices]
    codes = {option.code: option for option in choices if option.code}
    for option in choices:
        label = fold(option.label)
        if labels.count(label) > 1:
            return _("“%(choice)s” is there twice.") % {"choice": option.label}
        if codes.get(label, option) is not option:
            return _("“%(choice)s” is what another choice is called in files and programs.") % {"choice": option.label}
        if problem := _problem_of_label(option.label):
            return problem
    return ""


def _problem_of_label(label: str) -> str:
    if not fold(label):
        return _("A choice has no text.")
    if SEPARATORS.search(label):
        return _("“%(choice)s” holds “;” or “|”, which stand between choices in files.") % {"choice": label}
    try:
        clean_text(label, LONGEST_LABEL)
    except UnusableValueError:
        return _("A choice has at most %(n)s characters.") % {"n": LONGEST_LABEL}
    return ""


def _coded(choices: Iterable[Option], known: Iterable[Option] = ()) -> tuple[Option, ...]:
    """Return the choices with codes for the new ones; a code means one choice for good."""
    codes = {option.code for option in known}
    taken = {*codes, *(option.code for option in choices if option.code)}
    coded = []
    for option in choices:
        code = option.code if option.code in codes else ""
        if not code:
            code = _free(_plain(option.label) or "choice", taken)
            taken.add(code)
        coded.append(Option(code, option.label, option.is_offered))
    return tuple(coded)


def _kept(organisation: Organisation, field: CustomField, options: Sequence[Option]) -> list[Option]:
    """Return the choices with those left out that somebody has: they stay, no longer offered."""
    left_out = [option for option in field.options if option.code not in {one.code for one in options}]
    uses = count_choices(organisation, field) if left_out else {}
    return [*options, *(Option(one.code, one.label, is_offered=False) for one in left_out if uses.get(one.code))]


def _key_for(given: str, label: str, known: Iterable[CustomField]) -> str:
    taken = {field.key for field in known}
    key = given.strip()
    if not key:
        plain = _plain(label)
        return _free(plain if is_key(plain) else f"field_{plain}"[:LONGEST_KEY].rstrip("_"), taken)
    if not is_key(key):
        raise Invalid(
            fields={"key": _("A key has 1 to 40 small letters, digits and underscores, and begins with a letter.")}
        )
    if key in taken:
        raise Invalid(fields={"key": _("Another field has this key.")})
    return key


def _plain(label: str) -> str:
    """Return a label as a key may be written: "Chiffre d’affaires" is "chiffre_d_affaires"."""
    return slugify(_APOSTROPHES.sub(" ", label)).replace("-", "_").strip("_")[:LONGEST_KEY].rstrip("_")


def _free(wanted: str, taken: Iterable[str]) -> str:
    """Return the name, with a number behind it where it is taken."""
    names, number, name = set(taken), 1, wanted
    while name in names:
        number += 1
        end = f"_{number}"
        name = wanted[: LONGEST_KEY - len(end)] + end
    return name


def _told(field: CustomField) -> dict[str, object]:
    choices = [option.label if option.is_offered else f"({option.label})" for option in field.options]
    return {"label": field.label, "help_text": field.help_text, "type": field.type, "choices": choices}

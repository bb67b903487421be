"""What members change in a draft. Whoever works on the same form waits; what is published stays as it is."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from contacts.fields.queries import list_fields
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.texts import is_storable
from touchpoints.appearance.colours import clean_colour
from touchpoints.lead_forms.asking import CARRIED, TOKEN
from touchpoints.lead_forms.document import (
    After,
    AfterKind,
    Condition,
    Document,
    Element,
    ElementKind,
    QuestionType,
    read_document,
    write_document,
)
from touchpoints.lead_forms.guarding import TRAP
from touchpoints.lead_forms.models import FormFile, LeadForm
from touchpoints.lead_forms.services import lock_form
from touchpoints.lead_forms.starting import element_of
from touchpoints.lead_forms.targets import BUILT_IN, own_targets

MOST_ELEMENTS, MOST_CHOICES = 60, 50
LARGEST_FILE = 10 * 1024 * 1024
_LONGEST = {"title": 160, "intro": 2000, "button": 60, "label": 200, "help": 300, "text": 4000, "message": 4000}
_OWN_NAMES = frozenset({*CARRIED, TOKEN, TRAP, "page", "referrer", "touchpoint"})


def add_element(organisation: Organisation, *, form_id: int, what: str, by: Actor) -> Element:
    """Add what `what` names at the end: a target, or "question", "consent:<purpose>", "text" or "hidden".

    Boxes to tick stay last. Raises NotFound, Invalid, Conflict where there are too many.
    """
    with transaction.atomic():
        form = lock_form(form_id)
        document = read_document(form.draft)
        if len(document.elements) >= MOST_ELEMENTS:
            raise Conflict(_("A form has at most %(n)s elements.") % {"n": MOST_ELEMENTS})
        element = _make(organisation, document, what)
        place = len(document.elements)
        if element.kind not in {ElementKind.CONSENT, ElementKind.TEXT}:
            while place and document.elements[place - 1].kind == ElementKind.CONSENT:
                place -= 1
        elements = [*document.elements[:place], element, *document.elements[place:]]
        _write(organisation, form, document.with_elements(elements), by, {"added": element.label or element.key})
    return element


def change_element(
    organisation: Organisation, *, form_id: int, key: str, values: Mapping[str, Any], by: Actor
) -> Element:
    """Change what `values` name of an element. Raises NotFound, Invalid with what is wrong beside its name."""

    def change(document: Document) -> Document:
        element = get_element(document, key)
        changed = clean_element(document, replace(element, **values))
        return document.with_elements(changed if one.key == key else one for one in document.elements)

    return get_element(_change(organisation, form_id, change, by, {"changed": key}), key)


def move_element(organisation: Organisation, *, form_id: int, key: str, is_up: bool, by: Actor) -> None:
    """Let an element change places with its neighbour.

    What depended on an answer that now comes later is asked of everybody.
    """

    def change(document: Document) -> Document:
        elements = list(document.elements)
        place = elements.index(get_element(document, key))
        other = place - 1 if is_up else place + 1
        if 0 <= other < len(elements):
            elements[place], elements[other] = elements[other], elements[place]
        return _without_lost(document.with_elements(elements))

    _change(organisation, form_id, change, by, {"moved": key})


def remove_element(organisation: Organisation, *, form_id: int, key: str, by: Actor) -> Element:
    """Take an element out; what depended on its answer is asked of everybody. Raises NotFound."""
    removed: list[Element] = []

    def change(document: Document) -> Document:
        removed.append(get_element(document, key))
        return _without_lost(document.with_elements(one for one in document.elements if one.key != key))

    _change(organisation, form_id, change, by, {"removed": key})
    return removed[0]


def change_document(organisation: Organisation, *, form_id: int, values: Mapping[str, Any], by: Actor) -> Document:
    """Change what a form says around its elements, and how it takes answers. Raises NotFound, Invalid."""

    def change(document: Document) -> Document:
        _check_texts({name: values[name] for name in ("title", "intro", "button") if name in values})
        try:
            colour = clean_colour(str(values.get("colour", document.colour)))
        except ValueError as error:
            raise Invalid(fields={"colour": _("Write a colour as #0b6b53.")}) from error
        return replace(document, **{**values, "colour": colour})

    return _change(organisation, form_id, change, by, {"changed": ", ".join(sorted(values))})


def change_after(
    organisation: Organisation, *, form_id: int, after: After, by: Actor, file: "NewFile | None" = None
) -> Document:
    """Say what follows the sending; a new file takes the place of the one people got. Raises NotFound, Invalid."""
    _check_texts({"message": after.message})
    if after.kind == AfterKind.REDIRECT or after.url:
        _check_url(after.url)
    with transaction.atomic():
        form = lock_form(form_id)
        document = read_document(form.draft)
        file_id = document.after.file_id
        if file is not None:
            if not 0 < len(file.content) <= LARGEST_FILE:
                raise Invalid(fields={"file": _("A file has at most ten megabytes, and is not empty.")})
            # One that was published goes on being given until this draft is.
            file_id = FormFile.objects.create(
                organisation=organisation,
                form=form,
                name=file.name[-160:],
                content_type=file.content_type[:100] or "application/octet-stream",
                size=len(file.content),
                content=file.content,
            ).pk
        document = replace(document, after=replace(after, file_id=file_id))
        _write(organisation, form, document, by, {"after": after.kind})
    return document


class NewFile:
    """A document as it was uploaded."""

    def __init__(self, name: str, content_type: str, content: bytes) -> None:
        self.name, self.content_type, self.content = name.rpartition("/")[2], content_type, content


def get_element(document: Document, key: str) -> Element:
    """Return an element; raise NotFound."""
    found = document.find(key)
    if found is None:
        raise NotFound
    return found


def clean_element(document: Document, element: Element) -> Element:
    """Return an element as it may stand in the document; raise Invalid with what is wrong beside its name."""
    fields: dict[str, str] = {}
    try:
        _check_texts({"label": element.label, "help": element.help, "text": element.text})
    except Invalid as error:
        fields |= {name: str(text) for name, text in error.fields.items()}
    if element.kind in {ElementKind.FIELD, ElementKind.QUESTION} and not element.label.strip():
        fields["label"] = _("Say what is asked.")
    is_choice = element.kind == ElementKind.QUESTION and element.type in {QuestionType.CHOICE, QuestionType.CHOICES}
    choices = tuple(dict.fromkeys(one.strip() for one in element.choices if one.strip())) if is_choice else ()
    if is_choice and not 2 <= len(choices) <= MOST_CHOICES:
        fields["choices"] = _("Write two to %(n)s choices, each on a line.") % {"n": MOST_CHOICES}
    if any(len(one) > 200 or not is_storable(one) for one in choices):
        fields["choices"] = _("A choice has at most 200 characters.")
    if element.when is not None and all(one.key != element.when.key for one in document.before(element.key)):
        fields["when"] = _("Only an answer that comes before can decide.")
    if fields:
        raise Invalid(fields=fields)
    return replace(element, choices=choices)


def _make(organisation: Organisation, document: Document, what: str) -> Element:
    kind, _colon, purpose = what.partition(":")
    if what in BUILT_IN:
        element = element_of(what)
    elif kind == ElementKind.CONSENT and purpose:
        element = Element(f"consent_{purpose}", ElementKind.CONSENT, purpose)
    elif what == ElementKind.QUESTION:
        element = Element("question", ElementKind.QUESTION, label=_("Your question"))
    elif what == ElementKind.TEXT:
        element = Element("text", ElementKind.TEXT, text=_("Your text"))
    elif what == ElementKind.HIDDEN:
        element = Element("hidden", ElementKind.HIDDEN)
    else:
        own = own_targets(list_fields(organisation)).get(what)
        if own is None:
            raise Invalid(_("Choose what to add."))
        key = own.key if own.subject == "contact" else f"company_{own.key}"
        element = Element(key, ElementKind.FIELD, what, own.label, own.help_text)
    return replace(element, key=free_key(document, element.key))


def free_key(document: Document, wanted: str) -> str:
    """Return a name for a new element that no other has."""
    stem = slugify(wanted.replace("_", "-")).replace("-", "_")[:40] or "field"
    taken = {one.key for one in document.elements} | _OWN_NAMES
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}_{number}", number + 1
    return key


def _without_lost(document: Document) -> Document:
    """Return the document without conditions that speak of something that does not come before."""
    seen: set[str] = set()
    elements = []
    for one in document.elements:
        elements.append(replace(one, when=None) if one.when and one.when.key not in seen else one)
        seen.add(one.key)
    return document.with_elements(elements)


def read_condition(text: str) -> tuple[str, str]:
    """Return (key, answer) of a choice of a condition, "reason" or "reason=Other"."""
    key, _equals, value = text.partition("=")
    return key, value


def make_condition(texts: list[str]) -> Condition | None:
    """Return the condition that several choices mean together; Invalid where they speak of two questions."""
    pairs = [read_condition(one) for one in texts if one]
    if not pairs:
        return None
    if len({key for key, _value in pairs}) > 1:
        raise Invalid(fields={"when": _("Tick answers of one question only.")})
    values = [value for _key, value in pairs]
    return Condition(pairs[0][0], () if "" in values else tuple(values))


def _check_texts(values: Mapping[str, Any]) -> None:
    fields = {}
    for name, value in values.items():
        text = str(value)
        if len(text) > _LONGEST[name]:
            fields[name] = _("This is too long: at most %(n)s characters.") % {"n": _LONGEST[name]}
        elif not is_storable(text):
            fields[name] = _("This text holds characters that cannot be stored.")
    if fields:
        raise Invalid(fields=fields)


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_page = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
        is_page = is_page and parts.netloc.isascii() and not set(url) & set(" ;,'\"<>\\") and url.isprintable()
        is_page = is_page and (parts.port is None or parts.port > 0)
    except ValueError:
        is_page = False
    if not is_page or len(url) > 500:
        raise Invalid(fields={"url": _("Write the address of a page: https://www.acme.fr/merci.")})


def _change(
    organisation: Organisation,
    form_id: int,
    change: Callable[[Document], Document],
    by: Actor,
    told: Mapping[str, Any],
) -> Document:
    with transaction.atomic():
        form = lock_form(form_id)
        document = change(read_document(form.draft))
        _write(organisation, form, document, by, told)
    return document


def _write(organisation: Organisation, form: LeadForm, document: Document, by: Actor, told: Mapping[str, Any]) -> None:
    stored = write_document(document)
    if stored == form.draft:
        return
    form.draft = stored
    form.save(update_fields=["draft", "updated_at"])
    audit.record(organisation, by, "lead_form.draft", form, after=dict(told))

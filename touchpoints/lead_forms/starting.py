"""What a new form begins with: the usual ones, in the form's own language."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from touchpoints.lead_forms.document import EMAIL, After, AfterKind, Document, Element, ElementKind, QuestionType
from touchpoints.lead_forms.targets import BUILT_IN


class Start(StrEnum):
    """The usual forms."""

    CONTACT = "contact"
    DEMO = "demo"
    DOCUMENT = "document"
    NEWSLETTER = "newsletter"
    EMPTY = "empty"


@dataclass(frozen=True)
class Usual:
    """One of them, as it is offered."""

    start: Start
    label: str | Promise
    text: str | Promise
    icon: str


USUAL: tuple[Usual, ...] = (
    Usual(Start.CONTACT, gettext_lazy("Contact"), gettext_lazy("Who, which company, and what it is about."), "mail"),
    Usual(Start.DEMO, gettext_lazy("Demonstration"), gettext_lazy("Telephone and job title as well."), "video"),
    Usual(
        Start.DOCUMENT,
        gettext_lazy("Document"),
        gettext_lazy("An e-mail address for a file; the rest little by little."),
        "in",
    ),
    Usual(
        Start.NEWSLETTER,
        gettext_lazy("Newsletter"),
        gettext_lazy("An address and a yes that is confirmed by e-mail."),
        "megaphone",
    ),
    Usual(Start.EMPTY, gettext_lazy("Empty form"), gettext_lazy("The e-mail address, and what you add."), "plus"),
)


def start_document(start: Start, language: str) -> Document:
    """Return what a new form says and asks."""
    with translation.override(language):
        return _MAKERS[start]()


def element_of(name: str, *, is_required: bool = False, is_progressive: bool = False) -> Element:
    """Return what asks for one of the built-in targets, labelled in the language in use."""
    target = BUILT_IN[name]
    return Element(
        target.key,
        ElementKind.FIELD,
        name,
        str(target.label),
        is_required=is_required,
        is_progressive=is_progressive,
    )


def email_consent(*, is_confirmed: bool = False, is_required: bool = False) -> Element:
    """Return the box by which people allow e-mails; its words are the purpose's own until others are written."""
    return Element("consent_email", ElementKind.CONSENT, "email", is_confirmed=is_confirmed, is_required=is_required)


def _contact() -> Document:
    message = Element(
        "message", ElementKind.QUESTION, label=_("Your message"), type=QuestionType.LONG, is_required=True
    )
    return Document(
        title=_("Contact us"),
        button=_("Send"),
        elements=(*_name_and_address(), element_of("company.name"), message, email_consent()),
        after=After(message=_("Thank you. We have your message and answer you soon.")),
    )


def _demo() -> Document:
    return Document(
        title=_("Ask for a demonstration"),
        button=_("Ask for a demonstration"),
        elements=(
            *_name_and_address(),
            element_of("company.name", is_required=True),
            element_of("contact.job_title"),
            element_of("contact.phone", is_required=True),
            email_consent(),
        ),
        after=After(message=_("Thank you. We call you to find a time that suits you.")),
    )


def _document() -> Document:
    return Document(
        title=_("Get the document"),
        button=_("Get the document"),
        elements=(
            element_of(EMAIL, is_required=True),
            element_of("contact.first_name", is_progressive=True),
            element_of("contact.last_name", is_progressive=True),
            element_of("company.name", is_progressive=True),
            element_of("contact.job_title", is_progressive=True),
            element_of("contact.phone", is_progressive=True),
            email_consent(),
        ),
        after=After(AfterKind.FILE, _("Thank you. Here is your document.")),
    )


def _newsletter() -> Document:
    return Document(
        title=_("Our newsletter"),
        button=_("Subscribe"),
        elements=(element_of(EMAIL, is_required=True), email_consent(is_confirmed=True, is_required=True)),
        after=After(message=_("Thank you. Open the e-mail we sent you and confirm that you want our newsletter.")),
    )


def _empty() -> Document:
    return Document(
        button=_("Send"), elements=(element_of(EMAIL, is_required=True),), after=After(message=_("Thank you."))
    )


def _name_and_address() -> tuple[Element, ...]:
    return (
        element_of("contact.first_name"),
        element_of("contact.last_name"),
        element_of(EMAIL, is_required=True),
    )


_MAKERS = {
    Start.CONTACT: _contact,
    Start.DEMO: _demo,
    Start.DOCUMENT: _document,
    Start.NEWSLETTER: _newsletter,
    Start.EMPTY: _empty,
}

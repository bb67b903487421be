"""What is said of forms in words: reasons, what became of a box, what an element is."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from contacts.consent.confirming import REASONS as NOT_ASKED
from touchpoints.lead_forms.document import Document, Element, ElementKind, QuestionType
from touchpoints.lead_forms.targets import BUILT_IN

# Why something is spam, or was not taken in.
REASONS: dict[str, str | Promise] = {
    "trap": gettext_lazy("It filled in a field that people do not see."),
    "too_fast": gettext_lazy("It was sent quicker than anybody reads."),
    "member": gettext_lazy("A member said so."),
    "erased": gettext_lazy("This person was erased at their request and may not be added again."),
    "unusable": gettext_lazy("The answers could not be kept."),
    "broken": gettext_lazy("It failed again and again. Try once more, or look at what was sent."),
}
CONSENTS: dict[str, str | Promise] = {
    "given": gettext_lazy("Yes, in the ledger"),
    "asked": gettext_lazy("Asked by e-mail to confirm"),
    "said_no": gettext_lazy("They had said no: only their preference page takes that back"),
    "gone": gettext_lazy("The purpose is archived: nothing was written"),
    **{code: words for code, words in NOT_ASKED.items() if code != "said_no"},
}
TYPES: dict[QuestionType, str | Promise] = {
    QuestionType.TEXT: pgettext_lazy("question", "One line"),
    QuestionType.LONG: pgettext_lazy("question", "Several lines"),
    QuestionType.CHOICE: pgettext_lazy("question", "One of several choices"),
    QuestionType.CHOICES: pgettext_lazy("question", "Several choices"),
    QuestionType.BOOLEAN: pgettext_lazy("question", "Yes or no"),
}
ICONS: dict[ElementKind, str] = {
    ElementKind.FIELD: "person",
    ElementKind.QUESTION: "help",
    ElementKind.CONSENT: "shield",
    ElementKind.TEXT: "list",
    ElementKind.HIDDEN: "eye",
}


def say(answer: Any) -> str:
    """Return an answer as people read it."""
    if isinstance(answer, bool):
        return _("yes") if answer else _("no")
    if isinstance(answer, list):
        return "; ".join(map(str, answer))
    return "" if answer is None else str(answer)


def name_of(element: Element, purposes: dict[str, str], own: dict[str, str]) -> str:
    """Return what an element is called in the editor."""
    if element.kind == ElementKind.CONSENT:
        return purposes.get(element.target, element.target)
    if element.kind == ElementKind.HIDDEN:
        return element.label or element.key
    return element.label or element.text[:60] or own.get(element.target, element.key)


def describe(element: Element, document: Document, own: dict[str, str]) -> str:
    """Return what an element does, in one line, beyond what it is called."""
    said = []
    if element.kind == ElementKind.FIELD:
        fills = str(BUILT_IN[element.target].label) if element.target in BUILT_IN else own.get(element.target, "")
        said.append(fills if fills != element.label else _("Kept of the person or company"))
    elif element.kind == ElementKind.QUESTION:
        said.append(str(TYPES[element.type]))
    elif element.kind == ElementKind.CONSENT:
        said.append(_("Confirmed by e-mail") if element.is_confirmed else _("Box to tick"))
    elif element.kind == ElementKind.TEXT:
        said.append(_("Text"))
    else:
        said.append(_("Not shown"))
    if element.is_required:
        said.append(_("required"))
    if element.is_progressive:
        said.append(_("only while it is not known"))
    if element.when is not None:
        asked = document.find(element.when.key)
        said.append(_("depends on “%(question)s”") % {"question": asked.label if asked else element.when.key})
    return ", ".join(said)

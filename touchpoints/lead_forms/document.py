"""What a form says and asks, as one value: kept as JSON, in the draft and in every published version."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

# Own fields, in what an element fills in.
CONTACT_CUSTOM, COMPANY_CUSTOM = "contact.custom.", "company.custom."
EMAIL = "contact.email"


class ElementKind(StrEnum):
    """What stands in a form."""

    # Fills in something kept of the person or their company.
    FIELD = "field"
    # Is kept with what was sent, and nowhere else.
    QUESTION = "question"
    CONSENT = "consent"
    TEXT = "text"
    # Taken from the page's address, or the same for everybody.
    HIDDEN = "hidden"


class QuestionType(StrEnum):
    """How a question of the form's own is answered."""

    TEXT = "text"
    LONG = "long"
    CHOICE = "choice"
    CHOICES = "choices"
    BOOLEAN = "boolean"


class AfterKind(StrEnum):
    """What people see once they sent the form."""

    MESSAGE = "message"
    REDIRECT = "redirect"
    FILE = "file"


@dataclass(frozen=True)
class Condition:
    """An element is asked only where an earlier one was answered so; without values: where it was answered at all."""

    key: str
    values: tuple[str, ...] = ()

    def holds(self, answer: Any) -> bool:
        """Tell whether an answer (a text, a list of codes, true or false, None) is one of those meant."""
        given = answer if isinstance(answer, list) else [answer]
        said = {_said(one) for one in given} - {""}
        return bool(said & set(self.values)) if self.values else bool(said - {"no"})


def _said(answer: Any) -> str:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return "" if answer is None else str(answer)


@dataclass(frozen=True)
class Element:
    """One thing in a form. `key` names it in pages, answers and conditions, and never changes."""

    key: str
    kind: ElementKind
    # Of a field or hidden one: "contact.email", "company.custom.budget"; of a consent: the purpose's code.
    target: str = ""
    label: str = ""
    help: str = ""
    # Of a text: what it says; of a consent: the words beside its box; of a hidden one: its value.
    text: str = ""
    is_required: bool = False
    # Asked only of who has not answered it yet, a few at a time.
    is_progressive: bool = False
    type: QuestionType = QuestionType.TEXT
    choices: tuple[str, ...] = ()
    when: Condition | None = None
    # Of a consent: asked to confirm by e-mail; the version of the purpose's text that held when it was published.
    is_confirmed: bool = False
    version: int | None = None

    @property
    def is_asked(self) -> bool:
        """Tell whether people answer it."""
        return self.kind in {ElementKind.FIELD, ElementKind.QUESTION, ElementKind.CONSENT}

    @property
    def own_key(self) -> str:
        """The key of the organisation's own field it fills in; empty for any other."""
        for prefix in (CONTACT_CUSTOM, COMPANY_CUSTOM):
            if self.target.startswith(prefix):
                return self.target.removeprefix(prefix)
        return ""


@dataclass(frozen=True)
class After:
    """What follows the sending."""

    kind: AfterKind = AfterKind.MESSAGE
    message: str = ""
    url: str = ""
    file_id: int | None = None


@dataclass(frozen=True)
class Document:
    """Everything people see of a form, and how their answers are taken."""

    title: str = ""
    intro: str = ""
    button: str = ""
    # "#0b6b53", or empty: the product's own.
    colour: str = ""
    elements: tuple[Element, ...] = ()
    # So many progressive ones are asked at a time.
    most_progressive: int = 2
    after: After = field(default_factory=After)
    refuses_disposable: bool = True
    refuses_free: bool = False
    # Whether an answer takes the place of what is known; else it only fills what is not.
    replaces: bool = True

    def find(self, key: str) -> Element | None:
        """Return the element with this key."""
        return next((one for one in self.elements if one.key == key), None)

    def before(self, key: str) -> tuple[Element, ...]:
        """Return the elements that stand before this one: what its condition may speak of."""
        place = next((n for n, one in enumerate(self.elements) if one.key == key), len(self.elements))
        return self.elements[:place]

    def with_elements(self, elements: Iterable[Element]) -> "Document":
        """Return the same with other elements."""
        return replace(self, elements=tuple(elements))


def select_asked(document: Document, known: frozenset[str]) -> tuple[Element, ...]:
    """Return the elements for somebody of whom these targets are known: what is known is left out, and of the
    progressive ones only the next few that are not are asked. The order stays."""
    left = document.most_progressive
    chosen: list[Element] = []
    for one in document.elements:
        if one.is_progressive and one.kind in {ElementKind.FIELD, ElementKind.QUESTION}:
            if one.target in known or left <= 0:
                continue
            left -= 1
        elif one.kind == ElementKind.FIELD and one.target == EMAIL and EMAIL in known:
            continue
        chosen.append(one)
    return tuple(chosen)


def select_visible(elements: Sequence[Element], answers: Mapping[str, Any]) -> Iterator[Element]:
    """Yield the elements whose conditions hold, in order; what is not visible answers nothing."""
    seen: set[str] = set()
    for one in elements:
        if one.when is None or (one.when.key in seen and one.when.holds(answers.get(one.when.key))):
            seen.add(one.key)
            yield one


def read_document(stored: Mapping[str, Any]) -> Document:
    """Return what was stored; what is missing has its default."""
    values = {name: value for name, value in stored.items() if name in _names(Document)}
    values["elements"] = tuple(read_element(one) for one in stored.get("elements", ()))
    after = {name: value for name, value in stored.get("after", {}).items() if name in _names(After)}
    values["after"] = After(**{**after, "kind": AfterKind(after.get("kind", AfterKind.MESSAGE))})
    return Document(**values)


def read_element(stored: Mapping[str, Any]) -> Element:
    """Return one element as it was stored."""
    values = {name: value for name, value in stored.items() if name in _names(Element)}
    when = stored.get("when")
    values |= {
        "kind": ElementKind(stored["kind"]),
        "type": QuestionType(stored.get("type", QuestionType.TEXT)),
        "choices": tuple(stored.get("choices", ())),
        "when": Condition(when["key"], tuple(when["values"])) if when else None,
    }
    return Element(**values)


def write_document(document: Document) -> dict[str, Any]:
    """Return what is stored, without what is as usual."""
    stored = _without_usual(document, Document())
    stored["elements"] = [_without_usual(one, Element("", ElementKind.FIELD)) for one in document.elements]
    stored["after"] = _without_usual(document.after, After())
    return stored


def _without_usual(value: Any, usual: Any) -> dict[str, Any]:
    known = asdict(usual)
    told = {name: one for name, one in asdict(value).items() if one != known[name] or name in {"key", "kind"}}
    # As JSON gives it back, so that what was stored compares with what would be.
    stored: dict[str, Any] = json.loads(json.dumps(told))
    return stored


def _names(kind: type) -> frozenset[str]:
    return frozenset(one.name for one in fields(kind))

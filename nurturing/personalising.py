"""What a marketer writes, made personal: Liquid over plain paragraphs, into a subject, HTML and plain text.

The text is turned into an HTML template first and the person's values are put in, escaped, afterwards: nothing a
person wrote into a form can become a link, a button or markup in a message.

Markup: paragraphs are separated by an empty line; `[label](https://...)` is a link, alone in its paragraph a button;
addresses that begin with https:// become links; `[survey 12: 1-5]` alone in its paragraph a row of answers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from liquid import BoundTemplate, Environment, Mode
from liquid.exceptions import LiquidError

LONGEST_SUBJECT = 250
LONGEST_VALUE = 160
# Bytes a message may grow to: below what Gmail cuts off (102 kB), with room for the frame.
LARGEST_BODY = 80_000

# What may stand between {{ and }}, and what the editor says of it. Nothing else is known, whatever is written.
VARIABLES: dict[str, str | Promise] = {
    "first_name": _("first name"),
    "last_name": _("last name"),
    "email": _("e-mail address"),
    "job_title": _("job title"),
    "company": _("name of the company"),
    "organisation": _("name of your organisation"),
    "unsubscribe_url": _("address of the unsubscribe page"),
    "form_key": _("the person’s own key, for links to forms that ask only what is missing"),
    "next_content.title": _("title of the next content for the person"),
    "next_content.link": _("their own address of it, which counts as theirs"),
    "next_content.summary": _("what it is, in a few words"),
    "next_content.theme": _("its theme"),
}
# A value of several parts; asked for as a whole, it says whether there is one.
NEXT_CONTENT = "next_content"


@dataclass(frozen=True)
class OwnValues:
    """What own fields say of a person and of their company, by key: texts, or what reads as one (own_fields.py)."""

    person: Mapping[str, Any]
    company: Mapping[str, Any]


NOTHING_OWN = OwnValues({}, {})


class _Company(str):
    """The name of a company that can be asked for its own fields."""

    __slots__ = ("custom",)

    custom: Mapping[str, Any]

    def __getitem__(self, key: Any) -> Any:
        return self.custom if key == "custom" else super().__getitem__(key)

    def __liquid__(self) -> str | None:
        """Return what Liquid's conditions see: a company without a name counts as none."""
        return str(self) or None


class TemplateError(ValueError):
    """A text that Liquid cannot read or that grows without bounds; the message says where, in Liquid's words."""


@dataclass(frozen=True)
class Values:
    """Everything a message can say of a person."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    job_title: str = ""
    company: str = ""
    organisation: str = ""
    unsubscribe_url: str = ""
    form_key: str = ""
    own: OwnValues = NOTHING_OWN
    # What to propose to the person: title, link, summary, theme; empty where there is nothing left.
    next_content: Mapping[str, str] = field(default_factory=dict)
    # The person's own address of each survey the message names, by its id.
    surveys: Mapping[int, str] = field(default_factory=dict)

    def as_mapping(self) -> dict[str, Any]:
        """Return the known values by name, made harmless: one line, of a bounded length, no addresses of the web.

        What is empty is left out, so that `{% if company %}` and `| default:` see it as missing.
        """
        names = (one.name for one in fields(self) if one.name not in {"own", "surveys", NEXT_CONTENT})
        known: dict[str, Any] = {name: harmless(getattr(self, name)) for name in names}
        known |= {"unsubscribe_url": self.unsubscribe_url, "form_key": self.form_key}
        mapping = {name: value for name, value in known.items() if value}
        mapping |= {f"survey_{number}": url for number, url in self.surveys.items()}
        if self.next_content:
            parts = {name: harmless(text) for name, text in self.next_content.items()}
            mapping[NEXT_CONTENT] = {**parts, "link": self.next_content.get("link", "")}
        if self.own.person:
            mapping["custom"] = self.own.person
        if self.own.company:
            mapping["company"] = _Company(known["company"])
            mapping["company"].custom = self.own.company
        return mapping


@dataclass(frozen=True)
class Personal:
    """A message for one person, without its frame."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class _Compiled:
    subject: BoundTemplate
    html: BoundTemplate
    text: BoundTemplate


def personalise(subject: str, body: str, values: Values) -> Personal:
    """Return the message for one person; what is not known stays empty. Raises TemplateError."""
    compiled, mapping = _compile(subject, body), values.as_mapping()
    html = _EMPTY_PARAGRAPH.sub("", _LOOSE_BREAK.sub("", _render(compiled.html, mapping)))
    text = _MANY_LINES.sub("\n\n", _render(compiled.text, mapping)).strip()
    return Personal(_one_line(_render(compiled.subject, mapping))[:LONGEST_SUBJECT], html, text)


def check_template(text: str, sample: OwnValues = NOTHING_OWN) -> None:
    """Raise TemplateError when a subject or a body cannot be used: for nobody known, or with examples of own fields."""
    personalise(text, text, Values())
    if sample is not NOTHING_OWN:
        personalise(text, text, Values(own=sample))


def find_names(*texts: str) -> list[str]:
    """Return the names between {{ and }}, sorted; of own fields as "custom.key" and "company.custom.key".

    Raises TemplateError where a text cannot be read.
    """
    try:
        found = [_ENVIRONMENT.from_string(text).analyze().globals for text in texts]
    except (LiquidError, RecursionError) as error:
        raise TemplateError(_words(error)) from error
    return sorted({_name_of(one.segments) for names in found for places in names.values() for one in places})


def find_unknown_names(*texts: str) -> list[str]:
    """Return the names between {{ and }} that are none of VARIABLES, sorted; those of own fields among them."""
    return [name for name in find_names(*texts) if name not in VARIABLES and name != NEXT_CONTENT]


def find_surveys(text: str) -> list[tuple[int, str]]:
    """Return the surveys a text names, each once: (id, "1-5" or "0-10")."""
    return list(dict.fromkeys((int(found["survey"]), found["scale"]) for found in _SURVEY.finditer(_lines(text))))


def outline(text: str, own: Mapping[str, str] | None = None) -> str:
    """Return a text for a member's eye: "[first name]" where a value will stand, without Liquid's tags.

    `own` are the words for names of own fields.
    """
    words = {**VARIABLES, **(own or {})}
    return _LIQUID_PIECE.sub(lambda piece: _outline_piece(piece, words), text)


# --- Liquid ------------------------------------------------------------------------------------------


class _Sandbox(Environment):
    """Liquid over a few strings: no files, no attributes to walk, bounded loops and sizes."""

    context_depth_limit = 10
    loop_iteration_limit = 1000
    local_namespace_limit = 20_000
    output_stream_limit = LARGEST_BODY


def _make_environment(*, autoescape: bool) -> Environment:
    environment = _Sandbox(tolerance=Mode.STRICT, strict_filters=True, autoescape=autoescape)
    for tag in ("include", "render"):
        del environment.tags[tag]
    return environment


_ENVIRONMENT = _make_environment(autoescape=False)
_ESCAPING = _make_environment(autoescape=True)


@lru_cache(maxsize=512)
def _compile(subject: str, body: str) -> _Compiled:
    try:
        return _Compiled(
            _ENVIRONMENT.from_string(subject),
            _ESCAPING.from_string(_as_html(body)),
            _ENVIRONMENT.from_string(_as_text(body)),
        )
    except (LiquidError, RecursionError) as error:
        raise TemplateError(_words(error)) from error


def _name_of(segments: Sequence[Any]) -> str:
    """Return the name of a path: without what is behind a value, or only known when it is read."""
    known = [segment for segment in segments if isinstance(segment, str)]
    if len(known) < len(segments):
        known = known[: next(place for place, one in enumerate(segments) if not isinstance(one, str))]
    depth = 2 if known[0] in {"custom", NEXT_CONTENT} else 3 if known[:2] == ["company", "custom"] else 1
    return ".".join(known[:depth])


def _render(template: BoundTemplate, values: Mapping[str, Any]) -> str:
    try:
        return template.render(**values)
    except (LiquidError, RecursionError) as error:
        raise TemplateError(_words(error)) from error


def _words(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


_WEB_ADDRESS = re.compile(r"://|\bwww\.", re.IGNORECASE)


# Blanks but for those that keep a number together.
_BLANKS = re.compile(r"[^\S\u00a0\u202f]+")


def _one_line(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()


def harmless(value: str) -> str:
    """Return a value as one line, not too long; nothing where it holds an address of the web."""
    line = _one_line(str(value))[:LONGEST_VALUE]
    return "" if _WEB_ADDRESS.search(line) else line


_LIQUID_PIECE = re.compile(r"\{%.*?%\}|\{\{\s*(?P<name>[\w.]*).*?\}\}", re.DOTALL)


def _outline_piece(piece: re.Match[str], words: Mapping[str, str | Promise]) -> str:
    name = piece["name"]
    return f"[{words.get(name, name.rpartition('.')[2])}]" if name else ""


# --- Markup ------------------------------------------------------------------------------------------

# Atomic and possessive: what was read is never read in another way, so that no text takes exponential time.
_LIQUID = r"(?>\{%.*?%\}|\{\{.*?\}\})"
_TARGET = rf"(?:https?://|mailto:)(?:{_LIQUID}|[^\s(){{}}])*+|\{{\{{\s*(?:unsubscribe_url|next_content\.link)\s*\}}\}}"
_PIECE = re.compile(
    rf"(?P<liquid>{_LIQUID})"
    rf"|\[(?P<label>(?:{_LIQUID}|[^\[\]\n])++)\]\((?P<target>{_TARGET})\)"
    r"|(?P<address>https?://[^\s<>()\"{}]*[^\s<>()\"{}.,;:!?])",
    re.DOTALL,
)
# Alone on its line: what becomes a row of answers.
_SURVEY = re.compile(r"^[ \t]*\[survey (?P<survey>\d{1,18}): (?P<scale>1-5|0-10)\][ \t]*$", re.MULTILINE)
_BETWEEN = re.compile(r"\n[ \t]*\n\s*")
# What is left where a paragraph held only Liquid's tags.
_LOOSE_BREAK = re.compile(r"(?<=<p>)(?:\s|<br>)++|(?<!\s)(?<!<br>)(?:\s|<br>)++(?=</p>)")
_EMPTY_PARAGRAPH = re.compile(r"<p></p>\n?")
_MANY_LINES = re.compile(r"\n[ \t]*\n\s*\n")


def _as_html(body: str) -> str:
    """Return the body as an HTML template; Liquid's tags are left as they are."""
    return "\n".join(_html_paragraph(part) for part in _BETWEEN.split(_lines(body)) if part.strip())


def _html_paragraph(paragraph: str) -> str:
    asked = _SURVEY.fullmatch(paragraph.strip())
    if asked:
        links = (f'<a href="{target}">{score}</a>' for score, target in _answers(asked))
        return f'<p class="scale">{" ".join(links)}</p>'
    alone = _PIECE.fullmatch(paragraph.strip())
    if alone and alone["target"]:
        button = f'<a href="{_escape_around(alone["target"])}">{_escape_around(alone["label"])}</a>'
        return _where_it_leads(alone["target"], f'<p class="button">{button}</p>')
    return f"<p>{_html(paragraph.strip())}</p>"


def _html(text: str) -> str:
    out, at = [], 0
    for piece in _PIECE.finditer(text):
        out.append(_escaped(text[at : piece.start()]))
        at = piece.end()
        if piece["liquid"]:
            out.append(piece["liquid"])
        elif piece["target"]:
            link = f'<a href="{_escape_around(piece["target"])}">{_escape_around(piece["label"])}</a>'
            out.append(_where_it_leads(piece["target"], link))
        else:
            out.append(f'<a href="{escape(piece["address"])}">{escape(piece["address"])}</a>')
    out.append(_escaped(text[at:]))
    return "".join(out)


def _where_it_leads(target: str, piece: str) -> str:
    """Return a link as it stands, one to the next content only where there is one: no link leads to nothing."""
    return f"{{% if {NEXT_CONTENT} %}}{piece}{{% endif %}}" if f"{NEXT_CONTENT}.link" in target else piece


def _escape_around(text: str) -> str:
    """Escape what is not Liquid's."""
    parts = re.split(rf"({_LIQUID})", text, flags=re.DOTALL)
    return "".join(part if index % 2 else escape(part) for index, part in enumerate(parts))


def _escaped(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")


def _as_text(body: str) -> str:
    """Return the body as a plain text template: links keep their address behind the label."""
    asked = _SURVEY.sub(lambda one: "\n".join(f"{score}: {target}" for score, target in _answers(one)), _lines(body))
    return _PIECE.sub(_text_piece, asked)


def _answers(asked: re.Match[str]) -> list[tuple[int, str]]:
    """Return each score of a survey with the template of its address."""
    scores = range(1, 6) if asked["scale"] == "1-5" else range(11)
    return [(score, f"{{{{ survey_{int(asked['survey'])} }}}}?s={score}") for score in scores]


def _text_piece(piece: re.Match[str]) -> str:
    if piece["target"]:
        words = f"{piece['label']} ({piece['target'].removeprefix('mailto:')})"
        return _where_it_leads(piece["target"], words)
    return piece[0]


def _lines(body: str) -> str:
    return body.replace("\r\n", "\n").replace("\r", "\n")

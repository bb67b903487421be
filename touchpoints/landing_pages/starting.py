"""What a new page begins with: the usual ones, in the page's own language."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from touchpoints.landing_pages.document import Block, BlockKind, Document, Figure, ProofKind


class Start(StrEnum):
    """The usual pages."""

    WHITE_PAPER = "white_paper"
    WEBINAR = "webinar"
    DEMO = "demo"
    EMPTY = "empty"


@dataclass(frozen=True)
class Usual:
    """One of them, as it is offered."""

    start: Start
    label: str | Promise
    text: str | Promise
    icon: str


USUAL: tuple[Usual, ...] = (
    Usual(
        Start.WHITE_PAPER,
        gettext_lazy("White paper"),
        gettext_lazy("What is in it, for whom, who wrote it; the form beside it."),
        "in",
    ),
    Usual(
        Start.WEBINAR,
        gettext_lazy("Webinar"),
        gettext_lazy("Date, programme and speakers, what people say of the last one."),
        "video",
    ),
    Usual(
        Start.DEMO,
        gettext_lazy("Demonstration"),
        gettext_lazy("What it changes, in figures, and how the demonstration goes."),
        "play",
    ),
    Usual(Start.EMPTY, gettext_lazy("Empty page"), gettext_lazy("A title, and what you add."), "plus"),
)


def start_document(start: Start, language: str, form_id: int | None = None) -> Document:
    """Return what a new page says; `form_id` is the form it shows."""
    with translation.override(language):
        return _MAKERS[start](form_id)


def _white_paper(form_id: int | None) -> Document:
    return Document(
        is_beside=True,
        blocks=(
            Block(
                "title",
                BlockKind.TITLE,
                _("The guide to … in 2026"),
                _("Everything … need to know about …, in 24 pages."),
                button=_("Get the white paper"),
            ),
            Block(
                "content",
                BlockKind.TEXT,
                _("What you will find in it"),
                text=_(
                    "- **The method**, step by step, with a checklist to print\n"
                    "- **The figures** of the year, and what they mean for you\n"
                    "- **Three examples** of companies like yours, with what they would do otherwise\n\n"
                    "Written for people in charge of …, who have twenty minutes."
                ),
            ),
            Block(
                "quote",
                BlockKind.PROOF,
                text=_("We used the checklist the very next day."),
                name=_("First and last name"),
                role=_("Job title"),
                company=_("Company"),
            ),
            Block("form", BlockKind.FORM, form_id=form_id),
        ),
    )


def _webinar(form_id: int | None) -> Document:
    return Document(
        is_beside=True,
        blocks=(
            Block(
                "title",
                BlockKind.TITLE,
                _("Webinar: … in 45 minutes"),
                _("Thursday … at 11 a.m., online. Free; the recording is sent to everybody who registers."),
                button=_("Sign me up"),
            ),
            Block(
                "programme",
                BlockKind.TEXT,
                _("Programme"),
                text=_(
                    "1. Where we stand: the three figures to know\n"
                    "2. How … did it, told by themselves\n"
                    "3. Your questions, live\n\n"
                    "**Speakers**: …, job title; …, job title."
                ),
            ),
            Block(
                "figures",
                BlockKind.PROOF,
                _("The last one"),
                proof=ProofKind.FIGURES,
                figures=(
                    Figure("…", _("people registered")),
                    Figure("…", _("questions answered")),
                    Figure("… / 5", _("what they thought of it")),
                ),
            ),
            Block("form", BlockKind.FORM, form_id=form_id),
        ),
    )


def _demo(form_id: int | None) -> Document:
    return Document(
        is_beside=True,
        blocks=(
            Block(
                "title",
                BlockKind.TITLE,
                _("See … with your own data"),
                _("Thirty minutes with somebody who knows your trade, and no slides."),
                button=_("Ask for a demonstration"),
            ),
            Block(
                "figures",
                BlockKind.PROOF,
                proof=ProofKind.FIGURES,
                figures=(
                    Figure("…", _("less time spent on …")),
                    Figure("…", _("customers in your trade")),
                    Figure("…", _("days to be up and running")),
                ),
            ),
            Block(
                "steps",
                BlockKind.TEXT,
                _("How it goes"),
                text=_(
                    "1. **We call you** within one working day to understand what you need\n"
                    "2. **We show you** that, and nothing else\n"
                    "3. **You try it** for two weeks, without a bank card"
                ),
            ),
            Block(
                "quote",
                BlockKind.PROOF,
                text=_("After half an hour we knew that it was what we needed."),
                name=_("First and last name"),
                role=_("Job title"),
                company=_("Company"),
            ),
            Block("form", BlockKind.FORM, form_id=form_id),
        ),
    )


def _empty(form_id: int | None) -> Document:
    blocks = [Block("title", BlockKind.TITLE, _("Your title"))]
    if form_id is not None:
        blocks.append(Block("form", BlockKind.FORM, form_id=form_id))
    return Document(blocks=tuple(blocks))


_MAKERS = {Start.WHITE_PAPER: _white_paper, Start.WEBINAR: _webinar, Start.DEMO: _demo, Start.EMPTY: _empty}

"""A landing page as the people at the other end get it."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Q, Subquery

from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from touchpoints.appearance.queries import Look, Shown, list_pictures
from touchpoints.landing_pages.document import Block, BlockKind, Document, ProofKind, read_document
from touchpoints.landing_pages.models import LandingPage, PageStatus, PageTest, PageVariant, PageVersion
from touchpoints.landing_pages.prose import render_prose
from touchpoints.landing_pages.tokens import public_path, public_url
from touchpoints.lead_forms.asking import AskForm
from touchpoints.lead_forms.showing import Published, Showing
from touchpoints.tracking.models import Site

# Versions whose reading is kept, in each process: they never change.
_MOST_KEPT = 256


@dataclass(frozen=True)
class Arm:
    """A variant that people see."""

    variant_id: int
    letter: str
    share: int
    version_id: int
    published_at: datetime


@dataclass(frozen=True)
class Live:
    """A page that is published, with what of it people see."""

    organisation: Organisation
    page: LandingPage
    arms: Sequence[Arm]
    test_id: int | None

    def arm(self, variant_id: int) -> Arm | None:
        """Return a variant that people see."""
        return next((one for one in self.arms if one.variant_id == variant_id), None)


@dataclass(frozen=True)
class Found:
    """What stands at an address: a page, or the address it has now, or one that was there."""

    live: Live | None = None
    moved_to: str = ""
    gone: LandingPage | None = None


def find_page(organisation: Organisation, slug: str) -> Found:
    """Return what stands at an address; raise NotFound where nothing ever did. Two or three queries."""
    pages = LandingPage.objects.filter(organisation=organisation)
    running = PageTest.objects.filter(page=OuterRef("pk"), ended_at=None).values("pk")[:1]
    page: Any = pages.annotate(test_id=Subquery(running)).filter(slug=slug).first()
    if page is None:
        moved = pages.filter(old_slugs__contains=[slug], published_at__isnull=False).order_by("-pk").first()
        if moved is None:
            raise NotFound
        return Found(moved_to=moved.slug)
    if page.published_at is None:
        raise NotFound
    if not page.is_live:
        return Found(gone=page)
    rows = PageVariant.objects.filter(page=page, live_share__gt=0, version__isnull=False).order_by("letter")
    told: Any = rows.values_list("pk", "letter", "live_share", "version_id", "version__published_at")
    arms = [Arm(*row) for row in told]
    return Found(live=Live(organisation, page, arms, page.test_id)) if arms else Found(gone=page)


@dataclass(frozen=True)
class Reading:
    """A document with the pictures it shows."""

    document: Document
    pictures: Mapping[int, Shown]

    @property
    def shared_picture(self) -> Shown | None:
        """The picture beside a link to the page."""
        return self.pictures.get(self.document.shared_picture_id or 0)


_kept: "OrderedDict[tuple[int, datetime], Reading]" = OrderedDict()
_lock = Lock()


def read_version(organisation: Organisation, version_id: int, published_at: datetime) -> Reading:
    """Return what a version says. Two queries the first time in a process; versions and pictures never change."""
    key = (version_id, published_at)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    stored = PageVersion.objects.filter(organisation=organisation).values_list("document", flat=True).get(pk=version_id)
    reading = read_draft(organisation, read_document(stored))
    with _lock:
        _kept[key] = reading
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return reading


def read_draft(organisation: Organisation, document: Document) -> Reading:
    """Return a document with its pictures. One query where there are any."""
    return Reading(document, list_pictures(organisation, document.picture_ids))


@dataclass(frozen=True)
class ShownForm:
    """A form as it stands on the page: what is asked, or that it is closed."""

    published: Published | None = None
    showing: Showing | None = None
    stands_on: str = ""
    problem: str = ""

    @property
    def is_closed(self) -> bool:
        """Tell whether nothing can be sent by it."""
        return self.showing is None

    @property
    def ask(self) -> AskForm | None:
        """What people fill in."""
        return self.showing.ask if self.showing else None


@dataclass(frozen=True)
class Part:
    """One block as the page shows it."""

    block: Block
    # The first title of a page is its first heading.
    is_first: bool = False
    html: str = ""
    picture: Shown | None = None
    logos: Sequence[tuple[Shown, str]] = ()
    form: ShownForm | None = None


@dataclass(frozen=True)
class Sheet:
    """Everything the template of a page takes."""

    organisation: Organisation
    page: LandingPage
    reading: Reading
    look: Look
    parts: Sequence[Part]
    # Language and address of the page and its translations; of one alone, nothing.
    alternates: Sequence[tuple[str, str]] = ()
    url: str = ""
    tracking: "Tracking | None" = None
    is_preview: bool = False

    @property
    def document(self) -> Document:
        """What the page says."""
        return self.reading.document

    @property
    def action(self) -> str:
        """Where its forms are sent; a preview's go nowhere."""
        return "#" if self.is_preview else public_path(self.organisation, self.page.slug)

    @property
    def context(self) -> dict[str, Any]:
        """What its template and the frame around it take."""
        return {
            "sheet": self,
            "organisation": self.organisation,
            "look": self.look,
            "language": self.page.language,
            "tracking": self.tracking,
        }

    @property
    def is_beside(self) -> bool:
        """Tell whether the form stands beside everything else."""
        return (
            self.document.is_beside and any(one.form for one in self.parts) and any(not one.form for one in self.parts)
        )

    @property
    def texts(self) -> list[Part]:
        """All but the forms."""
        return [one for one in self.parts if one.form is None]

    @property
    def forms(self) -> list[Part]:
        """The forms."""
        return [one for one in self.parts if one.form is not None]

    @property
    def has_problem(self) -> bool:
        """Tell whether something that was sent is to be corrected."""
        return any(one.form.problem or (one.form.ask and one.form.ask.errors) for one in self.forms if one.form)


def make_parts(reading: Reading, forms: Mapping[str, ShownForm]) -> list[Part]:
    """Return the blocks of a page as it shows them; `forms` by the keys of their blocks. Empty ones are left out."""
    parts: list[Part] = []
    first = reading.document.first_title
    for block in reading.document.blocks:
        if block.kind == BlockKind.FORM:
            parts.append(Part(block, form=forms.get(block.key, ShownForm())))
        elif block.kind == BlockKind.TEXT:
            parts.append(Part(block, html=render_prose(block.text)))
        elif block.kind == BlockKind.PICTURE:
            picture = reading.pictures.get(block.picture_id or 0)
            if picture is not None:
                parts.append(Part(block, picture=picture))
        elif block.kind == BlockKind.PROOF and block.proof == ProofKind.LOGOS:
            logos = [
                (reading.pictures[one.picture_id], one.alt) for one in block.logos if one.picture_id in reading.pictures
            ]
            if logos:
                parts.append(Part(block, logos=logos))
        else:
            parts.append(Part(block, is_first=block is first))
    return parts


def list_alternates(organisation: Organisation, page: LandingPage) -> list[tuple[str, str]]:
    """Return (language, address) of a page and its published translations; nothing for one alone. One query."""
    live = LandingPage.objects.filter(status=PageStatus.PUBLISHED, archived_at=None, organisation=organisation)
    family = live.filter(Q(pk=page.group_id) | Q(original=page.group_id))
    found = {**dict(family.values_list("language", "slug")), page.language: page.slug}
    return (
        sorted((language, public_url(organisation, slug)) for language, slug in found.items()) if len(found) > 1 else []
    )


@dataclass(frozen=True)
class Tracking:
    """The organisation's own tracker, as a page of ours carries it."""

    key: str
    mode: str
    scope: str = ""
    bucket: str = ""
    variant: str = ""

    @property
    def asks(self) -> bool:
        """Tell whether people are asked before they are known again."""
        return self.mode == "consent"


def find_site(organisation: Organisation, host: str) -> Site | None:
    """Return the tracked site that this product's own host belongs to, if the organisation listed it. One query."""
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    names = name.lower().split(".")
    above = [".".join(names[place:]) for place in range(len(names))]
    found = Site.objects.filter(organisation=organisation, hosts__overlap=above).only("name", "key", "mode")
    site: Site | None = found.order_by("pk").first()
    return site


def own_host() -> str:
    """Return the host that public pages stand on."""
    return str(settings.BASE_URL).partition("://")[2].partition("/")[0]

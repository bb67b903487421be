"""What members do with landing pages: make, publish, take off, put away, copy, translate.

What a draft says is changed in editing.py, variants and their tests in testing.py.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.texts import is_storable
from touchpoints.appearance.models import Picture
from touchpoints.landing_pages.document import Block, BlockKind, Document, ProofKind, read_document, write_document
from touchpoints.landing_pages.models import LandingPage, PageStatus, PageTest, PageVariant, PageVersion
from touchpoints.landing_pages.starting import Start, start_document
from touchpoints.lead_forms.models import FormStatus, LeadForm
from touchpoints.models import Touchpoint

# Pages of one organisation, those put away left aside.
MOST_PAGES = 500
MOST_OLD_SLUGS = 20
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def create_page(
    organisation: Organisation,
    *,
    name: str,
    language: str,
    by: Actor | None,
    slug: str = "",
    start: Start = Start.EMPTY,
    document: Document | None = None,
    touchpoint_id: int | None = None,
    original_id: int | None = None,
) -> LandingPage:
    """Make a page with one variant, a draft that nobody sees yet; without a slug, its address comes of its name.

    One of the usual pages shows the newest form that is live in its language. Raises Invalid, Conflict for too many.
    """
    with transaction.atomic():
        if LandingPage.objects.filter(archived_at=None).count() >= MOST_PAGES:
            raise Conflict(_("There are %(n)s pages already: put some away first.") % {"n": MOST_PAGES})
        page = LandingPage(organisation=organisation, created_by=by if isinstance(by, User) else None)
        values = {"name": name, "language": language, "touchpoint_id": touchpoint_id, "original_id": original_id}
        _set(organisation, page, {**values, "slug": slug.strip() or free_slug(name)})
        page.save()
        if document is None:
            document = start_document(start, language, _newest_form(language))
        PageVariant.objects.create(organisation=organisation, page=page, letter="A", draft=write_document(document))
        audit.record(organisation, by, "landing_page.create", page, after=_told(page))
    return page


def update_settings(
    organisation: Organisation, *, page_id: int, values: Mapping[str, Any], by: Actor | None
) -> LandingPage:
    """Change what is no part of what people read: name, address, language, touchpoint, of what it is a translation.

    An address that people may have leads to the new one. Raises NotFound, Invalid.
    """
    with transaction.atomic():
        page = lock_page(page_id)
        before, slug = _told(page), page.slug
        _set(organisation, page, values)
        if page.slug != slug and page.published_at is not None:
            kept = [slug, *(one for one in page.old_slugs if one not in {slug, page.slug})]
            page.old_slugs = kept[:MOST_OLD_SLUGS]
        page.save()
        audit.record(organisation, by, "landing_page.update", page, before=before, after=_told(page))
    return page


def publish_page(organisation: Organisation, *, page_id: int, by: Actor | None) -> LandingPage:
    """Let people see the drafts by their shares, as versions that never change. Nothing changed: opens it again.

    Several variants begin a test; where anything changed, a test that ran is over, so that its figures speak of the
    same things throughout. Raises NotFound, Invalid with what is missing.
    """
    with transaction.atomic():
        page = lock_page(page_id)
        variants = list(PageVariant.objects.select_related("version").filter(page=page, removed_at=None))
        variants.sort(key=lambda one: one.letter)
        shown = [one for one in variants if one.share]
        faults = list_faults(organisation, variants)
        if faults:
            raise Invalid(" ".join(faults))
        last = PageVersion.objects.filter(page=page).order_by("-number").values_list("number", flat=True).first() or 0
        is_changed = False
        for one in shown:
            stored = write_document(read_document(one.draft))
            if one.version is None or one.version.document != stored:
                last, is_changed = last + 1, True
                one.version = PageVersion.objects.create(
                    organisation=organisation,
                    page=page,
                    number=last,
                    document=stored,
                    published_by=by if isinstance(by, User) else None,
                )
        for one in variants:
            is_changed |= one.live_share != (one.share or None)
            one.live_share = one.share or None
            one.save(update_fields=["version", "live_share"])
        _renew_test(organisation, page, is_changed=is_changed, is_tested=len(shown) > 1)
        page.status, page.published_at = PageStatus.PUBLISHED, page.published_at or timezone.now()
        page.save(update_fields=["status", "published_at", "updated_at"])
        told = {one.letter: f"{one.version.number}: {one.share} %" for one in shown if one.version}
        audit.record(organisation, by, "landing_page.publish", page, after=told)
    return page


def _renew_test(organisation: Organisation, page: LandingPage, *, is_changed: bool, is_tested: bool) -> None:
    running = PageTest.objects.filter(page=page, ended_at=None)
    if is_tested and not is_changed and running.exists():
        return
    running.update(ended_at=timezone.now())
    if is_tested:
        PageTest.objects.create(organisation=organisation, page=page)


def close_page(organisation: Organisation, *, page_id: int, by: Actor | None) -> LandingPage:
    """Take a page off: whoever opens it reads that it is gone. Raises NotFound, Conflict for a draft."""
    with transaction.atomic():
        page = lock_page(page_id)
        if page.status == PageStatus.DRAFT:
            raise Conflict(_("This page is not published."))
        _take_off(page)
        page.save(update_fields=["status", "updated_at"])
        audit.record(organisation, by, "landing_page.close", page)
    return page


def archive_page(organisation: Organisation, *, page_id: int, by: Actor | None) -> LandingPage:
    """Put a page away, off the web; its figures and what was sent stay. Raises NotFound."""
    with transaction.atomic():
        page = lock_page(page_id, archived=True)
        if page.archived_at is None:
            page.archived_at = timezone.now()
            _take_off(page)
            page.save(update_fields=["archived_at", "status", "updated_at"])
            audit.record(organisation, by, "landing_page.archive", page)
    return page


def restore_page(organisation: Organisation, *, page_id: int, by: Actor | None) -> LandingPage:
    """Bring a page back that was put away; people see it once it is published. Raises NotFound."""
    with transaction.atomic():
        page = lock_page(page_id, archived=True)
        if page.archived_at is not None:
            page.archived_at = None
            page.save(update_fields=["archived_at", "updated_at"])
            audit.record(organisation, by, "landing_page.restore", page)
    return page


def _take_off(page: LandingPage) -> None:
    page.status = PageStatus.DRAFT
    PageTest.objects.filter(page=page, ended_at=None).update(ended_at=timezone.now())


def duplicate_page(organisation: Organisation, *, page_id: int, by: Actor | None, language: str = "") -> LandingPage:
    """Make a draft that says the same as the first variant; in another language, as a translation to be written.

    Raises NotFound, Invalid, Conflict.
    """
    with transaction.atomic():
        page = lock_page(page_id, archived=True)
        first = PageVariant.objects.filter(page=page, removed_at=None).order_by("letter").first()
        is_translation = bool(language) and language != page.language
        name = (_("%(name)s (translation)") if is_translation else _("%(name)s (copy)")) % {"name": page.name[:100]}
        return create_page(
            organisation,
            name=name,
            language=language or page.language,
            by=by,
            document=read_document(first.draft) if first else Document(),
            touchpoint_id=page.touchpoint_id,
            original_id=page.group_id if is_translation else None,
        )


def lock_page(page_id: int, *, archived: bool = False) -> LandingPage:
    """Return a page, to be changed by nobody else until the transaction ends. Raises NotFound."""
    found = LandingPage.objects.select_for_update(of=("self",)).filter(pk=page_id)
    page: LandingPage | None = (found if archived else found.filter(archived_at=None)).first()
    if page is None:
        raise NotFound
    return page


def list_faults(organisation: Organisation, variants: Sequence[PageVariant]) -> list[str]:
    """Return what keeps variants from being published, in words. Two queries."""
    shown = [(one, read_document(one.draft)) for one in variants if one.share]
    total = sum(one.share for one in variants)
    faults = []
    if total != 100:
        faults.append(_("The shares add up to %(total)s %%: they have to make 100 %%.") % {"total": total})
    form_ids = {pk for _one, document in shown for pk in document.form_ids}
    picture_ids = {pk for _one, document in shown for pk in document.picture_ids}
    live = set(
        LeadForm.objects.filter(pk__in=form_ids, status=FormStatus.LIVE, archived_at=None).values_list("pk", flat=True)
    )
    pictures = set(Picture.objects.filter(organisation=organisation, pk__in=picture_ids).values_list("pk", flat=True))
    for variant, document in shown:
        found = faults_of(document, live, pictures)
        if len(shown) > 1:
            found = [_("Variant %(letter)s: %(fault)s") % {"letter": variant.letter, "fault": one} for one in found]
        faults += found
    return faults


def faults_of(document: Document, live_forms: set[int], pictures: set[int]) -> list[str]:
    """Return what is missing in a document, in words."""
    faults = []
    first = document.first_title
    if first is None or not first.title:
        faults.append(_("Give the page a title."))
    for one in document.blocks:
        fault = fault_of(one, live_forms, pictures)
        if fault and fault not in faults:
            faults.append(fault)
    return faults


def fault_of(block: Block, live_forms: set[int], pictures: set[int]) -> str:
    """Return what keeps a block from being published, "" for nothing."""
    if block.kind == BlockKind.FORM and block.form_id not in live_forms:
        return _("Choose a form that is published.")
    if block.kind == BlockKind.PICTURE and (block.picture_id not in pictures or not block.alt):
        return _("Add a picture, and say what it shows.")
    if block.kind == BlockKind.TEXT and not block.text.strip():
        return _("A text is empty.")
    if block.kind == BlockKind.PROOF:
        is_empty = {
            ProofKind.QUOTE: not block.text.strip(),
            ProofKind.FIGURES: not block.figures,
            ProofKind.LOGOS: not block.picture_ids & pictures,
        }[block.proof]
        return _("A proof is empty.") if is_empty else ""
    return ""


def free_slug(name: str) -> str:
    """Return an address for a new page that no other has."""
    stem = slugify(name)[:60].strip("-") or "page"
    taken = set(LandingPage.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    slug, number = stem, 2
    while slug in taken:
        slug, number = f"{stem}-{number}", number + 1
    return slug


def _newest_form(language: str) -> int | None:
    live = LeadForm.objects.filter(status=FormStatus.LIVE, archived_at=None, language=language)
    return live.order_by("-updated_at", "-pk").values_list("pk", flat=True).first()


def _set(organisation: Organisation, page: LandingPage, values: Mapping[str, Any]) -> None:
    fields: dict[str, str] = {}
    if "name" in values:
        page.name = " ".join(str(values["name"]).split())
        if not page.name or len(page.name) > 120 or not is_storable(page.name):
            fields["name"] = _("A page has a name of at most 120 characters.")
    if "slug" in values:
        page.slug = str(values["slug"]).strip().lower()
        if not _SLUG.fullmatch(page.slug) or len(page.slug) > 80:
            fields["slug"] = _("An address has small letters, digits and dashes between them: white-paper-2026.")
        elif LandingPage.objects.filter(slug=page.slug).exclude(pk=page.pk).exists():
            fields["slug"] = _("Another page has this address, perhaps one that is archived.")
    if "language" in values:
        page.language = str(values["language"])
        if page.language not in {"fr", "en"}:
            fields["language"] = _("Choose a language.")
    if "touchpoint_id" in values:
        known = page.touchpoint_id
        page.touchpoint_id = values["touchpoint_id"]
        moved_to: Any = page.touchpoint_id if page.touchpoint_id != known else 0
        if moved_to and not Touchpoint.objects.filter(pk=moved_to, archived_at=None).exists():
            fields["touchpoint"] = _("Choose a touchpoint of the inventory.")
    if "original_id" in values:
        fields |= _set_original(organisation, page, values["original_id"])
    if fields:
        raise Invalid(fields=fields)


def _set_original(organisation: Organisation, page: LandingPage, original_id: int | None) -> dict[str, str]:
    page.original_id = original_id
    if original_id is None:
        return {}
    original = LandingPage.objects.filter(organisation=organisation, pk=original_id, original=None).first()
    if original is None or original.pk == page.pk:
        return {"original": _("Choose a page of the list.")}
    if page.pk and LandingPage.objects.filter(original=page.pk).exists():
        return {"original": _("Other pages are translations of this one: it cannot be one itself.")}
    group = LandingPage.objects.filter(original=original_id).exclude(pk=page.pk)
    languages = {original.language, *group.filter(archived_at=None).values_list("language", flat=True)}
    if page.language in languages:
        return {"original": _("That page stands in this language already.")}
    return {}


def _told(page: LandingPage) -> dict[str, Any]:
    touchpoint = Touchpoint.objects.filter(pk=page.touchpoint_id or 0).values_list("name", flat=True).first()
    return {"name": page.name, "slug": page.slug, "language": page.language, "touchpoint": touchpoint}

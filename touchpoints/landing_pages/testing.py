"""Variants of a page and tests between them: added, given shares, taken away, ended by a choice."""

from collections.abc import Mapping
from string import ascii_uppercase

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Conflict, Invalid, NotFound
from touchpoints.landing_pages.models import LandingPage, PageTest, PageVariant
from touchpoints.landing_pages.services import lock_page

# At a time; more would want more visitors than anybody has.
MOST_VARIANTS = 5


def add_variant(organisation: Organisation, *, page_id: int, letter: str, by: Actor) -> PageVariant:
    """Add a variant that says what another does; shares become equal. Nobody sees it before it is published.

    Raises NotFound, Conflict for too many.
    """
    with transaction.atomic():
        page = lock_page(page_id)
        variants = list_open(page)
        if len(variants) >= MOST_VARIANTS:
            raise Conflict(_("A page has at most %(n)s variants at a time.") % {"n": MOST_VARIANTS})
        copied = next((one for one in variants if one.letter == letter), variants[0])
        variant = PageVariant.objects.create(
            organisation=organisation, page=page, letter=_free_letter(page), draft=copied.draft, share=0
        )
        variants.append(variant)
        for place, one in enumerate(variants):
            one.share = 100 // len(variants) + (1 if place < 100 % len(variants) else 0)
        PageVariant.objects.bulk_update(variants, ["share"])
        audit.record(organisation, by, "landing_page.variant", page, after={"added": variant.letter})
    return variant


def set_shares(organisation: Organisation, *, page_id: int, shares: Mapping[str, int], by: Actor) -> None:
    """Say which share of visitors each variant is to get, in percent; it holds once the page is published.

    Raises NotFound, Invalid where they do not make a hundred.
    """
    with transaction.atomic():
        page = lock_page(page_id)
        variants = list_open(page)
        before = {one.letter: one.share for one in variants}
        wanted = {letter: shares.get(letter, share) for letter, share in before.items()}
        if any(not 0 <= share <= 100 for share in wanted.values()):
            raise Invalid(_("A share is a number from 0 to 100."))
        if (total := sum(wanted.values())) != 100:
            raise Invalid(_("The shares add up to %(total)s %%: they have to make 100 %%.") % {"total": total})
        if wanted == before:
            return
        for one in variants:
            one.share = wanted[one.letter]
        PageVariant.objects.bulk_update(variants, ["share"])
        audit.record(organisation, by, "landing_page.shares", page, before=before, after=wanted)


def remove_variant(organisation: Organisation, *, page_id: int, letter: str, by: Actor) -> None:
    """Take away a variant that nobody sees; its share goes to the first. Raises NotFound, Conflict."""
    with transaction.atomic():
        page = lock_page(page_id)
        variants = list_open(page)
        gone = next((one for one in variants if one.letter == letter), None)
        if gone is None:
            raise NotFound
        if len(variants) == 1:
            raise Conflict(_("A page has at least one variant."))
        if gone.live_share is not None and page.is_live:
            raise Conflict(_("People see this variant: end the test, or give it no share and publish, first."))
        first = next(one for one in variants if one is not gone)
        first.share += gone.share
        gone.share, gone.live_share, gone.removed_at = 0, None, timezone.now()
        PageVariant.objects.bulk_update([first, gone], ["share", "live_share", "removed_at"])
        audit.record(organisation, by, "landing_page.variant", page, after={"removed": letter})


def end_test(organisation: Organisation, *, page_id: int, letter: str, by: Actor) -> LandingPage:
    """End the test that runs: everybody sees the chosen variant from now on, the others are taken away.

    Raises NotFound, Conflict where none runs, Invalid for a variant that is not in it.
    """
    with transaction.atomic():
        page = lock_page(page_id)
        test: PageTest | None = PageTest.objects.filter(page=page, ended_at=None).first()
        if test is None:
            raise Conflict(_("No test runs on this page."))
        variants = list_open(page)
        winner = next((one for one in variants if one.letter == letter and one.live_share), None)
        if winner is None:
            raise Invalid(_("Choose one of the variants that people see."))
        now = timezone.now()
        for one in variants:
            if one is winner:
                one.share = one.live_share = 100
            else:
                one.share, one.live_share, one.removed_at = 0, None, now
        PageVariant.objects.bulk_update(variants, ["share", "live_share", "removed_at"])
        test.ended_at, test.winner = now, winner
        test.save(update_fields=["ended_at", "winner"])
        audit.record(organisation, by, "landing_page.end_test", page, after={"winner": letter})
    return page


def list_open(page: LandingPage) -> list[PageVariant]:
    """Return the variants of a page that were not taken away, in their order. One query."""
    return list(PageVariant.objects.filter(page=page, removed_at=None).order_by("letter"))


def _free_letter(page: LandingPage) -> str:
    """Return the next letter: one that was given is never given again, so that what was sent keeps its meaning."""
    number = PageVariant.objects.filter(page=page).count()
    if number < 26:
        return ascii_uppercase[number]
    first, second = divmod(number - 26, 26)
    if first >= 26:
        raise Conflict(_("This page had too many variants: duplicate it."))
    return ascii_uppercase[first] + ascii_uppercase[second]

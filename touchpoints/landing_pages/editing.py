"""What members change in a draft. Whoever works on the same page waits; what is published stays as it is."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.texts import is_storable
from touchpoints.appearance.models import Picture
from touchpoints.landing_pages.document import (
    Block,
    BlockKind,
    Document,
    Figure,
    ProofKind,
    read_document,
    write_document,
)
from touchpoints.landing_pages.models import PageVariant
from touchpoints.landing_pages.services import lock_page
from touchpoints.lead_forms.models import LeadForm

MOST_BLOCKS, MOST_FIGURES, MOST_LOGOS = 40, 6, 12
LONGEST = {
    "title": 160,
    "subtitle": 300,
    "text": 10_000,
    "button": 60,
    "alt": 300,
    "name": 120,
    "role": 120,
    "company": 120,
    "seo_title": 120,
    "description": 300,
}
# What can be added: a kind, or a proof of some kind.
ADDABLE = (*(one.value for one in BlockKind if one != BlockKind.PROOF), *(f"proof:{one}" for one in ProofKind))


def add_block(organisation: Organisation, *, page_id: int, letter: str, what: str, by: Actor) -> Block:
    """Add one of ADDABLE at the end, before a form that ends the page. Raises NotFound, Invalid, Conflict."""
    made: list[Block] = []

    def change(document: Document) -> Document:
        if what not in ADDABLE:
            raise Invalid(_("Choose what to add."))
        if len(document.blocks) >= MOST_BLOCKS:
            raise Conflict(_("A page has at most %(n)s blocks.") % {"n": MOST_BLOCKS})
        kind, _colon, proof = what.partition(":")
        block = Block(_free_key(document, kind), BlockKind(kind), proof=ProofKind(proof or ProofKind.QUOTE))
        made.append(block)
        place = len(document.blocks)
        if place and block.kind != BlockKind.FORM and document.blocks[-1].kind == BlockKind.FORM:
            place -= 1
        return document.with_blocks([*document.blocks[:place], block, *document.blocks[place:]])

    _change(organisation, page_id, letter, change, by=by, told={"added": what})
    return made[0]


def change_block(
    organisation: Organisation, *, page_id: int, letter: str, key: str, values: Mapping[str, Any], by: Actor
) -> Block:
    """Change what `values` name of a block. Raises NotFound, Invalid with what is wrong beside its name."""

    def change(document: Document) -> Document:
        changed = clean_block(organisation, replace(get_block(document, key), **values))
        return document.with_blocks(changed if one.key == key else one for one in document.blocks)

    return get_block(_change(organisation, page_id, letter, change, by=by, told={"changed": key}), key)


def move_block(organisation: Organisation, *, page_id: int, letter: str, key: str, is_up: bool, by: Actor) -> None:
    """Let a block change places with its neighbour; the first and last stay. Raises NotFound."""

    def change(document: Document) -> Document:
        blocks = list(document.blocks)
        place = blocks.index(get_block(document, key))
        other = place - 1 if is_up else place + 1
        if 0 <= other < len(blocks):
            blocks[place], blocks[other] = blocks[other], blocks[place]
        return document.with_blocks(blocks)

    _change(organisation, page_id, letter, change, by=by, told={"moved": key})


def remove_block(organisation: Organisation, *, page_id: int, letter: str, key: str, by: Actor) -> Block:
    """Take a block out. Raises NotFound."""
    removed: list[Block] = []

    def change(document: Document) -> Document:
        removed.append(get_block(document, key))
        return document.with_blocks(one for one in document.blocks if one.key != key)

    _change(organisation, page_id, letter, change, by=by, told={"removed": key})
    return removed[0]


def change_document(
    organisation: Organisation, *, page_id: int, letter: str, values: Mapping[str, Any], by: Actor
) -> Document:
    """Change what a variant says of itself, and how it is laid out. Raises NotFound, Invalid."""

    def change(document: Document) -> Document:
        _check_texts({name: values[name] for name in ("seo_title", "description") if name in values})
        changed = replace(document, **values)
        _check_pictures(organisation, {changed.picture_id} if changed.picture_id else set())
        return changed

    return _change(organisation, page_id, letter, change, by=by, told={"changed": ", ".join(sorted(values))})


def get_block(document: Document, key: str) -> Block:
    """Return a block; raise NotFound."""
    found = document.find(key)
    if found is None:
        raise NotFound
    return found


def clean_block(organisation: Organisation, block: Block) -> Block:
    """Return a block as it may stand on a page; raise Invalid with what is wrong beside its name. Two queries."""
    names = ("title", "subtitle", "text", "button", "alt", "name", "role", "company")
    fields = _wrong_texts({name: getattr(block, name) for name in names})
    if block.kind == BlockKind.TITLE and not block.title.strip():
        fields["title"] = _("Write the title.")
    if block.kind == BlockKind.PICTURE and block.picture_id and not block.alt.strip():
        fields["alt"] = _("Say what the picture shows, for those who do not see it.")
    figures = tuple(one for one in block.figures if one.value.strip())
    if len(figures) > MOST_FIGURES or any(not _is_short(one) for one in figures):
        fields["figures"] = _("At most %(n)s figures, each of 30 characters with 100 beside it.") % {"n": MOST_FIGURES}
    if len(block.logos) > MOST_LOGOS:
        fields["logos"] = _("At most %(n)s logos.") % {"n": MOST_LOGOS}
    if any(not one.alt.strip() or len(one.alt) > 120 or not is_storable(one.alt) for one in block.logos):
        fields["logos"] = _("Say whose logo each one is, in at most 120 characters.")
    if fields:
        raise Invalid(fields=fields)
    _check_pictures(organisation, block.picture_ids)
    if block.form_id and not LeadForm.objects.filter(organisation=organisation, pk=block.form_id).exists():
        raise Invalid(fields={"form_id": _("Choose a form of the list.")})
    return replace(block, figures=figures)


def _is_short(one: Figure) -> bool:
    return len(one.value) <= 30 and len(one.label) <= 100 and is_storable(one.value + one.label)


def _check_pictures(organisation: Organisation, ids: set[int]) -> None:
    known = Picture.objects.filter(organisation=organisation, pk__in=ids).count() if ids else 0
    if known != len(ids):
        raise Invalid(fields={"picture": _("This picture is not there any more: upload it again.")})


def _wrong_texts(values: Mapping[str, Any]) -> dict[str, str]:
    fields = {}
    for name, value in values.items():
        text = str(value)
        if len(text) > LONGEST[name]:
            fields[name] = _("This is too long: at most %(n)s characters.") % {"n": LONGEST[name]}
        elif not is_storable(text):
            fields[name] = _("This text holds characters that cannot be stored.")
    return fields


def _check_texts(values: Mapping[str, Any]) -> None:
    if fields := _wrong_texts(values):
        raise Invalid(fields=fields)


def _free_key(document: Document, kind: str) -> str:
    taken = {one.key for one in document.blocks}
    key, number = kind, 2
    while key in taken:
        key, number = f"{kind}-{number}", number + 1
    return key


def _change(
    organisation: Organisation,
    page_id: int,
    letter: str,
    change: Callable[[Document], Document],
    *,
    by: Actor,
    told: Mapping[str, Any],
) -> Document:
    with transaction.atomic():
        page = lock_page(page_id)
        variant: PageVariant | None = PageVariant.objects.filter(page=page, letter=letter, removed_at=None).first()
        if variant is None:
            raise NotFound
        document = change(read_document(variant.draft))
        stored = write_document(document)
        if stored != variant.draft:
            variant.draft = stored
            variant.save(update_fields=["draft"])
            page.save(update_fields=["updated_at"])
            audit.record(organisation, by, "landing_page.draft", page, after={**told, "variant": letter})
    return document

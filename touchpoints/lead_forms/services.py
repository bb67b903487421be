"""What members do with forms: make, publish, close, put away, copy. What a draft says is changed in editing.py."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from contacts.consent.models import PurposeText
from contacts.fields.queries import list_fields
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.texts import is_storable
from touchpoints.lead_forms.document import EMAIL, AfterKind, Document, ElementKind, read_document, write_document
from touchpoints.lead_forms.models import FormFile, FormStatus, FormVersion, LeadForm
from touchpoints.lead_forms.starting import Start, start_document
from touchpoints.lead_forms.targets import BUILT_IN, own_targets
from touchpoints.lead_forms.tokens import make_key
from touchpoints.models import Touchpoint

# Forms of one organisation, those put away left aside.
MOST_FORMS = 500
MOST_HOSTS = 20
SETTINGS = ("name", "language", "touchpoint_id", "hosts")


def create_form(
    organisation: Organisation,
    *,
    name: str,
    language: str,
    by: Actor | None,
    start: Start = Start.EMPTY,
    document: Document | None = None,
    touchpoint_id: int | None = None,
) -> LeadForm:
    """Make a form, a draft that nobody sees yet; its code comes of its name. Raises Invalid, Conflict for too many."""
    with transaction.atomic():
        if LeadForm.objects.filter(archived_at=None).count() >= MOST_FORMS:
            raise Conflict(_("There are %(n)s forms already: put some away first.") % {"n": MOST_FORMS})
        form = LeadForm(organisation=organisation, key=make_key(), created_by=by if isinstance(by, User) else None)
        _set(form, {"name": name, "language": language, "touchpoint_id": touchpoint_id})
        form.code = _free_code(form.name)
        form.draft = write_document(document or start_document(start, language))
        form.save()
        audit.record(organisation, by, "lead_form.create", form, after=_told(form))
    return form


def update_settings(
    organisation: Organisation, *, form_id: int, values: Mapping[str, Any], by: Actor | None
) -> LeadForm:
    """Change what is no part of what people read: name, language, touchpoint, sites. Raises NotFound, Invalid."""
    with transaction.atomic():
        form = lock_form(form_id)
        before = _told(form)
        _set(form, values)
        form.save()
        audit.record(organisation, by, "lead_form.update", form, before=before, after=_told(form))
    return form


def publish_form(organisation: Organisation, *, form_id: int, by: Actor | None) -> FormVersion:
    """Let people see the draft, as a version that never changes; the same once more opens a closed form again.

    Raises NotFound, Invalid with what is missing.
    """
    with transaction.atomic():
        form = lock_form(form_id)
        document = freeze(read_document(form.draft), form.language)
        faults = list_faults(organisation, form, document)
        if faults:
            raise Invalid(" ".join(faults))
        last: FormVersion | None = FormVersion.objects.filter(form=form).order_by("-number").first()
        stored = write_document(document)
        if last is None or last.document != stored:
            last = FormVersion.objects.create(
                organisation=organisation,
                form=form,
                number=last.number + 1 if last else 1,
                document=stored,
                published_by=by if isinstance(by, User) else None,
            )
        form.published_number, form.status = last.number, FormStatus.LIVE
        form.save(update_fields=["published_number", "status", "updated_at"])
        audit.record(organisation, by, "lead_form.publish", form, after={"version": last.number})
    return last


def close_form(organisation: Organisation, *, form_id: int, by: Actor | None) -> LeadForm:
    """Take no more answers; whoever opens it reads that it is closed. Raises NotFound, Conflict for a draft."""
    with transaction.atomic():
        form = lock_form(form_id)
        if form.status == FormStatus.DRAFT:
            raise Conflict(_("This form was never published."))
        if form.status != FormStatus.CLOSED:
            form.status = FormStatus.CLOSED
            form.save(update_fields=["status", "updated_at"])
            audit.record(organisation, by, "lead_form.close", form)
    return form


def archive_form(organisation: Organisation, *, form_id: int, by: Actor | None) -> LeadForm:
    """Put a form away, closed; what was sent stays. Raises NotFound."""
    with transaction.atomic():
        form = lock_form(form_id, archived=True)
        if form.archived_at is None:
            form.archived_at = timezone.now()
            if form.status == FormStatus.LIVE:
                form.status = FormStatus.CLOSED
            form.save(update_fields=["archived_at", "status", "updated_at"])
            audit.record(organisation, by, "lead_form.archive", form)
    return form


def restore_form(organisation: Organisation, *, form_id: int, by: Actor | None) -> LeadForm:
    """Bring a form back that was put away; it stays closed until it is published. Raises NotFound."""
    with transaction.atomic():
        form = lock_form(form_id, archived=True)
        if form.archived_at is not None:
            form.archived_at = None
            form.save(update_fields=["archived_at", "updated_at"])
            audit.record(organisation, by, "lead_form.restore", form)
    return form


def duplicate_form(organisation: Organisation, *, form_id: int, by: Actor | None) -> LeadForm:
    """Make a draft that says and asks the same, with its files. Raises NotFound, Conflict."""
    with transaction.atomic():
        form = lock_form(form_id, archived=True)
        name = _("%(name)s (copy)") % {"name": form.name[:100]}
        document = read_document(form.draft)
        touchpoint_id = form.touchpoint_id
        copy = create_form(
            organisation, name=name, language=form.language, by=by, document=document, touchpoint_id=touchpoint_id
        )
        copy.hosts = form.hosts
        kept = FormFile.objects.filter(form=form, pk=document.after.file_id or 0).first()
        if kept is not None:
            kept.pk, kept.form = None, copy
            kept.save(force_insert=True)
            document = replace(document, after=replace(document.after, file_id=kept.pk))
            copy.draft = write_document(document)
        copy.save(update_fields=["hosts", "draft"])
    return copy


def lock_form(form_id: int, *, archived: bool = False) -> LeadForm:
    """Return a form, to be changed by nobody else until the transaction ends. Raises NotFound."""
    found = LeadForm.objects.select_for_update(of=("self",)).filter(pk=form_id)
    form: LeadForm | None = (found if archived else found.filter(archived_at=None)).first()
    if form is None:
        raise NotFound
    return form


def list_faults(organisation: Organisation, form: LeadForm, document: Document) -> list[str]:
    """Return what keeps a draft from being published, in words. Up to three queries."""
    faults = []
    email = next((one for one in document.elements if one.target == EMAIL), None)
    if email is None or email.when is not None or not email.is_required:
        faults.append(_("Ask for the e-mail address, required and of everybody: it is what people are known by."))
    if document.after.kind == AfterKind.REDIRECT and not document.after.url:
        faults.append(_("Say which page follows."))
    if document.after.kind == AfterKind.FILE:
        file_id = document.after.file_id
        if file_id is None or not FormFile.objects.filter(form=form, pk=file_id).exists():
            faults.append(_("Add the file that people get."))
    own = own_targets(list_fields(organisation))
    for one in document.elements:
        if one.kind in {ElementKind.FIELD, ElementKind.HIDDEN} and one.target:
            if one.target not in BUILT_IN and one.target not in own:
                faults.append(_("“%(label)s” fills in a field that is archived.") % {"label": one.label or one.key})
        elif one.kind == ElementKind.CONSENT and not one.text:
            faults.append(_("A box to tick has no words, or its purpose is archived."))
    return faults


def freeze(document: Document, language: str) -> Document:
    """Return the document with the words beside its boxes, their own or else the purposes' of now, and the versions
    they are: what people read is kept for ever. A box whose purpose is archived has no words. One query."""
    if not any(one.kind == ElementKind.CONSENT for one in document.elements):
        return document
    in_use = PurposeText.objects.filter(purpose__archived_at=None).select_related("purpose").order_by("version")
    texts = {text.purpose.code: text for text in in_use}
    elements = []
    for one in document.elements:
        text = texts.get(one.target)
        if one.kind != ElementKind.CONSENT:
            elements.append(one)
        elif text is None:
            elements.append(replace(one, text="", version=None))
        else:
            words = one.text or str(getattr(text, f"text_{language}"))
            elements.append(replace(one, text=words, version=text.version))
    return document.with_elements(elements)


def clean_host(text: str) -> str:
    """Return a site as a browser names it: "www.acme.fr", "localhost:8080". Raises Invalid for what is none."""
    given = text.strip().lower()
    try:
        parts = urlsplit(given if "://" in given else f"//{given}")
        host, port = parts.hostname or "", parts.port
        host = host.encode("idna").decode() if not host.isascii() else host
    except (ValueError, UnicodeError) as error:
        raise Invalid(fields={"hosts": _bad_host(text)}) from error
    is_plain = all(letter.isalnum() or letter in "-.*" for letter in host)
    if not host or not is_plain or "*" in host.removeprefix("*.") or parts.username or len(host) > 250:
        raise Invalid(fields={"hosts": _bad_host(text)})
    return f"{host}:{port}" if port else host


def _bad_host(text: str) -> str:
    return _("“%(text)s” is no site: write www.acme.fr.") % {"text": text.strip()[:60]}


def _set(form: LeadForm, values: Mapping[str, Any]) -> None:
    fields: dict[str, str] = {}
    if "name" in values:
        form.name = " ".join(str(values["name"]).split())
        if not form.name or len(form.name) > 120 or not is_storable(form.name):
            fields["name"] = _("A form has a name of at most 120 characters.")
    if "language" in values:
        form.language = str(values["language"])
        if form.language not in {"fr", "en"}:
            fields["language"] = _("Choose a language.")
    if "touchpoint_id" in values:
        known = form.touchpoint_id
        form.touchpoint_id = values["touchpoint_id"]
        moved_to: Any = form.touchpoint_id if form.touchpoint_id != known else 0
        if moved_to and not Touchpoint.objects.filter(pk=moved_to, archived_at=None).exists():
            fields["touchpoint"] = _("Choose a touchpoint of the inventory.")
    if "hosts" in values:
        form.hosts = list(dict.fromkeys(clean_host(one) for one in values["hosts"]))
        if len(form.hosts) > MOST_HOSTS:
            fields["hosts"] = _("At most %(n)s sites.") % {"n": MOST_HOSTS}
    if fields:
        raise Invalid(fields=fields)


def _free_code(name: str) -> str:
    stem = slugify(name)[:50] or "form"
    taken = set(LeadForm.objects.filter(code__startswith=stem).values_list("code", flat=True))
    number = 2
    code = stem
    while code in taken:
        code, number = f"{stem}-{number}", number + 1
    return code


def _told(form: LeadForm) -> dict[str, Any]:
    touchpoint = Touchpoint.objects.filter(pk=form.touchpoint_id or 0).values_list("name", flat=True).first()
    return {"name": form.name, "language": form.language, "touchpoint": touchpoint, "hosts": form.hosts}

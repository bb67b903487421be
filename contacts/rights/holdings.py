"""What the room of contacts itself holds on people."""

from django.utils.translation import gettext_lazy as _

from contacts.consent.models import Confirmation, ConsentEntry, ConsentState
from contacts.doubles.models import Alias, ChangedContact, Key, Merge, MergedRow, Pair
from contacts.models import (
    Contact,
    Import,
    ImportChange,
    ImportMapping,
    ImportReject,
    ImportTrace,
    StageChange,
    Standing,
    Suppression,
)
from contacts.rights.files import forget_exports, forget_uploads
from contacts.rights.models import PersonRequest
from contacts.rights.registry import OF_CONTACT, hold, hold_audit, on_erase
from contacts.segments.models import SegmentDue, SegmentMember, TouchedContact
from contacts.tagging.models import Tagging

# Whether an address of theirs stands in a JSON text, as a whole: ann@x.example is not in joann@x.example.
_NAMES_ADDRESS = (
    "lower(t.{column}::text) LIKE ANY (%(patterns)s::text[]) AND EXISTS (SELECT 1 FROM regexp_matches("
    "lower(t.{column}::text), '[^[:space:]\"''<>()\\[\\],;:|\\\\]+@[^[:space:]\"''<>()\\[\\],;:|\\\\]+', 'g') w"
    " WHERE rtrim(w[1], '.') = ANY (%(addresses)s::text[]))"
)
# Whether the cell below the column read as external id is theirs.
_IN_ID_COLUMN = (
    "cardinality(%(external_ids)s::text[]) > 0 AND EXISTS (SELECT 1 FROM contacts_import i"
    " CROSS JOIN LATERAL jsonb_array_elements_text(i.columns) WITH ORDINALITY k (name, place)"
    " WHERE i.organisation_id = %(organisation_id)s AND i.id = t.source_import_id"
    " AND i.mapping ->> k.name = 'external_id'"
    " AND trim(t.row ->> (k.place - 1)::int) = ANY (%(external_ids)s::text[]))"
)
_MERGES = (
    "t.contact_id = ANY (%(contact_ids)s::bigint[]) OR t.survivor_id = ANY (%(contact_ids)s::bigint[])"
    " OR t.merged_ids && %(contact_ids)s::bigint[]"
)
_OF_MERGE = (
    "t.merge_id IN (SELECT m.id FROM doubles_merge m WHERE m.organisation_id = %(organisation_id)s"
    f" AND ({_MERGES.replace('t.', 'm.')}))"
)


def register_holdings() -> None:
    """Say it; called from AppConfig.ready."""
    _person()
    _imports()
    _consent()
    _doubles()
    _segments()
    _requests()
    _audit()
    on_erase(forget_exports)
    on_erase(forget_uploads)


def _person() -> None:
    hold(
        Contact,
        _("Who they are"),
        *("id", "external_id", "email", "first_name", "last_name", "phone", "job_title", "stage", "stage_since"),
        *(
            "source",
            "language",
            "properties",
            "custom",
            "provenance",
            "qualification_percent",
            "created_at",
            "updated_at",
        ),
        shows={
            "company": "(SELECT o.name FROM contacts_company o WHERE o.organisation_id = t.organisation_id"
            " AND o.id = t.company_id)",
        },
        # Emptied by empty_erased_contacts.sql.
        whose="t.id = ANY (%(contact_ids)s::bigint[])",
        order=99,
    )
    hold(
        Standing,
        _("Score"),
        *("intent", "fit", "total", "tier", "scored_at", "last_act_at", "last_act_kind"),
        delete="true",
    )
    hold(StageChange, _("Stages"), "from_stage", "to_stage", "cause", "detail", "at", blank="detail = '{}'")
    hold(
        Suppression,
        _("Not to be written to"),
        *("email", "reason", "source", "at"),
        whose=f"{OF_CONTACT} OR (t.address_key <> '' AND t.address_key = ANY (%(address_keys)s::text[]))",
        # Who is known by the contact alone is not told any more once the contact is empty.
        delete="t.address_key = ''",
        blank="contact_id = NULL, email = ''",
        address="t.email",
    )


def _imports() -> None:
    hold(ImportChange, _("What files changed"), "before", "after", delete="true", address="t.before ->> 'email'")
    hold(
        ImportTrace,
        _("Files they came with"),
        shows={"import": "t.source_import_id"},
        whose="t.contacts && %(contact_ids)s::bigint[] OR t.consented && %(contact_ids)s::bigint[]",
        # What a company held before may name somebody: it is not given back then.
        blank="contacts = ARRAY(SELECT c FROM unnest(t.contacts) c WHERE c <> ALL (%(contact_ids)s::bigint[])),"
        " consented = ARRAY(SELECT c FROM unnest(t.consented) c WHERE c <> ALL (%(contact_ids)s::bigint[])),"
        " values = CASE WHEN lower(t.values::text) LIKE ANY (%(patterns)s::text[]) THEN '{}' ELSE t.values END",
    )
    hold(
        ImportReject,
        _("Rows of files that were set aside"),
        *("line", "reason", "column", "value", "row"),
        shows={"import": "t.source_import_id"},
        whose=f"({_NAMES_ADDRESS.format(column='row')}) OR ({_IN_ID_COLUMN})",
        blank="row = '[]', value = ''",
    )
    # A file without a header, read as if it had one.
    hold(
        Import,
        _("Columns of files"),
        whose=_NAMES_ADDRESS.format(column="columns"),
        blank="columns = '[]', mapping = '{}'",
    )
    hold(ImportMapping, _("Columns of files"), whose=_NAMES_ADDRESS.format(column="mapping"), delete="true")


def _consent() -> None:
    purpose = {
        "purpose": "(SELECT p.code FROM consent_purpose p WHERE p.organisation_id = t.organisation_id"
        " AND p.id = t.purpose_id)"
    }
    hold(ConsentState, _("Consent"), "state", "source", "since", shows=purpose, delete="true")
    hold(
        Confirmation,
        _("Asked to say yes"),
        *("version", "times", "asked_at", "confirmed_at"),
        shows=purpose,
        delete="true",
    )
    hold(
        ConsentEntry,
        _("Ledger of consent"),
        *("act", "version", "source", "at", "recorded_at", "proof"),
        shows=purpose,
        delete="true",
    )


def _doubles() -> None:
    hold(Alias, _("Former ids and addresses"), "kind", "value", delete="true")
    hold(
        MergedRow, _("Rows of merged contacts"), "rule", "changed", "removed", whose=_OF_MERGE, delete="true", order=30
    )
    hold(
        Merge,
        _("Merges"),
        *("merged_ids", "names", "before", "after", "created_at", "undone_at"),
        whose=_MERGES,
        delete="true",
        order=40,
    )
    either = "t.low_id = ANY (%(contact_ids)s::bigint[]) OR t.high_id = ANY (%(contact_ids)s::bigint[])"
    hold(Pair, _("Probable doubles"), "score", "reasons", "status", "found_at", whose=either, delete="true")
    hold(Key, _("Keys of doubles"), delete="true")
    hold(ChangedContact, _("Keys of doubles"), delete="true")


def _segments() -> None:
    segment = {
        "segment": "(SELECT g.name FROM segments_segment g WHERE g.organisation_id = t.organisation_id"
        " AND g.id = t.segment_id)"
    }
    hold(SegmentMember, _("Segments"), "entered_at", "left_at", shows=segment, delete="true")
    tag = "(SELECT g.name FROM tagging_tag g WHERE g.organisation_id = t.organisation_id AND g.id = t.tag_id)"
    hold(Tagging, _("Tags"), "at", shows={"tag": tag}, delete="true")
    hold(SegmentDue, _("Segments"), delete="true")
    hold(TouchedContact, _("Segments"), delete="true")


def _requests() -> None:
    hold(
        PersonRequest,
        _("Requests"),
        *("kind", "received_on", "due_on", "asker", "note", "outcome", "answer", "done_at"),
        # That it was asked for and answered is the proof; what was written is not needed for it.
        blank="asker = '', note = '', answer = ''",
    )


def _audit() -> None:
    """The log keeps that something was done, when and by whom; not to whom, nor what was said of them."""
    merged = (
        "t.object_id IN (SELECT m.contact_id FROM doubles_merge m WHERE m.organisation_id = %(organisation_id)s"
        " AND m.merged_ids && %(contact_ids)s::bigint[])"
    )
    for whose in (
        "t.object_type = 'contact' AND t.object_id = ANY (%(contact_ids)s::bigint[])",
        f"t.object_type = 'contact' AND t.action IN ('contact.merge', 'contact.unmerge') AND {merged}",
        "t.action = 'contact.suppress' AND t.object_id IS NULL AND t.object_label = ANY (%(addresses)s::text[])",
        "t.action = 'export.create' AND lower(t.after::text) LIKE ANY (%(patterns)s::text[])",
        "t.object_type = 'savedview' AND lower(t.object_label || t.before::text || t.after::text)"
        " LIKE ANY (%(patterns)s::text[])",
    ):
        hold_audit(whose)

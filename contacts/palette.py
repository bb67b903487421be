"""What the palette finds of contacts and companies, and what can be begun here."""

from django.db.models.expressions import RawSQL
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Contact
from contacts.searching import read_words
from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.organisations.rights import Right
from prm.web.finding import ACT, MOST_FOUND, PAGE, SETTING, Command, Found

# Of so many that match, the hottest are shown: the list has all of them.
_LOOKED_AT = 200
# One letter finds half of everybody.
_SHORTEST = 2

COMMANDS = (
    Command("contacts:contact_create", _("New contact"), "plus", Right.CONTACTS_EDIT, ACT),
    Command("contacts:import_create", _("Import a file"), "in", Right.CONTACTS_IMPORT, ACT),
    Command("contacts:export_create", _("Export contacts"), "out", Right.CONTACTS_VIEW, ACT),
    Command("segments:segment_create", _("Create a segment"), "filter", Right.SEGMENTS_EDIT, ACT),
    Command("tagging:tag_list", _("Tags"), "tag", Right.CONTACTS_VIEW, PAGE),
    Command("consent:purpose_list", _("Purposes of consent"), "shield", Right.SETTINGS_EDIT, SETTING),
    Command("fields:field_list", _("Own fields"), "columns", Right.FIELDS_EDIT, SETTING),
    Command("bulk:run_list", _("Actions on many contacts"), "people", Right.CONTACTS_VIEW, PAGE),
)


def find_contacts(organisation: Organisation, text: str) -> list[Found]:
    """Find people as the list does, the hottest first. One query, none for a single letter."""
    if len(text) < _SHORTEST:
        return []
    ids = RawSQL("SELECT id FROM contacts_search(%s, %s, %s, true)", [organisation.pk, read_words(text), _LOOKED_AT])
    people = Contact.objects.filter(organisation=organisation, pk__in=ids).select_related("company")
    return [
        Found(
            contact.name,
            org_reverse(organisation, "contacts:contact_detail", contact.pk),
            "person",
            contact.company.name if contact.company else gettext("Contact"),
        )
        for contact in people.order_by("-standing__total", "-pk")[:MOST_FOUND]
    ]


def find_companies(organisation: Organisation, text: str) -> list[Found]:
    """Find companies by name, SIREN or domain. One query, none for a single letter."""
    if len(text) < _SHORTEST:
        return []
    ids = RawSQL(
        "SELECT id FROM contacts_search_companies(%s, %s, %s, true)", [organisation.pk, read_words(text), _LOOKED_AT]
    )
    companies = Company.objects.filter(organisation=organisation, pk__in=ids).order_by("name_key", "pk")[:MOST_FOUND]
    return [
        Found(one.name, org_reverse(organisation, "contacts:company_detail", one.pk), "company", gettext("Company"))
        for one in companies
    ]

"""What one prospecting added: listed together, and taken back as long as nothing came of it."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.importing.undoing import KEPT_FOR
from contacts.lots import LotKind, unnested
from contacts.models import Company, Contact
from enrichment.models import Prospected
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.web.figures import day
from prm.work.errors import Conflict, NotFound

# The kind of its lots.
PROSPECTING = "prospecting"
# A company written so much later than it was made was changed.
_AT_ONCE = timedelta(seconds=5)


@dataclass(frozen=True)
class TakenBack:
    """How many companies went, and how many stay."""

    removed: int
    left: int


def take_back(organisation: Organisation, *, lot_id: int, by: User) -> TakenBack:
    """Remove what was added at once, but for companies that have people by now or were changed since.

    Raises NotFound; Conflict where nothing can go (any more).
    """
    with transaction.atomic():
        lot = Prospected.objects.select_for_update().filter(pk=lot_id).first()
        if lot is None:
            raise NotFound
        companies = list(Company.objects.select_for_update().filter(pk__in=lot.company_ids).order_by("pk"))
        untouched = [one.pk for one in companies if one.updated_at - one.created_at < _AT_ONCE]
        used = set(Contact.everybody.filter(company__in=untouched).values_list("company", flat=True))
        gone = [pk for pk in untouched if pk not in used]
        if not gone:
            raise Conflict(_("These companies have people by now, or were changed: they stay."))
        Company.objects.filter(pk__in=gone).delete()
        lot.company_ids = [one.pk for one in companies if one.pk not in set(gone)]
        lot.save(update_fields=["company_ids"])
        audit.record(organisation, by, "company.prospect_undo", label=str(len(gone)), after={"companies": len(gone)})
    return TakenBack(len(gone), len(companies) - len(gone))


def forget_lots(organisation: Organisation) -> int:
    """Drop which companies were added together more than thirty days ago; return how many rows went."""
    old = Prospected.objects.filter(organisation=organisation, added_at__lt=timezone.now() - KEPT_FOR)
    return old.delete()[0]


def _name_of(pk: int) -> str:
    added_at = Prospected.objects.filter(pk=pk).values_list("added_at", flat=True).first()
    return day(added_at) if added_at else ""


OF_PROSPECTING = LotKind(
    gettext_lazy("Added by prospecting"),
    lambda pk: Prospected.objects.filter(pk=pk).annotate(made=unnested("company_ids")).values("made"),
    _name_of,
)

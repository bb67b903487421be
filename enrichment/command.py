"""What the palette offers of enrichment."""

from django.utils.translation import gettext_lazy as _

from prm.organisations.rights import Right
from prm.web.finding import ACT, Command

FIND = Command("enrichment:company_find", _("Find companies in the register"), "search", Right.ENRICHMENT_RUN, ACT)

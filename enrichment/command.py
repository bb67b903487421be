"""What the palette offers of enrichment."""

from django.utils.translation import gettext_lazy as _

from prm.organisations.rights import Right
from prm.web.finding import ACT, SETTING, Command

DOMAINS = Command("enrichment:domain_list", _("Companies behind e-mail domains"), "mail", Right.ENRICHMENT_VIEW, ACT)
FIND = Command("enrichment:company_find", _("Find companies in the register"), "search", Right.ENRICHMENT_RUN, ACT)
SOURCES = Command("enrichment:source_list", _("Sources of enrichment"), "data", Right.SETTINGS_EDIT, SETTING)
AUTOMATIC = Command("enrichment:automatic_edit", _("Automatic enrichment"), "refresh", Right.ENRICHMENT_MANAGE, SETTING)

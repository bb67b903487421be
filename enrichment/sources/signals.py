"""Sources of something else than who a company is by its number or name, as they stand on the page of sources."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from enrichment.providers.outcomes import Found, Question, Unavailable
from enrichment.providers.registry import IP, SITE, VIES, has_websites
from enrichment.sources.registry import Probe, Source, register_source
from enrichment.turns import Caller

# That of La Poste.
KNOWN_VAT_NUMBER = "FR39356000000"


def register_signals() -> None:
    """Add them, after the registers."""
    register_source(
        Source(
            SITE.name,
            SITE.title,
            _("The legal notice of the website of an e-mail domain names the company behind it; robots.txt is kept."),
            lambda _choice: SITE.state(),
            pace=lambda: SITE.pace,
            is_by_host=True,
            is_there=has_websites,
            missing=_("This installation reads no websites."),
        )
    )
    register_source(
        Source(
            VIES.name,
            VIES.title,
            _("The European Commission’s service says whether a VAT number is valid, and whose it is."),
            lambda _choice: VIES.state(),
            probe=_probe_vies,
            pace=lambda: VIES.pace,
            is_there=lambda: bool(settings.VIES_URL),
            missing=_("This installation asks nobody outside: its address is empty."),
            has_switch=False,
        )
    )
    register_source(
        Source(
            IP.name,
            IP.title,
            _("Files of the operator’s say which organisation an IP address belongs to; no network is asked."),
            lambda _choice: IP.state(),
            is_there=lambda: bool(settings.IP_DATABASES),
            missing=_("No file is named: an operator sets IP_DATABASES."),
            has_switch=False,
            is_counted=False,
        )
    )


def _probe_vies(caller: Caller) -> Probe:
    outcome = VIES.ask(Question(vat_number=KNOWN_VAT_NUMBER), patience=8.0, caller=caller)
    if isinstance(outcome, Unavailable):
        return Probe(trouble=outcome)
    return Probe(f"{outcome.record.name or '–'}, {KNOWN_VAT_NUMBER}" if isinstance(outcome, Found) else "")

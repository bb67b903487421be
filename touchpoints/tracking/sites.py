"""Sites that are tracked: added, changed and removed by members."""

import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.organisations.tokens import make_token
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.sealing import seal, unseal
from prm.work.texts import is_storable
from touchpoints.tracking.models import Mode, Site

MOST_SITES = 50
MOST_HOSTS = 20
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class SiteInput:
    """A site as somebody gives it; hosts in any writing, "https://www.acme.fr/" as well as "acme.fr"."""

    name: str
    hosts: tuple[str, ...]
    mode: str = Mode.CONSENT
    counts_refused: bool = True
    looks_up_networks: bool = False


def create_site(organisation: Organisation, *, values: SiteInput, by: Actor | None) -> Site:
    """Add a site, with a key and a secret of its own. Raises Invalid, and Conflict beyond MOST_SITES."""
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        if Site.objects.count() >= MOST_SITES:
            raise Conflict(_("There are %(n)s sites already: let one stand for several addresses.") % {"n": MOST_SITES})
        site = Site(organisation=organisation, key=_make_key(), secret=seal(make_token()))
        _set(site, values)
        site.save()
        audit.record(organisation, by, "site.create", site, after=_told(site))
    return site


def update_site(organisation: Organisation, *, site_id: int, values: SiteInput, by: Actor | None) -> Site:
    """Change a site; its key stays. Raises NotFound, Invalid."""
    with transaction.atomic():
        site = _lock(site_id)
        before = _told(site)
        _set(site, values)
        after = _told(site)
        if after != before:
            site.save()
            audit.record(organisation, by, "site.update", site, before=before, after=after)
    return site


def delete_site(organisation: Organisation, *, site_id: int, by: Actor | None) -> Site:
    """Remove a site: its snippet sends to nobody from now on; what it brought stays. Raises NotFound."""
    with transaction.atomic():
        site = _lock(site_id)
        audit.record(organisation, by, "site.delete", site, before=_told(site))
        site.delete()
    return site


def renew_secret(organisation: Organisation, *, site_id: int, by: Actor | None) -> str:
    """Give a site another signing secret and return it; what the old one signed proves nothing from now on."""
    with transaction.atomic():
        site = _lock(site_id)
        secret = make_token()
        site.secret = seal(secret)
        site.save(update_fields=["secret"])
        audit.record(organisation, by, "site.secret", site)
    return secret


def secret_of(site: Site) -> str:
    """Return a site's signing secret, "" where it can no longer be read."""
    return unseal(site.secret) or ""


def read_host(text: str) -> str:
    """Return the host that somebody means by an address, without "www."; raise Invalid for what is none."""
    text = text.strip().lower()
    host = text.split("://", 1)[-1].split("/", 1)[0].rpartition("@")[2].split(":", 1)[0].strip(".*")
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        host = ""
    host = host.removeprefix("www.")
    if not _HOST.fullmatch(host):
        raise Invalid(fields={"hosts": _("“%(text)s” is no address of a website: write www.acme.fr.") % {"text": text}})
    return host


def _make_key() -> str:
    return "".join(secrets.choice(_LETTERS) for _n in range(16))


def _lock(site_id: int) -> Site:
    site: Site | None = Site.objects.select_for_update(of=("self",)).filter(pk=site_id).first()
    if site is None:
        raise NotFound
    return site


def _set(site: Site, values: SiteInput) -> None:
    fields: dict[str, str] = {}
    name = " ".join(values.name.split())
    if not name or len(name) > 80 or not is_storable(name):
        fields["name"] = _("Give a name of at most 80 characters.")
    hosts: list[str] = []
    try:
        hosts = list(dict.fromkeys(read_host(one) for one in values.hosts if one.strip()))
    except Invalid as error:
        fields |= _texts(error.fields)
    if not hosts and "hosts" not in fields:
        fields["hosts"] = _("Say at which addresses the site is: www.acme.fr.")
    if len(hosts) > MOST_HOSTS:
        fields["hosts"] = _("At most %(n)s addresses.") % {"n": MOST_HOSTS}
    if values.mode not in Mode.values:
        fields["mode"] = _("Choose consent or audience measurement.")
    if fields:
        raise Invalid(fields=fields)
    site.name, site.hosts, site.mode = name, hosts, values.mode
    site.counts_refused, site.looks_up_networks = values.counts_refused, values.looks_up_networks


def _texts(fields: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(text) for name, text in fields.items()}


def _told(site: Site) -> dict[str, Any]:
    return {
        "name": site.name,
        "hosts": site.hosts,
        "mode": site.mode,
        "counts_refused": site.counts_refused,
        "looks_up_networks": site.looks_up_networks,
    }

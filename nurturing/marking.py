"""Links of a message to the organisation's own websites say who follows them, once, to the script on the page.

The page's script heeds it only where the visitor consented (touchpoints/tracking/identity.py).
"""

import html
import re
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

from nurturing.personalising import Personal
from prm.organisations.models import Organisation
from touchpoints.tracking.identity import PARAMETER, click_token
from touchpoints.tracking.models import Site

_IN_HTML = re.compile(r'(?<=<a href=")https?://[^"]+(?=")')
_IN_TEXT = re.compile(r"https?://[^\s<>()\"]*[^\s<>()\".,;:!?]")


def list_hosts(organisation: Organisation) -> tuple[str, ...]:
    """Return the hosts of the organisation's tracked sites. One query; read it once for many letters."""
    found = Site.objects.filter(organisation=organisation).values_list("hosts", flat=True)
    return tuple(sorted({host for hosts in found for host in hosts}))


def mark_links(organisation: Organisation, contact_id: int, personal: Personal, hosts: Sequence[str]) -> Personal:
    """Return a message whose links to these hosts carry a word for this contact; all others are left as they are."""
    if not hosts or not contact_id:
        return personal
    token = click_token(organisation, contact_id)

    def in_html(link: re.Match[str]) -> str:
        return html.escape(_marked(html.unescape(link[0]), token, hosts))

    def in_text(link: re.Match[str]) -> str:
        return _marked(link[0], token, hosts)

    return Personal(
        subject=personal.subject, html=_IN_HTML.sub(in_html, personal.html), text=_IN_TEXT.sub(in_text, personal.text)
    )


def _marked(url: str, token: str, hosts: Sequence[str]) -> str:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return url
    # What leads to this product, such as the way out, is for nobody's script.
    if url.startswith(f"{settings.BASE_URL}/") or not any(host == own or host.endswith(f".{own}") for own in hosts):
        return url
    query = f"{parts.query}&{PARAMETER}={token}" if parts.query else f"{PARAMETER}={token}"
    return urlunsplit(parts._replace(query=query))

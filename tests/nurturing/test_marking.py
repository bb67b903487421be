"""Links to the organisation's own sites carry who follows them; no other link does."""

import re

from django.conf import settings

from contacts.models import Contact
from nurturing.marking import list_hosts, mark_links
from nurturing.personalising import Personal
from tests.conftest import World
from tests.touchpoints.tracking.sending import event, make_site, new_browser, page, read, send
from touchpoints.tracking.models import Visitor


def personal(*urls: str) -> Personal:
    anchors = "".join(f'<p><a href="{url.replace("&", "&amp;")}">here</a></p>' for url in urls)
    return Personal(subject="Hello", html=anchors, text="\n".join(f"here ({url})" for url in urls))


def test_links_to_ones_own_sites_are_marked(scoped: World) -> None:
    organisation = scoped.organisation
    site = make_site(organisation)
    contact = Contact.objects.create(organisation=organisation, email="a@example.com")
    own = "https://www.acme.fr/tarifs?a=1&b=2#prix"
    others = ("https://acme.fr.evil.example/", "https://partner.example/", f"{settings.BASE_URL}/u/x/")
    marked = mark_links(organisation, contact.pk, personal(own, *others), list_hosts(organisation))
    (in_html,) = re.findall(r"prm_c=([^\"#&]+)", marked.html)
    (in_text,) = re.findall(r"prm_c=([^)#&]+)", marked.text)
    assert in_html == in_text
    assert f'href="https://www.acme.fr/tarifs?a=1&amp;b=2&amp;prm_c={in_html}#prix"' in marked.html
    assert f"(https://www.acme.fr/tarifs?a=1&b=2&prm_c={in_text}#prix)" in marked.text
    for url in others:
        assert f'"{url}"' in marked.html
        assert f"({url})" in marked.text
    browser = new_browser()
    send(site, page("/tarifs"), event("click", token=in_html), browser=browser)
    read(organisation)
    assert Visitor.objects.get().contact_id == contact.pk


def test_without_a_site_and_in_a_test_message_nothing_is_marked(scoped: World) -> None:
    written = personal("https://www.acme.fr/")
    contact = Contact.objects.create(organisation=scoped.organisation, email="a@example.com")
    assert list_hosts(scoped.organisation) == ()
    assert mark_links(scoped.organisation, contact.pk, written, ()) == written
    assert mark_links(scoped.organisation, 0, written, ("acme.fr",)) == written

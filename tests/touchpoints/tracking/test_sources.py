"""What brought a visitor, by name."""

import pytest

from touchpoints.tracking.sources import Source, name_source

OWN = ["acme.fr"]


@pytest.mark.parametrize(
    ("referrer", "kind", "name"),
    [
        ("", "direct", ""),
        ("https://www.acme.fr/blog", "direct", ""),
        ("https://boutique.acme.fr/", "direct", ""),
        ("https://www.google.com/", "search", "Google"),
        ("https://www.google.co.uk/search", "search", "Google"),
        ("https://mail.google.com/mail/u/0/", "mail", "Gmail"),
        ("https://gemini.google.com/app", "ai", "Gemini"),
        ("https://www.bing.com/", "search", "Bing"),
        ("https://copilot.microsoft.com/", "ai", "Copilot"),
        ("https://fr.search.yahoo.com/search", "search", "Yahoo"),
        ("https://chatgpt.com/", "ai", "ChatGPT"),
        ("https://claude.ai/chat", "ai", "Claude"),
        ("https://www.perplexity.ai/search", "ai", "Perplexity"),
        ("https://chat.mistral.ai/", "ai", "Le Chat (Mistral)"),
        ("https://lnkd.in/x", "social", "LinkedIn"),
        ("https://l.facebook.com/", "social", "Facebook"),
        ("https://t.co/abc", "social", "X"),
        ("https://github.com/acme", "social", "GitHub"),
        ("android-app://com.linkedin.android/", "social", "LinkedIn"),
        ("https://notgoogle.com/", "site", "notgoogle.com"),
        ("https://google.evil.example/", "site", "google.evil.example"),
        ("https://www.usinenouvelle.com/article/1", "site", "usinenouvelle.com"),
        ("https://acme.fr.evil.example/", "site", "acme.fr.evil.example"),
        ("no address", "direct", ""),
    ],
)
def test_a_referring_page_has_a_name(referrer: str, kind: str, name: str) -> None:
    found = name_source({"referrer": referrer} if referrer else {}, OWN)
    assert (found.kind, found.name) == (kind, name)


def test_a_campaign_comes_before_the_page_it_stood_on() -> None:
    page = {"utm_source": "linkedin", "utm_medium": "cpc", "utm_campaign": "p", "referrer": "https://www.google.fr/"}
    assert name_source(page, OWN) == Source("campaign", "linkedin", "cpc", "p")


def test_a_newsletter_is_mail_and_an_assistants_mark_no_campaign() -> None:
    assert name_source({"utm_source": "juin", "utm_medium": "Email"}, OWN).kind == "mail"
    assert name_source({"utm_source": "chatgpt.com"}, OWN) == Source("ai", "ChatGPT")

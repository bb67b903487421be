"""The frame of every message: MJML, compiled once, into which the personal text is put."""

from dataclasses import dataclass
from functools import lru_cache

import mrml
from django.utils.html import escape

_MJML = """<mjml lang="@@LANGUAGE@@"><mj-head>
<mj-title>@@SUBJECT@@</mj-title>
<mj-attributes>
<mj-all font-family="'Segoe UI', Helvetica, Arial, sans-serif"/>
<mj-text font-size="16px" line-height="1.55" color="#1b2420" padding="0 28px"/>
</mj-attributes>
<mj-style>
.message p { margin: 0 0 18px; }
.message a { color: #0b6b50; }
.message p.button { margin: 26px 0; }
.message p.button a { background: #0b6b50; border-radius: 6px; color: #ffffff; display: inline-block; font-weight: 600; padding: 12px 20px; text-decoration: none; }
.message p.scale { margin: 22px 0; }
.message p.scale a { border: 1px solid #0b6b50; border-radius: 6px; display: inline-block; font-weight: 600; line-height: 20px; margin: 0 2px 6px 0; min-width: 22px; padding: 10px 8px; text-align: center; text-decoration: none; }
.footer a { color: #5b6661; }
</mj-style>
</mj-head>
<mj-body background-color="#f2f4f3" width="600px">
<mj-section padding="28px 0 0"></mj-section>
<mj-section background-color="#ffffff" border-radius="10px" padding="30px 0 14px"><mj-column>
<mj-text css-class="message">@@MESSAGE@@</mj-text>
</mj-column></mj-section>
<mj-section padding="18px 0 28px"><mj-column>
<mj-text css-class="footer" font-size="13px" color="#5b6661" align="center">@@FOOTER@@</mj-text>
</mj-column></mj-section>
</mj-body></mjml>"""  # noqa: E501

_WORDS = {
    "fr": ("Vous recevez ce message de", "Se désabonner", "Vos préférences"),
    "en": ("You receive this message from", "Unsubscribe", "Your preferences"),
}
LANGUAGES = tuple(_WORDS)


@dataclass(frozen=True)
class Framed:
    """A whole message, in both its forms."""

    html: str
    text: str


@lru_cache(maxsize=len(_WORDS))
def _frame(language: str) -> str:
    html: str = mrml.to_html(_MJML.replace("@@LANGUAGE@@", language)).content
    return html


def put_into_frame(
    *,
    subject: str,
    html: str,
    text: str,
    organisation: str,
    postal_address: str,
    unsubscribe_url: str,
    language: str,
    preferences_url: str = "",
) -> Framed:
    """Return the message with its head and the legal foot: who writes, from where, and the way out.

    `html` is escaped already; everything else is plain text. `language` is one of LANGUAGES. Without a
    `preferences_url` the page of choices is left out.
    """
    from_whom, out, choices = _WORDS[language]
    sender = ", ".join(part for part in (organisation, postal_address) if part)
    link = f'<a href="{escape(unsubscribe_url)}">{escape(out)}</a>'
    between = "\u202f: " if language == "fr" else ": "
    other = ""
    if preferences_url:
        link = f'<a href="{escape(preferences_url)}">{escape(choices)}</a> · {link}'
        other = f"{choices}{between}{preferences_url}\n"
    whole = (
        _frame(language)
        .replace("@@SUBJECT@@", escape(subject))
        .replace("@@FOOTER@@", f"{escape(from_whom)} {escape(sender)}.<br>{link}")
        .replace("@@MESSAGE@@", html)
    )
    return Framed(whole, f"{text}\n\n-- \n{from_whom} {sender}.\n{other}{out}{between}{unsubscribe_url}\n")

"""An organisation's own colour, with an ink on it that can be read."""

import re

_COLOUR = re.compile(r"#[0-9a-f]{6}")
# WCAG 2.2, 1.4.3: text against its ground.
READABLE = 4.5
# The grounds of public pages, light and dark (static/css/lead_form.css).
LIGHT_GROUND, DARK_GROUND = "#ffffff", "#1b1f1e"


def clean_colour(text: str) -> str:
    """Return "#0b6b53" of what was given, "" for nothing; ValueError for what is no colour."""
    colour = text.strip().lower()
    if len(colour) == 4 and colour.startswith("#"):
        colour = "#" + "".join(2 * one for one in colour[1:])
    if colour and not _COLOUR.fullmatch(colour):
        raise ValueError(text)
    return colour


def luminance(colour: str) -> float:
    """Return how light a colour is, 0 to 1 (WCAG 2.2, relative luminance)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return how much two colours differ in lightness, 1 to 21 (WCAG 2.2, contrast ratio)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(colour: str) -> str:
    """Return black or white, whichever stands out more."""
    return "#000000" if contrast(colour, "#000000") >= contrast(colour, "#ffffff") else "#ffffff"


def readable_on(colour: str, ground: str) -> str:
    """Return the colour as text on a ground: itself where it can be read there, else the ink of the ground."""
    return colour if contrast(colour, ground) >= READABLE else ink_on(ground)


def style_of(colour: str) -> str:
    """Return the style sheet of a colour; empty for none."""
    if not colour:
        return ""
    words = f"light-dark({readable_on(colour, LIGHT_GROUND)}, {readable_on(colour, DARK_GROUND)})"
    return f":root, :host {{ --form-accent: {colour}; --form-on-accent: {ink_on(colour)}; --form-link: {words}; }}\n"

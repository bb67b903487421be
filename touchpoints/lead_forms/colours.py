"""A form's own colour, with an ink on it that can be read."""

import re

_COLOUR = re.compile(r"#[0-9a-f]{6}")


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


def ink_on(colour: str) -> str:
    """Return black or white, whichever stands out more."""
    light = luminance(colour)
    return "#000000" if (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) else "#ffffff"


def style_of(colour: str) -> str:
    """Return the style sheet of a form's colour; empty where it has none."""
    if not colour:
        return ""
    return f":root, :host {{ --form-accent: {colour}; --form-on-accent: {ink_on(colour)}; }}\n"

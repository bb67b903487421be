"""The figures behind a chart, as a table for everyone who cannot see it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """A table of ready text: one header per column; the first column names the row."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

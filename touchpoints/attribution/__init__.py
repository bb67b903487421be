"""Observed importance: what the log says a touchpoint had to do with conversions."""

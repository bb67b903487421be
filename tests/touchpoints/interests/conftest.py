"""An organisation with the usual kinds and purposes, as forms have it."""

from tests.touchpoints.lead_forms.conftest import solvane

__all__ = ["solvane"]

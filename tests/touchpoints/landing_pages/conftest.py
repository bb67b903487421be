"""An organisation with the usual purposes and kinds."""

from tests.touchpoints.lead_forms.conftest import solvane

__all__ = ["solvane"]

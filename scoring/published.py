"""The published version: what scores are made with now."""

from django.db import connection

from prm.organisations.models import Organisation
from scoring.models import ModelVersion, VersionStatus
from scoring.rulesets import Ruleset, build_ruleset


def find_published() -> ModelVersion | None:
    """Return the published version of the organisation in scope."""
    found: ModelVersion | None = ModelVersion.objects.filter(status=VersionStatus.PUBLISHED).first()
    return found


def hold_published(organisation: Organisation) -> Ruleset | None:
    """Return the published rules and keep them published until the transaction ends; None where there are none.

    Whoever writes scores holds them, so that a score of an older version is never written after a newer one.
    """
    _lock(organisation, "pg_advisory_xact_lock_shared")
    version = find_published()
    return build_ruleset(organisation, version) if version else None


def lock_published(organisation: Organisation) -> None:
    """Wait until nobody writes scores, and let nobody do so until the transaction ends."""
    _lock(organisation, "pg_advisory_xact_lock")


def _lock(organisation: Organisation, function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext('scoring.published'), %s)", [organisation.pk % 2**31])

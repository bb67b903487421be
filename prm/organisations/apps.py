"""The app's place in Django."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import connection
from django.db.models.signals import post_migrate

from prm.organisations.grants import grant_to_application_role


class OrganisationsConfig(AppConfig):
    """Organisations, their members and the database's part in keeping them apart."""

    name = "prm.organisations"
    label = "organisations"

    def ready(self) -> None:
        """Watch connections; give the application its rights again whenever tables changed."""
        from prm.organisations.scope import connect_signals  # noqa: PLC0415  (needs loaded models)

        connect_signals()
        post_migrate.connect(_grant, dispatch_uid="prm.organisations.grant")


def _grant(*, sender: AppConfig, **_: Any) -> None:
    if sender.label == "organisations" and settings.DATABASE_ROLE == "owner":
        grant_to_application_role(connection)

"""The package's place in Django."""

from django.apps import AppConfig


class StandingsConfig(AppConfig):
    """How companies stand; part of the room of contacts, with tables of their own."""

    name = "contacts.standings"
    label = "standings"

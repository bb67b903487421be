"""The app's place in Django."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "contacts"

"""Addresses of an organisation's pages: `/o/<slug>/...`."""

from typing import Any

from django.urls import reverse

from prm.organisations.models import Organisation


def org_reverse(organisation: Organisation, name: str, *args: Any) -> str:
    """Return the path of a page of this organisation; `args` are the page's own."""
    return reverse(name, args=[organisation.slug, *args])

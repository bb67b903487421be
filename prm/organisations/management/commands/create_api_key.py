"""Create a key of the API and print it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from prm.organisations.api_keys import create_key
from prm.organisations.queries import find_organisation
from prm.organisations.rights import ALL_SCOPES, Right
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid


class Command(BaseCommand):
    help = "Create a key of the API. Prints the key alone on its line; it cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        scopes = ", ".join([ALL_SCOPES, *sorted(Right)])
        parser.add_argument("--organisation", required=True, metavar="SLUG")
        parser.add_argument("--scopes", required=True, nargs="+", help=f"with spaces or commas between: {scopes}")
        parser.add_argument("--name", default="API")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = find_organisation(options["organisation"])
        if organisation is None:
            raise CommandError(f"There is no organisation {options['organisation']!r}.")
        scopes = [scope for given in options["scopes"] for scope in given.split(",") if scope]
        try:
            with organisation_scope(organisation.pk):
                _key, token = create_key(organisation, name=options["name"], scopes=scopes, by="create_api_key")
        except Invalid as error:
            raise CommandError(" ".join(map(str, error.fields.values()))) from error
        self.stdout.write(token)

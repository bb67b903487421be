"""Create an organisation with its first admin."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from prm.organisations.services import create_organisation, ensure_person
from prm.work.errors import DomainError, Invalid


class Command(BaseCommand):
    help = "Create an organisation with its first admin. An existing person becomes admin and keeps their password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="its address: /o/<slug>/")
        parser.add_argument("--name", required=True)
        parser.add_argument("--admin", required=True, metavar="EMAIL", help="e-mail address of the first admin")
        parser.add_argument("--password", required=True, help="password of the first admin")
        parser.add_argument("--language", choices=["fr", "en"], default="fr")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["admin"].strip())
        except ValidationError as error:
            raise CommandError(f"{options['admin']!r} is not an e-mail address.") from error
        try:
            with transaction.atomic():
                admin, is_new = ensure_person(email=options["admin"], password=options["password"])
                organisation = create_organisation(
                    slug=options["slug"],
                    name=options["name"],
                    language=options["language"],
                    admin=admin,
                    by="create_organisation",
                )
        except DomainError as error:
            fields = error.fields.values() if isinstance(error, Invalid) else ()
            raise CommandError(" ".join([str(error.message), *map(str, fields)])) from error
        self.stdout.write(f"Organisation {organisation.slug!r} is ready; {admin.email} is its admin.")
        if not is_new:
            self.stderr.write(f"{admin.email} existed already and keeps their password.")

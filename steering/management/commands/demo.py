"""The demo organisation."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from prm.organisations.models import Organisation
from steering.demo.building import PASSWORD, PEOPLE, SLUG, build_demo


class Command(BaseCommand):
    help = "Create the demo organisation, with people, history and four accounts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing where any organisation exists")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and Organisation.objects.exists():
            return
        if Organisation.objects.filter(slug=SLUG).exists():
            raise CommandError(f"The organisation {SLUG!r} exists already.")
        build_demo()
        self.stdout.write(f"Demo organisation: /o/{SLUG}/")
        for email, name, role in PEOPLE:
            self.stdout.write(f"  {email}  {PASSWORD}  {name}, {role.value}")

"""Score every contact anew, at once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from scoring.published import find_published
from scoring.rescoring import rescore_all


class Command(BaseCommand):
    help = "Scores every contact of an organisation with its published model, writes what changed, fills the queue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", required=True, metavar="SLUG", help="address of the organisation")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = Organisation.objects.filter(slug=options["organisation"]).first()
        if organisation is None:
            raise CommandError(f"There is no organisation {options['organisation']!r}.")
        with organisation_scope(organisation.pk):
            version = find_published()
            if version is None:
                raise CommandError(f"{organisation.slug} has no published scoring model.")
            counts = rescore_all(organisation)
        self.stdout.write(
            f"{counts['contacts']} contacts scored with {version}: {counts['changed']} scores changed,"
            f" {counts['tiers']} tiers changed, {counts['handoffs']} handed over."
        )

"""Makes a restored log readable in the cluster it was restored into."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction


class Command(BaseCommand):
    """Run once, by the owner of the tables, after restoring a dump and before starting workers.

    A dump carries transaction numbers of the cluster it was taken from; a new cluster counts from the start,
    so its interactions would stand before what consumers have read. This moves all old numbers below zero, in
    their order. Cost: one rewrite of the log.
    """

    requires_system_checks = ()
    help = "After a restore: renumber the log's transactions, so that consumers read what comes next."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "LOCK TABLE touchpoints_interaction, touchpoints_consumercursor, work_wakeup IN EXCLUSIVE MODE"
            )
            cursor.execute(
                "SELECT greatest(coalesce((SELECT max(transaction_id) FROM touchpoints_interaction), 0),"
                " coalesce((SELECT max(transaction_id) FROM touchpoints_consumercursor), 0),"
                " coalesce((SELECT max(transaction_id) FROM work_wakeup), 0))"
            )
            shift = max(cursor.fetchone()[0], 0)
            for table in ("touchpoints_interaction", "touchpoints_consumercursor", "work_wakeup"):
                cursor.execute(f"UPDATE {table} SET transaction_id = transaction_id - %s", [shift])
        self.stdout.write(f"Moved the log's transaction numbers down by {shift}.")

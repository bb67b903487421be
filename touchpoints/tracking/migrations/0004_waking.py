"""Not every beacon notes that work is due: one a second does, and the worker looks once more a moment after its last.

A wake-up for each would cost as much as the beacon itself. What all of that misses is found every hour.
"""

from importlib import import_module

from django.db import migrations

before = import_module("touchpoints.tracking.migrations.0002_accepting").FORWARD
SIGNATURE = "(text, text, uuid, text, boolean, inet, text, boolean, jsonb)"
FUNCTION = before[: before.index("CREATE INDEX")]
WAKING = (
    FUNCTION.replace("is_prefetch boolean, events jsonb,", "is_prefetch boolean, events jsonb, wakes boolean,")
    .replace(
        "    INSERT INTO work_wakeup (organisation_id, queue) VALUES (site.organisation_id, 'track');\n",
        "    IF wakes THEN\n"
        "        INSERT INTO work_wakeup (organisation_id, queue) VALUES (site.organisation_id, 'track');\n"
        "    END IF;\n",
    )
    .replace("boolean, jsonb) FROM PUBLIC", "boolean, jsonb, boolean) FROM PUBLIC")
)
WAITING = """
-- Notes that work is due for whoever has beacons that wait for more than a minute.
CREATE FUNCTION tracking_wake_waiting() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO work_wakeup (organisation_id, queue)
    SELECT DISTINCT h.organisation_id, 'track' FROM tracking_hit h WHERE h.received_at < now() - interval '1 minute'
$$;
REVOKE EXECUTE ON FUNCTION tracking_wake_waiting() FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("tracking", "0003_forgetting")]
    operations = [
        migrations.RunSQL(
            f"DROP FUNCTION tracking_accept{SIGNATURE};\n{WAKING}{WAITING}",
            "DROP FUNCTION tracking_wake_waiting();"
            f" DROP FUNCTION tracking_accept{SIGNATURE[:-1]}, boolean);\n{FUNCTION}",
        )
    ]

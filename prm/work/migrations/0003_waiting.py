"""How long due work has been waiting, over all organisations: what monitors ask."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION work_waiting() RETURNS TABLE (queue varchar, seconds double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT w.queue, extract(epoch FROM now() - min(w.due_at))::float8
    FROM work_wakeup w WHERE w.due_at <= now() GROUP BY w.queue
$$;
REVOKE EXECUTE ON FUNCTION work_waiting() FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("work", "0002_functions")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION work_waiting()")]

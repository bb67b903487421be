"""How far the consumers are behind, over all organisations: what monitors ask.

Only organisations with a due wake-up can have anything unread, so that is where it looks.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION touchpoints_consumer_lag() RETURNS TABLE (consumer varchar, seconds double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.consumer, max(extract(epoch FROM now() - unread.received_at))::float8
    FROM (SELECT DISTINCT w.organisation_id FROM work_wakeup w WHERE w.queue = 'react' AND w.due_at <= now()) due
    JOIN touchpoints_consumercursor c ON c.organisation_id = due.organisation_id
    CROSS JOIN LATERAL (
        SELECT i.received_at FROM touchpoints_interaction i
        WHERE i.organisation_id = c.organisation_id
          AND (i.transaction_id, i.id) > (c.transaction_id, c.interaction_id)
        ORDER BY i.transaction_id, i.id LIMIT 1
    ) unread
    GROUP BY c.consumer
$$;
REVOKE EXECUTE ON FUNCTION touchpoints_consumer_lag() FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("touchpoints", "0001_initial"), ("work", "0002_functions")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION touchpoints_consumer_lag()")]

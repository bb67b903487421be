"""The one read across organisations that the sweep needs: who has something due."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION work_due() RETURNS TABLE (organisation_id bigint, queue varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT w.organisation_id, w.queue FROM work_wakeup w WHERE w.due_at <= now()
$$;
REVOKE EXECUTE ON FUNCTION work_due() FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("work", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION work_due()")]

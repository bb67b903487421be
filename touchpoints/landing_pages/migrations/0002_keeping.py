"""What was published never changes: people answered to it."""

from django.db import migrations

KEEPING = """
CREATE FUNCTION landing_pages_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was published is not changed (%)', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER landing_pages_version_is_final BEFORE UPDATE OF document, number, page_id ON landing_pages_pageversion
    FOR EACH ROW EXECUTE FUNCTION landing_pages_refuse_change();
"""
NOT_KEEPING = """
DROP TRIGGER landing_pages_version_is_final ON landing_pages_pageversion;
DROP FUNCTION landing_pages_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("landing_pages", "0001_initial")]
    operations = [migrations.RunSQL(KEEPING, NOT_KEEPING)]

"""What was published never changes: people answered to it."""

from django.db import migrations

KEEPING = """
CREATE FUNCTION lead_forms_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was published is not changed (%)', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER lead_forms_version_is_final BEFORE UPDATE OF document, number, form_id ON lead_forms_formversion
    FOR EACH ROW EXECUTE FUNCTION lead_forms_refuse_change();
"""
NOT_KEEPING = """
DROP TRIGGER lead_forms_version_is_final ON lead_forms_formversion;
DROP FUNCTION lead_forms_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("lead_forms", "0001_initial")]
    operations = [migrations.RunSQL(KEEPING, NOT_KEEPING)]

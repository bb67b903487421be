"""When a definition changes, conditions are read again: a segment may have lost its meaning, or found it again."""

from django.db import migrations

NOTING = """
CREATE TRIGGER fields_definition_changed AFTER INSERT OR DELETE OR UPDATE OF type, choices, archived_at ON fields_customfield
    FOR EACH ROW EXECUTE FUNCTION segments_touch_conditions();
"""
NOT_NOTING = "DROP TRIGGER fields_definition_changed ON fields_customfield;"


class Migration(migrations.Migration):
    dependencies = [("fields", "0001_initial"), ("segments", "0002_keeping")]
    operations = [migrations.RunSQL(NOTING, NOT_NOTING)]

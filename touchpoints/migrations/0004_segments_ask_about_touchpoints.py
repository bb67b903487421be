"""A condition that asks about a touchpoint is read again when the touchpoint goes, or comes back."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER segments_touchpoint_known AFTER INSERT OR DELETE OR UPDATE OF code ON touchpoints_touchpoint
    FOR EACH ROW EXECUTE FUNCTION segments_touch_conditions();
"""
BACKWARD = "DROP TRIGGER segments_touchpoint_known ON touchpoints_touchpoint;"


class Migration(migrations.Migration):
    dependencies = [("touchpoints", "0003_forget_keys"), ("segments", "0002_keeping")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""Who read something is looked at again by living segments; readings of forgotten visitors stay, as nobody's."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER contents_reading_added AFTER INSERT ON contents_reading
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION interests_touch_segments();
CREATE TRIGGER contents_reading_changed AFTER UPDATE ON contents_reading
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION interests_touch_segments();
CREATE TRIGGER contents_reading_gone AFTER DELETE ON contents_reading
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION interests_touch_segments();
CREATE TRIGGER contents_content_gone AFTER DELETE ON contents_content
    FOR EACH ROW EXECUTE FUNCTION segments_touch_conditions();

CREATE FUNCTION contents_forget_visitors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contents_reading r SET visitor_uid = NULL FROM gone g
    WHERE r.organisation_id = g.organisation_id AND r.visitor_uid = g.uid;
    RETURN NULL;
END $$;
CREATE TRIGGER contents_visitor_gone AFTER DELETE ON tracking_visitor
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION contents_forget_visitors();
"""
BACKWARD = """
DROP TRIGGER contents_visitor_gone ON tracking_visitor;
DROP FUNCTION contents_forget_visitors();
DROP TRIGGER contents_content_gone ON contents_content;
DROP TRIGGER contents_reading_gone ON contents_reading;
DROP TRIGGER contents_reading_changed ON contents_reading;
DROP TRIGGER contents_reading_added ON contents_reading;
"""


class Migration(migrations.Migration):
    dependencies = [("contents", "0001_initial"), ("interests", "0002_weighing")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

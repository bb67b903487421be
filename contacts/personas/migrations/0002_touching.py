"""Whoever becomes or ceases to be somebody's persona is looked at again by the segments that ask about it.

Personas ask nothing about personas, so this comes to an end. Organisations without such a segment pay one look at
their segments a statement.
"""

from django.db import migrations

TOUCHING = """
CREATE FUNCTION personas_touch_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    organisation bigint := (SELECT c.organisation_id FROM changed c LIMIT 1);
BEGIN
    IF organisation IS NULL OR NOT EXISTS (
        SELECT 1 FROM segments_segment g
        WHERE g.organisation_id = organisation AND g.kind = 'living' AND g.archived_at IS NULL
            AND g.condition::text LIKE '%"field": "persona"%'
    ) THEN
        RETURN NULL;
    END IF;
    INSERT INTO segments_touchedcontact (organisation_id, contact_id)
    SELECT DISTINCT c.organisation_id, c.contact_id FROM changed c
    JOIN personas_persona p ON p.organisation_id = c.organisation_id AND p.segment_id = c.segment_id;
    IF FOUND THEN
        INSERT INTO work_wakeup (organisation_id, queue) VALUES (organisation, 'segment');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER personas_members_come AFTER INSERT ON segments_segmentmember
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION personas_touch_contacts();
CREATE TRIGGER personas_members_leave AFTER UPDATE ON segments_segmentmember
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION personas_touch_contacts();
"""
NOT_TOUCHING = """
DROP TRIGGER personas_members_leave ON segments_segmentmember;
DROP TRIGGER personas_members_come ON segments_segmentmember;
DROP FUNCTION personas_touch_contacts();
"""


class Migration(migrations.Migration):
    dependencies = [("personas", "0001_initial"), ("segments", "0002_keeping")]
    operations = [migrations.RunSQL(TOUCHING, NOT_TOUCHING)]

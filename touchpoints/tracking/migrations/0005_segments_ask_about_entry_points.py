"""Segments may ask how somebody began: a browser that becomes somebody's, or whose entry point is noted, is a change."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION tracking_touch_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    organisation bigint := (SELECT c.organisation_id FROM changed c LIMIT 1);
BEGIN
    IF organisation IS NULL OR NOT segments_are_kept(organisation) THEN
        RETURN NULL;
    END IF;
    -- Most writes count a page: what can be asked about stays.
    INSERT INTO segments_touchedcontact (organisation_id, contact_id)
    SELECT DISTINCT c.organisation_id, x.contact_id
    FROM changed c JOIN before b ON b.id = c.id
    CROSS JOIN LATERAL (VALUES (c.contact_id), (b.contact_id)) AS x (contact_id)
    WHERE x.contact_id IS NOT NULL
      AND (c.contact_id, c.entry_url, c.entry_kind, c.entry_source, c.entry_campaign, c.entry_touchpoint_id, c.first_at)
          IS DISTINCT FROM
          (b.contact_id, b.entry_url, b.entry_kind, b.entry_source, b.entry_campaign, b.entry_touchpoint_id, b.first_at);
    IF FOUND THEN
        INSERT INTO work_wakeup (organisation_id, queue) VALUES (organisation, 'segment');
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION tracking_touch_new_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    organisation bigint := (SELECT c.organisation_id FROM changed c WHERE c.contact_id IS NOT NULL LIMIT 1);
BEGIN
    IF organisation IS NULL OR NOT segments_are_kept(organisation) THEN
        RETURN NULL;
    END IF;
    INSERT INTO segments_touchedcontact (organisation_id, contact_id)
    SELECT DISTINCT c.organisation_id, c.contact_id FROM changed c WHERE c.contact_id IS NOT NULL;
    INSERT INTO work_wakeup (organisation_id, queue) VALUES (organisation, 'segment');
    RETURN NULL;
END $$;
CREATE TRIGGER tracking_visitor_changed AFTER UPDATE ON tracking_visitor
    REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tracking_touch_contacts();
CREATE TRIGGER tracking_visitor_added AFTER INSERT ON tracking_visitor
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tracking_touch_new_contacts();
"""
BACKWARD = """
DROP TRIGGER tracking_visitor_added ON tracking_visitor;
DROP TRIGGER tracking_visitor_changed ON tracking_visitor;
DROP FUNCTION tracking_touch_new_contacts();
DROP FUNCTION tracking_touch_contacts();
"""


class Migration(migrations.Migration):
    dependencies = [("tracking", "0004_waking"), ("segments", "0002_keeping")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""What a page's request stands for, in one statement; and what was published never changes.

Strangers ask, so that the function runs as the owner and tells nobody but the server: whoever calls it answers with HTML.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION slots_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was published is not changed (%)', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER slots_version_is_final BEFORE UPDATE OF document, number, slot_id ON slots_slotversion
    FOR EACH ROW EXECUTE FUNCTION slots_refuse_change();

-- Nulls: no such site.
CREATE FUNCTION slots_find(
    site_key text, browser uuid, is_audience boolean, OUT organisation bigint, OUT site bigint, OUT hosts text[],
    OUT mode text, OUT stamp bigint, OUT visitor bigint, OUT contact bigint
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT s.organisation_id, s.id, s.hosts::text[], s.mode INTO organisation, site, hosts, mode
    FROM tracking_site s WHERE s.key = site_key;
    IF organisation IS NULL THEN
        RETURN;
    END IF;
    -- Another one whenever a slot changes.
    SELECT COALESCE(sum((extract(epoch FROM s.updated_at) * 1000000)::bigint % 1000000007 + s.id), 0) INTO stamp
    FROM slots_slot s WHERE s.organisation_id = organisation;
    IF browser IS NULL OR (is_audience AND mode <> 'audience') THEN
        RETURN;
    END IF;
    SELECT v.id, CASE WHEN v.is_audience THEN NULL ELSE v.contact_id END INTO visitor, contact
    FROM tracking_visitor v
    WHERE v.organisation_id = organisation AND v.browser = slots_find.browser
      AND v.is_audience = slots_find.is_audience
    ORDER BY v.since DESC LIMIT 1;
    -- Whoever said no to it is not told from anybody by what we know of them.
    IF contact IS NOT NULL AND EXISTS (
        SELECT FROM consent_consentstate x
        JOIN consent_purpose p ON p.organisation_id = x.organisation_id AND p.id = x.purpose_id
        WHERE x.organisation_id = organisation AND x.contact_id = contact AND p.code = 'personalisation'
          AND x.state <> 'given'
    ) THEN
        contact := NULL;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION slots_find(text, uuid, boolean) FROM PUBLIC;
"""
BACKWARD = """
DROP FUNCTION slots_find(text, uuid, boolean);
DROP TRIGGER slots_version_is_final ON slots_slotversion;
DROP FUNCTION slots_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("slots", "0001_initial"),
        ("tracking", "0005_segments_ask_about_entry_points"),
        ("consent", "0006_advertising"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""Forgetting visitors nobody knows and nobody has seen for long, over all organisations: cost follows what is old."""

from django.db import migrations

FORWARD = """
CREATE INDEX tracking_visitor_unknown ON tracking_visitor (last_at) WHERE contact_id IS NULL;
CREATE INDEX tracking_usedproof_at ON tracking_usedproof USING brin (at);

-- Forgets up to so many visitors not seen since a moment (never younger than 13 months), with their visits; what they
-- did stays counted, as nobody's. Proofs that no longer prove anything go as well. Returns how many visitors.
CREATE FUNCTION tracking_forget(before timestamptz, batch_size integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    forgotten integer;
BEGIN
    WITH old AS MATERIALIZED (
        SELECT v.id, v.organisation_id, v.uid
        FROM tracking_visitor v
        WHERE v.contact_id IS NULL AND v.last_at < least(before, now() - interval '13 months')
        ORDER BY v.last_at
        LIMIT batch_size
        FOR UPDATE SKIP LOCKED
    ), blanked AS (
        UPDATE touchpoints_interaction i
        SET visitor_id = NULL, properties = i.properties - 'visit' - 'view'
        FROM old
        WHERE i.organisation_id = old.organisation_id AND i.visitor_id = old.uid
    )
    DELETE FROM tracking_visitor v USING old WHERE v.id = old.id;
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    DELETE FROM tracking_usedproof WHERE at < now() - interval '60 days';
    RETURN forgotten;
END $$;
REVOKE EXECUTE ON FUNCTION tracking_forget(timestamptz, integer) FROM PUBLIC;
"""
BACKWARD = """
DROP FUNCTION tracking_forget(timestamptz, integer);
DROP INDEX tracking_usedproof_at;
DROP INDEX tracking_visitor_unknown;
"""


class Migration(migrations.Migration):
    dependencies = [("tracking", "0002_accepting")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

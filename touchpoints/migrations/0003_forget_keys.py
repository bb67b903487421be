"""Forgetting the keys of old interactions, over all organisations: cost follows what is old, not who has it.

Keys are only ever appended, so a block range index finds the old ones and costs a write next to nothing.
"""

from django.db import migrations

FORWARD = """
CREATE INDEX touchpoints_interactionkey_received ON touchpoints_interactionkey USING brin (received_at)
    WITH (pages_per_range = 32);

-- Deletes up to so many keys received before a moment (never younger than 30 days); returns how many.
CREATE FUNCTION touchpoints_forget_keys(before timestamptz, batch_size integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    forgotten integer;
BEGIN
    DELETE FROM touchpoints_interactionkey
    WHERE ctid = ANY (ARRAY(
        SELECT k.ctid FROM touchpoints_interactionkey k
        WHERE k.received_at < least(before, now() - interval '30 days')
        LIMIT batch_size
        FOR UPDATE SKIP LOCKED
    ));
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;
REVOKE EXECUTE ON FUNCTION touchpoints_forget_keys(timestamptz, integer) FROM PUBLIC;
"""
BACKWARD = """
DROP FUNCTION touchpoints_forget_keys(timestamptz, integer);
DROP INDEX touchpoints_interactionkey_received;
"""


class Migration(migrations.Migration):
    dependencies = [("touchpoints", "0002_consumer_lag")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""Taking in what a browser sends, in one statement: it finds the organisation by the site's key, checks, and keeps.

Strangers call it, so that it runs as the owner and says nothing but whether it took the hit. The wake-up stands in the
same transaction: what is taken is found again, whatever becomes of Redis or the worker.
"""

from django.db import migrations

FORWARD = """
-- Outcomes: 'taken', 'unknown' (no such site, or a host that is not its own), 'gone' (a browser whose owner is erased).
CREATE FUNCTION tracking_accept(
    site_key text, host text, browser uuid, browser_key text, is_audience boolean, address inet, agent text,
    is_prefetch boolean, events jsonb, OUT outcome text, OUT organisation bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    site tracking_site;
BEGIN
    SELECT s.* INTO site FROM tracking_site s WHERE s.key = site_key;
    IF site.id IS NULL OR NOT EXISTS (
        SELECT FROM unnest(site.hosts) AS listed (name)
        WHERE host = listed.name OR right(host, length(listed.name) + 1) = '.' || listed.name
    ) THEN
        outcome := 'unknown';
        RETURN;
    END IF;
    IF browser IS NOT NULL AND EXISTS (
        SELECT FROM tracking_visitor v
        WHERE v.organisation_id = site.organisation_id AND v.browser_key = tracking_accept.browser_key
          AND v.browser IS NULL
    ) THEN
        outcome := 'gone';
        RETURN;
    END IF;
    outcome := 'taken';
    -- A site that asks for consent measures nobody without it.
    IF is_audience AND site.mode <> 'audience' THEN
        browser := NULL;
    END IF;
    IF browser IS NULL AND NOT site.counts_refused THEN
        RETURN;
    END IF;
    organisation := site.organisation_id;
    INSERT INTO tracking_hit
        (organisation_id, site_id, browser, is_audience, address, agent, is_prefetch, events)
    VALUES (site.organisation_id, site.id, browser, is_audience, address, agent, is_prefetch, events);
    INSERT INTO work_wakeup (organisation_id, queue) VALUES (site.organisation_id, 'track');
END $$;
REVOKE EXECUTE ON FUNCTION tracking_accept(text, text, uuid, text, boolean, inet, text, boolean, jsonb) FROM PUBLIC;

CREATE INDEX touchpoints_interaction_visitor
    ON touchpoints_interaction (organisation_id, visitor_id, occurred_at) WHERE visitor_id IS NOT NULL;
"""
BACKWARD = """
DROP INDEX touchpoints_interaction_visitor;
DROP FUNCTION tracking_accept(text, text, uuid, text, boolean, inet, text, boolean, jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [("tracking", "0001_initial"), ("work", "0002_functions")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

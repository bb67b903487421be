-- Purpose: note that a site's pages ask for places by these keys.
-- Parameters: organisation_id, site_id, keys, host.
-- Relies on: slots_slotask_one (organisation_id, site_id, key, host).
-- Cost: one row a key.
INSERT INTO slots_slotask (organisation_id, site_id, key, host)
SELECT %(organisation_id)s, s.id, k.key, %(host)s
FROM unnest(%(keys)s::text[]) AS k (key)
JOIN tracking_site s ON s.organisation_id = %(organisation_id)s AND s.id = %(site_id)s
ON CONFLICT (organisation_id, site_id, key, host) DO UPDATE SET last_at = now()

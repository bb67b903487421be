-- Purpose: take the next beacons of an organisation off the queue, to be turned into what they say in the same
--   transaction.
-- Parameters: organisation_id, most.
-- Columns: id, site_id, received_at, browser, is_audience, address, agent, is_prefetch, events.
-- Relies on: tracking_hit_key (organisation_id, id).
-- Cost: `most` rows.
DELETE FROM tracking_hit h
WHERE h.organisation_id = %(organisation_id)s
  AND h.id IN (
      SELECT n.id FROM tracking_hit n
      WHERE n.organisation_id = %(organisation_id)s
      ORDER BY n.id
      LIMIT %(most)s
  )
RETURNING h.id, h.site_id, h.received_at, h.browser, h.is_audience, host(h.address), h.agent, h.is_prefetch, h.events::text

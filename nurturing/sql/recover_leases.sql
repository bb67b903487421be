-- Purpose: settle what a dead sender left: a message it was speaking to the server about is unknown from now on; one
--   it had not begun is free again; one it had sent still needs its note in the log.
-- Parameters: organisation_id.
-- Returns: id, contact_id, status, sent_at of each.
-- Relies on: nurturing_delivery_leased.
-- Cost: what dead senders left.
WITH dead AS (
    SELECT d.id
    FROM nurturing_delivery d
    WHERE d.organisation_id = %(organisation_id)s AND d.lease_until < now()
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE nurturing_delivery d
SET lease_until = NULL, status = CASE WHEN d.status = 'sending' THEN 'unknown' ELSE d.status END
FROM dead
WHERE d.organisation_id = %(organisation_id)s AND d.id = dead.id
RETURNING d.id, d.contact_id, d.status, d.sent_at

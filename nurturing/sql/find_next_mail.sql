-- Purpose: when the next message may leave, or a sender's hold on one ends.
-- Parameters: organisation_id.
-- Returns: a time, or null.
-- Relies on: nurturing_delivery_due, nurturing_delivery_leased.
-- Cost: two index probes.
SELECT least(
    (SELECT d.due_at FROM nurturing_delivery d
     WHERE d.organisation_id = %(organisation_id)s AND d.status = 'pending' AND d.lease_until IS NULL
     ORDER BY d.due_at, d.id LIMIT 1),
    (SELECT d.lease_until FROM nurturing_delivery d
     WHERE d.organisation_id = %(organisation_id)s AND d.lease_until IS NOT NULL
     ORDER BY d.lease_until LIMIT 1)
)

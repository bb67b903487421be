-- Purpose: give all that a visitor did to the contact it turned out to be. It stands at the end of the log anew, so
--   that consumers read it once more, now as somebody's: scored as if it had always been theirs.
-- Parameters: organisation_id, contact_id, visitors (uids).
-- Relies on: touchpoints_interaction_visitor.
-- Cost: the visitor's acts; 5,000 take about 0.3 s.
UPDATE touchpoints_interaction i
SET contact_id = %(contact_id)s, transaction_id = pg_current_xact_id()::text::bigint
WHERE i.organisation_id = %(organisation_id)s
  AND i.visitor_id = ANY (%(visitors)s::uuid[])
  AND i.contact_id IS NULL

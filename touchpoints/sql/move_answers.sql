-- Purpose: give what visitors answered to surveys to the contact they turned out to be, or take it from one.
-- Parameters: organisation_id, visitors (ids), was and contact_id (whose they were, whose they are; null for nobody).
-- Relies on: surveys_answer_of_visitor.
-- Cost: the answers of these visitors.
UPDATE surveys_answer a
SET contact_id = %(contact_id)s::bigint
WHERE a.organisation_id = %(organisation_id)s
  AND a.visitor_id = ANY (%(visitors)s::bigint[])
  AND a.contact_id IS NOT DISTINCT FROM %(was)s::bigint

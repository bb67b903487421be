-- Purpose: prospects who may be handed to sales now: hot, fitting, contactable, not with sales and not cooling off.
-- Parameters: organisation_id, minimum_fit, now, rejected_after (a rejection before it no longer holds), most (null:
--   all); <chosen> narrows s.contact_id.
-- Returns: contact_id, intent, fit, total, in the order of ids; their rows in contacts_contact are locked.
-- Relies on: contacts_standing_tier or its primary key, scoring_handoff_contact, contacts_suppression_contact.
-- Cost: one lookup a hot contact.
SELECT c.id, s.intent, s.fit, s.total
FROM contacts_standing s
JOIN contacts_contact c ON c.organisation_id = s.organisation_id AND c.id = s.contact_id
WHERE s.organisation_id = %(organisation_id)s
  AND {chosen}
  AND s.tier = 2
  AND s.fit >= %(minimum_fit)s
  AND c.stage = 'prospect'
  AND NOT EXISTS (
      SELECT 1 FROM contacts_suppression x
      WHERE x.organisation_id = %(organisation_id)s AND x.contact_id = c.id
  )
  AND NOT EXISTS (
      SELECT 1 FROM scoring_handoff h
      WHERE h.organisation_id = %(organisation_id)s
        AND h.contact_id = c.id
        AND (h.status IN ('waiting', 'claimed')
             OR h.not_before > %(now)s
             OR h.status = 'rejected' AND h.answered_at > %(rejected_after)s)
  )
ORDER BY c.id
LIMIT %(most)s
FOR NO KEY UPDATE OF c

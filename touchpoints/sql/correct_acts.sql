-- Purpose: let some acts of a contact have another verdict. What becomes a human's stands at the end of the log anew, so
--   that consumers read it as they read what is new.
-- Parameters: organisation_id, contact_id, kind, name and value (of a property that tells these acts), verdict.
-- Columns: id, contact_id, whether it counted before, whether it counts now.
-- Relies on: touchpoints_interaction_contact.
-- Cost: the contact's acts.
UPDATE touchpoints_interaction i
SET verdict = %(verdict)s,
    transaction_id = CASE WHEN %(verdict)s = 'human' THEN pg_current_xact_id()::text::bigint ELSE i.transaction_id END
WHERE i.organisation_id = %(organisation_id)s
  AND i.contact_id = %(contact_id)s
  AND i.kind = %(kind)s
  AND i.properties ->> %(name)s = %(value)s
  AND i.verdict IN ('human', 'suspect', 'bot')
  AND i.verdict <> %(verdict)s
RETURNING i.id, i.contact_id, old.verdict = 'human', new.verdict = 'human'

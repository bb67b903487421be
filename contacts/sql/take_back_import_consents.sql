-- Purpose: let the yes that an import brought hold no more, where nothing was said since. The ledger keeps the entry.
-- Parameters: organisation_id, import_id, contact_ids bigint[].
-- Relies on: consent_consentstate_one, primary key of consent_consententry.
-- Cost: two index lookups a contact.
DELETE FROM consent_consentstate s
USING consent_consententry e
WHERE s.organisation_id = %(organisation_id)s AND s.contact_id = ANY (%(contact_ids)s::bigint[])
  AND s.state = 'given' AND s.source = 'import'
  AND e.organisation_id = s.organisation_id AND e.id = s.entry_id AND (e.proof ->> 'import')::bigint = %(import_id)s

-- Purpose: opt out the contacts whose row says so; suppress those whose address already is. Only ever adds.
-- Parameters: organisation_id, source.
-- Relies on: contacts_suppression_address, contacts_suppression_contact (both unique), to leave out what is there.
-- Cost: one insert for each row that says so; the organisation's suppressions are read once for known addresses
--   (the caller switches nested loops off).
WITH wished AS (
    INSERT INTO contacts_suppression (organisation_id, contact_id, email, address_key, reason, source)
    SELECT %(organisation_id)s, r.contact_id,
           CASE WHEN 'opt_out' = ANY (r.address_reasons) THEN '' ELSE coalesce(r.email, '') END,
           CASE WHEN 'opt_out' = ANY (r.address_reasons) THEN '' ELSE r.address_key END,
           'opt_out', %(source)s
    FROM contacts_import_row r
    WHERE r.opted_out AND r.action IS NOT NULL AND r.contact_id IS NOT NULL
    ON CONFLICT DO NOTHING
)
INSERT INTO contacts_suppression (organisation_id, contact_id, email, address_key, reason, source, at)
SELECT s.organisation_id, r.contact_id, '', '', s.reason, s.source, s.at
FROM contacts_import_row r
JOIN contacts_suppression s
    ON s.organisation_id = %(organisation_id)s AND s.address_key = r.address_key AND s.address_key <> ''
WHERE r.address_reasons IS NOT NULL AND r.action IN ('create', 'update') AND s.contact_id IS DISTINCT FROM r.contact_id
  AND NOT (r.opted_out AND s.reason = 'opt_out')
ON CONFLICT DO NOTHING

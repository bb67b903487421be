-- Purpose: say how well an organisation knows its people: how many lie in each tenth of the degree of qualification, and
--   of how many each thing is known.
-- Parameters: organisation_id.
-- Parts: {measures} is one count for each tenth and for each thing (contacts/fields/weighing.py), over c and o.
-- Returns: number of contacts, mean degree (null without contacts), then the counts.
-- Whoever was erased is nobody any more: a shell without a stage.
-- Relies on: no index: one pass over the contacts with their companies. A page asks for it after it is shown.
-- Cost: one pass over the contacts of the organisation.
SELECT count(*), avg(c.qualification_percent), {measures}
FROM contacts_contact c
LEFT JOIN contacts_company o ON o.organisation_id = c.organisation_id AND o.id = c.company_id
WHERE c.organisation_id = %(organisation_id)s AND c.stage <> ''

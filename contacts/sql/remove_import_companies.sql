-- Purpose: remove the companies that an import created, where nobody belongs to them and nothing was written since.
-- Parameters: organisation_id, company_ids bigint[].
-- Relies on: primary key of contacts_company, contacts_contact_company.
-- Cost: two index lookups a company.
DELETE FROM contacts_company o
WHERE o.organisation_id = %(organisation_id)s AND o.id = ANY (%(company_ids)s::bigint[])
  AND o.updated_at <= o.created_at
  AND NOT EXISTS (
      SELECT 1 FROM contacts_contact c WHERE c.organisation_id = %(organisation_id)s AND c.company_id = o.id)

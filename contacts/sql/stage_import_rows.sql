-- Purpose: the table a chunk of a file is copied into; of the session, emptied at the end of every transaction.
-- Parameters: none.
-- Cost: a catalogue look-up after the first time in a session.
-- What the file says comes first; the last columns are found out step by step. NULL key: the row has none.
CREATE TEMPORARY TABLE IF NOT EXISTS contacts_import_row (
    line bigint NOT NULL,
    -- Earlier lines of the same key, folded into this one: those that said something else, those that did not.
    doubles_changed integer NOT NULL,
    doubles_same integer NOT NULL,
    external_id text,
    email text,
    address_key text NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    phone text NOT NULL,
    job_title text NOT NULL,
    source text NOT NULL,
    language text NOT NULL,
    company text NOT NULL,
    company_key text NOT NULL,
    siren text NOT NULL,
    siret text NOT NULL,
    domain text NOT NULL,
    -- Where the company is.
    postcode text NOT NULL,
    city text NOT NULL,
    opted_out boolean NOT NULL,
    -- The SIREN's check digit is wrong.
    siren_unsure boolean NOT NULL,
    tags text[] NOT NULL,
    properties jsonb NOT NULL,
    -- Values of the organisation's own fields, by their keys.
    custom jsonb NOT NULL,
    -- The same of the company the row names.
    company_custom jsonb NOT NULL,
    -- What the person said: {"purpose": {"yes": boolean, "at": instant or null}}.
    consents jsonb NOT NULL,
    contact_id bigint,
    -- The contact found by a key of another kind than address and external id.
    key_contact_id bigint,
    -- The contact has a company, which the file may not change.
    company_kept boolean NOT NULL DEFAULT false,
    -- Why the address, and the contact found, may not be written to; NULL: they may.
    address_reasons text[],
    contact_reasons text[],
    company_id bigint,
    reason text,
    action text
) ON COMMIT DELETE ROWS

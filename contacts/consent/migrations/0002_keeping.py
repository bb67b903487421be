"""States follow the ledger, the e-mail purpose follows opt-outs, and what was said or published never changes.

A no always stands against a yes that is not the person's own act (source "centre"), whatever the dates.
"""

from django.db import migrations

KEEPING = """
CREATE FUNCTION consent_keep_states() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO consent_consentstate AS s (organisation_id, contact_id, purpose_id, state, source, since, entry_id)
    SELECT DISTINCT ON (c.organisation_id, c.contact_id, c.purpose_id)
        c.organisation_id, c.contact_id, c.purpose_id, c.act, c.source, c.at, c.id
    FROM changed c
    ORDER BY c.organisation_id, c.contact_id, c.purpose_id, (c.act = 'given' AND c.source <> 'centre'), c.at DESC, c.id DESC
    ON CONFLICT (organisation_id, contact_id, purpose_id) DO UPDATE
    SET state = excluded.state, source = excluded.source, since = excluded.since, entry_id = excluded.entry_id
    WHERE CASE
        WHEN excluded.state = 'given' AND excluded.source <> 'centre' AND s.state <> 'given' THEN false
        WHEN excluded.state <> 'given' AND s.state = 'given' AND s.source <> 'centre' THEN true
        ELSE (excluded.since, excluded.entry_id) > (s.since, s.entry_id)
    END;
    RETURN NULL;
END $$;
CREATE TRIGGER consent_entries_come AFTER INSERT ON consent_consententry
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION consent_keep_states();

CREATE FUNCTION consent_follow_opt_outs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO consent_consententry (organisation_id, contact_id, purpose_id, act, source, at, proof)
    SELECT c.organisation_id, c.contact_id, p.id, CASE c.reason WHEN 'complaint' THEN 'objected' ELSE 'withdrawn' END,
           'suppression', c.at, jsonb_build_object('note', c.source)
    FROM changed c
    JOIN consent_purpose p ON p.organisation_id = c.organisation_id AND p.code = 'email'
    WHERE c.contact_id IS NOT NULL AND c.reason IN ('opt_out', 'complaint')
      AND NOT EXISTS (
          SELECT 1 FROM consent_consentstate s
          WHERE s.organisation_id = c.organisation_id AND s.contact_id = c.contact_id AND s.purpose_id = p.id
            AND s.state <> 'given'
      );
    RETURN NULL;
END $$;
CREATE TRIGGER consent_suppression_added AFTER INSERT ON contacts_suppression
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION consent_follow_opt_outs();

CREATE FUNCTION consent_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was said or published is not changed (%)', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
-- A merge may give an entry to another contact, and a member who leaves is forgotten: nothing else.
CREATE TRIGGER consent_entry_is_final
    BEFORE UPDATE OF act, purpose_id, version, source, at, recorded_at, proof ON consent_consententry
    FOR EACH ROW EXECUTE FUNCTION consent_refuse_change();
CREATE TRIGGER consent_text_is_final BEFORE UPDATE ON consent_purposetext
    FOR EACH ROW EXECUTE FUNCTION consent_refuse_change();
"""
NOT_KEEPING = """
DROP TRIGGER consent_text_is_final ON consent_purposetext;
DROP TRIGGER consent_entry_is_final ON consent_consententry;
DROP FUNCTION consent_refuse_change();
DROP TRIGGER consent_suppression_added ON contacts_suppression;
DROP FUNCTION consent_follow_opt_outs();
DROP TRIGGER consent_entries_come ON consent_consententry;
DROP FUNCTION consent_keep_states();
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial"), ("contacts", "0003_search_and_order")]
    operations = [migrations.RunSQL(KEEPING, NOT_KEEPING)]

"""Every company has its standing from the moment it exists; what changes its people is noted with the change itself.

Statements that change nothing a standing tells of note nothing. Notes are rows added, never rows changed: writers of
contacts and scores wait for nobody.
"""

from django.db import migrations

NOTING = """
CREATE FUNCTION standings_add() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO standings_companystanding (organisation_id, company_id) SELECT organisation_id, id FROM added;
    RETURN NULL;
END $$;

-- Several organisations only change together when one of them is moved or removed as a whole.
CREATE FUNCTION standings_wake(organisation bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO work_wakeup (organisation_id, queue) VALUES (organisation, 'company')
$$;

CREATE FUNCTION standings_touch_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    organisation bigint;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO standings_touchedcompany (organisation_id, company_id)
        SELECT DISTINCT c.organisation_id, x.company_id
        FROM changed c
        JOIN before b ON b.id = c.id
        CROSS JOIN LATERAL (VALUES (c.company_id), (b.company_id)) AS x (company_id)
        WHERE (c.company_id, c.stage) IS DISTINCT FROM (b.company_id, b.stage) AND x.company_id IS NOT NULL;
    ELSE
        INSERT INTO standings_touchedcompany (organisation_id, company_id)
        SELECT DISTINCT c.organisation_id, c.company_id FROM changed c WHERE c.company_id IS NOT NULL;
    END IF;
    IF FOUND THEN
        organisation := (SELECT c.organisation_id FROM changed c LIMIT 1);
        PERFORM standings_wake(organisation);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION standings_touch_standings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    organisation bigint;
BEGIN
    INSERT INTO standings_touchedcompany (organisation_id, company_id)
    SELECT DISTINCT p.organisation_id, p.company_id
    FROM changed c
    JOIN before b ON b.contact_id = c.contact_id
    JOIN contacts_contact p ON p.organisation_id = c.organisation_id AND p.id = c.contact_id
    WHERE (c.total, c.tier, c.last_act_at) IS DISTINCT FROM (b.total, b.tier, b.last_act_at)
        AND p.company_id IS NOT NULL;
    IF FOUND THEN
        organisation := (SELECT c.organisation_id FROM changed c LIMIT 1);
        PERFORM standings_wake(organisation);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER standings_company_added AFTER INSERT ON contacts_company
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION standings_add();
CREATE TRIGGER standings_contact_added AFTER INSERT ON contacts_contact
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION standings_touch_contacts();
CREATE TRIGGER standings_contact_changed AFTER UPDATE ON contacts_contact
    REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION standings_touch_contacts();
CREATE TRIGGER standings_contact_gone AFTER DELETE ON contacts_contact
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION standings_touch_contacts();
CREATE TRIGGER standings_standing_changed AFTER UPDATE ON contacts_standing
    REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION standings_touch_standings();
ALTER TABLE standings_companystanding SET (fillfactor = 80);

INSERT INTO standings_companystanding (organisation_id, company_id) SELECT organisation_id, id FROM contacts_company;
INSERT INTO standings_touchedcompany (organisation_id, company_id)
SELECT DISTINCT organisation_id, company_id FROM contacts_contact WHERE company_id IS NOT NULL;
INSERT INTO work_wakeup (organisation_id, queue)
SELECT DISTINCT organisation_id, 'company' FROM standings_touchedcompany;
"""
NOT_NOTING = """
DROP TRIGGER standings_standing_changed ON contacts_standing;
DROP TRIGGER standings_contact_gone ON contacts_contact;
DROP TRIGGER standings_contact_changed ON contacts_contact;
DROP TRIGGER standings_contact_added ON contacts_contact;
DROP TRIGGER standings_company_added ON contacts_company;
DROP FUNCTION standings_touch_standings();
DROP FUNCTION standings_touch_contacts();
DROP FUNCTION standings_wake(bigint);
DROP FUNCTION standings_add();
DELETE FROM standings_touchedcompany;
DELETE FROM standings_companystanding;
DELETE FROM work_wakeup WHERE queue = 'company';
"""


class Migration(migrations.Migration):
    dependencies = [("standings", "0001_initial"), ("contacts", "0003_search_and_order"), ("work", "0001_initial")]
    operations = [migrations.RunSQL(NOTING, NOT_NOTING)]
